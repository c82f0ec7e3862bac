"""What is proven and what is refuted under each policy, on 2 x 1 records in absolute mode."""

from __future__ import annotations

import itertools

import pytest

from tests.prover.proofs import SMALL, counterexamples, profile, searched
from uimkit.errors import InputError
from uimkit.oneway.policy import EF_ADN
from uimkit.profile.load import load_profile
from uimkit.prover.account import CLAIMS, LATCH, NONINTERFERENCE, NOTHING_HARMED, NOTHING_LOST
from uimkit.prover.counterexample import Counterexample
from uimkit.prover.enlarge import full_size_card
from uimkit.prover.leaks import declared_leaks
from uimkit.prover.model import reduce
from uimkit.prover.prove import prove
from uimkit.prover.replay import Bench, breaks

HOLDING = {
    "shipped": {},
    "session: P3 exact": {"readback": "session"},
    "inbox": {"write": "inbox", "inbox_adn": 20, "inbox_ext1": 5},
    "deny": {"read": "deny"},
    "store-esn": {"latch": ("store-esn",)},
}


@pytest.mark.parametrize("options", HOLDING.values(), ids=HOLDING.keys())
def test_all_claims_hold(options: dict[str, object]) -> None:
    search, _, _ = searched(**options)
    assert search.found == {}
    assert search.states > 1_000


def test_direct_harms_contacts() -> None:
    found = counterexamples(write="direct")
    assert NOTHING_HARMED in found
    assert NONINTERFERENCE not in found
    assert_minimal(found[NOTHING_HARMED], write="direct")


def test_a_late_latch_harms_contacts_by_p4() -> None:
    example = counterexamples(late_latch="allow")[NOTHING_HARMED]
    assert [apdu[:2].hex().upper() for apdu in example.script if apdu and apdu[1] != 0xA4] == ["A0B2", "A0B0", "A0DC"]
    assert_minimal(example, late_latch="allow")


def test_the_latch_by_select_shows_real_records_by_p5_and_is_no_breach_of_p1() -> None:
    found = counterexamples(latch=("select-df-cdma",))
    assert set(found) == {LATCH}
    example = found[LATCH]
    assert bytes.fromhex("A0A40000027F25") in example.script
    assert example.script[-1][1] in (0xB2, 0xA2)
    assert_minimal(example, latch=("select-df-cdma",))


def assert_minimal(example: Counterexample, **options: object) -> None:
    """It plays on the full-size card, no command of it can be left out, and no shorter script of its commands does."""
    bench = Bench(full_size_card(profile(**options)))

    def shows(script: tuple[bytes | None, ...]) -> bool:
        return breaks(bench, example.claim, example.contents, script) is not None

    assert shows(example.script)
    for at in range(len(example.script)):
        assert not shows(example.script[:at] + example.script[at + 1 :])
    letters = list(dict.fromkeys(example.script))
    for length in range(1, min(len(example.script), 5)):
        assert not any(shows(script) for script in itertools.product(letters, repeat=length))


def test_the_declared_leak_is_shown_by_two_cards_with_unequal_free_counts() -> None:
    leaks = declared_leaks(reduce(profile(), SMALL))
    assert [leak.what for leak in leaks] == [
        "the number of free records of EF_ADN",
        "the number of free records of EF_EXT1",
    ]
    for leak in leaks:
        assert leak.script[-1][1] == 0xDC


def test_under_inbox_the_leak_is_about_the_reserved_records() -> None:
    small = reduce(profile(write="inbox", inbox_adn=20, inbox_ext1=5), SMALL)
    assert all("reserved" in leak.what for leak in declared_leaks(small))


def test_a_profile_that_protects_no_phone_book_has_nothing_to_prove() -> None:
    with pytest.raises(InputError, match="expected a card that protects its phone book"):
        prove(load_profile("plain-ruim"))


def test_what_the_proof_does_not_cover_is_refused_and_not_passed_over() -> None:
    messages = profile(protected=[EF_ADN, "3F00/7F10/6F44", "3F00/7F10/6F4A", "3F00/7F10/6F3C"])
    with pytest.raises(InputError, match="found 3F00/7F10/6F3C; the proof covers"):
        prove(messages)


def test_every_claim_has_a_name_that_others_rely_on() -> None:
    assert CLAIMS == (NONINTERFERENCE, NOTHING_LOST, NOTHING_HARMED, LATCH)
    assert set(CLAIMS) == {"noninterference", "nothing_lost", "nothing_harmed", "latch"}
