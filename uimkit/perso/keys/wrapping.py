"""Secrets under a transport or work key: AES key wrap, AES-GCM, and triple DES for systems that know nothing else.

========  ==========================================================================================================
name      what it is
========  ==========================================================================================================
aes-kw    AES key wrap: RFC 3394 for 16 octets and more in whole blocks of 8, else with the padding of RFC 5649.
          Deterministic by construction. It notices changed data, but not data moved to another card or field.
aes-gcm   AES-GCM: nonce (12 octets), ciphertext, tag (16). Field and ICCID are associated data, so that a value moved
          to another card or field is noticed.
3des-ecb  Triple DES, block by block (legacy): equal values show as equal, nothing notices a change. Only for a
          receiver that takes nothing else.
========  ==========================================================================================================
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from uimkit.errors import InputError
from uimkit.perso.fields import FIELDS

KCV_BYTES = 3
NONCE_BYTES, TAG_BYTES = 12, 16
AES_KEY_LENGTHS, DES_KEY_LENGTHS = (16, 24, 32), (16, 24)
AES_BLOCK, DES_BLOCK = 16, 8
MAX_INDEX = 99

Algorithm = Literal["aes", "3des"]
CheckValue = Literal["standard", "zeros"]


class Key(Protocol):
    """A key that can be used but not looked at: octets in memory, or an object in a hardware module.

    ``length`` is in octets. The wrapping methods are those of AES; `unwrap` and `open` raise InputError when the data
    do not fit the key. No method shows the key, nor does its ``repr``.
    """

    @property
    def length(self) -> int: ...

    def encrypt(self, algorithm: Algorithm, blocks: bytes) -> bytes:
        """Whole blocks, each for itself (ECB). Raises InputError when the key is none of the algorithm."""

    def decrypt(self, algorithm: Algorithm, blocks: bytes) -> bytes:
        """The way back."""

    def wrap(self, plain: bytes, *, padded: bool) -> bytes:
        """AES key wrap: RFC 3394, or RFC 5649 when ``padded``."""

    def unwrap(self, wrapped: bytes, *, padded: bool) -> bytes: ...

    def seal(self, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """AES-GCM: ciphertext and tag (16 octets)."""

    def open(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes: ...


class Wrapper(Protocol):
    """Wraps the secrets of cards. ``index`` and ``kcv`` tell the receiver which key it was; ``repr`` shows none."""

    @property
    def name(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def kcv(self) -> str: ...

    def wrap(self, plain: bytes, field: str, iccid: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, field: str, iccid: str) -> bytes:
        """The way back. Raises InputError, without a value, when data, key, field or ICCID do not belong together."""


@dataclass(frozen=True)
class _Wrapping:
    key: Key
    index: int
    kcv: str


class AesKeyWrap(_Wrapping):
    """RFC 3394, and RFC 5649 for what is shorter than 16 octets or no multiple of 8, as an A-key or a PIN."""

    name = "aes-kw"

    def wrap(self, plain: bytes, field: str, iccid: str) -> bytes:
        if not plain:
            raise InputError(f"{field}: nothing to wrap")
        return self.key.wrap(plain, padded=len(plain) < 2 * DES_BLOCK or len(plain) % DES_BLOCK != 0)

    def unwrap(self, wrapped: bytes, field: str, iccid: str) -> bytes:
        for padded in (False, True):  # the two differ in their check value, so at most one fits
            try:
                return self.key.unwrap(wrapped, padded=padded)
            except InputError:
                continue
        raise _misfit(field, iccid)


class AesGcm(_Wrapping):
    """AES-GCM with a nonce that follows from what is wrapped.

    The nonce is the first 12 octets of HMAC-SHA-256 over field, ICCID and plain text, under a key that only the holder
    of the wrapping key can make (two encrypted constants). So the same value of the same card always gives the same
    octets, as a repeated run needs, and the same nonce comes twice for different input only by accident: for N values
    under one key with probability N**2 / 2**97, for ten million 2**-50. What an observer learns is whether the value
    of the same field of the same card is equal in two files, and nothing else, as with AES-SIV (RFC 5297).
    """

    name = "aes-gcm"

    def wrap(self, plain: bytes, field: str, iccid: str) -> bytes:
        associated = _associated(field, iccid)
        message = len(associated).to_bytes(2, "big") + associated + plain
        nonce = hmac.digest(self._nonce_key, message, "sha256")[:NONCE_BYTES]
        return nonce + self.key.seal(nonce, plain, associated)

    def unwrap(self, wrapped: bytes, field: str, iccid: str) -> bytes:
        if len(wrapped) < NONCE_BYTES + TAG_BYTES:
            raise _misfit(field, iccid)
        try:
            return self.key.open(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _associated(field, iccid))
        except InputError:
            raise _misfit(field, iccid) from None

    @cached_property
    def _nonce_key(self) -> bytes:
        return self.key.encrypt("aes", b"uimkit nonce key" + b"uimkit nonce KEY")


class TripleDes(_Wrapping):
    """Triple DES in ECB, key of 16 or 24 octets. Text is filled with 00 to whole blocks, keys must be whole blocks."""

    name = "3des-ecb"

    def wrap(self, plain: bytes, field: str, iccid: str) -> bytes:
        if is_text(field):
            plain = plain.ljust(-(-len(plain) // DES_BLOCK) * DES_BLOCK, b"\0")
        if not plain or len(plain) % DES_BLOCK:
            raise InputError(f"{field}: found {len(plain)} octets, expected a multiple of {DES_BLOCK} for {self.name}")
        return self.key.encrypt("3des", plain)

    def unwrap(self, wrapped: bytes, field: str, iccid: str) -> bytes:
        if not wrapped or len(wrapped) % DES_BLOCK:
            raise _misfit(field, iccid)
        plain = self.key.decrypt("3des", wrapped)
        return plain.rstrip(b"\0") if is_text(field) else plain


WRAPPINGS: Mapping[str, Callable[[Key, int, str], Wrapper]] = {
    kind.name: kind for kind in (AesKeyWrap, AesGcm, TripleDes)
}
LEGACY_WARNINGS: Mapping[str, str] = {
    TripleDes.name: "3des-ecb is a legacy wrapping: equal secrets show as equal and no change of the data is noticed; "
    "use aes-kw or aes-gcm where the receiver can"
}
"""What a user of such a wrapping must be told."""


def wrapper(name: str, key: Key, index: int, *, check_value: CheckValue = "standard") -> Wrapper:
    """The wrapping of that name under a key. ``index`` (0 to 99) is what the receiver knows the key by.

    ``check_value`` is that of `kcv`. Raises InputError for an unknown name, an index out of range, or a key of the
    wrong length.
    """
    if name not in WRAPPINGS:
        raise InputError(f"wrapping {name[:40]!a}: unknown, expected one of {', '.join(WRAPPINGS)}")
    if not 0 <= index <= MAX_INDEX:
        raise InputError(f"key index {index}: expected 0 to {MAX_INDEX}")
    algorithm: Algorithm = "3des" if name == TripleDes.name else "aes"
    lengths = DES_KEY_LENGTHS if algorithm == "3des" else AES_KEY_LENGTHS
    if key.length not in lengths:
        raise InputError(f"key of {key.length} octets: {name} needs one of {', '.join(map(str, lengths))}")
    return WRAPPINGS[name](key, index, kcv(key, algorithm, check_value))


def kcv(key: Key, algorithm: Algorithm, check_value: CheckValue = "standard") -> str:
    """The key check value, 6 hex digits: the first 3 octets of one encrypted block.

    The block is 01 sixteen times for AES and zeros for triple DES, as GlobalPlatform has it; ASSUMPTION: the receiver
    reckons so too. With "zeros" it is zeros for AES as well.
    """
    block = bytes((1,)) * AES_BLOCK if algorithm == "aes" else bytes(DES_BLOCK)
    return key.encrypt(algorithm, bytes(len(block)) if check_value == "zeros" else block)[:KCV_BYTES].hex().upper()


def is_text(field: str) -> bool:
    """Whether a secret is wrapped as its characters (codes, lists) and not as the octets its hex digits mean."""
    return field not in _AS_OCTETS


_AS_OCTETS = frozenset({"AKEY", "HRPDSS", "KI", "OPC_G", "KI_LTE", "OPC_LTE"})


def field_octets(field: str, value: str) -> bytes:
    """What of a canonical value is wrapped: octets of a key, else its ASCII characters. Raises InputError.

    An A-key of 26 digits must have been turned into 16 hex digits (`uimkit.perso.resolve`).
    """
    try:
        return value.encode("ascii") if is_text(field) else bytes.fromhex(FIELDS[field].checked(value))
    except ValueError:
        raise InputError(f"{field}: a value of {len(value)} characters can not be wrapped") from None


def field_value(field: str, octets: bytes) -> str:
    """The way back of `field_octets`. Raises InputError when the octets are no value of the field."""
    try:
        return FIELDS[field].checked(octets.decode("ascii") if is_text(field) else octets.hex().upper())
    except ValueError:
        raise InputError(f"{field}: what was unwrapped is no value of this field") from None


def _associated(field: str, iccid: str) -> bytes:
    return f"uimkit|{field}|{iccid}".encode()


def _misfit(field: str, iccid: str) -> InputError:
    return InputError(f"{field} of {iccid}: does not fit the key: another key, or changed data")
