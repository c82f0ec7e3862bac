"""What a terminal can do to the phone book in one step: one command on a file, from one record pointer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from uimkit.apdu import INS, command
from uimkit.oneway.policy import DF_CDMA, EF_ADN, EF_EXT1
from uimkit.prover.judge import ABSOLUTE, NEXT, Kind, kind_of
from uimkit.prover.model import RECORD, SmallCard
from uimkit.prover.phonebook import FF
from uimkit.prover.starts import BLANK, OLD, OTHER_TAIL, TAIL, A, B, record

RESET: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """``apdus`` are the commands; none is a reset. They are sent with the EF at ``ef`` selected and this record
    ``pointer``; ``path`` is the file whose records the EF shows, which is another one for a second way to them.
    """

    kind: Kind
    apdus: tuple[bytes, ...]
    path: str | None = None
    ef: str | None = None
    pointer: int = 0

    @property
    def apdu(self) -> bytes:
        return self.apdus[-1]

    @property
    def lead(self) -> tuple[bytes, ...]:
        """What leads a terminal to the step's file and pointer. It reads as many records as the pointer says."""
        if self.ef is None:
            return ()
        return (*select(self.ef), *(read_record(0, NEXT) for _ in range(self.pointer)))


def select(path: str) -> tuple[bytes, ...]:
    """The SELECTs that lead to a file from any directory of the first level."""
    return tuple(command(INS.SELECT, data=bytes.fromhex(fid)) for fid in path.split("/")[1:])


def read_record(number: int, mode: int = ABSOLUTE) -> bytes:
    return command(INS.READ_RECORD, number, mode, length=RECORD)


def update_record(number: int, data: bytes, mode: int = ABSOLUTE) -> bytes:
    return command(INS.UPDATE_RECORD, number, mode, data)


def seek(pattern: bytes, p2: int) -> bytes:
    return command(INS.SEEK, 0, p2, pattern)


def absolute_steps(small: SmallCard) -> list[Step]:
    """The mirrors' alphabet in absolute mode, where the pointer plays no part."""
    steps = [Step(Kind.OTHER, RESET)]
    extensions = small.size.ext1 if EF_EXT1 in small.policy.protected else 0
    for path, count in ((EF_ADN, small.size.adn), (EF_EXT1, extensions)):
        for number in range(1, count + 1):
            data = contacts(extensions) if path == EF_ADN else tails(extensions, number)
            steps.append(Step(Kind.READ, (read_record(number),), path, path))
            steps += [Step(Kind.UPDATE, (update_record(number, d),), path, path) for d in data]
    steps.append(Step(Kind.SEEK, (seek(bytes((FF,)), 0x00),), EF_ADN, EF_ADN))
    return [*steps, next(evidence(small))]


def complete_steps(small: SmallCard, touching: Iterable[tuple[str, bytes]]) -> list[Step]:
    """Every command that opens the vault (the path of its EF, and its bytes), in all modes and from every record
    pointer that it goes by; all evidence, and a reset.
    """
    steps = [Step(Kind.OTHER, RESET), *evidence(small)]
    files = {file.path: file for file in small.definition.files}
    for ef, apdu in touching:
        file = files[ef]
        path = file.same_as or ef
        kind = kind_of(apdu, path)
        if kind in (Kind.UPDATE, Kind.SEEK) and apdu[5:] not in letters(path):
            continue
        if kind is not Kind.SEEK and apdu[3] != ABSOLUTE and apdu[2]:
            continue  # P1 counts in absolute mode only, as the surroundings have seen
        pointers = range(file.records + 1) if is_relative(apdu) else (0,)
        steps += [Step(kind, (apdu,), path, ef, pointer) for pointer in pointers]
    return steps


def letters(path: str) -> list[bytes]:
    """What is written and sought: records that differ in what the rules look at (blank, content, capability, pointer),
    patterns that match blanks, what phones write, and what stood on the card before.
    """
    common = [BLANK, BLANK[:-1] + b"\x01", b"\xff", bytes((A,)), bytes((OLD,))]
    if path == EF_ADN:
        return [*common, record(A), record(A, 1), record(A, capability=1)]
    return [*common, record(TAIL), record(TAIL, 1)]


def is_relative(apdu: bytes) -> bool:
    """Whether a command on records goes by the record pointer: NEXT, PREVIOUS, CURRENT; SEEK from there."""
    if apdu[1] == INS.SEEK:
        return bool(apdu[3] & 2)
    return apdu[3] != ABSOLUTE or apdu[2] == 0


def contacts(extensions: int) -> list[bytes]:
    """What is written to EF_ADN in absolute mode: blank, and two records; where there are two extensions or more they
    differ in the pointer only, for each extension one.
    """
    if extensions < 2:
        return [BLANK, record(A), record(B, 1 if extensions else FF)]
    return [BLANK, *(record(A, n) for n in range(1, extensions + 1))]


def tails(extensions: int, number: int) -> list[bytes]:
    """What is written to EF_EXT1 in absolute mode: blank, a letter, another with a pointer to the next record, and to
    record 1 a pointer to itself: the only loop that leaves a record free to write it anew.
    """
    if extensions < 2:
        return [BLANK, record(TAIL)]
    own = [record(TAIL, 1)] if number == 1 else []
    return [BLANK, record(TAIL), record(OTHER_TAIL, number % extensions + 1), *own]


def evidence(small: SmallCard) -> Iterator[Step]:
    """Everything of the fixed list of P5, and what the profile takes for evidence besides."""
    for fid in ("6F32", "6F22"):
        path = f"{DF_CDMA}/{fid}"
        if path in small.definition.index:
            yield Step(Kind.EVIDENCE, (*select(path), command(INS.READ_BINARY, length=1)))
    if DF_CDMA in small.definition.index:
        esn = command(INS.STORE_ESN_MEID_ME, 0, 0, bytes((4, 1, 2, 3, 4, 0, 0, 0)))
        yield Step(Kind.EVIDENCE, (*select(DF_CDMA), esn))
        yield Step(Kind.OTHER, select(DF_CDMA))
