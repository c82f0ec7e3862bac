"""What an ordinary card must answer, from the commands and answers before: an account that is kept beside the card.

It restates GSM 11.11 6.4, 6.5, 7.3, 8.1 to 8.17, 9.3, 9.4, and docs/simulator.md (the order of errors, the open
points) by itself, and takes nothing from the simulator but the card's definition and first bodies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulator.access_card import CST, ESN_ME, IMSI_M, KI_FILE, USGIND
from tests.simulator.authentications import Authentications, fixed_dialling
from tests.simulator.whereabouts import Whereabouts
from uimkit.apdu import INS
from uimkit.card.definition import CardDefinition, FileDef
from uimkit.files.spec import Structure

NEV = 15
OPERATIONAL = b"\x05"
OK = b"\x90\x00"
RIGHTS = {
    INS.READ_BINARY: "read", INS.READ_RECORD: "read", INS.SEEK: "read", INS.UPDATE_BINARY: "update",
    INS.UPDATE_RECORD: "update", INS.INCREASE: "increase", INS.INVALIDATE: "invalidate",
    INS.REHABILITATE: "rehabilitate",
}  # fmt: skip
_RECORDS = {Structure.LINEAR_FIXED, Structure.CYCLIC}
STRUCTURES = {
    INS.READ_BINARY: {Structure.TRANSPARENT}, INS.UPDATE_BINARY: {Structure.TRANSPARENT}, INS.READ_RECORD: _RECORDS,
    INS.UPDATE_RECORD: _RECORDS, INS.SEEK: {Structure.LINEAR_FIXED}, INS.INCREASE: {Structure.CYCLIC},
}  # fmt: skip
USABLE_INVALIDATED = {INS.READ_BINARY, INS.READ_RECORD, INS.UPDATE_BINARY, INS.UPDATE_RECORD}
FIXED_P3 = {
    INS.SELECT: 2, INS.VERIFY_CHV: 8, INS.CHANGE_CHV: 16, INS.DISABLE_CHV: 8, INS.ENABLE_CHV: 8, INS.UNBLOCK_CHV: 16,
    INS.INVALIDATE: 0, INS.REHABILITATE: 0, INS.RUN_GSM_ALGORITHM: 16, INS.STORE_ESN_MEID_ME: 8, INS.SLEEP: 0,
    INS.BASE_STATION_CHALLENGE: 4, INS.UPDATE_SSD: 15, INS.CONFIRM_SSD: 3, INS.GENERATE_KEY_VPM: 2, INS.COMMIT: 1,
}  # fmt: skip
TO_THE_CARD = {
    INS.SELECT, INS.UPDATE_BINARY, INS.UPDATE_RECORD, INS.SEEK, INS.INCREASE, INS.VERIFY_CHV, INS.CHANGE_CHV,
    INS.DISABLE_CHV, INS.ENABLE_CHV, INS.UNBLOCK_CHV, INS.RUN_GSM_ALGORITHM, INS.STORE_ESN_MEID_ME,
    INS.TERMINAL_PROFILE, INS.BASE_STATION_CHALLENGE, INS.UPDATE_SSD, INS.CONFIRM_SSD, INS.GENERATE_KEY_VPM,
}  # fmt: skip
FROM_THE_CARD = {
    INS.STATUS, INS.READ_BINARY, INS.READ_RECORD, INS.INVALIDATE, INS.REHABILITATE, INS.SLEEP, INS.COMMIT,
}  # fmt: skip
DF_GSM, DF_CDMA = "3F00/7F20", "3F00/7F25"
RUN_CAVE_P3 = 17
AUTHENTICATION = {
    INS.BASE_STATION_CHALLENGE, INS.UPDATE_SSD, INS.CONFIRM_SSD, INS.GENERATE_KEY_VPM, INS.COMMIT,
}  # fmt: skip
IN_DF_CDMA = {*AUTHENTICATION, INS.STORE_ESN_MEID_ME}
_P1_IS_ADDRESS = {INS.READ_BINARY, INS.UPDATE_BINARY, INS.READ_RECORD, INS.UPDATE_RECORD}
_P2 = {
    INS.READ_RECORD: {2, 3, 4}, INS.UPDATE_RECORD: {2, 3, 4}, INS.SEEK: {0, 1, 2, 3, 0x10, 0x11, 0x12, 0x13},
    INS.DISABLE_CHV: {1}, INS.ENABLE_CHV: {1}, INS.UNBLOCK_CHV: {0, 2}, INS.COMPUTE_IP_AUTHENTICATION: {0, 1, 2, 3},
}  # fmt: skip
_ANY_P2 = {INS.READ_BINARY, INS.UPDATE_BINARY, INS.VERIFY_CHV, INS.CHANGE_CHV}


def sw(word: int) -> bytes:
    return word.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Computed:
    """An answer with this many bytes that only an algorithm with vectors of its own can tell, and 90 00."""

    length: int

    def hex(self) -> str:
        return ".." * self.length + OK.hex()


def agrees(answer: bytes, expected: bytes | Computed) -> bool:
    if isinstance(expected, bytes):
        return answer == expected
    return len(answer) == expected.length + 2 and answer.endswith(OK)


@dataclass
class Held:
    """One code as its holder knows it, in the stored form that docs give (uimkit.card.codes)."""

    name: str
    level: int
    p2: int
    path: str
    value: bytes = b""
    tries: int = 0
    most: int = 0
    unblock: bytes | None = None
    unblock_tries: int = 0
    most_unblock: int = 0
    enabled: bool = True
    initialised: bool = True
    given: bool = False
    """Presented in this session, and not blocked by presentations since."""

    def load(self, body: bytes) -> None:
        self.initialised, self.enabled = bool(body[0] & 1), bool(body[0] & 2)
        self.tries, self.most, self.value = body[1] & 15, body[2] & 15, body[3:11]
        self.unblock_tries, self.most_unblock = body[11] & 15, body[12] & 15
        self.unblock = None if body[13:] == b"\xff" * 8 else body[13:]

    def body(self) -> bytes:
        head = bytes((self.initialised | self.enabled << 1, self.tries, self.most)) + self.value
        return head + bytes((self.unblock_tries, self.most_unblock)) + (self.unblock or b"\xff" * 8)

    def status(self) -> bytes:
        """The CHV and UNBLOCK CHV status bytes of a directory's header (9.3)."""
        if not self.initialised:
            return b"\0\0"
        return bytes((0x80 | self.tries, 0x80 | self.unblock_tries if self.unblock else 0))


