"""The story of the one-way card, told by playing it: ``make demo``. In process; no reader, no root."""

from __future__ import annotations

from pathlib import Path

import click

from uimkit.contacts import read_contacts, write_contacts
from uimkit.contacts.copy_in import add
from uimkit.contacts.phonebook import load
from uimkit.probe.probe import probe
from uimkit.profile.load import load_profile
from uimkit.store.atomic import write_atomically
from uimkit.store.file_card import FileCard, save_card
from uimkit.trace.decode import exchange_line
from uimkit.trace.model import read_trace
from uimkit.trace.replay import Exchange, Replay, replay
from uimkit.transport.terminal import Terminal

PROFILE = "china-telecom-oneway"
CONTACTS = """name,number
Li Ming,13800138000
张三,+8613800138001
王懿,10086
北京办事处王,01062345678
Anna,+442079460000
Pizza,5551234
"""
_SHOWN = 6


def main(folder: Path = Path("demo")) -> None:
    """Tell the story and leave the files in ``folder``. Raises UimkitError when the card does not play its part."""
    folder.mkdir(exist_ok=True)
    card, phone_book = folder / "card.uim", folder / "phone.csv"
    write_atomically(phone_book, CONTACTS.encode())
    profile = load_profile(PROFILE)
    save_card(card, profile.product, profile.fresh_memory())
    _say(f"1. A card from the profile {PROFILE}: {profile.title}.")
    _say(f"   {len(profile.definition.files)} files, phone book of 250 records.\n")
    with FileCard(card) as inserted:
        _boot(2, "gsm-osmocom-bb-mobile", "A GSM phone starts with it", inserted)
        _copy(inserted, phone_book)
        _read_back(inserted)
        _boot(5, "multimode-as-cdma", "The card moves to a CDMA phone", inserted)
        _list(inserted, folder / "card-contacts.vcf")
        _verdict(inserted)
    _say("\nLeft behind to look at:")
    for path, what in (
        (card, f"the card: uimkit card show {card} --as gsm, uimkit contacts list sim:{card}"),
        (phone_book, "what was in the GSM phone"),
        (folder / "card-contacts.vcf", "what the CDMA phone read"),
    ):
        _say(f"  {path!s:24} {what}")


def _say(text: str) -> None:
    click.echo(text)


def _exchanges(found: list[Exchange]) -> None:
    for exchange in found:
        _say("     " + exchange_line(exchange)[4:200])


def _boot(number: int, name: str, title: str, card: FileCard) -> None:
    result: Replay = replay(read_trace(name), card)
    _say(f"{number}. {title} ({name}, {len(result.exchanges)} exchanges):")
    reads = [e for e in result.exchanges if e.command[1] in (0xB0, 0xB2, 0x88) and e.response.ok]
    _exchanges(reads[:_SHOWN])
    _say(f"     ... and works: side {card.side}.\n")


def _copy(card: FileCard, phone_book: Path) -> None:
    card.reset()
    seen: list[Exchange] = []
    terminal = Terminal(card, lambda sent, raw: seen.append(_exchange(sent, raw)))
    copied = add(terminal, read_contacts(phone_book), "gsm")
    _say(f"3. It copies its {len(copied.added)} contacts onto the card:")
    _exchanges([exchange for exchange in seen if exchange.command[1] == 0xDC])
    _say("")


def _read_back(card: FileCard) -> None:
    card.reset()
    seen: list[Exchange] = []
    terminal = Terminal(card, lambda sent, raw: seen.append(_exchange(sent, raw)))
    book = load(terminal, "gsm")
    _say("4. Switched off and on, the GSM phone reads the card's phone book:")
    _exchanges([exchange for exchange in seen if exchange.command[1] == 0xB2][:3])
    _say(f"     ... {len(book.entries)} contacts, {len(book.free)} records look free.\n")


def _list(card: FileCard, output: Path) -> None:
    card.reset()
    book = load(Terminal(card), "cdma")
    _say("6. It reads what the GSM phone could not:")
    for entry in book.entries:
        _say(f"     {entry.record:3}  {entry.name:14} {entry.number}")
    write_contacts(output, book.contacts)


def _verdict(card: FileCard) -> None:
    found = probe(card)
    evidence = found.one_way["evidence"]
    _say(f"\n7. The probe's verdict on one-wayness: {found.one_way['verdict']}")
    for line in evidence if isinstance(evidence, list) else []:
        _say(f"     {line}")


def _exchange(sent: bytes, raw: bytes) -> Exchange:
    from uimkit.apdu import Response

    return Exchange(0, "", "3F00/7F10/6F3A", sent, Response.parse(raw))


if __name__ == "__main__":
    main()
