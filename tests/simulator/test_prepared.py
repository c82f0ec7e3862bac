"""Commands worked out before: what is remembered, and that it decides nothing that the card would not."""

from __future__ import annotations

import itertools
import tracemalloc

import pytest

from uimkit.apdu import INS, command
from uimkit.oneway.policy import Side
from uimkit.profile.build import CardProfile, personalised
from uimkit.profile.load import load_profile
from uimkit.simulator.card import Card
from uimkit.simulator.commands.declaration import FileCommand
from uimkit.simulator.commands.table import COMMANDS
from uimkit.simulator.dispatch import rows
from uimkit.simulator.order_of_errors import OF_THE_CARD, Question, first_refusal
from uimkit.simulator.product import Product

PROFILES = ("china-telecom-oneway", "china-telecom-oneway-session", "plain-ruim", "gsm-sim")
FILE_COMMANDS = [command for found in COMMANDS.values() for command in found if isinstance(command, FileCommand)]
MEGABYTE = 1 << 20


def finished(profile: CardProfile, product: Product | None = None) -> Card:
    memory = profile.fresh_memory()
    personalised(profile.definition, memory)
    return Card(product or profile.product, memory)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("end", [True, False], ids=["finished", "in personalisation"])
def test_what_the_tables_let_pass_the_card_does_not_refuse(name: str, side: Side, end: bool) -> None:
    profile = load_profile(name)
    card = finished(profile) if end else Card(profile.product, profile.fresh_memory())
    card.chip.sides.side = side
    levels = {nibble for file in card.product.definition.files for nibble in (file.access.read, file.access.update)}
    passed = 0
    for granted in (
        1,
        *(1 | 1 << level for level in levels),
        *(1 | 1 << a | 1 << b for a, b in itertools.pairwise(levels)),
    ):
        card.chip.session.granted = granted
        card.chip.sides.rights_changed(granted)
        for declared in FILE_COMMANDS:
            question = Question(card.chip, command(declared.ins))
            question.command = declared
            for position, (mask, file, _) in enumerate(rows(card.product, declared)):
                view = card.chip.sides.view(position)
                if file.is_ef and mask & granted and view.valid and view.readable:
                    card.chip.session.ef = position
                    assert first_refusal(question, OF_THE_CARD) is None, (declared, file.path, granted)
                    passed += 1
    assert passed > 100


def test_commands_with_codes_keys_and_contacts_are_not_remembered() -> None:
    card = finished(load_profile("china-telecom-oneway"))
    sent = [
        command(INS.VERIFY_CHV, 0, 1, b"1234\xff\xff\xff\xff"),
        command(INS.CHANGE_CHV, 0, 1, b"1234\xff\xff\xff\xff" * 2),
        command(INS.UPDATE_RECORD, 1, 4, b"\xff" * 28),
        command(INS.SEEK, 0, 0, b"Anna"),
        command(INS.SELECT, data=b"\x7f\x10"),
    ]
    for apdu in sent:
        card.transmit(apdu)
    assert set(card.chip.kept) & set(sent) == {sent[-1]}


def test_a_remembered_command_never_writes() -> None:
    """Stores rely on it: they need not look after such a command."""
    profile = load_profile("china-telecom-oneway")
    card = finished(profile)
    card.memory.write(profile.definition.index["3F00/7F25/6F48"], 0, b"\x07")  # cleared when DF_CDMA is selected
    for table in ("3F00/7F20/6F38", "3F00/7F25/6F32"):  # FDN on and no ADN: identities are invalidated when selected
        card.memory.write(profile.definition.index[table], 0, b"\x30")
    card.memory.forget_changes()
    fids = sorted({file.fid for file in profile.definition.files})
    reads = [
        command(INS.READ_BINARY, length=1),
        command(INS.READ_RECORD, 1, 4, length=28),
        command(INS.STATUS, length=1),
    ]
    wrote = 0
    for directory in (b"\x7f\x10", b"\x7f\x20", b"\x7f\x25"):
        card.reset()
        for fid in fids:
            for apdu in (command(INS.SELECT, data=directory), command(INS.SELECT, data=fid.to_bytes(2, "big")), *reads):
                answer = card.transmit(apdu)
                if answer[:1] == b"\x9f":
                    card.transmit(bytes((0xA0, 0xC0, 0, 0, answer[1])))
                assert not (card.memory.changes and apdu in card.chip.kept), apdu.hex()
                wrote += bool(card.memory.changes)
                card.memory.forget_changes()
    assert wrote >= 3
    assert len(card.chip.kept) > 50


def test_only_so_many_commands_are_remembered() -> None:
    card = finished(load_profile("china-telecom-oneway"))
    for number in range(5000):
        assert card.transmit(command(INS.SELECT, data=number.to_bytes(2, "big"))) == b"\x94\x04"
    assert len(card.chip.kept) <= 4096


def test_cards_of_one_product_share_what_they_remember_and_nothing_else() -> None:
    profile = load_profile("china-telecom-oneway")
    one, two = finished(profile), finished(profile)
    select = command(INS.SELECT, data=b"\x7f\x25")
    assert one.transmit(select) == two.transmit(select) == b"\x9f\x17"
    one.transmit(command(INS.SELECT, data=b"\x6f\x22"))
    assert one.transmit(command(INS.READ_BINARY, length=1))[-2:] == b"\x90\x00"
    assert (one.side, two.side) == (Side.CDMA, Side.RESTRICTED)


def test_a_hundred_cards_live_in_one_process_in_less_than_a_megabyte_each() -> None:
    profile = load_profile("china-telecom-oneway")
    finished(profile).transmit(command(INS.SELECT, data=b"\x7f\x10"))
    tracemalloc.start()
    try:
        cards = [finished(profile) for _ in range(100)]
        for number, card in enumerate(cards):
            for apdu in (
                command(INS.SELECT, data=b"\x7f\x10"),
                command(INS.SELECT, data=b"\x6f\x3a"),
                command(INS.UPDATE_RECORD, 1, 4, b"%-14d" % number + b"\xff" * 14),
            ):
                assert card.transmit(apdu)[:1] in (b"\x90", b"\x9f")
        each = tracemalloc.get_traced_memory()[0] / len(cards)
    finally:
        tracemalloc.stop()
    assert each < MEGABYTE / 20
    adn = profile.definition.index["3F00/7F10/6F3A"]
    assert {card.memory.contents[adn][:14] for card in cards} == {b"%-14d" % number for number in range(100)}
