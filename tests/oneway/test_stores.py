"""V8: protected is a store, not a path. EF_ADN and EF_EXT1 of a DF_PHONEBOOK are the records of DF_TELECOM."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.oneway import handset as hand
from tests.oneway.bursts import burst
from tests.oneway.handset import ANNA, BLANK, BOB, LI, ZHANG, read, select, stored, write
from tests.oneway.twins import ADN, EXT1, extension_record, gsm_record
from tests.oneway.twins import card as filled_card
from uimkit.card.difference import differences
from uimkit.errors import InputError
from uimkit.oneway.policy import Side
from uimkit.perso.compare import compare_card
from uimkit.perso.plan import Plan
from uimkit.probe.contents import raw_contents, seen_contents
from uimkit.profile.access import access_matrix
from uimkit.profile.build import CardProfile
from uimkit.profile.checks import check_profile
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card
from uimkit.store.consistency import check_product
from uimkit.store.image import decode_image, encode_image

BOOK = "3F00/7F10/5F3A"
PB_ADN, PB_EXT1 = f"{BOOK}/4F3A", f"{BOOK}/4F4A"
WAYS = [(ADN, PB_ADN), (PB_ADN, ADN)]
TAIL = extension_record("21436587")

TEXT = f'''extends = "china-telecom-oneway"
title = "one-way card with a DF_PHONEBOOK"

[services]
CST = [1, 2, 4, 5, 6, 9, 10, 12, 13, 17, 20]

[files]
"{BOOK}" = {{}}
"{BOOK}/4F30" = {{ record_count = 1, records = ["A808C0024F3AC3024F69AA04C2024F4A"] }}
"{PB_ADN}" = {{ same_as = "{ADN}" }}
"{PB_EXT1}" = {{ same_as = "{EXT1}" }}
'''


def with_book(*changes: tuple[str, str], text: str = TEXT) -> CardProfile:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return parse_profile(text, "book.toml", "book")


def card(*contacts: bytes) -> Card:
    """A finished card with a DF_PHONEBOOK; ``contacts`` stand at the start of the book."""
    on = hand.fresh(with_book(), finished=True)
    on.memory.write(on.product.definition.index[ADN], 0, b"".join(contacts))
    on.memory.forget_changes()
    return on


def record(on: Card, path: str, number: int) -> str:
    select(on, path)
    return hand.send(on, 0xB2, number, 4, p3=13 if path in (EXT1, PB_EXT1) else 28)


def test_v8_both_ways_lead_to_one_store_on_the_cdma_side() -> None:
    on = card(LI)
    hand.latch(on)
    for number, (here, there) in enumerate(WAYS, 2):
        select(on, here)
        assert write(on, number, ANNA) == "9000"
        assert record(on, there, number) == ANNA.hex().upper() + "9000"
    assert stored(on)[:4] == [LI, ANNA, ANNA, BLANK]
    select(on, PB_EXT1)
    assert hand.send(on, 0xDC, 3, 4, TAIL) == "9000"
    assert record(on, EXT1, 3) == TAIL.hex().upper() + "9000"


def test_v8_headers_differ_in_the_identifier_alone() -> None:
    on = card(LI)
    for _ in ("restricted", "cdma"):
        for path, other in ((ADN, PB_ADN), (EXT1, PB_EXT1)):
            first, second = hand.header(on, path), hand.header(on, other)
            assert (first[8:12], second[8:12]) == (path[-4:], other[-4:])
            assert first[:8] + first[12:] == second[:8] + second[12:]
        hand.latch(on)
        assert on.side is Side.CDMA
        on.reset()
        hand.latch(on)


@pytest.mark.parametrize("path", [ADN, PB_ADN])
def test_v8_a_gsm_phone_reads_blanks_on_both_ways(path: str) -> None:
    on = card(LI, ANNA)
    select(on, path)
    assert {read(on, n) for n in range(1, 251)} == {hand.blank_answer()}
    assert hand.seek(on, LI[:7]) == "9404"
    hand.latch(on)
    assert on.side is Side.RESTRICTED, "a look on either way is a use of the mirror (S2)"


@pytest.mark.parametrize(("here", "there"), WAYS)
def test_v8_bindings_are_those_of_the_store(here: str, there: str) -> None:
    on = card(LI)
    select(on, here)
    assert write(on, 7, ANNA) == "9000"
    select(on, there)
    assert write(on, 7, ZHANG) == "9000"  # W2: not looked at, edited in place
    assert stored(on)[:3] == [LI, ZHANG, BLANK]
    assert read(on, 7) == hand.blank_answer()
    select(on, here)
    assert write(on, 7, BOB) == "9000"  # W3: looked at on the other way
    assert stored(on)[:3] == [LI, ZHANG, BOB]


def test_v8_pointers_are_translated_whichever_way_they_were_written() -> None:
    on = card()
    on.memory.write(on.product.definition.index[EXT1], 0, extension_record("99"))
    select(on, PB_EXT1)
    assert hand.send(on, 0xDC, 5, 4, TAIL) == "9000"
    assert record(on, EXT1, 5) == "00" + "FF" * 12 + "9000"
    select(on, PB_ADN)
    assert write(on, 1, gsm_record("Li", "21436587092143658709", 5)) == "9000"
    assert stored(on, EXT1)[stored(on)[0][-1] - 1] == TAIL


def test_v8_the_invalidation_flag_is_that_of_the_store() -> None:
    on = card(LI)
    hand.send(on, 0x20, 0, 2, hand.PIN2)
    select(on, PB_ADN)
    assert hand.send(on, 0x04) == "9000"
    select(on, ADN)
    assert read(on, 1) == "9810"


def test_v8_hiding_a_store_hides_every_way_to_it() -> None:
    hiding = ("[files]\n", f'[oneway]\nprotected = ["{ADN}", "3F00/7F10/6F44"]\nhidden = ["{EXT1}"]\n\n[files]\n')
    on = hand.fresh(with_book(hiding), finished=True)
    assert {select(on, path) for path in (EXT1, PB_EXT1)} == {"9404"}
    assert select(on, PB_ADN) == "9F0F"


def test_v8_an_image_keeps_one_store_and_both_ways() -> None:
    on = card(LI)
    image = decode_image(encode_image(on.product, on.memory))
    assert image.product == on.product
    assert image.memory.snapshot() == on.memory.snapshot()
    again = Card(image.product, image.memory)
    assert record(again, PB_ADN, 1) == hand.blank_answer()
    hand.latch(again)
    index = on.product.definition.index
    assert on.memory.contents[index[PB_ADN]] == b""
    assert differences((on.product.definition, on.memory), (image.product.definition, image.memory)) == []


@pytest.mark.parametrize("store", ["3F00/7F10/6F99", PB_EXT1, PB_ADN, EXT1, "3F00/2FE4", "3F00/7F20/6F1A"])
def test_v8_an_image_with_a_second_path_to_something_else_is_refused(store: str) -> None:
    on = card(LI)
    definition = on.product.definition
    files = tuple(replace(file, same_as=store) if file.path == PB_ADN else file for file in definition.files)
    with pytest.raises(ValueError, match="expected records of the same shape"):
        check_product(replace(on.product, definition=replace(definition, files=files)))


def test_v8_an_image_that_protects_a_second_path_is_refused() -> None:
    product = card(LI).product
    with pytest.raises(ValueError, match="no records of its own"):
        check_product(replace(product, policy=replace(product.policy, protected=frozenset({PB_ADN}))))


def test_v8_a_snapshot_holds_one_mirror_for_both_ways() -> None:
    on = card(LI)
    before = on.snapshot()
    select(on, PB_ADN)
    write(on, 3, ANNA)
    bound = on.snapshot()
    on.restore(before)
    on.restore(bound)
    select(on, ADN)
    assert write(on, 3, ZHANG) == "9000"
    assert stored(on)[:3] == [LI, ZHANG, BLANK]


def test_v8_who_looks_at_a_card_sees_the_records_on_both_ways() -> None:
    on = card(LI)
    on.memory.write(on.product.definition.index[EXT1], 0, TAIL)
    raw = {file.path: file for file in raw_contents(on.product.definition, on.memory)}
    assert raw[PB_ADN].decoded == raw[ADN].decoded
    assert raw[PB_EXT1].decoded == raw[EXT1].decoded
    assert raw[PB_ADN].name == "EF_ADN"
    seen = {file.path: file for file in seen_contents(on, "gsm")}
    assert set(seen[PB_ADN].records or []) == {"FF" * 28}
    rows = {(row.path, row.side): row for row in access_matrix(with_book())}
    assert rows[PB_ADN, Side.RESTRICTED].effects == rows[ADN, Side.RESTRICTED].effects
    assert rows[PB_ADN, Side.RESTRICTED].mirrored
    assert compare_card(on, on.product, on.memory).differences == ()


def test_v8_records_of_its_own_are_a_difference() -> None:
    first, second = with_book(), with_book((f'{{ same_as = "{ADN}" }}', "{ record_length = 28, record_count = 250 }"))
    (found,) = differences((first.definition, first.fresh_memory()), (second.definition, second.fresh_memory()))
    assert (found.path, found.what) == (PB_ADN, "definition")


def test_v8_twins_answer_alike_on_either_way() -> None:
    """P1 with a DF_PHONEBOOK: bursts of phones that wander between the paths, at two cards with different contents."""
    twins = [filled_card(variant, base=with_book()) for variant in (0, 1)]
    ways = [[bytes.fromhex(f"A0A4000002{fid}") for fid in path.split("/")] for path in (PB_ADN, ADN, PB_EXT1, EXT1)]
    answers = set()
    for seed in range(40):
        for on in twins:
            on.reset()
        for at, apdu in enumerate(burst(seed, 100)):
            for sent in (*(ways[(seed + at) % 4] if at % 9 == 0 else ()), apdu):
                first, second = (on.transmit(sent) for on in twins)
                assert first == second, f"{sent.hex()} answered {first.hex()} and {second.hex()}"
                answers.add(first[-2:])
        assert {on.side for on in twins} == {Side.RESTRICTED}
    assert {bytes.fromhex(status) for status in ("9000", "9402", "9404", "9F0F")} <= answers


def test_v8_a_book_of_the_same_records_has_no_findings() -> None:
    assert check_profile(with_book()) == []


OWN_ADN, OWN_EXT1 = "{ record_length = 28, record_count = 50 }", "{ record_count = 10 }"


@pytest.mark.parametrize(
    ("changes", "id", "severity"),
    [
        ([(f'{{ same_as = "{ADN}" }}', OWN_ADN)], "SEC.ONEWAY.store", "error"),
        ([(f'{{ same_as = "{EXT1}" }}', OWN_EXT1)], "SEC.ONEWAY.store", "error"),
        ([(f'{{ same_as = "{EXT1}" }}', f'{OWN_EXT1}\n"{BOOK}/4F5A" = {OWN_ADN}')], "SEC.ONEWAY.store", "error"),
        (
            [(f'"{PB_EXT1}"', f'"{BOOK}/4F69" = {{ record_length = 20, record_count = 9 }}\n"{PB_EXT1}"')],
            "SEC.ONEWAY.readable",
            "warning",
        ),
    ],
    ids=["EF_ADN", "EF_EXT1", "not in EF_PBR", "second names"],
)
def test_v8_check_refuses_a_phone_book_on_an_unprotected_second_path(
    changes: list[tuple[str, str]], id: str, severity: str
) -> None:
    found = [finding for finding in check_profile(with_book(*changes)) if BOOK in finding.field]
    assert {(finding.id, finding.severity) for finding in found} == {(id, severity)}
    assert all(re.match(r"book\.toml:\d+: ", str(finding)) for finding in found)


@pytest.mark.parametrize("path", [PB_ADN, BOOK])
def test_v8_a_hidden_second_path_is_no_unprotected_one(path: str) -> None:
    own = (f'{{ same_as = "{ADN}" }}', OWN_ADN)
    hidden = ("[files]", f'[oneway]\nhidden = ["{path}"]\n\n[files]')
    profile = with_book(own, hidden)
    assert [finding for finding in check_profile(profile) if BOOK in finding.field] == []


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('{ same_as = "3F00/7F10/6F99" }', "expected a file of the profile with records"),
        ('{ same_as = "3F00/7F10/5F3A/4F4A" }', "expected a file of the profile with records"),
        ('{ same_as = "3F00/2FE2" }', "expected a file with records"),
        ('{ same_as = "3F00/7F10/6F3A", record_count = 3 }', "expected nothing beside same_as, name and access"),
        ('{ same_as = "3F00/7F10/6F3A", records = ["41"] }', "expected nothing beside same_as, name and access"),
    ],
)
def test_v8_a_second_path_that_can_not_be(entry: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        with_book((f'{{ same_as = "{ADN}" }}', entry))
    assert str(caught.value).startswith(f'book.toml:10: files."{PB_ADN}"')


def test_v8_a_second_path_can_not_be_named_protected_nor_hold_card_data() -> None:
    with pytest.raises(InputError, match="other files can be hidden"):
        with_book(("[files]", f'[oneway]\nprotected = ["{PB_ADN}"]\n\n[files]'))
    placed = with_book(("[files]", f'[personalisation.fields]\nSMSP = "{PB_ADN}"\n\n[files]'))
    with pytest.raises(InputError, match=f'expected "{ADN}", which has the records'):
        Plan(placed)


def test_v8_a_second_path_may_have_its_own_name_and_conditions() -> None:
    profile = with_book((f'same_as = "{ADN}"', f'same_as = "{ADN}", name = "EF_PB", access = {{ update = "CHV2" }}'))
    file = profile.definition.files[profile.definition.index[PB_ADN]]
    assert (file.name, file.access.update, file.access.read) == ("EF_PB", 2, 1)


def test_an_ordinary_card_can_have_a_second_path_too() -> None:
    profile = with_book(text=TEXT.replace("china-telecom-oneway", "plain-ruim"))
    assert check_profile(profile) == []
    on = Card(profile.product, profile.fresh_memory())
    select(on, ADN)
    assert write(on, 1, LI) == "9000"
    assert record(on, PB_ADN, 1) == LI.hex().upper() + "9000"
    shipped = load_profile("plain-ruim").definition
    assert shipped.stores == tuple(range(len(shipped.files)))
