"""Where the secrets of a card come from: given by the operator, random, derived, the same on every card, or by OP."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from uimkit.crypto.gsm import OPC_LENGTH, milenage_opc
from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.fields import FIELDS
from uimkit.perso.validators import MAX_HRPD_SECRET, MAX_PROFILES, MAX_SIP_SECRET

MIN_SEED = 16
"""Octets of a seed at least."""
SEED_LABEL = "uimkit"
DERIVED_NOTICE = "derived keys: for tests only"
"""What every output of an order with derived secrets says."""

_HASH = "sha256"
_HASH_BYTES = 32
_DRAW_BYTES = 8
_TRIES = 128

Random = Callable[[int], bytes]
"""That many octets nobody can foretell, as from ``secrets.token_bytes``."""


class Source(Enum):
    """Where a secret comes from."""

    GIVEN = "given"
    RANDOM = "random"
    DERIVED = "derived"
    FIXED = "fixed"
    OP = "op"
    """Follows from the operator's OP and the card's key (TS 35.206 4.1)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a field is drawn: ``size`` units (what they are says ``unit``), in ``sizes`` unless it is the usual one."""

    draw: Callable[[Random, int], str]
    size: int
    sizes: range
    unit: str


_NUMBERS = [(numbers, (1 << 8 * _DRAW_BYTES) // numbers * numbers) for numbers in (10**count for count in range(19))]
"""By a count of digits: how many numbers have so many, and the end of the last whole multiple of that."""


def random_digits(random: Random, count: int) -> str:
    """``count`` decimal digits (at most 18), each number equally likely, leading zeros included.

    Numbers beyond the last whole multiple of the range are drawn again, which makes the digits free of bias. Raises
    SurroundingsError when a source goes on giving those only, which a working one does not.
    """
    numbers, limit = _NUMBERS[count]
    for _ in range(_TRIES):
        number = int.from_bytes(random(_DRAW_BYTES), "big")
        if number < limit:
            return str(number % numbers).zfill(count)
    raise SurroundingsError("the source of random numbers is broken: it gives the same large numbers again and again")


def random_hex(random: Random, octets: int) -> str:
    """Octets as hex digits in capitals."""
    return random(octets).hex().upper()


def _hex_characters(random: Random, count: int) -> str:
    return random((count + 1) // 2).hex().upper()[:count]


def _octets(count: int) -> Shape:
    return Shape(random_hex, count, range(count, count + 1), "octets")


def _list_of_eight(random: Random, count: int) -> str:
    return ";".join(random_hex(random, 8) for _ in range(count))


_PIN = Shape(random_digits, 4, range(4, 9), "digits")
_PUK = Shape(random_digits, 8, range(8, 9), "digits")
_SECRETS = Shape(_list_of_eight, 1, range(1, MAX_PROFILES + 1), "secrets of 8 octets")

SHAPES: Mapping[str, Shape] = {
    "AKEY": _octets(8),
    "PIN1": _PIN,
    "PIN2": _PIN,
    "PUK1": _PUK,
    "PUK2": _PUK,
    # eight characters 0 to F, as on the cards of China Telecom; 16 are eight octets for a card that takes them
    "ADM": Shape(_hex_characters, 8, range(8, 17, 8), "characters"),
    "HRPDSS": Shape(random_hex, 8, range(8, MAX_HRPD_SECRET + 1), "octets"),
    # as text: 32 hex digits would be octets, whose zeros at the end do not count
    "SIPSS": Shape(_hex_characters, 16, range(8, MAX_SIP_SECRET + 1), "characters"),
    "MNHASS": _SECRETS,
    "MNAAASS": _SECRETS,
    "KI": _octets(16),
    "OPC_G": _octets(16),
    "KI_LTE": _octets(16),
    "OPC_LTE": _octets(16),
    "SPC": Shape(random_digits, 6, range(6, 7), "digits"),
}
"""Every secret field and how it is drawn."""

KEY_OF: Mapping[str, str] = {"OPC_G": "KI", "OPC_LTE": "KI_LTE"}
"""Which key each OPc belongs to."""


@dataclass(frozen=True)
class KeyPolicy:
    """Field name -> source, secret fields only. What it holds besides the names never shows in its ``repr``.

    ``sizes`` are those that differ from the usual ones of `SHAPES`. Secret fields without a source stay as they are.
    """

    sources: Mapping[str, Source]
    fixed: Mapping[str, str] = field(default_factory=dict, repr=False)
    seed: bytes | None = field(default=None, repr=False)
    sizes: Mapping[str, int] = field(default_factory=dict)
    op: bytes | None = field(default=None, repr=False)

    @cached_property
    def drawn(self) -> tuple[str, ...]:
        """The fields that are not given, in the order of FIELDS."""
        return tuple(name for name in FIELDS if self.sources.get(name, Source.GIVEN) is not Source.GIVEN)

    @property
    def deterministic(self) -> bool:
        """Whether the same input gives the same secrets again: none is random."""
        return Source.RANDOM not in self.sources.values()

    @property
    def derived(self) -> bool:
        """Whether any secret is derived: then every output says `DERIVED_NOTICE`."""
        return Source.DERIVED in self.sources.values()

    def draw(self, iccid: str, given: Mapping[str, str], random: Random) -> dict[str, str]:
        """The values of the drawn fields of one card, in the order of FIELDS.

        ``given`` are the values of the card's data. Raises InputError, which names fields and no values: a field that
        should have been given is missing, or one that is drawn was given (but for a fixed one of the same value).
        """
        self.check(given)
        values = {name: draw(iccid, random) for name, draw in self._drawing if name not in given}
        if not self._by_op:
            return values
        if not self._by_op:
            return values
        for name in self._by_op:
            key = bytes.fromhex(values.get(KEY_OF[name]) or given[KEY_OF[name]])
            values[name] = milenage_opc(key, self.op or b"").hex().upper()
        return {name: values[name] for name in self.drawn if name in values}

    def check(self, given: Mapping[str, str]) -> None:
        """See that all is given that shall be, and nothing else. Raises InputError as `draw` does."""
        if not (self._given <= given.keys() and self._drawn_set.isdisjoint(given)):
            for name, source in self.sources.items():
                self._refuse(name, source, given)

    @cached_property
    def _given(self) -> frozenset[str]:
        names = {name for name, source in self.sources.items() if source is Source.GIVEN}
        return frozenset(names | set(self.keys_for_op))

    @cached_property
    def _by_op(self) -> tuple[str, ...]:
        return tuple(name for name in self.drawn if self.sources[name] is Source.OP)

    @property
    def keys_for_op(self) -> tuple[str, ...]:
        """The keys that the data of every card must give, since an OPc follows from them."""
        return tuple(KEY_OF[name] for name in self._by_op if KEY_OF[name] not in self.drawn)

    @cached_property
    def _drawn_set(self) -> frozenset[str]:
        return frozenset(self.drawn)

    def _refuse(self, name: str, source: Source, given: Mapping[str, str]) -> None:
        if source is Source.GIVEN:
            if name not in given:
                raise InputError(f"{name}: found none, expected a value: the key policy says it is given")
        elif name in given and (source is not Source.FIXED or given[name] != self.fixed[name]):
            raise InputError(f"{name}: found a value, but the key policy says it is {source.value}, not given")
        elif source is Source.OP and KEY_OF[name] in self.keys_for_op and KEY_OF[name] not in given:
            raise InputError(f"{name}: found no {KEY_OF[name]}, expected one: with OP it gives the OPc")

    @cached_property
    def _drawing(self) -> list[tuple[str, Callable[[str, Random], str]]]:
        """What is to be done for each drawn field of a card: from ICCID and random numbers to its value."""
        return [(name, self._way(name, self.sources[name])) for name in self.drawn if name not in self._by_op]

    def _way(self, name: str, source: Source) -> Callable[[str, Random], str]:
        if source is Source.FIXED:
            fixed = self.fixed[name]
            return lambda iccid, random: fixed
        draw, size = SHAPES[name].draw, self.sizes.get(name, SHAPES[name].size)
        if source is Source.RANDOM:
            return lambda iccid, random: draw(random, size)
        mac, label = self._mac, f"{SEED_LABEL}|{name}|"
        # a stream that is the same whenever seed, field and ICCID are the same
        return lambda iccid, random: draw(_Expansion(mac, f"{label}{iccid}".encode()).read, size)

    @cached_property
    def _mac(self) -> _Mac:
        return _Mac(hkdf_extract(self.seed or b""))


def key_policy(
    table: Mapping[str, str],
    *,
    fixed: Mapping[str, str],
    seed: bytes | None,
    columns: Collection[str] | None = None,
    op: bytes | None = None,
) -> KeyPolicy:
    """The policy of an order's table: field to "given", "random", "derived", "fixed" or "op".

    Behind a colon may stand a size: ``PIN1 = "random:6"`` draws six digits, ``MNHASS = "random:3"`` three secrets.
    A field of ``fixed`` need not be in the table. With ``columns``, those of the input, the required secrets that the
    table leaves out are given where the input has a column for them, else random. ``OPC_G = "op"`` computes the OPc of
    each card from its KI and ``op``, the operator's OP (16 octets); so OPC_LTE from KI_LTE.

    Raises InputError: unknown or not secret field, unknown source or size; value, seed or OP missing or not as
    expected.
    """
    sources: dict[str, Source] = {}
    sizes: dict[str, int] = {}
    for name, text in {**table, **{name: "fixed" for name in fixed if name not in table}}.items():
        _refuse_open_field(name)
        word, _, size = text.partition(":")
        sources[name] = _source(name, word)
        if size:
            sizes[name] = _size(name, sources[name], size)
    for name, description in FIELDS.items():
        if columns is not None and description.secret and description.required and name not in sources:
            sources[name] = Source.GIVEN if name in columns else Source.RANDOM
    policy = KeyPolicy(sources, _checked_fixed(sources, fixed), seed, sizes, op)
    if policy.derived and (seed is None or len(seed) < MIN_SEED):
        found = "none" if seed is None else f"{len(seed)} octets"
        raise InputError(f"seed of the derived secrets: found {found}, expected at least {MIN_SEED} octets")
    _refuse_op(sources, op)
    return policy


def _refuse_op(sources: Mapping[str, Source], op: bytes | None) -> None:
    for name, source in sources.items():
        if source is not Source.OP:
            continue
        if name not in KEY_OF:
            raise InputError(f"{name}: only {' and '.join(KEY_OF)} follow from OP", "key policy")
        if op is None or len(op) != OPC_LENGTH:
            found = "none" if op is None else f"{len(op)} octets"
            raise InputError(f"OP of the operator: found {found}, expected {OPC_LENGTH} octets")


def _refuse_open_field(name: str) -> None:
    if name not in FIELDS or not FIELDS[name].secret:
        raise InputError(f"{name}: no secret field, expected one of {', '.join(SHAPES)}", "key policy")


def _source(name: str, word: str) -> Source:
    try:
        return Source(word)
    except ValueError:
        expected = ", ".join(source.value for source in Source)
        raise InputError(f"{name}: unknown source, expected one of {expected}", "key policy") from None


def _size(name: str, source: Source, text: str) -> int:
    shape = SHAPES[name]
    if source not in (Source.RANDOM, Source.DERIVED):
        raise InputError(f"{name}: a size belongs to random and derived secrets only", "key policy")
    if not (text.isascii() and text.isdecimal() and len(text) < 3 and int(text) in shape.sizes):
        sizes = " or ".join(map(str, shape.sizes)) if len(shape.sizes) < 3 else f"{shape.sizes[0]} to {shape.sizes[-1]}"
        raise InputError(f"{name}: found the size {text[:9]}, expected {sizes} {shape.unit}", "key policy")
    return int(text)


def _checked_fixed(sources: Mapping[str, Source], fixed: Mapping[str, str]) -> dict[str, str]:
    """The fixed values in canonical form."""
    checked = {}
    for name, source in sources.items():
        if (source is Source.FIXED) != (name in fixed):
            what = "a fixed value is missing" if source is Source.FIXED else f"a fixed value, but it is {source.value}"
            raise InputError(f"{name}: {what}", "key policy")
        if source is Source.FIXED:
            try:
                checked[name] = FIELDS[name].checked(fixed[name])
            except ValueError as error:
                raise InputError(f"{name}: {error}", "key policy") from None
    return checked


def hkdf_extract(secret: bytes, salt: bytes = b"") -> bytes:
    """HKDF-Extract with SHA-256 (RFC 5869 2.2): 32 octets."""
    return hmac.digest(salt or bytes(_HASH_BYTES), secret, _HASH)


class _Mac:
    """HMAC with SHA-256 (RFC 2104) under a key of at most 64 octets, which is worked in once."""

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in padded))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in padded))

    def digest(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


class _Expansion:
    """HKDF-Expand with SHA-256 (RFC 5869 2.3), read piece by piece.

    Own code, held to the RFC's vectors: it is one HMAC a block, and a million cards need ten million of them.
    """

    __slots__ = ("_block", "_count", "_info", "_mac", "_rest")

    def __init__(self, mac: _Mac, info: bytes) -> None:
        self._mac, self._info = mac, info
        self._block, self._count, self._rest = b"", 0, b""

    def read(self, octets: int) -> bytes:
        """The next octets of the output; ValueError beyond the 255 blocks of the RFC."""
        while len(self._rest) < octets:
            self._count += 1
            self._block = self._mac.digest(self._block + self._info + bytes((self._count,)))
            self._rest += self._block
        taken, self._rest = self._rest[:octets], self._rest[octets:]
        return taken


def hkdf_expand(key: bytes, info: bytes, octets: int) -> bytes:
    """HKDF-Expand with SHA-256 (RFC 5869 2.3): at most 255 times 32 octets, else ValueError."""
    return _Expansion(_Mac(key), info).read(octets)
