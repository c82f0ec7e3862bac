"""P1, P3 and P4 on full-size cards: random phones at a card with a filled phone book, its twin beside it.

Every answer is compared whole with the twin's (P1); after each write and at each reset the real phone book is compared
with what the session wrote (P3) and with what was there before (P4). ``--bursts`` scales the seeded part.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.oneway.bursts import CODES, FIDS, PATTERNS, RECORDS, RESET, SELECT_ADN, burst, shrink
from tests.oneway.twins import RECORD, Twins

BURST = 2_000
SENT: Counter[str] = Counter()

numbers = st.one_of(st.sampled_from([0, 1, 2, 3, 250, 251]), st.integers(0, 255))
selects = st.sampled_from(FIDS).map(lambda fid: bytes.fromhex("A0A4000002" + fid))
reads = st.builds(lambda r, m: bytes((0xA0, 0xB2, r, m, RECORD)), numbers, st.sampled_from([2, 3, 4]))
writes = st.builds(
    lambda r, m, d: bytes((0xA0, 0xDC, r, m, RECORD)) + d, numbers, st.sampled_from([2, 3, 4]), st.sampled_from(RECORDS)
)
seeks = st.builds(
    lambda p2, d: bytes((0xA0, 0xA2, 0, p2, len(d))) + d,
    st.sampled_from([0, 1, 2, 3, 16, 17, 18, 19]),
    st.sampled_from(PATTERNS),
)
codes = st.builds(
    lambda ins, p2, d: bytes((0xA0, ins, 0, p2, len(d))) + d,
    st.sampled_from([0x20, 0x24, 0x26, 0x28, 0x2C]),
    st.sampled_from([0, 1, 2, 4]),
    st.one_of(st.sampled_from(CODES), st.tuples(st.sampled_from(CODES), st.sampled_from(CODES)).map(b"".join)),
)
headers = st.builds(
    lambda cla, ins, p1, p2, p3, d: bytes((cla, ins, p1, p2, p3)) + d,
    st.sampled_from([0xA0, 0xA0, 0xA0, 0x00, 0x80]),
    st.integers(0, 255),
    numbers,
    st.integers(0, 255),
    st.integers(0, 255),
    st.binary(max_size=32),
)
apdus = st.one_of(selects, reads, writes, seeks, codes, headers, st.binary(max_size=40))
scripts = st.lists(st.one_of(apdus, st.just(RESET)), min_size=40, max_size=60)


def play(script: list[bytes], twins: Twins) -> None:
    for apdu in script:
        if apdu == RESET:
            twins.check()
            twins.reset()
            continue
        twins.transmit(apdu)
        if twins.a.memory.changes:
            twins.check()
    twins.check()


def fails(script: list[bytes], mirrored: bool) -> bool:
    try:
        play(script, Twins(mirrored=mirrored))
    except AssertionError:
        return True
    return False


class RestrictedPhones(RuleBasedStateMachine):
    """Sends what phones send, and what no phone would, to a card and its twin."""

    mirrored = False
    """Whether the restricted side has a mirror of EF_EXT1, or does not see it."""

    def __init__(self) -> None:
        super().__init__()
        self.twins = Twins(mirrored=self.mirrored)
        self.history: list[bytes] = []

    @rule(script=scripts)
    def send(self, script: list[bytes]) -> None:
        SENT["drawn"] += len(script)
        self._play([*SELECT_ADN, *script])

    def _play(self, script: list[bytes]) -> None:
        self.history += script
        try:
            play(script, self.twins)
        except AssertionError as found:
            breaks = partial(fails, mirrored=self.mirrored)
            minimal = shrink(script if breaks(script) else self.history, breaks)
            shown = "\n".join(apdu.hex().upper() or "reset" for apdu in minimal)
            raise AssertionError(f"{found}\nminimal script:\n{shown}") from None

    @rule()
    def power_cycle(self) -> None:
        self._play([RESET])

    @invariant()
    def stored(self) -> None:
        self.twins.check()


class BurstsOfPhones(RestrictedPhones):
    @rule(seed=st.integers(0, 2**64 - 1))
    def send_burst(self, seed: int) -> None:
        SENT["burst"] += BURST
        self._play(burst(seed, BURST))


def run(machine: type[RestrictedPhones], examples: int, *, mirrored: bool) -> Counter[str]:
    SENT.clear()
    steps = settings(
        max_examples=examples,
        stateful_step_count=50,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # a failing script is shrunk here, not by re-running all bursts
    )
    run_state_machine_as_test(type(machine.__name__, (machine,), {"mirrored": mirrored}), settings=steps)
    print(dict(SENT))
    return SENT


@pytest.mark.parametrize("mirrored", [True, False], ids=["EXT1 mirrored", "EXT1 hidden"])
def test_restricted_phones_learn_nothing_and_lose_nothing(mirrored: bool) -> None:
    """20,000 APDUs and more, drawn by hypothesis."""
    assert run(RestrictedPhones, 70, mirrored=mirrored)["drawn"] >= 20_000


@pytest.mark.parametrize("mirrored", [True, False], ids=["EXT1 mirrored", "EXT1 hidden"])
def test_bursts_of_phones_learn_nothing_and_lose_nothing(mirrored: bool, request: pytest.FixtureRequest) -> None:
    """2,000,000 APDUs and more in seeded bursts (``--bursts`` changes how many)."""
    bursts = request.config.getoption("--bursts")
    sent = run(BurstsOfPhones, max(2, bursts // 12), mirrored=mirrored)
    phones = type("Phones", (BurstsOfPhones,), {"mirrored": mirrored})
    for seed in range(bursts - sent["burst"] // BURST):  # how many hypothesis chose to send is not up to us
        phones()._play(burst(seed, BURST))
        sent["burst"] += BURST
    assert sent["burst"] >= bursts * BURST
