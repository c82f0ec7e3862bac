"""The phone book of a card, read as a phone reads it: EF_ADN with the long numbers of EF_EXT1 (TS 51.011 11.5.1)."""

from __future__ import annotations

from dataclasses import dataclass, field

from uimkit.apdu import SW, describe_sw
from uimkit.card.header import Header
from uimkit.contacts import extension
from uimkit.contacts.contact import Contact
from uimkit.errors import InputError, UimkitError
from uimkit.files.codec import FileCodec
from uimkit.files.codec.dialling import dialling_record
from uimkit.files.spec import Value
from uimkit.transport.terminal import CardRefused, Terminal

PATH = "3F00/7F10/6F3A"
RECORD = FileCodec(dialling_record())
"""The codec of an EF_ADN record (TS 51.011 10.5.1)."""
MINIMUM_LENGTH = 14  # of an EF_ADN record: no octet for the name
MOST_OCTETS, NONE = 11, 0xFF  # the count octet of a number: TON/NPI and 10 octets of digits; none
_EXT1_SERVICE = 10  # in EF_CST and EF_SST alike
# The application directory and its service table, the first files that each kind of phone asks for.
_PHONES = {"cdma": ("3F00/7F25", "6F32"), "gsm": ("3F00/7F20", "6F38")}


@dataclass(frozen=True, slots=True)
class Entry:
    """An occupied record: its number in the file from 1, the name, and the whole number (``+`` when international)."""

    record: int
    name: str
    number: str

    @property
    def contact(self) -> Contact:
        """The contact that stands here."""
        return Contact(self.name, self.number, where=f"record {self.record}")


@dataclass(frozen=True, slots=True)
class PhoneBook:
    """What a phone sees: the entries, the free records (all FF), and one line for each record it could not read."""

    entries: tuple[Entry, ...]
    free: tuple[int, ...]
    problems: tuple[str, ...]
    record_length: int
    records: int

    @property
    def contacts(self) -> list[Contact]:
        """The entries as contacts, to be written to a file or to another card."""
        return [entry.contact for entry in self.entries]


@dataclass(slots=True)
class Extensions:
    """EF_EXT1 as this phone may use it: ``allowed`` tells that its service is active, or that no table told."""

    terminal: Terminal
    allowed: bool
    _header: Header | None = None
    _looked: bool = False
    _records: dict[int, bytes] = field(default_factory=dict)

    def select(self) -> Header | None:
        """Select the file; None when the card does not have it or its records are not of 13 octets."""
        try:
            header = self.terminal.select(extension.PATH)
        except CardRefused:
            header = None
        self._looked = True
        self._header = header if header and header.record_length == extension.RECORD_LENGTH else None
        return self._header

    @property
    def in_use(self) -> bool:
        """Whether numbers of more than 20 digits can be written."""
        return self.allowed and (self._header if self._looked else self.select()) is not None

    def read(self, number: int) -> bytes:
        """A record, read once, the file being the selected one; raises ValueError when it is not to be had."""
        if number not in self._records:
            response = self.terminal.read_record(number, extension.RECORD_LENGTH)
            if not response.ok or len(response.data) != extension.RECORD_LENGTH:
                raise ValueError(f"could not be read: {status(response.sw)}")
            self._records[number] = response.data
        return self._records[number]

    def free(self, referred: set[int]) -> list[int]:
        """The records that are all FF and that no entry refers to."""
        header = self.select()
        numbers = range(1, header.records + 1) if header else range(0)
        return [n for n in numbers if n not in referred and self._is_blank(n)]

    def _is_blank(self, number: int) -> bool:
        try:
            return self.read(number) == extension.BLANK
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class OpenBook:
    """A loaded phone book together with what writing to it needs."""

    book: PhoneBook
    extensions: Extensions
    referred: set[int]


def status(sw: int) -> str:
    """A status word and what it means."""
    return f"{sw >> 8:02X} {sw & 0xFF:02X}, {describe_sw(sw)}"


def load(terminal: Terminal, as_: str = "cdma") -> PhoneBook:
    """The phone book as a ``cdma`` or ``gsm`` phone sees it, after that phone's first commands.

    The card session must not have read the phone book as another phone; CHV1, if enabled, must be verified. Records
    that cannot be read are reported in ``problems``. Raises CardRefused or UimkitError when the file as a whole is
    refused, InputError for another ``as_``.
    """
    return open_book(terminal, as_).book


