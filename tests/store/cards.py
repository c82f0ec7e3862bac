"""A small card, and an endless sequence of commands whose outcome is known."""

from __future__ import annotations

from uimkit.apdu import INS, command
from uimkit.card.codes import Code, chv_bytes, unblock_bytes
from uimkit.card.definition import ALW, CHV1, AccessNibbles, CardDefinition, CodeDef, FileDef, code_file
from uimkit.card.memory import Contents, Memory, fresh_memory
from uimkit.files.spec import Structure
from uimkit.oneway.policy import Policy
from uimkit.simulator.product import Product

CHV_FILE, NOTE, ADN, COUNTER = "#CHV1", "3F00/2F01", "3F00/7F10/6F3A", "3F00/7F10/6F39"
SELECT_NOTE = command(INS.SELECT, 0, 0, bytes.fromhex("2F01"))


def make_product() -> Product:
    free = AccessNibbles(ALW, ALW, ALW, ALW, ALW)
    files = (
        FileDef("3F00", "MF", Structure.MF),
        FileDef(NOTE, "EF_NOTE", Structure.TRANSPARENT, 240, 0, free),
        FileDef("3F00/7F10", "DF_TELECOM", Structure.DF),
        FileDef(ADN, "EF_ADN", Structure.LINEAR_FIXED, 90, 30, AccessNibbles(CHV1, CHV1)),
        FileDef(COUNTER, "EF_ACM", Structure.CYCLIC, 9, 3, free),
        code_file(CHV_FILE, "EF_CHV1", 4),
    )
    definition = CardDefinition(
        "small",
        bytes.fromhex("3B16941122334455"),
        files,
        (CodeDef("CHV1", CHV1, 1, CHV_FILE),),
        aliases={"3F00/7F11": "3F00/7F10"},
    )
    return Product(definition, Policy(protected=frozenset({ADN, COUNTER})))


def make_memory(product: Product) -> Memory:
    code = Code(chv_bytes("1234"), 3, 3, unblock_bytes("87654321"), 10, 10)
    bodies = {NOTE: bytes(240), ADN: b"\xff" * 90, COUNTER: bytes(9), CHV_FILE: code.to_bytes()}
    return fresh_memory(product.definition, bodies)


def step(number: int) -> bytes:
    """Command ``number`` of an endless sequence; the file EF_NOTE is selected."""
    if number % 3 == 0:
        return command(INS.UPDATE_BINARY, 0, 0, number.to_bytes(2, "big") * 120)
    return command(INS.VERIFY_CHV, 0, 1, chv_bytes("0000" if number % 3 == 1 else "1234"))


def state_after(number: int) -> tuple[bytes, int]:
    """The content of EF_NOTE and the tries left after command ``number`` (from 0) of the sequence."""
    return (number - number % 3).to_bytes(2, "big") * 120, 2 if number % 3 == 1 else 3


def state_of(memory: Contents) -> tuple[bytes, int]:
    return memory.contents[1], Code.from_bytes(memory.contents[5]).tries
