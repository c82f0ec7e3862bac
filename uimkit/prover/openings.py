"""Every command that opens the vault, under everything outside it that it goes by, in every state of the vault.

The search visits the vault's states with all rights granted and nothing invalidated. Here each command that opens the
vault meets each of those states of the smallest card under each combination of rights, flags, codes and selection in
which it opens it: the vault must tell and become the same as in the search, and of each pair of states that the search
compared the cards must stay alike outside the vault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from uimkit.prover.account import NONINTERFERENCE, Violation
from uimkit.prover.guard import VaultOpened
from uimkit.prover.refusals import broken_promise
from uimkit.prover.surroundings import EF, Broken, Opening
from uimkit.prover.watch import Part, Run, WatchedCard

_POINTER: Part = ("session", "pointer")


class Visited(NamedTuple):
    """What the search visited: the states of the vault, and which of them were compared as twins, by number."""

    vaults: Sequence[tuple[Any, ...]]
    pairs: Sequence[tuple[int, int]]


class Openings:
    """``problems`` are reasons why what was seen does not stand for the whole."""

    def __init__(self, card: WatchedCard, visited: Visited) -> None:
        self._card = card
        self._visited = visited
        self.broken: Broken | None = None
        self.problems: list[str] = []
        self.runs = 0
        self._wanted = 0

    def run(self, openings: Iterable[Opening], tick: Callable[[int], None] = lambda runs: None) -> None:
        """Let each opening meet every state of the vault."""
        first: dict[tuple[bytes, Any, Any], list[tuple[bytes, tuple[Any, ...]]]] = {}
        for opening in openings:
            outcomes = [self._outcome(opening, vault) for vault in self._visited.vaults]
            told = [(run.answer, run.after.vault) for run in outcomes if run]
            if len(told) == len(outcomes):
                key = opening.command, opening.given.get(EF), opening.given.get(_POINTER)
                if first.setdefault(key, told) != told:
                    self._problem(f"{_hex(opening)} tells or does something else when rights or flags are others")
                self._compare(opening, outcomes)
            self._wanted += len(self._visited.vaults)
            tick(self.runs)

    @property
    def unfinished(self) -> list[str]:
        """What was to be met and was not, in words."""
        left = self._wanted - self.runs
        return [f"{left} states of the vault were not met"] if left else []

    def _outcome(self, opening: Opening, vault: tuple[Any, ...]) -> Run | None:
        self.runs += 1
        try:
            run = self._card.run(opening.given, opening.command, vault)
        except VaultOpened as error:
            self._break(opening, str(error))
            return None
        except Exception as error:
            self._problem(f"{_hex(opening)}: {type(error).__name__}: {error}")
            return None
        late = next((part for part in run.reads if part not in opening.given), None)
        if late is not None:
            self._problem(f"{_hex(opening)} asks for {late[0]} {late[1]} in some states of the vault only")
        wrong = broken_promise(opening.command, run.answer, run.before, run.after, run.changed)
        if wrong:
            self._break(opening, wrong)
        return run

    def _compare(self, opening: Opening, outcomes: Sequence[Run | None]) -> None:
        for one, two in self._visited.pairs:
            first, second = outcomes[one], outcomes[two]
            if first is None or second is None:
                continue
            if first.answer != second.answer:
                self._break(opening, "two cards answer a command differently")
            elif first.changed != second.changed:
                self._break(opening, "two cards are not alike after a command")

    def _break(self, opening: Opening, what: str) -> None:
        self.broken = self.broken or Broken(Violation(NONINTERFERENCE, what), opening.command, opening.given)

    def _problem(self, why: str) -> None:
        if why not in self.problems:
            self.problems.append(why)


def _hex(opening: Opening) -> str:
    return opening.command.hex().upper()
