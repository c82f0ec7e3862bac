"""What the authentication commands of an R-UIM must answer, as part of an account kept beside the card.

C.S0023-C 4.2, 4.4, 4.5.3 and 4.8.1, and the tables of docs/simulator.md, restated from the commands before: what is in
sequence, and which outcome it has. Signatures, keys and digests have vectors of their own; of those only the length is
known here. An SSD update is worked out in full, since its outcome stands on the card.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.simulator.access_card import CST, IMSI_M, RUIMID, USGIND
from uimkit.apdu import INS
from uimkit.crypto import cave

OK = b"\x90\x00"
SEQUENCE, TECHNICAL, LENGTH, REFUSED, PARAMETERS = b"\x98\x34", b"\x6f\0", b"\x67\0", b"\x98\x04", b"\x6b\0"
SIGNATURE, KEY, MASK, DIGEST = 3, 8, 65, 16
_CHALLENGES, _CHAP, _MN_HA, _REQUEST, _MN_AAA, _HRPD = 4, 0, 1, 2, 3, 4
_FIRST, _NEXT, _SINGLE, _LAST = range(4)
_LONGEST, _HEADER, _LONGEST_CHALLENGE, _SECRET = 4096, 8, 238, 17

Outcome = bytes | int
"""A whole answer, or how many computed bytes wait for GET RESPONSE."""


@dataclass
class Update:
    """An SSD update under way. ``right`` is the answer of the base station that has the same A-key."""

    ssd: bytes
    right: bytes
    until_commit: bool
    confirmed: bool = False


class Authentications:
    """The account of one card's commands in DF_CDMA; ``bodies`` is the account's, and written by a valid SSD.

    ``keys`` gives the file of each key object; ``random`` is a source equal to the card's.
    """

    def __init__(
        self,
        bodies: dict[str, bytes],
        keys: Mapping[str, str],
        random: Callable[[int], bytes] | None,
        temporary_ssd: bool,
    ) -> None:
        self._bodies = bodies
        self._keys = keys
        self._random = random
        self._temporary = temporary_ssd
        self.reset()

    def reset(self) -> None:
        """A card session begins: every sequence starts anew."""
        self.challenge: bytes | None = None
        self.update: Update | None = None
        self.lost: bytes | None = None
        """What CONFIRM SSD would have wanted, of an update that was dropped."""
        self.saved = False
        self.block: int | None = None
        """P1 of a message whose last block has not come."""
        self.authenticated = self.hashed = False
        self._last: tuple[bytes, bytes] | None = None
        self._bytes = 0

    def carry_out(self, ins: INS, p1: int, p2: int, data: bytes) -> Outcome | tuple[bytes]:
        """The outcome of a command in its directory, with right parameters and CHV1; a 1-tuple holds known data that
        wait for GET RESPONSE.
        """
        if ins == INS.BASE_STATION_CHALLENGE:
            return self._challenge(data)
        if ins == INS.UPDATE_SSD:
            return self._update_ssd(data)
        if ins == INS.CONFIRM_SSD:
            return self._confirm(data)
        if ins == INS.COMMIT:
            return self._commit()
        if ins == INS.RUN_CAVE:
            return self._run_cave(data)
        if ins == INS.GENERATE_KEY_VPM:
            return self._generate(data)
        return self._ip(p1, p2, data)

    # SSD update and signatures

    def _challenge(self, seed: bytes) -> Outcome | tuple[bytes]:
        if self._random is None:
            return TECHNICAL
        drawn = self._random(_CHALLENGES)
        if self._last == (seed, drawn):  # never the same twice for equal seeds in a row
            drawn = (int.from_bytes(drawn, "big") + 1 & 0xFFFFFFFF).to_bytes(_CHALLENGES, "big")
        self._last, self.challenge, self.update = (seed, drawn), drawn, None
        return (drawn,)

    def _update_ssd(self, data: bytes) -> Outcome:
        until_commit = bool(data[7] & 4)
        if self.challenge is None or (until_commit and not self._temporary):
            return SEQUENCE
        esn = self._esn(data[8:])
        if "akey" not in self._keys or esn is None or not self._programmed:
            return TECHNICAL
        ssd = cave.shared_secret(self._bodies[self._keys["akey"]], data[:7], esn)
        imsi_s1 = int.from_bytes(self._bodies[IMSI_M][3:6], "little")
        signature, _ = cave.sign(int.from_bytes(self.challenge, "big"), imsi_s1, ssd, esn)
        self.challenge, self.update = None, Update(ssd, signature.to_bytes(SIGNATURE, "big"), until_commit)
        return OK

    def _confirm(self, data: bytes) -> Outcome:
        update = self.update
        self.lost = None
        if update is None or update.confirmed:
            return SEQUENCE
        if data != update.right:
            self.update, self.lost = None, update.right
            return REFUSED
        if update.until_commit:
            update.confirmed = True
            return OK
        self.update = None
        return OK if self._valid(update) else TECHNICAL

    def _commit(self) -> Outcome:
        if self.update is None or not self.update.confirmed or not self._valid(self.update):
            return b"\x06" + OK
        self.update = None
        return b"\x00" + OK

    def _valid(self, update: Update) -> bool:
        if "ssd" in self._keys:
            self._bodies[self._keys["ssd"]] = update.ssd
        return "ssd" in self._keys

    def _run_cave(self, data: bytes) -> Outcome:
        trial = bool(data[9] & 4)
        if trial and not (self.update and self.update.confirmed):
            return SEQUENCE
        identity = self._programmed and self._esn(data[10:]) is not None
        if data[0] > 1 or not (trial or "ssd" in self._keys) or not identity:
            return TECHNICAL
        self.saved = self.saved or bool(data[9] & 0x10)
        return SIGNATURE

    def _generate(self, data: bytes) -> Outcome:
        if not self.saved:
            return SEQUENCE
        first, last = data
        if data == b"\xff\xff":
            return KEY
        return KEY + last - first + 1 if first <= last < MASK else TECHNICAL

    @property
    def _programmed(self) -> bool:
        """EF_IMSI_M says so in its byte 8; the card has no EF_IMSI_T."""
        return bool(self._bodies[IMSI_M][7] & 0x80)

    def _esn(self, given: bytes) -> int | None:
        if not self._bodies[USGIND][0] & 1:
            return int.from_bytes(given[:4], "little")
        return int.from_bytes(self._bodies[RUIMID][1:5], "little") if RUIMID in self._bodies else None

    # COMPUTE IP AUTHENTICATION

    def _ip(self, kind: int, block: int, data: bytes) -> Outcome:
        if kind in (_MN_HA, _REQUEST):
            return self._message(kind, block, data)
        if block:
            return PARAMETERS
        if kind == _MN_AAA:
            return self._mn_aaa(data)
        if len(data) < (2 if kind == _HRPD else 3):
            return LENGTH
        known = self._secret("hrpd_ss", 0) if kind == _HRPD else self._secret("sip_chap_ss", data[1])
        return DIGEST if known else TECHNICAL

    def _message(self, kind: int, block: int, data: bytes) -> Outcome:
        new = block in (_FIRST, _SINGLE)
        if (kind == _REQUEST and not self.authenticated) if new else self.block != kind:
            return SEQUENCE
        if new and kind == _MN_HA and not self._secret("mn_ha_ss", data[0]):
            return TECHNICAL
        size = len(data) - (kind == _MN_HA) if new else self._bytes + len(data)
        ends = block in (_SINGLE, _LAST)
        if size > _LONGEST or (kind == _REQUEST and ends and len(data) < _HEADER):
            return LENGTH
        self._bytes, self.hashed = size, kind == _REQUEST and ends
        if not ends:
            self.block = kind
            return OK
        self.block = None
        if kind == _REQUEST:
            return OK
        self.authenticated = True
        return DIGEST

    def _mn_aaa(self, data: bytes) -> Outcome:
        if not self.hashed:
            return SEQUENCE
        if not 1 <= len(data) - 1 <= _LONGEST_CHALLENGE:
            return LENGTH
        if not self._secret("mn_aaa_ss", data[0]):
            return TECHNICAL
        self.block, self.authenticated, self.hashed = None, False, False
        return DIGEST

    def _secret(self, name: str, index: int) -> bool:
        """Whether this NAI has a secret: a length byte of 1 to 16."""
        body = self._bodies[self._keys[name]] if name in self._keys else b""
        kept = body[_SECRET * index : _SECRET * (index + 1)]
        return bool(kept) and 1 <= kept[0] <= 16


def fixed_dialling(bodies: Mapping[str, bytes]) -> bool:
    """Service n3 of EF_CST, allocated and activated; a card without EF_ADN then dials fixed numbers only (3.4.18)."""
    return bodies[CST][0] >> 4 & 3 == 3
