"""The argument of docs/proof.md, step by step: what the part on everything around checks, and that it would see it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.prover.around import openings, searched, surroundings
from tests.prover.proofs import profile
from uimkit.apdu import CLA_GSM, INS
from uimkit.oneway.mirrors import ExtensionMirror, RedirectMirror
from uimkit.oneway.policy import EF_ADN, EF_EXT1
from uimkit.oneway.record import Record
from uimkit.oneway.vault import Place
from uimkit.prover.account import NONINTERFERENCE
from uimkit.prover.model import reduce
from uimkit.prover.parts import SMALLEST
from uimkit.prover.surroundings import EF, Surroundings
from uimkit.simulator.chip import Chip
from uimkit.simulator.commands.table import COMMANDS

EXT1 = reduce(profile(), SMALLEST).definition.index[EF_EXT1]


def plant(patch: pytest.MonkeyPatch, ins: int, make: Any) -> None:
    """Another handler in the place of a command's."""
    key = CLA_GSM, ins
    patch.setitem(COMMANDS, key, tuple(replace(c, handler=make(c.handler)) for c in COMMANDS[key]))


def broken(around: Surroundings) -> str:
    found = around.broken.get(NONINTERFERENCE)
    return found.violation.what if found else ""


@pytest.fixture(scope="module")
def sound() -> Surroundings:
    return surroundings()


def test_nothing_is_found_and_nothing_left_of_a_sound_card(sound: Surroundings) -> None:
    assert (sound.problems, sound.unfinished, sound.broken) == ([], [], {})
    files = sound.small.definition.files
    assert {files[opening.given[EF]].path for opening in sound.openings} == {EF_ADN, EF_EXT1}


def test_each_opening_meets_every_state_of_the_vault(sound: Surroundings) -> None:
    machine, search = searched(sound)
    assert (search.found, search.unfinished) == ({}, [])
    met = openings(sound, of=EXT1)
    assert (met.broken, met.problems, met.unfinished) == (None, [], [])
    vaults = {machine.snapshot(n).vault for n, state in enumerate(machine.states) if not state.cdma}
    assert met.runs >= len(vaults) * 20
    assert met.runs % len(vaults) == 0


def test_the_vault_is_opened_under_all_rights_flags_and_pointers(sound: Surroundings) -> None:
    writing = [o.given for o in sound.openings if o.command[1] == INS.UPDATE_RECORD and o.command[3] == 3]
    assert len({given["session", "granted"] for given in writing}) >= 2
    assert len({given["session", "pointer"] for given in writing}) >= 2
    assert len({tuple(v for k, v in given.items() if k[0] == "flags") for given in writing}) >= 2


def test_a_round_too_few_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Surroundings, "states", property(lambda self: 1))
    assert any("were not tried" in why for why in surroundings().unfinished)


def test_a_handler_that_opens_the_vault_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(right: Any) -> Any:
        def peeking(request: Any) -> bytes:
            answer = right(request)
            if len(request.chip.sides._vault.bindings):
                request.chip.session.granted |= 4
            return answer

        return peeking

    plant(monkeypatch, INS.STATUS, make)
    assert "peeking" in broken(surroundings())
    assert "opened the vault" in broken(surroundings())


def test_a_view_that_opens_the_vault_before_its_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right = RedirectMirror.valid.fget

    def valid(self: RedirectMirror) -> bool:
        assert right is not None
        return right(self) and len(self._vault.bindings) < 2

    monkeypatch.setattr(RedirectMirror, "valid", property(valid))
    assert "opened the vault" in broken(surroundings())


def test_another_file_s_view_may_not_open_the_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(right: Any) -> Any:
        def other(request: Any) -> bytes:
            request.chip.sides.views[EXT1].record(1)
            return right(request)

        return other

    plant(monkeypatch, INS.READ_RECORD, make)
    assert "opened the vault" in broken(surroundings())


