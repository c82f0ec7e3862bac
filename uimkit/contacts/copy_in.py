"""Copying contacts to a card as a phone does: load the list, check that all fit, pick free records, write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from uimkit.apdu import SW
from uimkit.contacts import extension, phonebook
from uimkit.contacts.contact import Contact, clean_name, refuse
from uimkit.contacts.phonebook import Entry, OpenBook
from uimkit.errors import InputError, UimkitError
from uimkit.transport.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Change:
    """A contact whose name was stored shorter than asked."""

    contact: Contact
    stored_name: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of a copy: the new entries, the contacts that were there already, the names that were cut."""

    added: tuple[Entry, ...]
    doubles: tuple[Contact, ...]
    changed: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Planned:
    """A contact that fits: ``source`` as asked, ``contact`` as it is stored, the number in pieces of 20 digits."""

    source: Contact
    contact: Contact
    pieces: list[str]

    @property
    def tails(self) -> list[str]:
        return self.pieces[1:]


def add(terminal: Terminal, contacts: Iterable[Contact], as_: str = "cdma", *, on_overflow: str = "refuse") -> Copied:
    """Copy contacts to the card as a ``cdma`` or ``gsm`` phone does.

    A contact whose name and number stand there already, as far as this phone can read, is not written again. All are
    checked before the first write: raises InputError naming each misfit (a name too long or not in UCS-2, a number
    too long, no free record) with nothing written. ``on_overflow="cut"`` shortens names instead, and reports it in
    ``changed``; a number is never cut. Raises UimkitError when the card refuses on the way (92 40 from a one-way
    card whose real file is full), saying how many contacts were stored: those stay.
    """
    if on_overflow not in ("refuse", "cut"):
        raise InputError(f"found {on_overflow!r}, expected refuse or cut", "on_overflow")
    opened = phonebook.open_book(terminal, as_)
    problems: list[str] = []
    planned, doubles = _without_doubles(_fit(opened, contacts, on_overflow == "cut", problems), opened)
    long_ones = any(item.tails for item in planned)
    free = _Free(list(opened.book.free), opened.extensions.free(opened.referred) if long_ones else [])
    _check_room(planned, free, problems)
    refuse(problems)
    added = _Writer(terminal, opened.book.record_length, free).write(planned)
    stored = [item for item in planned if item.contact.name != item.source.name]
    changed = tuple(Change(item.source, item.contact.name) for item in stored)
    return Copied(tuple(added), tuple(doubles), changed)


def _fit(opened: OpenBook, contacts: Iterable[Contact], cut: bool, problems: list[str]) -> list[_Planned]:
    planned = []
    for contact in contacts:
        try:
            planned.append(_plan(opened, contact, cut))
        except InputError as error:
            problems.append(f"{_label(contact)}: {error.message}")
    return planned


def _plan(opened: OpenBook, contact: Contact, cut: bool) -> _Planned:
    """The contact as it will be stored; raises InputError (without a place) when it does not fit."""
    if not contact.name and not contact.number:
        raise InputError("neither a name nor a number, expected one of them")
    length = opened.book.record_length
    stored = _cut(contact, length) if cut else contact
    _encode(stored.name, "", length)
    sign = "+" if contact.number.startswith("+") else ""
    pieces = extension.split(contact.number.removeprefix("+"))
    _encode("", sign + pieces[0] if pieces else "", length)
    if len(pieces) > 1 and not opened.extensions.in_use:
        digits = len(contact.number) - len(sign)
        raise InputError(f"the number has {digits} digits, the card takes {extension.DIGITS} (EF_EXT1 is not in use)")
    for tail in pieces[1:]:
        extension.build(tail, None)
    return _Planned(contact, stored, [sign + pieces[0], *pieces[1:]] if pieces else [""])


