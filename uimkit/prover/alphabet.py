"""Every command of the search: all instructions the card knows and one it does not, all classes of parameters.

Made from the dispatch table and the catalogue, so that a new command, mode or file is in it without being named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from uimkit.apdu import CLA_GSM, INS
from uimkit.card.codes import Code
from uimkit.card.header import DF_HEADER_LENGTH
from uimkit.files import catalogue
from uimkit.prover.model import RECORD, SmallCard
from uimkit.prover.phonebook import FF
from uimkit.prover.starts import BLANK, OLD, OTHER_TAIL, TAIL, A, B, record
from uimkit.simulator.commands.declaration import Command
from uimkit.simulator.commands.table import ADMINISTRATIVE, COMMANDS

UNKNOWN_FID = b"\x6f\xfe"
WRONG_CODE = b"0000\xff\xff\xff\xff"
OTHER_CODE = b"2468\xff\xff\xff\xff"
_ALL = frozenset(range(256))
_BEYOND = 0xFE
_OFFSETS = [(0, 0), (0, 1), (0, _BEYOND), (_BEYOND, 0)]


def malformed() -> list[bytes]:
    """What is no command of the card: too short, of another class, of an instruction nobody knows."""
    unknown = next(ins for ins in range(0xE0, 0x100, 2) if (CLA_GSM, ins) not in COMMANDS)
    short = bytes((CLA_GSM, INS.SELECT, 0, 0))
    return [
        *(short[:length] for length in range(len(short) + 1)),
        bytes((0x00, INS.SELECT, 0, 0, 2, 0x6F, 0x3A)),
        bytes((0x80, INS.READ_RECORD, 1, 4, RECORD)),
        bytes((CLA_GSM, unknown, 0, 0, 0)),
        bytes((CLA_GSM, unknown, 0, 0, 2, 0x6F, 0x3A)),
    ]


def complete(small: SmallCard) -> list[bytes]:
    """The complete alphabet, without repetitions, in a fixed order."""
    found: dict[bytes, None] = dict.fromkeys(malformed())
    table = {**COMMANDS, **(ADMINISTRATIVE if small.product.blueprint else {})}
    for _, declared in sorted(table.items()):
        for command in declared:
            found.update(dict.fromkeys(_commands(small, command)))
    found.update(dict.fromkeys(_get_response()))
    return list(found)


def _commands(small: SmallCard, command: Command) -> Iterator[bytes]:
    """All classes of P1, P2, P3 and data of one instruction: each value that is accepted, and one that is not."""
    payloads = _payloads(small, command)
    p1s, p2s = _first(small, command), _second(small, command)
    pairs = _OFFSETS if command.p1 == command.p2 == _ALL else list(product(p1s, p2s))
    for p1, p2 in pairs:
        for p3, data in payloads:
            yield bytes((command.cla, command.ins, p1, p2, p3)) + data
    p3, data = payloads[0]
    wrong_p1, wrong_p2 = _refused(command.p1), _refused(command.p2)
    if wrong_p1 is not None:
        yield bytes((command.cla, command.ins, wrong_p1, p2s[0], p3)) + data
    if wrong_p2 is not None:
        yield bytes((command.cla, command.ins, p1s[0], wrong_p2, p3)) + data


def _first(small: SmallCard, command: Command) -> list[int]:
    """P1: record numbers up to one beyond the file, and far beyond."""
    if command.p1 != _ALL:
        return sorted(command.p1)
    return [*range(max(small.size.adn, small.size.ext1) + 2), _BEYOND]


def _second(small: SmallCard, command: Command) -> list[int]:
    """P2: modes; numbers of codes, and one that is none."""
    if command.p2 != _ALL:
        return sorted(command.p2)
    codes = {code.p2 for code in small.definition.codes}
    return sorted({0, 1, 2, _BEYOND} | codes)


def _refused(accepted: frozenset[int]) -> int | None:
    return next((value for value in range(255, -1, -1) if value not in accepted), None)


def _payloads(small: SmallCard, command: Command) -> list[tuple[int, bytes]]:
    """P3 and data: right ones first, then a wrong length, missing and surplus data, and data of a wrong length."""
    if not command.carries_data:
        lengths = [command.p3] if command.p3 is not None else [RECORD, 0, 1, RECORD + 1, DF_HEADER_LENGTH, FF]
        return [*((length, b"") for length in lengths), (lengths[0] + 1 & FF, b""), (1, b"\x00")]
    data = _data(small, command)
    first = data[0]
    wrong = [(len(first) - 1, first), (len(first) + 1, first), (0, b""), (len(first), b"")]
    wrong += [(len(d), d) for d in (first[:-1], first + b"\xff") if d]  # as P3 says, and not as the card wants
    return [*((len(d), d) for d in data), *wrong]


def _data(small: SmallCard, command: Command) -> list[bytes]:
    ins = command.ins
    if ins == INS.SELECT:
        fids = {bytes.fromhex(spec.fid) for spec in catalogue.all_files() if "X" not in spec.fid}
        fids |= {file.fid.to_bytes(2, "big") for file in small.definition.files if file.selectable}
        fids |= {bytes.fromhex(alias[-4:]) for alias in small.definition.aliases}
        return [*sorted(fids), UNKNOWN_FID]
    if ins == INS.UPDATE_RECORD:
        return records(max(small.size.ext1, 1))
    if ins == INS.SEEK:
        return patterns()
    if ins in (INS.VERIFY_CHV, INS.DISABLE_CHV, INS.ENABLE_CHV):
        return [*_values(small), WRONG_CODE]
    if ins == INS.CHANGE_CHV:
        return [old + OTHER_CODE for old in (*_values(small), OTHER_CODE, WRONG_CODE)]
    if ins == INS.UNBLOCK_CHV:
        return [unblock + OTHER_CODE for unblock in (*_unblocks(small), WRONG_CODE)]
    length = command.p3 or 1
    if ins == INS.STORE_ESN_MEID_ME:
        return [bytes((n,)) + bytes(range(1, length)) for n in (4, 7)]
    if ins == INS.INCREASE:
        return [b"\x00\x00\x01", b"\xff\xff\xff", b"\x01"]
    return [bytes(length), b"\x05" * length]


def records(extensions: int) -> list[bytes]:
    """Contents of UPDATE RECORD: blank with and without pointer, letters with every pointer, one capability byte."""
    pointers = [FF, *range(extensions + 2)]
    return [
        BLANK,
        BLANK[:-1] + b"\x01",
        *(record(A, pointer) for pointer in pointers),
        record(B),
        *(record(A, capability=capability) for capability in (0x00, 0x01, 0x7F)),
        record(TAIL),
        record(TAIL, 1),
        record(OTHER_TAIL),
        b"\x00" + BLANK[1:],
    ]


def patterns() -> list[bytes]:
    """SEEK patterns: blank, letters that phones write and that stood on the card before, occupied, too long."""
    return [b"\xff", BLANK, bytes((A,)), bytes((OLD,)), record(A)[:-1], b"\x00", bytes((TAIL,)), b"\xff" * (RECORD + 1)]


def _codes(small: SmallCard) -> list[Code]:
    return [Code.from_bytes(small.bodies[code.path]) for code in small.definition.codes]


def _values(small: SmallCard) -> list[bytes]:
    return list(dict.fromkeys([*(code.value for code in _codes(small)), OTHER_CODE]))


def _unblocks(small: SmallCard) -> list[bytes]:
    return list(dict.fromkeys(code.unblock for code in _codes(small) if code.has_unblock))


def _get_response() -> Iterator[bytes]:
    for length in (0, 1, 2, 14, 15, 16, 22, 23, 24, FF):
        yield bytes((CLA_GSM, INS.GET_RESPONSE, 0, 0, length))
    yield bytes((CLA_GSM, INS.GET_RESPONSE, 1, 0, 15))
    yield bytes((CLA_GSM, INS.GET_RESPONSE, 0, 1, 15))
    yield bytes((CLA_GSM, INS.GET_RESPONSE, 0, 0, 1, 0))