def test_a_refused_write_that_writes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(right: Any) -> Any:
        def short(request: Any) -> bytes:
            if request.file.record_length > request.p3:
                request.view.update_record(1, request.data.ljust(request.file.record_length, b"\x41"))
            return right(request)

        return short

    plant(monkeypatch, INS.UPDATE_RECORD, make)
    assert "a refused command changed" in broken(surroundings())


def test_a_command_that_writes_more_than_it_declares_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(right: Any) -> Any:
        def writing(request: Any) -> bytes:
            request.chip.memory.set_flags(0, 1)
            return right(request)

        return writing

    plant(monkeypatch, INS.STATUS, make)
    assert "declared to write nothing" in broken(surroundings())


def test_what_is_kept_of_a_header_must_be_what_would_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Chip.directory_header

    def stale(self: Chip, position: int) -> bytes:
        header = right(self, position)
        self.directory_headers[position] = self.sides.hidden, header[:-1] + b"\x01"
        return header

    monkeypatch.setattr(Chip, "directory_header", stale)
    assert any("the header that is kept" in why for why in surroundings().problems)


def test_twins_are_compared_outside_the_vault_in_every_state_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers are alike; what was used is not, where something is bound and EF_EXT1 holds this and no other."""
    right = RedirectMirror.look

    def look(self: RedirectMirror, number: int | None) -> None:
        right(self, number)
        if len(self._vault.bindings) and self._vault.record(Place(EXT1, 1)) == Record(b"\x02\xff\xff"):
            self._use.used = False

    monkeypatch.setattr(RedirectMirror, "look", look)
    around = surroundings()
    assert not around.broken
    _, search = searched(around)
    assert "unlike outside" in search.found[NONINTERFERENCE].what


def test_what_one_card_alone_reads_is_forked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only on the second card record 1 begins with 59; there a flag decides."""
    right = ExtensionMirror.record

    def record(self: ExtensionMirror, number: int) -> bytes:
        if self._vault.record(Place(self._position, 1)) == Record(b"\x59\xff\xff"):
            return right(self, number) if self._flags.flags[self._position] & 1 else b"\x00\x00\x00"
        return right(self, number)

    monkeypatch.setattr(ExtensionMirror, "record", record)
    assert "differently" in broken(surroundings())


def test_rights_that_play_into_what_the_vault_tells_are_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where something is bound, a flag that the search never sets turns what is read."""
    right = ExtensionMirror.record

    def record(self: ExtensionMirror, number: int) -> bytes:
        bound = len(self._vault.bindings) and not self._flags.flags[self._position] & 1
        return b"\xff\xff\xff" if bound else right(self, number)

    monkeypatch.setattr(ExtensionMirror, "record", record)
    around = surroundings()
    met = openings(around, of=EXT1)
    assert any("in some states of the vault only" in why or "when rights or flags" in why for why in met.problems)


def test_a_crash_is_a_reason_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def make(right: Any) -> Any:
        def crash(request: Any) -> bytes:
            raise KeyError(request.p1)

        return crash

    plant(monkeypatch, INS.STATUS, make)
    assert any("KeyError" in why for why in surroundings().problems)


@pytest.mark.parametrize("how", ["iter", "len", "slice", "log"])
def test_a_reading_is_noted_or_an_error_however_it_is_made(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = {
        "iter": lambda memory: any(flags == 0 for flags in memory.flags),
        "len": lambda memory: memory.contents[len(memory.contents) - 1],
        "slice": lambda memory: memory.contents[3:5],
        "log": lambda memory: len(memory.changes) or list(memory.changes),
    }

    def make(right: Any) -> Any:
        def reading(request: Any) -> bytes:
            ways[how](request.chip.memory)
            return right(request)

        return reading

    plant(monkeypatch, INS.SLEEP, make)
    around = surroundings()
    run = around._run(bytes((CLA_GSM, INS.SLEEP, 0, 0, 0)), {})
    if how == "log":
        assert run is None
        assert any("log of changes" in why or "anything was written" in why for why in around.problems)
        return
    assert run is not None
    count = {"iter": len(around.small.definition.files), "len": 1, "slice": 2}[how]
    assert len([part for part in run[0].reads if part[0] in ("contents", "flags")]) == count
