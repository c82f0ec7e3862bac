"""Contact files by the suffix of their name: ``.csv`` and ``.vcf``."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

from uimkit.contacts import csv_file, text_file, vcard
from uimkit.contacts.contact import Contact, Person, refuse, split_all
from uimkit.errors import InputError
from uimkit.store.atomic import write_atomically


def read_contacts(path: str | Path, encoding: str | None = None, *, skipped: list[str] | None = None) -> list[Contact]:
    """The contacts of a file, one for each number, each with its FILE:LINE; all or none.

    ``encoding`` is that of a file which is neither UTF-8 nor marked (``gbk``). People without a number are left out, a
    line for each is added to ``skipped``. Raises InputError: a line with file, line and column for each bad cell.
    """
    path = Path(path)
    contacts, without = split_all(_people(path, encoding))
    if skipped is not None:
        skipped += without
    return contacts


def _people(path: Path, encoding: str | None) -> list[Person]:
    suffix = _format(path)
    data = text_file.read_bytes(path)
    if suffix == ".vcf":
        return vcard.parse_vcard(data, encoding, str(path))
    return csv_file.parse_csv(text_file.decode(data, encoding, str(path)), str(path))


def write_contacts(
    path: str | Path, contacts: Iterable[Contact], encoding: str | None = None, *, vcard_version: str = "3.0"
) -> None:
    """Write a file whole or not at all: CSV in UTF-8 with a byte order mark (or ``encoding``), vCard in UTF-8.

    Raises InputError naming each contact with a character that ``encoding`` lacks, SurroundingsError of the disk.
    """
    path, contacts = Path(path), list(contacts)
    if _format(path) == ".vcf":
        if vcard_version not in vcard.VERSIONS:
            raise InputError(f"vCard version {vcard_version!r} is not written; expected {' or '.join(vcard.VERSIONS)}")
        if encoding and codecs.lookup(text_file.reading_codec(encoding, str(path))).name not in ("utf-8", "utf-8-sig"):
            raise InputError("a vCard is written in UTF-8 only; leave the encoding out", str(path))
        write_atomically(path, vcard.format_vcard(contacts, vcard_version).encode())
        return
    codec = encoding or "utf-8-sig"
    text_file.reading_codec(codec, str(path))
    _check_characters(contacts, codec, path)
    write_atomically(path, csv_file.format_csv(contacts).encode(codec))


def _check_characters(contacts: list[Contact], codec: str, path: Path) -> None:
    problems = []
    for contact in contacts:
        try:
            contact.name.encode(codec)
        except UnicodeEncodeError as error:
            missing = contact.name[error.start]
            problems.append(f"{path}: {contact.name}: {codec} has no {missing!r} (U+{ord(missing):04X})")
    refuse(problems)


def _format(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".vcf"):
        raise InputError(f"found the suffix {suffix!r}, expected .csv or .vcf", str(path))
    return suffix
