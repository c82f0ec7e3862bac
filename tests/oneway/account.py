"""What a terminal knows: where it is, what it wrote, what it may be shown. From commands and answers alone.

Restates S1, S2, V2 to V6, V9 and W1 to W5 from the terminal's side. It never looks at the simulator's bindings.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tests.simulator.whereabouts import Whereabouts, succeeded
from uimkit.apdu import INS
from uimkit.card.definition import CardDefinition, FileDef
from uimkit.files.spec import Structure
from uimkit.oneway.policy import Policy, Read, Readback

ADN, LND, EXT1 = "3F00/7F10/6F3A", "3F00/7F10/6F44", "3F00/7F10/6F4A"
DF_CDMA = "3F00/7F25"
EVIDENCE = (f"{DF_CDMA}/6F32", f"{DF_CDMA}/6F22")
"""P5: READ BINARY of these, or STORE ESN_MEID_ME; the same list for every profile."""
NO_ROOM, NOT_FOUND, OK = b"\x92\x40", b"\x94\x04", b"\x90\x00"


def is_blank(record: bytes) -> bool:
    """Every byte FF, the extension pointer not regarded."""
    return record[:-1] == b"\xff" * (len(record) - 1)


class Act(StrEnum):
    """What an accepted write to a mirror record does to the real file (W1 to W3, W5)."""

    NOTHING = "nothing"
    BIND = "bind"
    EDIT = "edit"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Write:
    """An UPDATE RECORD on a linear mirror; ``refused`` for want of room (92 40)."""

    path: str
    number: int
    data: bytes
    act: Act
    refused: bool


class Account:
    """One card session as the restricted terminal sees it. ``exchange`` raises AssertionError at a forbidden answer."""

    def __init__(self, definition: CardDefinition, policy: Policy) -> None:
        self.at = Whereabouts(definition)
        self._protected = policy.protected
        self._session = policy.readback is Readback.SESSION
        self._denied = policy.read is Read.DENY
        self._cyclic = [self.at.files[p] for p in policy.protected if self.at.files[p].structure is Structure.CYCLIC]
        self.reset()

    def reset(self) -> None:
        self.at.reset()
        self.evidence = False
        """Something of P5's list succeeded in this session."""
        self.used = False
        """A mirror was used before any evidence: the session stays restricted (S2)."""
        self.sent: dict[tuple[str, int], bytes] = {}
        """Bytes last accepted for a bound mirror record, by file and number."""
        self._looked: set[int] = set()
        self._ever: set[int] = set()
        self._again: set[int] = set()
        self._own = {file.path: b"\xff" * file.size for file in self._cyclic}
        self._found: int | None = None

    def exchange(self, apdu: bytes, answer: bytes) -> Write | None:
        """Take note of one command and its answer; returns the write if it was one that concerns the real files."""
        found, self._found = self._found, None
        if len(apdu) < 5 or apdu[0] != 0xA0:
            return None
        ins, ok = apdu[1], succeeded(answer)
        if ins == INS.GET_RESPONSE:
            assert found is None or not ok or answer[:-2] == bytes((found,)), f"V4: SEEK found {found}, {answer.hex()}"
            return None
        if ins == INS.SELECT:
            if ok:
                self._select(apdu)
            return None
        file = self.at.ef
        if ok and self._is_evidence(ins, answer):
            self.evidence = True
        if file is None or not (ok or answer in (NO_ROOM, NOT_FOUND)):
            return None
        if ins == INS.READ_RECORD:
            self._read(apdu, answer, file)
        elif ins == INS.SEEK:
            self._seek(apdu, answer, file)
        elif ins == INS.UPDATE_RECORD:
            return self._update(apdu, answer, file)
        return None

    def _select(self, apdu: bytes) -> None:
        file = self.at.named(apdu[5] << 8 | apdu[6])
        assert file is not None, f"6.5: {apdu.hex()} selected what can not be reached"
        self.at.select(file)

    def _is_evidence(self, ins: int, answer: bytes) -> bool:
        if ins == INS.READ_BINARY:
            return self.at.path in EVIDENCE and len(answer) > 2
        return ins == INS.STORE_ESN_MEID_ME and self.at.directory.startswith(DF_CDMA)

    def _use(self) -> None:
        self.used = True

    def _view(self, file: FileDef, number: int) -> bytes:
        """What the restricted side may be shown of this record."""
        length = file.record_length
        if file.structure is Structure.CYCLIC:
            return self._own[file.path][(number - 1) * length : number * length]  # V9
        sent = self.sent.get((file.path, number))
        if sent is None:
            return b"\xff" * length  # V2, V3
        if self._session:
            return sent  # V6
        return b"\0" + b"\xff" * (length - 1) if file.path == EXT1 else b"\xff" * length

    def _look(self, file: FileDef, number: int) -> None:
        if file.path == ADN and not self._session:
            self._looked.add(number)

    def _deny(self, file: FileDef, answer: bytes) -> None:
        denied = self._denied and file.structure is not Structure.CYCLIC
        assert not denied, f"V2: read = deny, answered {answer.hex()}"

    def _read(self, apdu: bytes, answer: bytes, file: FileDef) -> None:
        number = self.at.record(apdu[2], apdu[3])
        if file.path in self._protected:
            self._deny(file, answer)
            assert number is not None, f"6.4: {apdu.hex()} names no record, answered {answer.hex()}"
            expected = self._view(file, number)
            assert answer[:-2] == expected, (
                f"P5: record {number} of {file.path} answered {answer.hex()}, expected {expected.hex()}"
            )
            self._use()
            self._look(file, number)
        self.at.moved(apdu, number)

    def _seek(self, apdu: bytes, answer: bytes, file: FileDef) -> None:
        if file.path not in self._protected:
            return  # what it found is in none of our files, and so is the pointer
        self._deny(file, answer)
        hits = (n for n in self.at.sought(apdu[3] & 0x0F) if self._view(file, n).startswith(apdu[5:]))
        number = next(hits, None)
        right = NOT_FOUND if number is None else b"\x9f\x01" if apdu[3] & 0x10 else OK
        assert answer == right, f"V4: {apdu.hex()} answered {answer.hex()}, expected {right.hex()}"
        self._use()
        self.at.moved(apdu, number)
        if number is not None:
            self._look(file, number)
            self._found = number if apdu[3] & 0x10 else None

    def _update(self, apdu: bytes, answer: bytes, file: FileDef) -> Write | None:
        if file.path not in self._protected:
            if answer == OK:
                self.at.moved(apdu, self.at.record(apdu[2], apdu[3]))
            return None
        if file.structure is Structure.CYCLIC:
            assert answer == OK, f"V9: {apdu.hex()} answered {answer.hex()}"
            self._own[file.path] = apdu[5:] + self._own[file.path][: -file.record_length]
            self._use()
            self.at.moved(apdu, None)
            return None
        number = self.at.record(apdu[2], apdu[3])
        assert number is not None, f"6.4: {apdu.hex()} names no record, answered {answer.hex()}"
        write = Write(file.path, number, apdu[5:], self._act(file, number, apdu[5:]), answer == NO_ROOM)
        if not write.refused:
            self._accept(write)
            self._use()
            self.at.moved(apdu, number)
        return write

    def _act(self, file: FileDef, number: int, data: bytes) -> Act:
        bound = (file.path, number) in self.sent
        frozen = file.path == ADN and (number in self._looked or number in self._again)
        if not bound:
            return Act.NOTHING if is_blank(data) else Act.BIND  # W1
        if frozen:  # W3, W4
            return Act.NOTHING if is_blank(data) or data == self.sent[file.path, number] else Act.BIND
        return Act.ERASE if is_blank(data) else Act.EDIT  # W2, W5

    def _accept(self, write: Write) -> None:
        key = write.path, write.number
        if write.act is Act.ERASE:
            del self.sent[key]
            return
        if write.act is Act.NOTHING:
            return
        self.sent[key] = write.data
        if write.path == ADN and write.act is Act.BIND and not self._session:
            if write.number in self._ever:
                self._again.add(write.number)
            self._ever.add(write.number)
            self._looked.discard(write.number)
