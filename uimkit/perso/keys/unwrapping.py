"""The way in: secrets that an operator's file carries under the transport key."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from uimkit.errors import InputError
from uimkit.perso.fields import FIELDS
from uimkit.perso.keys.wrapping import (
    LEGACY_WARNINGS,
    MAX_INDEX,
    WRAPPINGS,
    CheckValue,
    Key,
    Wrapper,
    field_value,
    wrapper,
)

WRAP, INDEX, KCV = "transport_wrap", "transport_key", "transport_kcv"
"""The lines of an operator's header, names in small letters."""

SECRET_FIELDS = tuple(name for name, description in FIELDS.items() if description.secret)

_T = TypeVar("_T", str, int)
_LIST_OCTETS = {"SIPSS": 16, "MNHASS": 8, "MNAAASS": 8}
"""Lists of secrets, and how long each of them is in octets."""
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


@dataclass(frozen=True)
class Wrapped:
    """What is said of the secrets of an input: under which key they are, and how.

    ``fields`` are the wrapped ones (none named: all secret ones). What the file's header says too must agree;
    ``wrap`` may be left to it. ``kcv`` is that of the key, 6 hex digits, ``check_value`` how it is reckoned.
    """

    key: Key
    wrap: str | None = None
    fields: tuple[str, ...] = ()
    index: int | None = None
    kcv: str | None = None
    check_value: CheckValue = "standard"

    def unwrapper(self, header: Mapping[str, str]) -> Unwrapper:
        """For the rows below this header. Raises InputError: another wrapping, key index or check value, wrong key."""
        index = _header_index(header)
        if index == 0:
            raise InputError(f"the header says {INDEX} 0, that is not wrapped, but the input is declared as wrapped")
        name = _agreed("wrapping", self.wrap, header.get(WRAP) or None)
        if name is None:
            raise InputError(f"expected how the secrets are wrapped: {', '.join(WRAPPINGS)}")
        if self.wrap is None and name in LEGACY_WARNINGS:
            raise InputError(f"the header says {name}, a legacy wrapping: the order must name it, wrap = {name!a}")
        number = _agreed("key index", self.index, index)
        made = wrapper(name, self.key, number or 0, check_value=self.check_value)
        for place, kcv in (("the order", self.kcv), ("the header", header.get(KCV))):
            if kcv and kcv.upper() != made.kcv:
                raise InputError(f"{place} says key check value {kcv[:6]!a}, but that of this key is {made.kcv}")
        return Unwrapper(made, frozenset(self.fields or SECRET_FIELDS))


@dataclass(frozen=True)
class Unwrapper:
    """Turns the wrapped cells of rows into plain ones."""

    wrapper: Wrapper
    fields: frozenset[str]

    def cells(
        self, names: Sequence[str | None], cells: Sequence[str], where: str
    ) -> tuple[list[str], list[InputError]]:
        """The cells of a row, and an error for each that does not unwrap (empty then). No error tells a value.

        A list can be wrapped whole, or each of its secrets between the semicolons (ASSUMPTION: either occurs). The
        ICCID that AES-GCM has as associated data is that of the row, as it stands there (ASSUMPTION).
        """
        iccid = next((cell for name, cell in zip(names, cells, strict=True) if name == "ICCID"), "")
        plain, errors = list(cells), []
        for position, (name, cell) in enumerate(zip(names, cells, strict=True)):
            if name in self.fields and name is not None and cell:
                try:
                    plain[position] = self._plain(name, cell, iccid)
                except InputError as error:
                    plain[position] = ""
                    reason = str(error).removeprefix(f"{name}: ").removeprefix(f"{name} of {iccid}: ")
                    errors.append(InputError(f"column {position + 1} {name}: {reason}", where or None))
        return plain, errors

    def _plain(self, name: str, cell: str, iccid: str) -> str:
        parts = cell.split(";") if name in _LIST_OCTETS else [cell]
        return ";".join(self._unwrapped(name, part, iccid) for part in parts)

    def _unwrapped(self, name: str, text: str, iccid: str) -> str:
        if not _HEX.fullmatch(text):
            raise InputError(f"found {len(text)} characters, expected the hex digits of a wrapped value")
        return _value(name, self.wrapper.unwrap(bytes.fromhex(text), name, iccid))


def _value(name: str, octets: bytes) -> str:
    """The value as it was wrapped: its characters, or of the secrets of a list the octets (ASSUMPTION: either occurs).

    A wrapping that fills text with zeros may have cut those at the end of octets.
    """
    try:
        return field_value(name, octets)
    except InputError:
        if name not in _LIST_OCTETS:
            raise
    digits = octets.ljust(_LIST_OCTETS[name], b"\0").hex().upper()
    return field_value(name, digits.encode())


def refuse_undeclared(names: Collection[str | None], header: Mapping[str, str]) -> None:
    """Raises InputError when a header says that secrets are wrapped, there are some, and nobody said by which key."""
    secret = [name for name in names if name in SECRET_FIELDS]
    if secret and header.get(WRAP):
        raise InputError(f"the header says that secrets are wrapped ({header[WRAP][:20]!a}): expected [input.wrapped]")


def _header_index(header: Mapping[str, str]) -> int | None:
    text = header.get(INDEX)
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,2}", text):
        raise InputError(f"{INDEX}: expected 0 to {MAX_INDEX} in the header")
    return int(text)


def _agreed(what: str, declared: _T | None, header: _T | None) -> _T | None:
    if declared is not None and header is not None and declared != header:
        shown = ascii(header)[:22]
        raise InputError(f"the header says {what} {shown}, the order {ascii(declared)[:22]}")
    return header if declared is None else declared
