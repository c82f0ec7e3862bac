"""The order file: TOML text to validated tables.

Secrets stand elsewhere, and the order says where; only fixed ones may stand in it, and are masked in its copy.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from uimkit.crypto.gsm import OPC_LENGTH
from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.dialects import DIALECTS
from uimkit.perso.fields import FIELDS
from uimkit.perso.identities import ranges
from uimkit.perso.keys.policy import MIN_SEED, key_policy
from uimkit.perso.keys.unwrapping import SECRET_FIELDS
from uimkit.profile.locate import line_of

Positive = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
MASKED = "masked"
"""What the copy of an order says in place of a fixed secret."""
_TOML_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")
_TOKEN = re.compile(r"\.([A-Za-z0-9_]+)")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")
LASER_FIELDS = ("ICCID", "IMSI", "MDN", "UIMID", "PIN1", "PUK1", "PIN2", "PUK2")


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table without unknown keys."""


class WrappedInput(_Table, frozen=True, kw_only=True):
    """The transport key that secrets of the file are under. ``fields``: which (none named: all secret ones)."""

    source: str
    wrap: Literal["aes-kw", "aes-gcm", "3des-ecb"] | None = None
    fields: tuple[str, ...] = ()
    index: Annotated[int, msgspec.Meta(ge=0, le=99)] | None = None
    kcv: Annotated[str, msgspec.Meta(pattern="^[0-9A-Fa-f]{6}$")] | None = None
    check_value: Literal["standard", "zeros"] = "standard"


class Input(_Table, frozen=True, kw_only=True):
    """Where the cards come from: a file, or a number of cards with the first identities. ``fields`` are the same on
    all cards of a range."""

    file: str | None = None
    format: Literal["auto", "row", "csv", "operator", "finished"] = "auto"
    sid_radix: Literal[10, 16] = 16
    count: Positive | None = None
    ranges: dict[str, str] = {}
    fields: dict[str, str] = {}
    wrapped: WrappedInput | None = None


class Keys(_Table, frozen=True, kw_only=True):
    """``policy``: field to given, random, derived, fixed or op. ``seed``, ``op``, ``work`` and ``register`` are where
    these are to be had.

    A value of ``fixed`` is the secret itself, or ``env:NAME`` or ``file:PATH``.
    """

    policy: dict[str, str] = {}
    fixed: dict[str, str] = {}
    seed: str | None = None
    op: str | None = None
    work: str | None = None
    register: str | None = None

    def __repr__(self) -> str:
        return f"Keys(policy={self.policy!r}, fixed={list(self.fixed)!r})"


class TransportKey(_Table, frozen=True, kw_only=True):
    """The key that the operator's file is wrapped under."""

    source: str
    wrap: Literal["aes-kw", "aes-gcm", "3des-ecb"] = "aes-kw"
    index: Annotated[int, msgspec.Meta(ge=0, le=99)] = 1


class Outputs(_Table, frozen=True, kw_only=True):
    """What is made besides the electrical data. ``style``: scripts for pre-personalised cards, or for empty ones."""

    style: Literal["update", "create"] = "update"
    dialects: tuple[str, ...] = ("json",)
    flattened: bool = False
    cards_per_file: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1000
    response: Literal["var_out", "china-telecom"] | None = None
    laser: tuple[str, ...] = ()
    qc_every: Positive | None = None


class Order(_Table, frozen=True, kw_only=True):
    """One order."""

    order: Name
    customer: str
    profile: str
    input: Input
    keys: Keys = Keys()
    transport: TransportKey | None = None
    outputs: Outputs = Outputs()


def load_order(path: str | os.PathLike[str]) -> tuple[Order, str]:
    """The order and the SHA-256 of its text. Raises InputError (FILE:LINE: FIELD: message), SurroundingsError."""
    shown = os.fspath(path)
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such order", shown) from None
    except OSError as error:
        raise SurroundingsError(f"{shown}: {error.strerror}") from error
    order = parse_order(raw, shown)
    masked_copy(raw, shown)  # what can not be masked is refused before anything is made
    return order, hashlib.sha256(raw).hexdigest()


