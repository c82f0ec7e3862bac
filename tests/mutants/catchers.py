"""Who may catch a planted bug: the parts of the proof, and the property tests. No unit test, no golden file.

Each catcher says what it found, or None. An exception that is no claim of theirs goes through: a bug that makes the
simulator crash is not caught.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import pytest

from tests.mutants import proof
from tests.mutants.planting import Part
from tests.oneway import phones
from tests.oneway.boots import boots
from tests.simulator import access, cold
from tests.store import phones as store_phones
from tests.store import test_power_cuts as cuts
from uimkit.prover.model import Size
from uimkit.store import image_file
from uimkit.store.file_card import Store

Catcher = Callable[[], str | None]

APDUS = 12_000
"""Commands of one property test here: a fraction of what the test itself sends."""
_SEED = 7
_JOURNAL = 1500
"""Bytes of journal: an image is written anew now and then."""


def _phones(variant: str, source: str, apdus: int = APDUS) -> str | None:
    return first_line(lambda: phones.run(variant, source, _SEED, apdus=apdus, shortest=False))


def _access() -> str | None:
    return first_line(lambda: access.run(_SEED, commands=2 * APDUS, shortest=False))


def _cold(source: str) -> str | None:
    return first_line(lambda: cold.run(source, _SEED, commands=APDUS // 4))


@contextmanager
def _small_journal() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_file, "JOURNAL_LIMIT", _JOURNAL)
        yield


def _image(variant: str, store: Store) -> str | None:
    with _small_journal():
        return first_line(lambda: store_phones.run(variant, store, _SEED, commands=APDUS // 4))


def _power_cuts() -> str | None:
    with _small_journal():
        cut = cuts.test_the_power_gone_at_any_write_boundary_leaves_the_state_before_or_after_the_command
        return first_line(lambda: cut(1 << 20, 200))


def _power_off() -> str | None:
    with _small_journal():
        return first_line(cuts.test_on_power_off_the_state_of_the_last_one_is_found_and_counters_are_never_behind)


def _failing_disk() -> str | None:
    fails = cuts.test_on_a_disk_that_fails_now_and_then_a_card_is_as_before_or_as_it_should_be
    with _small_journal():
        return first_line(lambda: [fails(1, store) for store in cuts.STORES])


def _full_disk() -> str | None:
    full = cuts.test_on_a_full_disk_no_code_is_compared
    with pytest.MonkeyPatch.context() as patch:
        return first_line(lambda: [full(name, store, patch) for name in cuts.PRESENTATIONS for store in cuts.STORES])


def first_line(run: Callable[[], object]) -> str | None:
    """What a test says that fails; None when it does not."""
    try:
        run()
    except AssertionError as found:
        line = traceback.extract_tb(found.__traceback__)[-1].line
        return (str(found) or str(line)).splitlines()[0]
    return None


COLD: Mapping[str, Catcher] = {f"cold, {source}": partial(_cold, source) for source in cold.SOURCES}
CARD: Mapping[str, Catcher] = {
    "proof 1 x 1": partial(proof.reading, Size(1, 1)),
    "phones, bursts": partial(_phones, "mirrored", "bursts"),
    "phones, boots": partial(_phones, "mirrored", "boots"),
    "proof, every command": partial(proof.every, Size(1, 1)),
    "phones, anything": partial(_phones, "mirrored", "anything"),
    "phones, session": partial(_phones, "session", "bursts"),
    "phones, hidden": partial(_phones, "hidden", "bursts"),
    "phones, inbox": partial(_phones, "inbox", "bursts"),
    "phones, deny": partial(_phones, "deny", "bursts"),
    "proof, around in part": proof.around_in_part,
    "access": _access,
    **COLD,
    "proof 2 x 1": partial(proof.reading, Size(2, 1)),
    "proof, second path": partial(proof.every, Size(1, 1), "second path"),
    "proof, around in part, second path": partial(proof.around_in_part, "second path"),
    "proof, around in part, hidden": partial(proof.around_in_part, "hidden"),
    "proof, around in part, deny": partial(proof.around_in_part, "deny"),
    "proof, session": partial(proof.every, Size(1, 1), "session"),
    "proof, hidden": partial(proof.every, Size(1, 1), "hidden"),
    "proof 1 x 2": partial(proof.reading, Size(1, 2)),
    "proof, around": proof.around,
    "proof 2 x 1, every command": partial(proof.every, Size(2, 1)),
}
STORE: Mapping[str, Catcher] = {
    "image, phones": partial(_image, "mirrored", "each-command"),
    "image, power-off": partial(_image, "mirrored", "power-off"),
    "image, hidden": partial(_image, "hidden", "each-command"),
    "power cuts": _power_cuts,
    "power cuts, power-off": _power_off,
    "failing disk": _failing_disk,
    "full disk": _full_disk,
    **COLD,
}
CATCHERS: Mapping[Part, Mapping[str, Catcher]] = {Part.CARD: CARD, Part.STORE: STORE}
"""For what a bug is planted into: the first that finds something has caught the bug, the quicker ones come first."""
SLOW = frozenset({"proof 1 x 2", "proof, around", "proof 2 x 1, every command"})
"""What takes longer than the sample of ``make test`` allows."""


def warm_up() -> None:
    """What the catchers compute once must be computed by the right card, before any bug is planted."""
    cold.in_the_making()
    for name in proof.VARIANTS:
        proof.profile(name)
    for variant in ("mirrored", "session", "inbox", "deny", "hidden"):
        boots(variant)


def first_catcher(part: Part) -> tuple[str, str] | None:
    """The name of the first catcher, and what it found."""
    for name, catch in CATCHERS[part].items():
        found = catch()
        if found is not None:
            return name, found
    return None