class Rights:
    """The account of one card. ``expect`` gives the answer to the next command and carries it out in the account.

    ``bodies`` and ``valid`` are what the EFs hold, and whether they are not invalidated, by path. ``random`` is a
    source equal to the card's. ``pending`` is what waits for GET RESPONSE, or how many computed bytes.
    """

    def __init__(
        self, definition: CardDefinition, bodies: dict[str, bytes], random: Callable[[int], bytes] | None
    ) -> None:
        self.definition = definition
        self.bodies = dict(bodies)
        self.valid = dict.fromkeys(bodies, True)
        self.at = Whereabouts(definition)
        self.codes = {code.name: Held(code.name, code.level, code.p2, code.path) for code in definition.codes}
        self._by_path = {code.path: code for code in self.codes.values()}
        for path, code in self._by_path.items():
            code.load(bodies[path])
        choices = definition.choices
        self.authentications = Authentications(self.bodies, definition.keys, random, choices.temporary_ssd)
        self.reset()

    def reset(self) -> None:
        """All rights and the selection are gone; the MF's header waits for a first GET RESPONSE (9.2.18)."""
        self.at.reset()
        for code in self.codes.values():
            code.given = False
        self.authentications.reset()
        self._dialling_checked = False
        self.pending: bytes | int | None = self.directory_header("3F00")

    def fulfilled(self, condition: int) -> bool:
        """Access condition of 7.3; a level given is no level above or below it."""
        if condition in (0, NEV):
            return condition == 0
        code = next((c for c in self.codes.values() if c.level == condition), None)
        if code is None or code.given:
            return code is not None
        disabled = code.name == "CHV1" and code.initialised and not code.enabled
        return disabled and (code.tries > 0 or self.definition.choices.blocked_disabled_chv1_grants)

    @property
    def personalising(self) -> bool:
        path = self.definition.lifecycle
        return path is not None and self.bodies[path] != OPERATIONAL

    def _may(self, file: FileDef, right: str) -> bool:
        if right == "update":
            if self.personalising and any(c.given for c in self.codes.values() if c.level > 2):
                return True
            if file.path == self.definition.lifecycle and not self.personalising:
                return False
        return self.fulfilled(getattr(file.access, right))

    @property
    def waiting(self) -> int:
        """How many bytes wait for GET RESPONSE."""
        return self.pending if isinstance(self.pending, int) else len(self.pending or b"")

    def expect(self, apdu: bytes) -> bytes | Computed:
        """The whole answer, status word and data, that the card must give to this command."""
        if len(apdu) >= 5 and apdu[0] == 0xA0 and apdu[1] == INS.GET_RESPONSE:
            return self._get_response(apdu)
        self.pending = None
        if len(apdu) < 5:
            return sw(0x6700)
        cla, ins, p1, p2, p3 = apdu[:5]
        other_class = cla == 0x80 and ins == INS.COMPUTE_IP_AUTHENTICATION
        if cla != 0xA0 and not other_class:
            return sw(0x6E00)
        if ins not in TO_THE_CARD and ins not in FROM_THE_CARD and not other_class:
            return sw(0x6D00)
        if not self._in_its_directory(ins, other_class):
            return sw(self.definition.choices.wrong_directory_sw)
        return self._parameters(INS(ins), p1, p2, p3, apdu[5:]) or self._carry_out(INS(ins), p1, p2, p3, apdu[5:])

    def _under(self, root: str) -> bool:
        return f"{self.at.directory}/".startswith(f"{root}/")

    def _in_its_directory(self, ins: int, other_class: bool) -> bool:
        if ins == INS.RUN_GSM_ALGORITHM:
            return self._under(DF_GSM) or self._under(DF_CDMA)
        return self._under(DF_CDMA) if other_class or ins in IN_DF_CDMA else True

    def _parameters(self, ins: INS, p1: int, p2: int, p3: int, data: bytes) -> bytes | None:
        """6B 00, then 67 XX."""
        ip = ins == INS.COMPUTE_IP_AUTHENTICATION
        most_p1 = 255 if ins in _P1_IS_ADDRESS else 4 if ip else 1 if ins == INS.STORE_ESN_MEID_ME else 0
        if p1 > most_p1 or (ins not in _ANY_P2 and p2 not in _P2.get(ins, {0})):
            return sw(0x6B00)
        right = FIXED_P3.get(ins)
        if ins == INS.RUN_CAVE and self._under(DF_CDMA):
            right = RUN_CAVE_P3
        to_the_card = ip or ins in TO_THE_CARD
        bad = len(data) != p3 or p3 == 0 if to_the_card else bool(data)
        if bad or (right is not None and p3 != right):
            return bytes((0x67, right or 0))
        return None

    def _carry_out(self, ins: INS, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        if ins in RIGHTS:
            return self._refused(ins) or self._on_ef(ins, p1, p2, p3, data)
        if ins == INS.SELECT:
            return self._select(data)
        if ins == INS.STATUS:
            header = self.directory_header(self.at.directory)
            wanted = p3 or 256
            return header[:wanted] + OK if wanted <= len(header) else bytes((0x67, len(header)))
        if ins in (INS.TERMINAL_PROFILE, INS.SLEEP):
            return OK
        if ins in IN_DF_CDMA or ins in (INS.RUN_GSM_ALGORITHM, INS.COMPUTE_IP_AUTHENTICATION):
            return self._application(ins, p1, p2, data) if self.fulfilled(1) else sw(0x9804)
        return self._chv(ins, p2, data)

    def _application(self, ins: INS, p1: int, p2: int, data: bytes) -> bytes:
        if ins == INS.RUN_GSM_ALGORITHM and self._under(DF_GSM):
            return self._run_gsm_algorithm(data)
        if ins == INS.STORE_ESN_MEID_ME:
            return self._store_esn(p1, data)
        outcome = self.authentications.carry_out(ins, p1, p2, data)
        if isinstance(outcome, bytes):
            return outcome
        return self._wait(outcome if isinstance(outcome, int) else outcome[0])

    def _get_response(self, apdu: bytes) -> bytes | Computed:
        if apdu[2] or apdu[3]:
            return sw(0x6B00)
        if len(apdu) != 5:
            return sw(0x6700)
        if self.pending is None:
            return sw(0x6F00)
        wanted = apdu[4] or 256
        if wanted > self.waiting:
            return bytes((0x67, self.waiting))
        pending, self.pending = self.pending, None
        return Computed(wanted) if isinstance(pending, int) else pending[:wanted] + OK

    def _wait(self, data: bytes | int) -> bytes:
        self.pending = data
        return bytes((0x9F, self.waiting))

    # selection and headers

    def _select(self, data: bytes) -> bytes:
        file = self.at.named(data[0] << 8 | data[1])
        if file is None:
            return sw(0x9404)
        self.at.select(file)
        if file.path == IMSI_M and not self._dialling_checked:  # once a session (C.S0023-C 3.4.18)
            self._dialling_checked = True
            self.valid[IMSI_M] = self.valid[IMSI_M] and not fixed_dialling(self.bodies)
        return self._wait(self._ef_header(file) if file.is_ef else self.directory_header(file.path))

    def _ef_header(self, file: FileDef) -> bytes:
        a = file.access
        cyclic = file.structure is Structure.CYCLIC
        return (
            b"\0\0" + file.size.to_bytes(2, "big") + bytes.fromhex(file.path[-4:]) + b"\x04"
            + bytes((0x40 if cyclic and a.increase != NEV else 0, a.read << 4 | a.update, a.increase << 4,
                     a.rehabilitate << 4 | a.invalidate, self.valid[file.path] | file.usable_invalidated << 2, 2,
                     {Structure.TRANSPARENT: 0, Structure.LINEAR_FIXED: 1}.get(file.structure, 3), file.record_length))
        )  # fmt: skip

    def directory_header(self, path: str) -> bytes:
        """The 23 bytes of the MF or a DF (9.2.1), with what the codes' counters are now."""
        children = [f for f in self.at.files.values() if f.path != "3F00" and f.path[:-5] == path]
        efs = sum(f.is_ef for f in children)
        chv1, chv2 = self.codes["CHV1"], self.codes["CHV2"]
        count = sum(1 + (code.unblock is not None) for code in self.codes.values() if code.initialised)
        first = self.definition.characteristics | (0 if chv1.enabled else 0x80)
        return (
            b"\0\0" + self.definition.free_memory.to_bytes(2, "big") + bytes.fromhex(path[-4:])
            + bytes((1 if path == "3F00" else 2, 0, 0, 0, 0, 0, 10, first, len(children) - efs, efs, count, 0))
            + chv1.status() + chv2.status() + b"\0"
        )  # fmt: skip

    # commands on the current EF

    def _refused(self, ins: INS) -> bytes | None:
        """94 00, 94 08, 98 10, 98 04 in this order."""
        file = self.at.ef
        if file is None:
            return sw(0x9400)
        if file.structure not in STRUCTURES.get(ins, {file.structure}):
            return sw(0x9408)
        wants_valid = ins != INS.REHABILITATE
        usable = ins in USABLE_INVALIDATED and file.usable_invalidated
        if self.valid[file.path] is not wants_valid and not usable:
            return sw(0x9810)
        if not self._may(file, RIGHTS[ins]):
            return sw(self.definition.choices.increase_without_right_sw if ins == INS.INCREASE else 0x9804)
        return None

    def _on_ef(self, ins: INS, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        file = self.at.ef
        assert file is not None
        if ins in (INS.INVALIDATE, INS.REHABILITATE):
            self.valid[file.path] = ins == INS.REHABILITATE
            return OK
        if ins in (INS.READ_BINARY, INS.UPDATE_BINARY):
            return self._binary(file, ins, p1 << 8 | p2, p3, data)
        if ins == INS.SEEK:
            return self._seek(file, p2, data)
        if ins == INS.INCREASE:
            return self._increase(file, data)
        return self._record(file, ins, p1, p2, p3, data)

    def _binary(self, file: FileDef, ins: INS, offset: int, p3: int, data: bytes) -> bytes:
        length = (p3 or 256) if ins == INS.READ_BINARY else p3
        if offset >= file.size:
            return sw(0x6B00)
        if offset + length > file.size:
            return bytes((0x67, file.size - offset))
        body = self.bodies[file.path]
        if ins == INS.READ_BINARY:
            return body[offset : offset + length] + OK
        self.bodies[file.path] = body[:offset] + data + body[offset + length :]
        if file.path in self._by_path:  # who may write a code's file sets the code
            self._by_path[file.path].load(self.bodies[file.path])
        return OK

    def _records(self, file: FileDef) -> list[bytes]:
        n = file.record_length
        return [self.bodies[file.path][i : i + n] for i in range(0, file.size, n)]

    def _record(self, file: FileDef, ins: INS, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        update, cyclic = ins == INS.UPDATE_RECORD, file.structure is Structure.CYCLIC
        if update and cyclic and p2 != 3:
            return sw(self.definition.choices.cyclic_update_mode_sw)
        number = self.at.record(p1, p2)
        if number is None and not (update and cyclic):
            return sw(0x9402)
        if p3 != file.record_length:
            return bytes((0x67, file.record_length))
        records = self._records(file)
        self.at.moved(bytes((0xA0, ins, p1, p2, p3)), number)
        if not update:
            return records[(number or 1) - 1] + OK
        if cyclic:
            records = [data, *records[:-1]]
        else:
            records[(number or 1) - 1] = data
        self.bodies[file.path] = b"".join(records)
        return OK

    def _seek(self, file: FileDef, p2: int, pattern: bytes) -> bytes:
        if len(pattern) > min(16, file.record_length):
            return sw(0x6700)
        records = self._records(file)
        number = next((n for n in self.at.sought(p2 & 0x0F) if records[n - 1].startswith(pattern)), None)
        if number is None:
            return sw(0x9404)
        self.at.pointer = number
        return self._wait(bytes((number,))) if p2 & 0x10 else OK

    def _increase(self, file: FileDef, data: bytes) -> bytes:
        length = file.record_length
        if len(data) not in (3, length):
            return bytes((0x67, 3))
        records = self._records(file)
        total = int.from_bytes(records[0], "big") + int.from_bytes(data, "big")
        if total >= 256**length:
            return sw(0x9850)
        record = total.to_bytes(length, "big")
        self.bodies[file.path] = b"".join([record, *records[:-1]])
        self.at.pointer = 1
        return self._wait(record + data)

    # codes

    def _chv(self, ins: INS, p2: int, data: bytes) -> bytes:
        if ins == INS.VERIFY_CHV:
            code = next((c for c in self.codes.values() if c.p2 == p2), None)
        else:
            names = {0: "CHV1", 2: "CHV2"} if ins == INS.UNBLOCK_CHV else {1: "CHV1", 2: "CHV2"}
            code = self.codes.get(names.get(p2, ""))
        if code is None:
            return sw(0x6B00)
        return self._unblock(code, data) if ins == INS.UNBLOCK_CHV else self._present(code, ins, data)

    def _present(self, code: Held, ins: INS, data: bytes) -> bytes:
        """98 02, 98 08, 98 40, then the comparison; a wrong value costs a try, a right one gives all back."""
        if not code.initialised:
            return sw(0x9802)
        if code.enabled is (ins == INS.ENABLE_CHV):
            return sw(0x9808)
        if code.tries == 0:
            return sw(0x9840)
        if data[:8] != code.value:
            return self._wrong(code)
        code.tries, code.given = code.most, True
        if ins == INS.CHANGE_CHV:
            code.value = data[8:]
        elif ins != INS.VERIFY_CHV:
            code.enabled = ins == INS.ENABLE_CHV
        return self._save(code, OK)

    def _wrong(self, code: Held) -> bytes:
        code.tries -= 1
        if code.tries:
            return self._save(code, sw(0x9804))
        code.given = False
        if self.definition.choices.blocking_enables_chv1:
            code.enabled = True
        return self._save(code, sw(0x9840))

    def _unblock(self, code: Held, data: bytes) -> bytes:
        if not code.initialised or code.unblock is None:
            return sw(0x9802)
        if code.unblock_tries == 0:
            return sw(0x9840)
        if data[:8] != code.unblock:
            code.unblock_tries -= 1
            return self._save(code, sw(0x9804 if code.unblock_tries else 0x9840))
        code.value, code.tries, code.unblock_tries = data[8:], code.most, code.most_unblock
        code.enabled = code.given = True
        return self._save(code, OK)

    def _save(self, code: Held, answer: bytes) -> bytes:
        self.bodies[code.path] = code.body()
        return answer

    # commands of an application

    def _run_gsm_algorithm(self, rand: bytes) -> bytes:
        return self._wait(bytes(k ^ r for k, r in zip(self.bodies[KI_FILE], rand, strict=True))[:12])

    def _store_esn(self, p1: int, data: bytes) -> bytes:
        if p1 and self.bodies[CST][2] & 3 != 3:
            return sw(0x6B00)
        if data[0] & 0x0F != (7 if p1 else 4):
            return sw(0x6F00)
        new = bytes((data[0] & 0x0F,)) + data[1:]
        differs, self.bodies[ESN_ME] = self.bodies[ESN_ME] != new, new
        usage = self.bodies[USGIND][0]
        flags = differs | (usage & 1) << 4
        return self._wait(bytes((flags | (usage & 2) << 4 if p1 else flags,)))
