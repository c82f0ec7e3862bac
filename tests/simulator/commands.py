"""Random commands of a terminal that knows its codes, mistypes them, and tries what it may not."""

from __future__ import annotations

import random

from tests.simulator.access_card import CST, DIRECTORIES, ESN_ME, KI_FILE, OTHER_CODE, VALUES
from tests.simulator.rights import Held, Rights
from tests.simulator.shrinking import RESET
from tests.simulator.small import ADM_CODE, PIN1, PIN2, PUK1
from uimkit.apdu import INS
from uimkit.card.definition import FileDef
from uimkit.files.spec import Structure

_WRONG = (b"9999\xff\xff\xff\xff", PIN2, PIN1, PUK1, ADM_CODE, OTHER_CODE, b"\xff" * 8)
_NEW = (b"4321\xff\xff\xff\xff", b"00000000", PIN1, PIN2)
_UNKNOWN = (0x12, 0x14, 0xC2, 0xE0, 0x00, 0x2A)
"""FETCH, TERMINAL RESPONSE, ENVELOPE, CREATE FILE and two that nobody knows: not on this card."""


def apdu(ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", p3: int | None = None) -> bytes:
    return bytes((0xA0, ins, p1, p2, len(data) if p3 is None else p3)) + data


def command(draw: random.Random, rights: Rights) -> list[bytes]:
    """One command, or a few that belong together; RESET stands for a reset."""
    kind = draw.random()
    if kind < 0.015:
        return [RESET, *draw.choice(([], [apdu(INS.GET_RESPONSE, p3=23)]))]
    if kind < 0.14:
        return [_code_command(draw, rights), *draw.choice(([], [apdu(INS.STATUS, p3=22)]))]
    if kind < 0.26:
        return _select(draw, rights)
    if kind < 0.34:
        return [apdu(INS.GET_RESPONSE, draw.random() < 0.03, 0, p3=_waiting(draw, rights))]
    if kind < 0.38:
        return [apdu(INS.STATUS, p3=draw.choice((22, 23, 1, 0, 24)))]
    if kind < 0.90:
        return _with_ef(draw, rights)
    if kind < 0.94:
        return [_application(draw)]
    return [_odd(draw, rights)]


def _waiting(draw: random.Random, rights: Rights) -> int:
    waiting = len(rights.pending or b"\0")
    return draw.choice((waiting, waiting, waiting, 1, waiting + 1, 0))


def _select(draw: random.Random, rights: Rights) -> list[bytes]:
    """Mostly a way that leads to a file, at times one identifier from wherever the terminal is."""
    if draw.random() < 0.15:
        fid = draw.choice(("7F21", "6FFF", "3F00", "7F20", "5F70", "2FE4", "6F51", "2F11"))
        return [apdu(INS.SELECT, data=bytes.fromhex(fid))]
    path = draw.choice((*rights.at.files, *DIRECTORIES))
    wanted = path.split("/")[0 if draw.random() < 0.5 else -1 :]
    selects = [apdu(INS.SELECT, data=bytes.fromhex(fid)) for fid in wanted]
    header = apdu(INS.GET_RESPONSE, p3=15 if rights.at.files[path].is_ef else 23)
    return [*selects, header] if draw.random() < 0.3 else selects


def _value(draw: random.Random, held: Held) -> bytes:
    return held.value if draw.random() < 0.7 else draw.choice(_WRONG)


def _code_command(draw: random.Random, rights: Rights) -> bytes:
    held = rights.codes[draw.choice((*VALUES, "CHV1", "CHV1", "CHV2"))]
    ins = draw.choice(
        (INS.VERIFY_CHV, INS.VERIFY_CHV, INS.VERIFY_CHV, INS.CHANGE_CHV, INS.DISABLE_CHV, INS.ENABLE_CHV,
         INS.ENABLE_CHV, INS.UNBLOCK_CHV, INS.UNBLOCK_CHV)
    )  # fmt: skip
    p2 = held.p2 if draw.random() < 0.95 else draw.randrange(11)
    if ins == INS.VERIFY_CHV:
        return apdu(ins, 0, p2, _value(draw, held))
    if ins == INS.UNBLOCK_CHV:
        unblock = held.unblock if held.unblock and draw.random() < 0.6 else draw.choice(_WRONG)
        return apdu(ins, 0, {1: 0}.get(p2, p2), unblock + draw.choice(_NEW))
    if ins == INS.CHANGE_CHV:
        return apdu(ins, 0, p2, _value(draw, held) + draw.choice(_NEW))
    chv1 = rights.codes["CHV1"]
    return apdu(ins, 0, 1 if draw.random() < 0.95 else p2, _value(draw, chv1))


def _with_ef(draw: random.Random, rights: Rights) -> list[bytes]:
    """A command on the current EF; when there is none an EF is selected first, mostly."""
    if rights.at.ef is not None or draw.random() < 0.1:
        return [_on_ef(draw, rights, rights.at.ef)]
    file = draw.choice([f for f in rights.at.files.values() if f.is_ef])
    selects = [apdu(INS.SELECT, data=bytes.fromhex(fid)) for fid in file.path.split("/")]
    return [*selects, _on_ef(draw, rights, file)]


def _on_ef(draw: random.Random, rights: Rights, file: FileDef | None) -> bytes:
    """A command that fits the file in structure and length, nine times out of ten."""
    if file is None or draw.random() < 0.1:
        file = draw.choice([f for f in rights.at.files.values() if f.is_ef])
    if draw.random() < 0.2:
        return apdu(draw.choice((INS.INVALIDATE, INS.REHABILITATE, INS.REHABILITATE)))
    if file.structure is Structure.TRANSPARENT:
        return _binary(draw, file)
    n, mode = file.record_length, draw.choice((2, 3, 4, 4))
    number = draw.choice((0, 1, 2, 3, 4, 5))
    value = draw.choice((b"\0" * (n - 1) + b"\1", b"\xff" * n, draw.randbytes(n)))
    kind = draw.random()
    if kind < 0.4:
        return apdu(INS.READ_RECORD, number, mode, p3=draw.choice((n, n, n, n, n, n - 1, 0)))
    if kind < 0.7:
        mode = 3 if file.structure is Structure.CYCLIC and draw.random() < 0.8 else mode
        return apdu(INS.UPDATE_RECORD, number, mode, value[: draw.choice((n, n, n, n, n, n - 1))])
    if file.structure is Structure.LINEAR_FIXED:
        there = rights.bodies[file.path][n * draw.randrange(file.records) :]
        pattern = draw.choice((b"\xff", b"\0\0", there[:1], there[:1], there[:n], value + b"\0", b"\0" * 17))
        return apdu(INS.SEEK, 0, draw.choice((0, 1, 2, 3, 0x10, 0x11, 0x12, 0x13)), pattern)
    return apdu(INS.INCREASE, 0, 0, draw.choice((b"\0\0\1", b"\0" * (n - 1) + b"\1", b"\xff\xff\xff", b"\1")))


def _binary(draw: random.Random, file: FileDef) -> bytes:
    offset = draw.choice((0, 0, 1, file.size - 1, file.size))
    length = draw.choice((1, file.size, max(1, file.size - offset)))
    if draw.random() < 0.5:
        return apdu(INS.READ_BINARY, offset >> 8, offset & 255, p3=length)
    data = draw.choice((b"\x05", b"\x01", draw.randbytes(length)))
    return apdu(INS.UPDATE_BINARY, offset >> 8, offset & 255, data)


def _application(draw: random.Random) -> bytes:
    if draw.random() < 0.5:
        return apdu(INS.RUN_GSM_ALGORITHM, data=draw.randbytes(16))
    p1 = draw.choice((0, 0, 1, 1, 2))
    return apdu(INS.STORE_ESN_MEID_ME, p1, 0, bytes((draw.choice((4, 7, 0x84)),)) + draw.choice((b"\1", b"\2")) * 7)


def _odd(draw: random.Random, rights: Rights) -> bytes:
    """A command with something wrong in it: class, instruction, parameters, or lengths."""
    right = draw.choice((_on_ef(draw, rights, rights.at.ef), _code_command(draw, rights), _plain(draw)))
    kind = draw.randrange(7)
    if kind == 0:
        return draw.choice((b"\0", b"\x80", b"\xa1")) + right[1:]
    if kind == 1:
        return right[:1] + bytes((draw.choice(_UNKNOWN),)) + right[2:]
    if kind == 2:
        return right[: draw.randrange(1, len(right))]
    if kind == 3:
        return right + b"\0"
    if kind == 4:
        return right[:2] + bytes((draw.randrange(256), draw.randrange(256))) + right[4:]
    return draw.choice((right, b"\xa0" + draw.randbytes(draw.randrange(20))))


def _plain(draw: random.Random) -> bytes:
    """A command that needs no current EF and no code."""
    special = bytes.fromhex(draw.choice((CST, ESN_ME, KI_FILE))[-4:])
    return draw.choice(
        (apdu(INS.SLEEP), apdu(INS.SLEEP, p3=1), apdu(INS.TERMINAL_PROFILE, data=b"\1"), apdu(INS.TERMINAL_PROFILE),
         apdu(INS.SELECT, data=special), apdu(INS.STATUS, p3=22), apdu(INS.GET_RESPONSE, p3=1), _application(draw))
    )  # fmt: skip