def _cut(contact: Contact, length: int) -> Contact:
    """The contact with characters outside UCS-2 left out of its name, and as many at the end as do not fit."""
    suffix = contact.suffix
    base = "".join(c for c in contact.name.removesuffix(suffix) if ord(c) <= 0xFFFF)
    while base and not _fits(base + suffix, length):
        base = base[:-1].rstrip()
    return replace(contact, name=base + suffix)


def _fits(name: str, length: int) -> bool:
    try:
        _encode(name, "", length)
    except InputError:
        return False
    return True


def _encode(name: str, number: str, length: int, ext: int | None = None) -> bytes:
    return phonebook.RECORD.encode({"name": name, "number": number, "ccp": None, "ext": ext}, length)


def _without_doubles(planned: list[_Planned], opened: OpenBook) -> tuple[list[_Planned], list[Contact]]:
    known = {entry.contact.key for entry in opened.book.entries}
    new, doubles = [], []
    for item in planned:
        if item.contact.key in known:
            doubles.append(item.source)
        else:
            known.add(item.contact.key)
            new.append(item)
    return new, doubles


@dataclass(frozen=True, slots=True)
class _Free:
    """The record numbers still free in EF_ADN and EF_EXT1, by this phone's own list."""

    records: list[int]
    extensions: list[int]


def _check_room(planned: list[_Planned], free: _Free, problems: list[str]) -> None:
    if len(planned) > len(free.records):
        first = _label(planned[len(free.records)].source)
        problems.append(f"{first}: no room: {len(planned)} contacts are new, {len(free.records)} records are free")
    left = len(free.extensions)
    for item in planned:
        left -= len(item.tails)
        if left < 0 and item.tails:
            have = f"{len(free.extensions)} records of EF_EXT1 are free"
            problems.append(f"{_label(item.source)}: no room for the digits after the {extension.DIGITS}th: {have}")


def _label(contact: Contact) -> str:
    name = clean_name(contact.name) or contact.number or "a contact"
    return f"{contact.where}: {name}" if contact.where else name


@dataclass(slots=True)
class _Writer:
    """Writes planned contacts; keeps which file is selected, and marks what it takes as used."""

    terminal: Terminal
    record_length: int
    free: _Free
    selected: str = ""

    def write(self, planned: list[_Planned]) -> list[Entry]:
        added: list[Entry] = []
        for item in planned:
            record = self.free.records[len(added)]
            refused = self._write_one(item, record)
            if refused:
                rest = len(planned) - len(added) - 1
                raise UimkitError(
                    f"{_label(item.source)}: the card refused it: {refused}; {len(added)} contacts before it are "
                    f"stored and stay, it and {rest} after it are not"
                )
            added.append(Entry(record, item.contact.name, "".join(item.pieces)))
        return added

    def _write_one(self, item: _Planned, record: int) -> str:
        """Write the tails of a contact from the last to the first, then its record; a refusal's words, or ''."""
        taken: list[int] = []
        following: int | None = None
        for digits in reversed(item.tails):
            number = self.free.extensions.pop(0)
            refused = self._update(extension.PATH, number, extension.build(digits, following))
            if refused:
                self._erase(taken)
                return refused
            taken.append(number)
            following = number
        data = _encode(item.contact.name, item.pieces[0], self.record_length, following)
        refused = self._update(phonebook.PATH, record, data)
        if refused:
            self._erase(taken)
        return refused

    def _erase(self, extensions: list[int]) -> None:
        """Give back the tails of a contact that the card refused; should that fail too, they merely stay taken."""
        for number in reversed(extensions):
            self._update(extension.PATH, number, extension.BLANK)

    def _update(self, path: str, record: int, data: bytes) -> str:
        if self.selected != path:
            self.terminal.select(path)
            self.selected = path
        response = self.terminal.update_record(record, data)
        if response.ok:
            return ""
        full = response.sw == SW.MEMORY_PROBLEM
        advice = " (the card is full; a one-way card shows its records as free)" if full else ""
        return phonebook.status(response.sw) + advice
