"""The order file: TOML text to validated tables. Secrets never stand in it, only where they are to be had."""

from __future__ import annotations

import hashlib
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.dialects import DIALECTS
from uimkit.perso.fields import FIELDS
from uimkit.perso.keys.unwrapping import SECRET_FIELDS

Positive = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
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
    """``policy``: field to given, random, derived, fixed or op. ``seed``, ``op``, ``work`` and ``register`` are
    sources."""

    policy: dict[str, str] = {}
    fixed: dict[str, str] = {}
    seed: str | None = None
    op: str | None = None
    work: str | None = None
    register: str | None = None


class TransportKey(_Table, frozen=True, kw_only=True):
    """The key that the operator's file is wrapped under."""

    source: str
    wrap: Literal["aes-kw", "aes-gcm", "3des-ecb"] = "aes-kw"
    index: Annotated[int, msgspec.Meta(ge=0, le=99)] = 1


class Outputs(_Table, frozen=True, kw_only=True):
    """What is made besides the electrical data."""

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
    """The order and the SHA-256 of its text. Raises InputError (FILE: FIELD: message), SurroundingsError."""
    shown = os.fspath(path)
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such order", shown) from None
    except OSError as error:
        raise SurroundingsError(f"{shown}: {error.strerror}") from error
    return parse_order(raw, shown), hashlib.sha256(raw).hexdigest()


def parse_order(raw: bytes, shown: str) -> Order:
    """The order of a TOML text. Raises InputError."""
    try:
        order = msgspec.convert(tomllib.loads(raw.decode()), Order)
    except UnicodeDecodeError:
        raise InputError("this is no order: it is not UTF-8", shown) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"this is not TOML: {error}", shown) from None
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$.")
        raise InputError(f"{place.rstrip('`') or 'order'}: {message}", shown) from None
    field, message = _first_fault(order)
    if field:
        raise InputError(f"{field}: {message}", shown)
    return order


def _first_fault(order: Order) -> tuple[str, str]:
    source, outputs = order.input, order.outputs
    if (source.file is None) == (source.count is None):
        return "input", "expected either file, or count with ranges"
    if source.count is not None and "ICCID" not in source.ranges:
        return "input.ranges", "expected the first ICCID, without its check digit"
    if source.file is not None and (source.ranges or source.fields):
        return "input", "ranges and fields belong to count, not to a file"
    if source.wrapped is not None:
        if source.file is None:
            return "input.wrapped", "belongs to a file: a range has no secrets"
        for name in source.wrapped.fields:
            if name not in SECRET_FIELDS:
                return "input.wrapped.fields", f"found {name[:20]!a}, expected of {', '.join(SECRET_FIELDS)}"
    for name in outputs.dialects:
        if name not in DIALECTS:
            return "outputs.dialects", f"found {name[:20]!a}, known are {', '.join(DIALECTS)}"
    for name in outputs.laser:
        if name not in LASER_FIELDS:
            return "outputs.laser", f"found {name[:20]!a}, known are {', '.join(LASER_FIELDS)}"
    for name in source.fields:
        if name not in FIELDS:
            return "input.fields", f"unknown field {name[:20]!a}"
    if outputs.response and order.transport is None:
        return "transport", "the operator's file needs a transport key"
    if order.keys.work is None and any(word.startswith("random") for word in order.keys.policy.values()):
        return "keys.work", "random keys need a work key, under which they are stored"
    return "", ""
