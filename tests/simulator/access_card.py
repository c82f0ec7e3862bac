"""A card with a file of every structure under every access condition, for the account of tests/simulator/rights.py."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.simulator.small import ADM, ADM_CODE, ALW, CHV1, CHV2, KI, NEV, PIN1, PIN2, PUK1, PUK2
from uimkit.card.codes import Code
from uimkit.card.definition import AccessNibbles, CardDefinition, Choices, CodeDef, FileDef, code_file
from uimkit.card.memory import fresh_memory
from uimkit.files.spec import Structure
from uimkit.oneway.policy import Policy
from uimkit.simulator.card import Card
from uimkit.simulator.product import Product

OTHER_ADM = 7
CONDITIONS = (ALW, CHV1, CHV2, ADM, OTHER_ADM, NEV)
DIRECTORIES = ("3F00", "3F00/7F10", "3F00/7F20", "3F00/7F20/5F70", "3F00/7F25")
SHAPES = (
    (Structure.TRANSPARENT, 9, 0),
    (Structure.LINEAR_FIXED, 4 * 5, 5),
    (Structure.CYCLIC, 3 * 3, 3),
    (Structure.CYCLIC, 3 * 2, 2),
)
LIFECYCLE, ESN_ME, USGIND, CST, KI_FILE = (
    "3F00/2FE7",
    "3F00/7F25/6F38",
    "3F00/7F25/6F42",
    "3F00/7F25/6F32",
    "3F00/7F20/6F1A",
)
OTHER_CODE = b"\x01\x02\x03\x04\x05\x06\x07\x08"
VALUES = {"CHV1": PIN1, "CHV2": PIN2, "ADM": ADM_CODE, "OTHER": OTHER_CODE}
UNBLOCKS = {"CHV1": PUK1, "CHV2": PUK2}
CODES = (
    CodeDef("CHV1", CHV1, 1, "3F00/2FE4"),
    CodeDef("CHV2", CHV2, 2, "#CHV2"),
    CodeDef("ADM", ADM, 4, "#ADM"),
    CodeDef("OTHER", OTHER_ADM, 9, "#OTHER"),
)
_ADMINISTRATIVE = AccessNibbles(ALW, ADM, NEV, ADM, ADM)
_SPECIAL = (
    FileDef(ESN_ME, "EF_ESN_ME", Structure.TRANSPARENT, 8, 0, _ADMINISTRATIVE),
    FileDef(USGIND, "EF_USGIND", Structure.TRANSPARENT, 1, 0, _ADMINISTRATIVE),
    FileDef(CST, "EF_CST", Structure.TRANSPARENT, 5, 0, _ADMINISTRATIVE),
    FileDef(KI_FILE, "EF_KI", Structure.TRANSPARENT, 16, 0, AccessNibbles(update=ADM)),
)


def definition(draw: random.Random) -> CardDefinition:
    """Every condition stands for every right in each shape; which go together, and the open choices, are drawn."""
    files = [FileDef(path, path[-4:], Structure.DF if path != "3F00" else Structure.MF) for path in DIRECTORIES]
    fids = dict.fromkeys(DIRECTORIES, 0)
    for shape in SHAPES:
        rights = [draw.sample(CONDITIONS, len(CONDITIONS)) for _ in range(5)]
        for conditions in zip(*rights, strict=True):
            directory = draw.choice(DIRECTORIES)
            fids[directory] += 1
            first = {5: 0x2F10, 10: 0x6F50, 15: 0x4F30}[len(directory) + 1]
            path = f"{directory}/{first + fids[directory]:04X}"
            files.append(_ef(path, *shape, AccessNibbles(*conditions), usable=draw.random() < 0.3))
    lifecycle = LIFECYCLE if draw.random() < 0.5 else None
    if lifecycle:
        files.append(FileDef(lifecycle, "EF_LIFECYCLE", Structure.TRANSPARENT, 1, 0, _ADMINISTRATIVE))
    return CardDefinition(
        profile="access",
        atr=bytes.fromhex("3B00"),
        files=(*files, *_SPECIAL, *(code_file(code.path, f"EF_{code.name}", ADM) for code in CODES)),
        codes=CODES,
        keys={"ki": KI_FILE},
        aliases={"3F00/7F21": "3F00/7F20"},
        lifecycle=lifecycle,
        free_memory=0x400,
        choices=choices(draw),
    )


def _ef(path: str, structure: Structure, size: int, record: int, access: AccessNibbles, usable: bool) -> FileDef:
    return FileDef(path, f"EF_{path[-4:]}", structure, size, record, access, usable_invalidated=usable)


def choices(draw: random.Random) -> Choices:
    return Choices(
        cyclic_update_mode_sw=draw.choice((0x9408, 0x6B00)),
        increase_without_right_sw=draw.choice((0x9804, 0x9408)),
        wrong_directory_sw=draw.choice((0x9408, 0x9804, 0x6D00)),
        blocked_disabled_chv1_grants=draw.choice((True, False)),
        blocking_enables_chv1=draw.choice((True, False)),
    )


def codes(draw: random.Random) -> dict[str, Code]:
    """First values and counters; some with a single try left, CHV2 at times not initialised."""
    made = {}
    for name, value in VALUES.items():
        most = draw.choice((2, 3, 10))
        unblock = UNBLOCKS.get(name)
        code = Code(value, draw.randint(1, most), most, enabled=name != "CHV1" or draw.random() < 0.8)
        if unblock and draw.random() < 0.9:
            code = replace(code, unblock=unblock, unblock_tries=draw.randint(1, 10), max_unblock_tries=10)
        made[name] = replace(code, initialised=name != "CHV2" or draw.random() < 0.9)
    return made


def new_card(seed: int) -> Card:
    """The card of a seed."""
    draw = random.Random(seed)
    made = definition(draw)
    first = codes(draw)
    bodies = {file.path: draw.randbytes(file.size) for file in made.files if file.is_ef}
    for file in made.files:
        if file.structure is Structure.CYCLIC:  # room to INCREASE, at times little
            bodies[file.path] = b"".join(
                draw.choice((b"\0", b"\0", b"\xff")) + draw.randbytes(file.record_length - 1) for _ in range(3)
            )
    bodies |= {CST: bytes((0xFF, 0, draw.choice((3, 0)), 0, 0)), ESN_ME: bytes(8), KI_FILE: KI}
    bodies |= {code.path: first[code.name].to_bytes() for code in CODES}
    if made.lifecycle:
        bodies[made.lifecycle] = draw.choice((b"\x01", b"\x05"))
    return Card(Product(made, Policy()), fresh_memory(made, bodies))
