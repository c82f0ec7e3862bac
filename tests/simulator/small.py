"""Small cards made by hand: the tree of GSM 11.11 figure 7, and one file of each structure."""

from __future__ import annotations

from uimkit.card.codes import Code, chv_bytes, unblock_bytes
from uimkit.card.definition import AccessNibbles, CardDefinition, Choices, CodeDef, FileDef, code_file
from uimkit.card.memory import Memory, fresh_memory
from uimkit.files.spec import Structure
from uimkit.oneway.policy import Policy
from uimkit.simulator.card import Card
from uimkit.simulator.product import Product

ALW, CHV1, CHV2, ADM, NEV = 0, 1, 2, 4, 15
OPEN = AccessNibbles(CHV1, CHV1, CHV1, CHV1, CHV1)
PIN1, PIN2, PUK1, PUK2, ADM_CODE = (
    chv_bytes("1234"),
    chv_bytes("5678"),
    unblock_bytes("11111111"),
    unblock_bytes("22222222"),
    b"UIMKIT00",
)
KI = bytes(range(16))


def ef(
    path: str, structure: Structure, size: int, record: int = 0, access: AccessNibbles = OPEN, **more: bool
) -> FileDef:
    return FileDef(path, f"EF_{path[-4:]}", structure, size, record, access, **more)


def codes(level: int = ADM) -> list[FileDef]:
    return [code_file(f"#{name}", f"EF_{name}", level) for name in ("CHV1", "CHV2", "ADM")]


FILES = (
    FileDef("3F00", "MF", Structure.MF),
    FileDef("3F00/7F10", "DF_TELECOM", Structure.DF),
    FileDef("3F00/7F20", "DF_GSM", Structure.DF),
    FileDef("3F00/7F25", "DF_CDMA", Structure.DF),
    ef("3F00/2FE2", Structure.TRANSPARENT, 10, access=AccessNibbles(ALW, NEV, NEV, ADM, ADM)),
    FileDef("3F00/7F20/5F70", "DF_SoLSA", Structure.DF),
    ef("3F00/7F10/6F3A", Structure.LINEAR_FIXED, 4 * 28, 28, AccessNibbles(CHV1, CHV1, NEV, CHV2, CHV2)),
    ef("3F00/7F10/6F44", Structure.CYCLIC, 3 * 28, 28, AccessNibbles(CHV1, CHV1, NEV, ADM, ADM)),
    ef("3F00/7F20/6F07", Structure.TRANSPARENT, 9, access=AccessNibbles(CHV1, ADM, NEV, ADM, CHV1)),
    ef("3F00/7F20/6F20", Structure.TRANSPARENT, 9),
    ef("3F00/7F20/6F39", Structure.CYCLIC, 3 * 3, 3),
    ef("3F00/7F20/6F3B", Structure.TRANSPARENT, 300),
    ef("3F00/7F20/6F1A", Structure.TRANSPARENT, 16, access=AccessNibbles(NEV, ADM, NEV, NEV, NEV)),
    ef("3F00/7F20/6F50", Structure.TRANSPARENT, 4, usable_invalidated=True),
    ef("3F00/7F20/5F70/4F30", Structure.TRANSPARENT, 2),
    ef("3F00/7F25/6F21", Structure.CYCLIC, 3 * 2, 2),
    ef("3F00/7F25/6F32", Structure.TRANSPARENT, 5, access=AccessNibbles(CHV1, ADM, NEV, ADM, ADM)),
    ef("3F00/7F25/6F38", Structure.TRANSPARENT, 8, access=AccessNibbles(ALW, ADM, NEV, ADM, ADM)),
    ef("3F00/7F25/6F42", Structure.TRANSPARENT, 1, access=AccessNibbles(CHV1, ADM, NEV, ADM, ADM)),
    *codes(),
)


def bodies(chv1_enabled: bool = False) -> dict[str, bytes]:
    made = {file.path: bytes(i & 0x7F for i in range(file.size)) for file in FILES if file.is_ef}
    made["3F00/7F20/6F1A"] = KI
    made["3F00/7F10/6F3A"] = b"\xff" * 112
    made["3F00/7F20/6F39"] = bytes.fromhex("000005000004000003")
    made["3F00/7F25/6F21"] = bytes.fromhex("000500040003")
    made["3F00/7F25/6F32"] = bytes.fromhex("FF00030000")
    made["3F00/7F25/6F38"] = bytes(8)
    made["3F00/7F25/6F42"] = b"\x03"
    made["#CHV1"] = Code(PIN1, 3, 3, PUK1, 10, 10, enabled=chv1_enabled).to_bytes()
    made["#CHV2"] = Code(PIN2, 3, 3, PUK2, 10, 10).to_bytes()
    made["#ADM"] = Code(ADM_CODE, 5, 5).to_bytes()
    return made


def definition(choices: Choices | None = None) -> CardDefinition:
    return CardDefinition(
        profile="small",
        atr=bytes.fromhex("3B00"),
        files=FILES,
        codes=(CodeDef("CHV1", 1, 1, "#CHV1"), CodeDef("CHV2", 2, 2, "#CHV2"), CodeDef("ADM", ADM, 4, "#ADM")),
        keys={"ki": "3F00/7F20/6F1A"},
        aliases={"3F00/7F21": "3F00/7F20"},
        free_memory=0x400,
        characteristics=0x31,
        choices=choices or Choices(),
    )


def card(
    *, chv1_enabled: bool = False, policy: Policy | None = None, choices: Choices | None = None, **given: bytes
) -> Card:
    """A small card; ``given`` replaces bodies by path with underscores for slashes (``_3F00_7F10_6F3A``)."""
    made = definition(choices)
    contents = bodies(chv1_enabled)
    contents.update({path.strip("_").replace("_", "/"): body for path, body in given.items()})
    memory: Memory = fresh_memory(made, contents)
    return Card(Product(made, policy or Policy()), memory)


def send(on: Card, text: str) -> str:
    """One APDU in hex with blanks; the answer in hex."""
    return on.transmit(bytes.fromhex(text)).hex().upper()


def select(on: Card, *fids: str) -> str:
    answer = ""
    for fid in fids:
        answer = send(on, f"A0A4000002{fid}")
    return answer
