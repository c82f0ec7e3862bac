"""vCards: a tolerant reader of 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), and a writer of 3.0 and 2.1.

The reader works on bytes, because a 2.1 file names a character set per property; FN is kept as typed.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from uimkit.contacts import text_file
from uimkit.contacts.contact import Contact, Person, clean_name, clean_number, compose_name, refuse
from uimkit.contacts.headings import label_of
from uimkit.errors import InputError

VERSIONS = ("3.0", "2.1")
_STRUCTURED = ("N", "ORG")
_WANTED = (*_STRUCTURED, "FN", "TEL", "EMAIL", "NOTE", "X-ABLABEL")
_FOLD = 75  # octets of a line, RFC 2426 2.6
_QP = re.compile(rb"quoted-printable", re.IGNORECASE)
_HEAD = re.compile(rb'((?:[^":]|"[^"]*")*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';((?:[^";]|"[^"]*")*)')
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")


@dataclass(frozen=True, slots=True)
class _Property:
    """One content line: ``group.NAME;parameters:value`` with the value as undecoded octets."""

    group: str
    name: str
    parameters: list[tuple[str, str]]
    value: bytes
    line: int

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.parameters if key == name]


@dataclass(slots=True)
class _Card:
    """The properties of one vCard as they come in; ``version`` decides how values are escaped."""

    line: int
    version: str = "3.0"
    properties: list[_Property] = field(default_factory=list)


def parse_vcard(data: bytes, encoding: str | None, where: str) -> list[Person]:
    """The people of a vCard file; ``encoding`` is that of octets without a CHARSET, UTF-8 unless said.

    Raises InputError: FILE:LINE: property, found, expected; for a file without vCards or one cut short.
    """
    if text_file.marked_encoding(data) or (encoding and text_file.reading_codec(encoding, where).startswith("utf-16")):
        data, encoding = text_file.decode(data, encoding, where).encode(), None
    cards = list(_cards(data, where))
    if not cards:
        raise InputError("no vCard found; expected BEGIN:VCARD", where)
    problems: list[str] = []
    people = [_person(card, encoding, where, problems) for card in cards]
    refuse(problems)
    return people


def format_vcard(contacts: Iterable[Contact], version: str = "3.0") -> str:
    """vCards of one number each, lines ending in CRLF, version 3.0 or 2.1 (for phones that know nothing newer)."""
    return "".join(_format_card(contact, version) for contact in contacts)


def _format_card(contact: Contact, version: str) -> str:
    if version == "2.1":
        named = [_quoted("N", contact.name, ";;;;"), _quoted("FN", contact.name)]
        number = "TEL;VOICE"
    else:
        named = [_folded(f"N:{_escaped(contact.name)};;;;"), _folded(f"FN:{_escaped(contact.name)}")]
        number = "TEL;TYPE=VOICE"
    numbers = [_folded(f"{number}:{contact.number}")] if contact.number else []
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *named, *numbers, "END:VCARD", ""])


def _escaped(text: str) -> str:
    return re.sub(r"([\\;,])", r"\\\1", text).replace("\n", "\\n").replace("\r", "")


def _folded(line: str) -> str:
    """Fold at 75 octets, never inside a character."""
    lines, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _FOLD:
            lines.append(" ")
            size = 1
        lines[-1] += character
        size += octets
    return "\r\n".join(lines)


def _quoted(name: str, text: str, tail: str = "") -> str:
    """A 2.1 property: plain when printable ASCII, else quoted-printable UTF-8 with soft line breaks."""
    escaped = text.replace(";", "\\;")
    line = f"{name}:{escaped}{tail}"
    if escaped.isascii() and escaped.isprintable() and "=" not in escaped and len(line) <= _FOLD:
        return line
    head = f"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:"
    lines = [head]
    for octets in ["".join(f"={octet:02X}" for octet in character.encode()) for character in escaped] + list(tail):
        if len(lines[-1]) + len(octets) >= _FOLD:
            lines[-1] += "="
            lines.append("")
        lines[-1] += octets
    return "\r\n".join(lines)


def _cards(data: bytes, where: str) -> Iterator[_Card]:
    """The vCards of a file; one nested in another (AGENT) is passed over."""
    card, depth = _Card(0), 0
    for line, octets in _logical_lines(data):
        prop = _property(line, octets)
        if prop is None:
            continue
        marker = prop.value.strip().upper() == b"VCARD"
        if prop.name == "BEGIN" and marker:
            depth += 1
            card = _Card(line) if depth == 1 else card
        elif prop.name == "END" and marker and depth:
            depth -= 1
            if not depth:
                yield card
        elif depth == 1 and prop.name == "VERSION":
            card.version = prop.value.decode("ascii", "replace").strip()
        elif depth == 1:
            card.properties.append(prop)
    if depth:
        raise InputError("the vCard that begins here has no END:VCARD; is the file complete?", f"{where}:{card.line}")


def _logical_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Content lines with their first line number: soft breaks of quoted-printable joined, folded lines unfolded."""
    start, held = 0, b""
    soft = False
    for number, line in enumerate(re.split(rb"\r\n|\n|\r", data), 1):
        if soft:
            held = held[:-1] + line
        elif held and line[:1] in (b" ", b"\t"):
            held += line[1:]
        else:
            if held.strip():
                yield start, held
            start, held = number, line
        soft = held.endswith(b"=") and _QP.search(held.partition(b":")[0]) is not None
    if held.strip():
        yield start, held