def open_book(terminal: Terminal, as_: str) -> OpenBook:
    """As :func:`load`, with what is needed to write."""
    table = _begin(terminal, as_)
    header = terminal.select(PATH)
    length, records = header.record_length or 0, header.records
    if length < MINIMUM_LENGTH:
        raise UimkitError(f"EF_ADN has records of {length} octets, expected at least {MINIMUM_LENGTH}")
    problems: list[str] = []
    occupied = _read_all(terminal, length, records, problems)
    free = tuple(number for number, data in occupied.items() if data == bytes([0xFF]) * length)
    values = _decode_all({n: data for n, data in occupied.items() if n not in free}, problems)
    extensions = Extensions(terminal, table is None or is_active(table, _EXT1_SERVICE))
    entries = _join(values, extensions, problems)
    referred = {data[-1] for n, data in occupied.items() if n not in free}
    book = PhoneBook(tuple(entries), free, tuple(problems), length, records)
    return OpenBook(book, extensions, referred)


def is_active(table: bytes, service: int) -> bool:
    """Whether a service (from 1) of EF_CST or EF_SST is allocated and activated: both its bits set, low bits first."""
    index, shift = (service - 1) // 4, (service - 1) % 4 * 2
    return index < len(table) and table[index] >> shift & 3 == 3


def _begin(terminal: Terminal, as_: str) -> bytes | None:
    """Play the phone's first commands; the service table, or None on a card without that application."""
    if as_ not in _PHONES:
        raise InputError(f"found {as_!r}, expected cdma or gsm", "as")
    directory, file_id = _PHONES[as_]
    try:
        header = terminal.select(f"{directory}/{file_id}")
    except CardRefused as error:
        if error.sw == SW.NOT_FOUND:
            return None
        raise
    try:
        return terminal.read_binary(header.size)
    except CardRefused as error:
        raise UimkitError(_refusal(f"the service table {directory[-4:]}/{file_id}", error.sw)) from None


def _refusal(what: str, sw: int) -> str:
    advice = "; is CHV1 verified?" if sw == SW.ACCESS_DENIED else ""
    return f"the card does not let this phone read {what}: {status(sw)}{advice}"


def _read_all(terminal: Terminal, length: int, records: int, problems: list[str]) -> dict[int, bytes]:
    found = {}
    for number in range(1, records + 1):
        response = terminal.read_record(number, length)
        if response.sw >> 8 == SW.ACCESS_DENIED >> 8:
            raise UimkitError(_refusal("its phone book", response.sw))
        if response.ok and len(response.data) == length:
            found[number] = response.data
        else:
            problems.append(f"record {number}: could not be read: {status(response.sw)}")
    return found


def _decode_all(occupied: dict[int, bytes], problems: list[str]) -> dict[int, dict[str, Value]]:
    values = {}
    for number, data in occupied.items():
        try:
            value = RECORD.decode(data)
        except InputError as error:
            problems.append(f"record {number}: {error}")
            continue
        if isinstance(value, dict):
            values[number] = value
        if MOST_OCTETS < data[-MINIMUM_LENGTH] < NONE:
            count = f"counts {data[-MINIMUM_LENGTH]} octets of number, expected at most {MOST_OCTETS}"
            problems.append(f"record {number}: the number may be wrong: it {count}")
    return values


def _join(values: dict[int, dict[str, Value]], extensions: Extensions, problems: list[str]) -> list[Entry]:
    entries = []
    for record, value in values.items():
        name, number, first = value.get("name"), str(value.get("number") or ""), value.get("ext")
        if isinstance(name, dict):
            problems.append(f"record {record}: the name is no text of a SIM: octets {name.get('octets')}")
            name = ""
        if isinstance(first, int) and first:
            try:
                number += _tail(first, extensions)
            except extension.BrokenChain as error:
                number += error.digits
                problems.append(f"record {record}: the number is incomplete: {error}")
        entries.append(Entry(record, str(name or ""), number))
    return entries


def _tail(first: int, extensions: Extensions) -> str:
    if extensions.select() is None:
        raise extension.BrokenChain("it goes on in EF_EXT1, which the card does not have", "")
    return extension.follow(first, extensions.read)