def parse_order(raw: bytes, shown: str) -> Order:
    """The order of a TOML text. Raises InputError (FILE:LINE: FIELD: message)."""
    text = ""
    try:
        text = raw.decode()
        order = msgspec.convert(tomllib.loads(text), Order)
        for place, message in _faults(order):
            raise _error(text, shown, tuple(place.split(".")), message)
    except UnicodeDecodeError:
        raise InputError("this is no order: it is not UTF-8", shown) from None
    except tomllib.TOMLDecodeError as error:
        match = _TOML_LINE.search(str(error))
        what = f"this is not TOML: {_TOML_LINE.sub('', str(error)).strip()}"
        raise InputError(what, f"{shown}:{match[1]}" if match else shown) from None
    except msgspec.ValidationError as error:
        message, _, at = str(error).partition(" - at ")
        path = tuple(_TOKEN.findall(at.rpartition("$")[2]))
        unknown = _UNKNOWN.search(message)
        raise _error(text, shown, (*path, unknown[1]) if unknown else path, message[0].lower() + message[1:]) from None
    return order


def masked_copy(raw: bytes, shown: str) -> bytes:
    """The text of an order with `MASKED` in place of every fixed secret that stands in it. Raises InputError.

    Nothing else is changed, which is checked: the copy must come to the same tables but for those values.
    """
    text = raw.decode()
    tables = tomllib.loads(text)
    fixed = tables.get("keys", {}).get("fixed", {})
    for name, value in fixed.items():
        if not is_source(value):
            spelling = rf"""(?<![\w-])(["']?{name}["']?\s*=\s*)(?:"{re.escape(value)}"|'{re.escape(value)}')"""
            text = re.sub(spelling, rf'\g<1>"{MASKED}"', text)
            fixed[name] = MASKED
    try:
        done = tomllib.loads(text) == tables
    except tomllib.TOMLDecodeError:
        done = False
    if not done:
        what = 'keys.fixed: it can not be masked in the copy of the order; write NAME = "value", env:NAME or file:PATH'
        raise InputError(what, shown)
    return text.encode()


def is_source(value: str) -> bool:
    """Whether a fixed value only says where it is to be had."""
    return value.startswith(("env:", "file:"))


def _error(text: str, shown: str, path: tuple[str, ...], message: str) -> InputError:
    where = f"{shown}:{line_of(text, path)}"
    return InputError(f"{'.'.join(path) or 'order'}: {message.replace('`', chr(39))}", where)


def _faults(order: Order) -> Iterator[tuple[str, str]]:
    """Field and what is wrong with it."""
    yield from _input_faults(order.input)
    outputs = order.outputs
    for name in outputs.dialects:
        if name not in DIALECTS:
            yield "outputs.dialects", f"found {name[:20]!a}, known are {', '.join(DIALECTS)}"
    for name in outputs.laser:
        if name not in LASER_FIELDS:
            yield "outputs.laser", f"found {name[:20]!a}, known are {', '.join(LASER_FIELDS)}"
    yield from _key_faults(order.keys)
    if outputs.response and order.transport is None:
        yield "transport", "the operator's file needs a transport key"


def _input_faults(source: Input) -> Iterator[tuple[str, str]]:
    if (source.file is None) == (source.count is None):
        yield "input", "expected either file, or count with ranges"
    if source.file is not None and (source.ranges or source.fields):
        yield "input", "ranges and fields belong to count, not to a file"
    if source.wrapped is not None:
        if source.file is None:
            yield "input.wrapped", "belongs to a file: a range has no secrets"
        for name in source.wrapped.fields:
            if name not in SECRET_FIELDS:
                yield "input.wrapped.fields", f"found {name[:20]!a}, expected of {', '.join(SECRET_FIELDS)}"
    for name in source.fields:
        if name not in FIELDS:
            yield f"input.fields.{name}", f"unknown field {name[:20]!a}"
        elif FIELDS[name].secret:
            yield f"input.fields.{name}", "this is a secret: put it under keys.fixed"
    if source.count is not None:
        if "ICCID" not in source.ranges:
            yield "input.ranges", "expected the first ICCID, without its check digit"
        for name, start in source.ranges.items():
            try:
                ranges(source.count, {name: start})
            except InputError as error:
                yield f"input.ranges.{name}", str(error)


def _key_faults(keys: Keys) -> Iterator[tuple[str, str]]:
    """What is wrong without looking at any secret that stands elsewhere."""
    if keys.work is None and any(word.startswith("random") for word in keys.policy.values()):
        yield "keys.work", "random keys need a work key, under which they are stored"
    for name, word in keys.policy.items():
        if word.partition(":")[0] != "fixed":
            try:
                key_policy({name: word}, fixed={}, seed=bytes(MIN_SEED), op=bytes(OPC_LENGTH))
            except InputError as error:
                yield f"keys.policy.{name}", error.message
    for name, value in keys.fixed.items():
        if not is_source(value) and value != MASKED:
            try:
                key_policy({}, fixed={name: value}, seed=None)
            except InputError as error:
                yield f"keys.fixed.{name}", error.message
