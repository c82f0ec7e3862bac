"""Long random sessions, and the power gone at every write boundary of them; disks that are full or fail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import pytest

from tests.store.cards import make_memory, make_product
from tests.store.disks import MemoryDisk
from tests.store.sessions import counters, fresh_card, one_step, play, random_session
from uimkit.apdu import INS, command
from uimkit.card.codes import Code, chv_bytes, unblock_bytes
from uimkit.card.memory import Snapshot
from uimkit.errors import SurroundingsError
from uimkit.oneway.real_files import OpenFile
from uimkit.simulator.card import Card
from uimkit.store import image_file
from uimkit.store.file_card import FileCard, Store
from uimkit.store.image import decode_image, encode_image
from uimkit.store.unsaved import Unsaved

PATH = "/cards/a.uim"
OK, MEMORY_PROBLEM = b"\x90\x00", b"\x92\x40"
SHARES = (0, 0.03, 0.5, 0.97, 1)
SESSION = random_session(1, 1000)
STORES: list[Store] = ["each-command", "power-off"]


@pytest.fixture(autouse=True)
def small_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "JOURNAL_LIMIT", 1500)  # or nothing would be written anew


class Watched(MemoryDisk):
    """Before every operation, and so after every one, shows how the disk may be found if the power goes now."""

    seen: frozenset[bytes] = frozenset()

    def found(self) -> frozenset[bytes]:
        disks = (self.survivor(share, renamed=renamed) for share in SHARES for renamed in (True, False))
        return frozenset(disk.names[PATH].data for disk in disks)

    def _step(self) -> None:
        self.seen |= self.found()
        super()._step()


def fresh_files() -> dict[str, bytes]:
    product = make_product()
    return {PATH: encode_image(product, make_memory(product))}


@lru_cache(maxsize=1000)
def state_in(raw: bytes) -> Snapshot:
    return decode_image(raw).memory.snapshot()


def found_states(disk: Watched) -> Iterator[Snapshot]:
    """What the images found since the last call hold."""
    images = disk.seen | disk.found()
    disk.seen = frozenset()
    return (state_in(raw) for raw in images)


@pytest.mark.slow
@pytest.mark.parametrize(("chunk", "steps"), [(1 << 20, 1000), (50, 400)])
def test_the_power_gone_at_any_write_boundary_leaves_the_state_before_or_after_the_command(
    chunk: int, steps: int
) -> None:
    disk = Watched(fresh_files(), chunk=chunk)
    outcomes = play(fresh_card(), SESSION[:steps])
    before = fresh_card().memory.snapshot()
    with FileCard(PATH, disk=disk) as card:
        for step, outcome in zip(SESSION[:steps], outcomes, strict=True):
            disk.seen = frozenset()
            assert one_step(card, step) == outcome.answer
            assert set(found_states(disk)) <= {before, outcome.memory}
            assert set(found_states(disk)) == {outcome.memory}, "answered, but not on the medium"
            before = outcome.memory
    assert disk.count > steps / 2
    assert sum(before.memory != after.memory for before, after in pairwise(outcomes)) > steps / 4


@pytest.mark.slow
def test_on_power_off_the_state_of_the_last_one_is_found_and_counters_are_never_behind() -> None:
    disk = Watched(fresh_files())
    outcomes = play(fresh_card(), SESSION)
    before = stored = fresh_card().memory.snapshot()
    with FileCard(PATH, store="power-off", disk=disk) as card:
        for step, outcome in zip(SESSION, outcomes, strict=True):
            disk.seen = frozenset()
            assert one_step(card, step) == outcome.answer
            found = set(found_states(disk))
            assert found <= {stored, before, outcome.memory}
            assert {counters(state) for state in found} <= {counters(before), counters(outcome.memory)}
            (stored,) = set(found_states(disk))
            assert counters(stored) == counters(outcome.memory), "answered, but the counter is not on the medium"
            assert step is not None or stored == outcome.memory
            before = outcome.memory
    assert decode_image(disk.names[PATH].data).memory.snapshot() == before
    assert disk.count < 1500


@pytest.mark.slow
@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("seed", range(4))
def test_on_a_disk_that_fails_now_and_then_a_card_is_as_before_or_as_it_should_be(seed: int, store: Store) -> None:
    dice = random.Random(seed)
    disk = Watched(fresh_files(), chunk=dice.choice((7, 64, 1 << 20)))
    reference = fresh_card()
    problems = 0
    allowed: set[Snapshot] = set()
    card = FileCard(PATH, store=store, disk=disk)
    for step in SESSION[:300]:
        first = disk.count + dice.randrange(1, 12)
        disk.trouble = range(first, first + dice.choice((0, 1, 2, 9)))
        before = card.card.memory.snapshot()
        answer, expected = one_step(card, step), one_step(attempt := twin(reference), step)
        allowed |= {before, attempt.memory.snapshot()}
        if answer == MEMORY_PROBLEM:
            problems += 1
            reference.chip.session.pending = None
        else:
            assert answer == expected
            reference = attempt
        assert card.card.memory.snapshot() == reference.memory.snapshot()
        found = set(found_states(disk))
        assert found <= allowed
        if found == {reference.memory.snapshot()}:  # else a command answered 92 40 may still be on the medium
            allowed.clear()
    disk.trouble = range(0)
    card.close()
    assert decode_image(disk.names[PATH].data).memory.snapshot() == reference.memory.snapshot()
    assert problems > 10


def twin(card: Card) -> Card:
    other = fresh_card()
    other.restore(card.snapshot())
    return other


RIGHT, WRONG, NEW = chv_bytes("1234"), chv_bytes("0000"), chv_bytes("5678")
PRESENTATIONS = {
    "VERIFY": lambda value: command(INS.VERIFY_CHV, 0, 1, value),
    "CHANGE": lambda value: command(INS.CHANGE_CHV, 0, 1, value + NEW),
    "DISABLE": lambda value: command(INS.DISABLE_CHV, 0, 1, value),
    "ENABLE": lambda value: command(INS.ENABLE_CHV, 0, 1, value),
    "UNBLOCK": lambda value: command(INS.UNBLOCK_CHV, 0, 0, (UNBLOCK if value == RIGHT else value) + NEW),
}
UNBLOCK = unblock_bytes("87654321")


def card_for(name: str, store: Store) -> tuple[FileCard, MemoryDisk]:
    """A card that has lost a try, where the presentation called ``name`` compares."""
    disk = MemoryDisk(fresh_files())
    card = FileCard(PATH, store=store, disk=disk)
    if name == "ENABLE":
        card.transmit(command(INS.DISABLE_CHV, 0, 1, RIGHT))
        card.transmit(command(INS.ENABLE_CHV, 0, 1, WRONG))
    else:
        card.transmit(command(INS.VERIFY_CHV, 0, 1, WRONG))
    card.transmit(command(INS.SELECT, data=b"\x2f\x01"))
    card.transmit(command(INS.UPDATE_BINARY, 0, 0, b"note"))
    return card, disk


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("name", PRESENTATIONS)
def test_on_a_full_disk_no_code_is_compared(name: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def compared(self: Code, presented: bytes) -> bool:
        raise AssertionError("compared, though a lost try cannot be stored")

    card, disk = card_for(name, store)
    monkeypatch.setattr(Code, "matches", compared)
    monkeypatch.setattr(Code, "unblock_matches", compared)
    disk.trouble = range(1, 1 << 30)
    before = card.card.snapshot()
    for value in (WRONG, RIGHT) * 4:
        assert card.transmit(PRESENTATIONS[name](value)) == MEMORY_PROBLEM
        assert card.card.snapshot() == before
    monkeypatch.undo()
    disk.trouble = range(0)
    assert card.transmit(PRESENTATIONS[name](WRONG)) == b"\x98\x04"
    assert sum(counters(card.card.memory)) == 2 + 10 - 1
    assert card.transmit(PRESENTATIONS[name](RIGHT)) == OK
    card.close()


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("name", PRESENTATIONS)
def test_wherever_the_disk_fails_a_right_code_and_a_false_one_look_the_same(name: str, store: Store) -> None:
    problems = 0
    for lasting in (1, 2, 3, 1 << 20):
        for first in range(1, 16):
            answers = []
            for value in (WRONG, RIGHT):
                card, disk = card_for(name, store)
                before = card.card.snapshot()
                disk.trouble = range(disk.count + first, disk.count + first + lasting)
                answers.append(card.transmit(PRESENTATIONS[name](value)))
                if answers[-1] == MEMORY_PROBLEM:
                    problems += 1
                    assert card.card.snapshot() == before
                disk.trouble = range(0)
                card.close()
            assert (answers[0] == MEMORY_PROBLEM) == (answers[1] == MEMORY_PROBLEM), (first, lasting)
    assert problems > 20


def test_a_session_that_cannot_be_stored_waits_for_the_next_power_off_and_is_an_error_at_the_end() -> None:
    card, disk = card_for("VERIFY", "power-off")
    disk.trouble = range(1, 1 << 30)
    card.reset()
    card.reset()
    disk.trouble = range(0)
    card.reset()
    assert decode_image(disk.names[PATH].data).memory.contents[1].startswith(b"note")
    card.transmit(command(INS.SELECT, data=b"\x2f\x01"))
    assert card.transmit(command(INS.UPDATE_BINARY, 0, 0, b"lost")) == OK
    disk.trouble = range(1, 1 << 30)
    with pytest.raises(SurroundingsError, match=r"a\.uim: what was written since .* not be stored: No space left"):
        card.close()
    with pytest.raises(SurroundingsError, match="closed"):
        card.transmit(command(INS.STATUS, length=1))
    card.close()
    assert decode_image(disk.names[PATH].data).memory.contents[1].startswith(b"note")


def test_a_command_interrupted_is_not_stored_by_the_power_off_and_those_before_it_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(self: OpenFile, offset: int, data: bytes) -> None:
        self._memory.write(1, 0, b"half")
        raise KeyboardInterrupt

    card, disk = card_for("VERIFY", "power-off")
    card.transmit(command(INS.SELECT, data=b"\x2f\x01"))
    monkeypatch.setattr(OpenFile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        card.transmit(command(INS.UPDATE_BINARY, 0, 0, b"half"))
    card.close()
    assert decode_image(disk.names[PATH].data).memory.contents[1].startswith(b"note")


def test_what_waits_for_the_power_off_does_not_grow_with_the_session() -> None:
    memory = fresh_card().memory
    unsaved = Unsaved(memory)
    for number in range(20_000):
        memory.write(1, 0, number.to_bytes(4, "big"))
        unsaved.keep()
    assert len(unsaved.kept) < 5_000
    memory.write(1, 0, b"half")
    unsaved.drop_unfinished()
    assert memory.contents[1].startswith((19_999).to_bytes(4, "big"))


def test_many_changes_of_one_session_are_put_together() -> None:
    disk = MemoryDisk(fresh_files())
    with FileCard(PATH, store="power-off", disk=disk) as card:
        card.transmit(command(INS.SELECT, data=b"\x2f\x01"))
        for number in range(10_000):
            card.transmit(command(INS.UPDATE_BINARY, 0, 0, number.to_bytes(4, "big")))
        assert disk.count == 0
    assert decode_image(disk.names[PATH].data).memory.contents[1].startswith((9_999).to_bytes(4, "big"))
    assert len(disk.names[PATH].data) < len(fresh_files()[PATH]) + 40
