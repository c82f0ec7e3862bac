"""Everything around the phone book: codes, selection, flags, other files. No command there may touch the phone book.

Each command is run once for every combination of values that the parts it reads can have (``uimkit.prover.footprint``
notes which those are), until no run leads to a new value. A command that reads nothing protected is answered alike by
twins, whatever they hold. The others are commands on a mirror, or evidence; the search visits what they do, and here it
is seen that nothing but the record pointer plays into it once the mirror was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from uimkit.apdu import INS
from uimkit.oneway.policy import EF_ADN, EF_EXT1, Side
from uimkit.prover.account import LATCH, NONINTERFERENCE, NOTHING_HARMED, Violation
from uimkit.prover.footprint import SIDE, Part, Run, WatchedCard
from uimkit.prover.judge import Kind, kind_of
from uimkit.prover.model import SmallCard
from uimkit.prover.phonebook import Content, PhoneBook
from uimkit.simulator.card import Card

_EF, _DIRECTORY = ("session", "ef"), ("session", "directory")
_SUCCESS = (0x90, 0x9F)
_POINTER, _PENDING = ("session", "pointer"), ("session", "pending")
_WRITTEN_VALUES = {"body": 1, "mirror": 2}
"""What is written into a file as it stands is copied only: so many values stand for all (of a mirror: one that was
looked at, one that was written).
"""


class Broken(NamedTuple):
    """A claim broken by one command in one state of the surroundings."""

    violation: Violation
    command: bytes
    state: dict[Part, Any]


class _Fork:
    """A part that a command reads, and what comes of each of its values."""

    __slots__ = ("children", "part")

    def __init__(self, part: Part) -> None:
        self.part = part
        self.children: dict[Any, _Fork | None] = {}


@dataclass
class Surroundings:
    """The search around the phone book of two cards that differ in it. ``touching``: for each file the commands that
    reach the phone book when it is selected. ``entangled``: why the phone book can not be searched by itself.
    """

    small: SmallCard
    book: PhoneBook
    contents: tuple[Content, Content]
    touching: dict[str, dict[bytes, None]] = field(default_factory=dict)
    entangled: list[str] = field(default_factory=list)
    broken: dict[str, Broken] = field(default_factory=dict)
    runs: int = 0

    def __post_init__(self) -> None:
        self.one, self.two = (WatchedCard(self._card(content)) for content in self.contents)
        mirrored = [p for p in (self.book.adn, self.book.ext1) if p is not None]
        self._secret: frozenset[Part] = frozenset(
            [*(("body", p) for p in self.book.positions), *(("mirror", p) for p in mirrored)]
        )
        self._values: dict[Part, dict[Any, None]] = {part: {value: None} for part, value in self.one.base.items()}
        self._written: Counter[Part] = Counter()
        self._evidence = self.small.policy.evidence(self.small.definition)
        self._writers: dict[Part, dict[bytes, None]] = {}

    def _card(self, content: Content) -> Card:
        card = self.small.card()
        card.memory.contents[:] = self.book.put(content, card.memory.contents)
        card.reset()
        return card

    def run(self, commands: Iterable[bytes], tick: Callable[[int], None] = lambda runs: None) -> None:
        """Until a round over all commands finds no new value of any part."""
        roots: dict[bytes, _Fork | None] = dict.fromkeys(commands)
        known = -1
        while known != (known := sum(map(len, self._values.values()))):
            for command, fork in list(roots.items()):
                roots[command] = self._visit(command, {}, fork, None)
                tick(self.runs)

    @property
    def states(self) -> int:
        """Values of parts seen."""
        return sum(map(len, self._values.values()))

    def _visit(self, command: bytes, given: dict[Part, Any], fork: _Fork | None, run: Run | None) -> _Fork | None:
        """Run a command for every value of what it reads; None where it reads nothing more."""
        if fork is None:
            run = run or self._run(command, given)
            part = next((p for p in run.reads if p not in given and p not in self._secret), None)
            if part is None:
                self._leaf(command, given, run)
                return None
            fork = _Fork(part)
        for value in list(self._values[fork.part]):
            child = fork.children.get(value)
            if child is None and value in fork.children:
                continue
            same = run if value is self.one.base[fork.part] else None
            fork.children[value] = self._visit(command, {**given, fork.part: value}, child, same)
        return fork

    def _run(self, command: bytes, given: dict[Part, Any]) -> Run:
        self.runs += 1
        return self.one.run(given, command)

    def _leaf(self, command: bytes, given: dict[Part, Any], run: Run) -> None:
        path = self._current(given)
        self._learn(command, given, run)
        latched = SIDE in run.changed and run.changed[SIDE][0] is Side.CDMA
        if latched and not (run.answer[-2] in _SUCCESS and self._is_evidence(command, given, run)):
            self._break(command, given, LATCH, "a command that is no evidence moved the session to the CDMA side")
        if not self._secret.isdisjoint(run.reads) or not self._secret.isdisjoint(run.changed):
            self._touched(command, given, run, path)
        kept = _PENDING not in run.changed and run.answer[0] != 0x9F
        if kept and command[1:2] != bytes((INS.GET_RESPONSE,)) and given.get(_PENDING, self.one.base[_PENDING]):
            self._entangle(f"{command.hex().upper()} keeps data that wait for GET RESPONSE")

    def _current(self, given: dict[Part, Any]) -> str:
        """The path of the current EF, or else of the current directory."""
        definition = self.small.definition
        ef: int | None = given.get(_EF)
        directory: int = given.get(_DIRECTORY, 0)
        return definition.files[directory if ef is None else ef].path

    def _learn(self, command: bytes, given: dict[Part, Any], run: Run) -> None:
        """New values of public parts."""
        own: list[Part] = [("body", given.get(_EF) or 0), ("mirror", given.get(_EF) or 0)]
        for part, value in run.changed.items():
            if part in self._secret or (part == SIDE and value[0] is Side.CDMA):
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
        places = {given.get(_EF), given.get(_DIRECTORY, 0), run.changed.get(_DIRECTORY)}
        own = any(command[1] == ins and position in places for ins, position in self._evidence)
        return own or kind_of(command, self._current(given)) is Kind.EVIDENCE

    def _touched(self, command: bytes, given: dict[Part, Any], run: Run, path: str) -> None:
        """A command that asked the phone book: twins must answer alike, and nothing else may play into the answer."""
        other = self.two.run(given, command)
        if (other.answer, other.changed.get(_PENDING)) != (run.answer, run.changed.get(_PENDING)):
            self._break(command, given, NONINTERFERENCE, "two cards answer the same command differently")
        if path in (EF_ADN, EF_EXT1):
            self.touching.setdefault(path, {})[command] = None
            first = next((i for i, part in enumerate(run.reads) if part in self._secret), len(run.reads))
            late = [part for part in run.reads[first:] if part not in self._secret and part not in (_POINTER, _PENDING)]
            if late:
                self._entangle(f"{command.hex().upper()} on {path} asks for {late[0]} once it has asked the mirror")
        elif not self._is_evidence(command, given, run):
            if any(part[0] == "body" and part in self._secret for part in run.changed):
                self._break(command, given, NOTHING_HARMED, "a command that is no write to the phone book changed it")
            self._entangle(f"{command.hex().upper()} on {path} touches the phone book")

    def _entangle(self, why: str) -> None:
        if why not in self.entangled:
            self.entangled.append(why)

    def _break(self, command: bytes, given: dict[Part, Any], claim: str, what: str) -> None:
        self.broken.setdefault(claim, Broken(Violation(claim, what), command, given))

    def leading_to(self, broken: Broken) -> list[bytes]:
        """The command that breaks a claim, and those that change what it depends on, or what is selected."""
        return [*self.producers([*broken.state, _DIRECTORY, _EF]), broken.command]

    def producers(self, parts: Iterable[Part]) -> list[bytes]:
        """The commands that change these parts."""
        return list(dict.fromkeys(command for part in parts for command in self._writers.get(part, ())))
