"""Everything around the phone book: codes, selection, flags, other files. Who opens the vault, and under what.

Each command is run on both twins once for every combination of values that the parts which either of them reads can
have (``uimkit.prover.watch``), until no run leads to a new value. After each run the twins must have answered alike and
be equal in everything outside the vault. The runs that opened it are kept: ``uimkit.prover.openings`` has each of them
meet every state of the vault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from uimkit.apdu import INS
from uimkit.oneway.policy import Side
from uimkit.prover.account import LATCH, NONINTERFERENCE, Violation
from uimkit.prover.guard import VaultOpened
from uimkit.prover.judge import Kind, kind_of
from uimkit.prover.model import SmallCard
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.prover.refusals import broken_promise
from uimkit.prover.watch import PENDING, SIDES, Part, Run, WatchedCard
from uimkit.simulator.answers import is_success
from uimkit.simulator.card import Card

EF, DIRECTORY = ("session", "ef"), ("session", "directory")
_WRITTEN_VALUES = {"contents": 1, "use": 2}
"""What is written into a file as it stands is copied only: so many values of a file's contents stand for all (two of
the restricted side's own store of a cyclic file).
"""
_FLAGS = range(4)
"""Every combination of a mirrored file's own flag and its mirror's: the CDMA side may have left any."""


class Broken(NamedTuple):
    """A claim broken by one command in one state of the surroundings."""

    violation: Violation
    command: bytes
    state: dict[Part, Any]


class Opening(NamedTuple):
    """A command that opens the vault, and the parts outside it that it reads, with their values."""

    command: bytes
    given: dict[Part, Any]


class _Fork:
    """A part that a command reads, and what comes of each of its values."""

    __slots__ = ("children", "part")

    def __init__(self, part: Part) -> None:
        self.part = part
        self.children: dict[Any, _Fork | None] = {}


Both = tuple[Run, Run]


@dataclass
class Surroundings:
    """The search around the phone book of two cards that differ in it. ``problems`` are reasons why it does not stand
    for the whole.
    """

    small: SmallCard
    book: PhoneBook
    contents: tuple[Content, Content]
    openings: list[Opening] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    broken: dict[str, Broken] = field(default_factory=dict)
    runs: int = 0

    def __post_init__(self) -> None:
        self.one, self.two = (WatchedCard(self._card(content)) for content in self.contents)
        self._values: dict[Part, dict[Any, None]] = {part: {value: None} for part, value in self.one.base.items()}
        for position in self.book.positions:
            self._values["flags", position] = dict.fromkeys([self.one.base["flags", position], *_FLAGS])
        self._written: Counter[Part] = Counter()
        self._roots: dict[bytes, _Fork | None] = {}
        self._evidence = self.small.policy.evidence(self.small.definition)
        self._writers: dict[Part, dict[bytes, None]] = {}

    def _card(self, content: Content) -> Card:
        card = self.small.card()
        card.memory.contents = self.book.put(content, card.memory.contents)
        card.reset()
        return card

    def run(self, commands: Iterable[bytes], tick: Callable[[int], None] = lambda runs: None) -> None:
        """Until a round over all commands finds no new value of any part."""
        roots = self._roots = dict.fromkeys(commands)
        known = -1
        while known != self.states:
            known = self.states
            for command, fork in list(roots.items()):
                roots[command] = self._visit(command, {}, fork, None)
                tick(self.runs)

    @property
    def unfinished(self) -> list[str]:
        """Values of parts that a command was not run with, in words; nothing when each was."""
        left = sum(self._missing(fork) for fork in self._roots.values())
        return [f"{left} values of what commands read were not tried"] if left else []

    def _missing(self, fork: _Fork | None) -> int:
        if fork is None:
            return 0
        untried = len(self._values[fork.part].keys() - fork.children.keys())
        return untried + sum(map(self._missing, fork.children.values()))

    @property
    def states(self) -> int:
        """Values of parts seen."""
        return sum(map(len, self._values.values()))

    def _visit(self, command: bytes, given: dict[Part, Any], fork: _Fork | None, runs: Both | None) -> _Fork | None:
        """Run a command for every value of what it reads; None where it reads nothing more."""
        if fork is None:
            runs = runs or self._run(command, given)
            if runs is None:
                return None
            part = next((p for p in (*runs[0].reads, *runs[1].reads) if p not in given), None)
            if part is None:
                self._leaf(command, given, *runs)
                return None
            fork = _Fork(part)
        for value in list(self._values[fork.part]):
            child = fork.children.get(value)
            if child is None and value in fork.children:
                continue
            same = runs if value is self.one.base[fork.part] else None
            fork.children[value] = self._visit(command, {**given, fork.part: value}, child, same)
        return fork

    def _run(self, command: bytes, given: dict[Part, Any]) -> Both | None:
        """The command on both cards; None when it did what no command may.

        A run that never opened the vault went by the parts it read alone: on the other card it is the same.
        """
        self.runs += 1
        try:
            one = self.one.run(given, command)
            if not one.opened:
                return one, one
            self.runs += 1
            return one, self.two.run(given, command)
        except VaultOpened as error:
            self._break(command, given, NONINTERFERENCE, str(error))
        except Exception as error:
            self.problem(f"{command.hex().upper()}: {type(error).__name__}: {error}")
        return None

    def _leaf(self, command: bytes, given: dict[Part, Any], one: Run, two: Run) -> None:
        self._learn(command, given, one)
        if one.answer != two.answer or one.changed != two.changed:
            what = (
                "answer the same command differently" if one.answer != two.answer else "are not alike after a command"
            )
            self._break(command, given, NONINTERFERENCE, f"two cards {what}")
        latched = SIDES in one.changed and one.changed[SIDES][0] is Side.CDMA
        if latched and not (is_success(one.answer) and self._is_evidence(command, given, one)):
            self._break(command, given, LATCH, "a command that is no evidence moved the session to the CDMA side")
        for run in {id(run): run for run in (one, two)}.values():
            wrong = broken_promise(command, run.answer, run.before, run.after, run.changed)
            if wrong:
                self._break(command, given, NONINTERFERENCE, wrong)
        if one.opened or two.opened:
            self.openings.append(Opening(command, given))
        kept = PENDING not in one.changed and one.answer[0] != 0x9F
        if kept and command[1:2] != bytes((INS.GET_RESPONSE,)) and given.get(PENDING, self.one.base[PENDING]):
            self.problem(f"{command.hex().upper()} keeps data that wait for GET RESPONSE")

    def _current(self, given: dict[Part, Any]) -> str:
        """The path of the current EF, or else of the current directory."""
        definition = self.small.definition
        ef: int | None = given.get(EF)
        directory: int = given.get(DIRECTORY, 0)
        return definition.files[directory if ef is None else ef].path

    def _learn(self, command: bytes, given: dict[Part, Any], run: Run) -> None:
        """New values of the parts outside the vault."""
        own: list[Part] = [("contents", given.get(EF) or 0), ("use", "own_bodies")]
        for part, value in run.changed.items():
            if part == SIDES and value[0] is Side.CDMA:
                continue
            self._writers.setdefault(part, {})[command] = None
            if value in self._values[part]:
                continue
            if part in own:
                if self._written[part] >= _WRITTEN_VALUES[part[0]]:
                    continue
                self._written[part] += 1
            self._values[part][value] = None

    def _is_evidence(self, command: bytes, given: dict[Part, Any], run: Run) -> bool:
        """Whether P5's list or the profile's own latch counts this command."""
        places = {given.get(EF), given.get(DIRECTORY, 0), run.changed.get(DIRECTORY)}
        own = any(command[1] == ins and position in places for ins, position in self._evidence)
        return own or kind_of(command, self._current(given)) is Kind.EVIDENCE

    def problem(self, why: str) -> None:
        """The search does not stand for the whole, and why."""
        if why not in self.problems:
            self.problems.append(why)

    def _break(self, command: bytes, given: dict[Part, Any], claim: str, what: str) -> None:
        self.broken.setdefault(claim, Broken(Violation(claim, what), command, given))

    def leading_to(self, broken: Broken) -> list[bytes]:
        """The command that breaks a claim, and those that change what it depends on, or what is selected."""
        return [*self.producers([*broken.state, DIRECTORY, EF]), broken.command]

    def producers(self, parts: Iterable[Part]) -> list[bytes]:
        """The commands that change these parts."""
        return list(dict.fromkeys(command for part in parts for command in self._writers.get(part, ())))