def _property(line: int, octets: bytes) -> _Property | None:
    match = _HEAD.fullmatch(octets) or re.fullmatch(rb"([^:]*):(.*)", octets, re.DOTALL)
    if match is None:
        return None  # a stray line, such as base64 of an old phone that does not fold
    head = match[1].decode("latin-1")
    name, _, rest = head.partition(";")
    group, _, name = name.rpartition(".")
    parameters = []
    for text in _PARAMETER.findall(f";{rest}") if rest else []:
        key, equals, value = text.partition("=")
        if not equals:
            key, value = "TYPE", text  # 2.1 writes the bare value
        parameters.append((key.strip().upper(), value.strip().strip('"')))
    return _Property(group.strip(), name.strip().upper(), parameters, match[2], line)


def _person(card: _Card, encoding: str | None, where: str, problems: list[str]) -> Person:
    values: dict[str, str] = {}
    labels: dict[str, str] = {}
    telephones: list[tuple[_Property, str]] = []
    for prop in card.properties:
        if prop.name not in _WANTED:
            continue
        raw = _value(prop, encoding, where)
        text = _unescaped(raw, card.version)
        if prop.name == "TEL":
            telephones.append((prop, text))
        elif prop.name == "X-ABLABEL":
            labels[prop.group] = _APPLE_LABEL.sub(r"\1", text)
        elif not values.get(prop.name):
            values[prop.name] = raw if prop.name in _STRUCTURED else text
    numbers = []
    for prop, text in telephones:
        try:
            number = _number(text)
        except InputError as error:
            problems.append(f"{where}:{prop.line}: property 'TEL': {error.message}")
            continue
        words = " ".join([*prop.all("TYPE"), labels.get(prop.group, "") if prop.group else ""])
        numbers += [(label_of(words), number)] if number else []
    organisation = " ".join(filter(None, _components(values.get("ORG", ""), card.version)))
    family, given, middle = (*_components(values.get("N", ""), card.version), "", "")[:3]
    name = values.get("FN") or compose_name(family, given, middle) or organisation
    details = (values.get("EMAIL", ""), values.get("NOTE", ""), organisation, f"{where}:{card.line}")
    return Person(name, tuple(numbers), *details)


def _number(text: str) -> str:
    """The number of a TEL, also of a ``tel:`` address with its extension (RFC 3966), which is dialled after a pause."""
    if not text.lower().startswith("tel:"):
        return clean_number(text)
    number, *parameters = text[4:].split(";")
    extension = [value for key, _, value in (p.partition("=") for p in parameters) if key.lower() == "ext"]
    return clean_number("p".join([number, *extension]))


def _value(prop: _Property, encoding: str | None, where: str) -> str:
    """The value as text, still escaped: quoted-printable undone, then the octets decoded."""
    place = f"{where}:{prop.line}"
    methods = {value.upper() for value in prop.all("ENCODING") + prop.all("TYPE")}
    octets = quopri.decodestring(prop.value) if "QUOTED-PRINTABLE" in methods else prop.value
    charset = next(iter(prop.all("CHARSET")), None)
    codec = text_file.reading_codec(charset or encoding or "utf-8", place)
    try:
        return octets.decode(codec)
    except UnicodeDecodeError:
        found = f"property '{prop.name}': its octets are not {charset or encoding or 'UTF-8'}"
        raise InputError(f"{found}{'' if charset or encoding else text_file.advice(octets)}", place) from None


def _components(text: str, version: str) -> list[str]:
    """The components of a structured value, cut at each ``;`` that is not escaped."""
    return [_unescaped(part, version) for part in re.findall(r"(?:^|;)((?:[^\\;]|\\.)*)", text, re.DOTALL)]


def _unescaped(text: str, version: str) -> str:
    """The text with escapes undone: 2.1 escapes only ``;``."""
    if version == "2.1":
        return clean_name(text.replace("\\;", ";"))
    return clean_name(re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text, flags=re.DOTALL))
