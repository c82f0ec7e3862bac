"""Single-point bugs with a name, planted into the running package and taken out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from types import FunctionType
from typing import Any

import pytest

from tests.oneway.twins import variant
from uimkit.apdu import CLA_GSM
from uimkit.card.definition import CardDefinition
from uimkit.oneway.record import Record
from uimkit.oneway.vault import Place, Vault
from uimkit.simulator.chip import Chip
from uimkit.simulator.commands.table import COMMANDS

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]
Then = Callable[[Any, bytes], bytes]
"""Request and answer to the answer that is given instead."""
When = Callable[[Any], bool]


class Part(StrEnum):
    """What a bug is planted into, and so who must find it."""

    CARD = "the card"
    STORE = "what stores it"
    PROVER = "the prover"


@dataclass(frozen=True)
class Bug:
    """``where`` is the rule or clause it breaks, ``what`` the bug in words. ``plant`` changes one function."""

    name: str
    where: str
    what: str
    plant: Plant
    part: Part

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The bug is in force. Cards made inside are of products made inside, and no such product is left over."""
        with pytest.MonkeyPatch.context() as patch:
            self.plant(patch)
            variant.cache_clear()
            try:
                yield
            finally:
                variant.cache_clear()


BUGS: dict[str, Bug] = {}


def bug(where: str, what: str, part: Part = Part.CARD) -> Callable[[Plant], Plant]:
    """Enters a patch into the list, under the function's name."""

    def enter(plant: Plant) -> Plant:
        name = plant.__name__
        if name in BUGS:
            raise ValueError(f"two bugs are called {name}")
        BUGS[name] = Bug(name, where, what, plant, part)
        return plant

    return enter


bug_of_the_store = partial(bug, part=Part.STORE)


def instead(patch: Patch, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Puts another function in the place of one: ``make`` gets the right one. It is called as the right one is, or who
    guards the vault would find it by its name.
    """
    made = make(getattr(owner, name))
    if isinstance(made, FunctionType):
        made.__code__ = made.__code__.replace(co_name=name)
    patch.setattr(owner, name, made)


def declared(patch: Patch, ins: int, cla: int = CLA_GSM, **changes: Any) -> None:
    """Gives the commands of an instruction another declaration."""
    patch.setitem(COMMANDS, (cla, ins), tuple(replace(command, **changes) for command in COMMANDS[cla, ins]))


def on_command(patch: Patch, ins: int, make: Callable[[Any], Any], cla: int = CLA_GSM) -> None:
    """Puts another handler in the place of a command's: ``make`` gets the right one."""
    commands = tuple(replace(command, handler=make(command.handler)) for command in COMMANDS[cla, ins])
    patch.setitem(COMMANDS, (cla, ins), commands)


def afterwards(patch: Patch, ins: int, then: Then, cla: int = CLA_GSM) -> None:
    """Lets ``then`` have a look at what a command was answered."""
    on_command(patch, ins, lambda right: lambda request: then(request, right(request)), cla)


def during(patch: Patch, ins: int, kind: type, name: str, make: Callable[[Any], Any], when: When = bool) -> None:
    """``instead``, for a method of a view, while a command is carried out whose request ``when`` picks."""
    running: list[Any] = []

    def noting(right: Any) -> Any:
        def handler(request: Any) -> bytes:
            if not when(request):
                return bytes(right(request))
            running.append(request)
            try:
                return bytes(right(request))
            finally:
                running.pop()

        return handler

    def choosing(right: Any) -> Any:
        other = make(right)

        def method(self: Any, *rest: Any) -> Any:
            return (other if running else right)(self, *rest)

        return method

    on_command(patch, ins, noting)
    instead(patch, kind, name, choosing)


def with_session_as_before(patch: Patch, ins: int, field: str, when: Callable[[Any, bytes], bool]) -> None:
    """After a command and answer that ``when`` picks, a field of the session is what it was before them."""

    def make(right: Any) -> Any:
        def handler(request: Any) -> bytes:
            before = getattr(request.chip.session, field)
            answer: bytes = right(request)
            if when(request, answer):
                setattr(request.chip.session, field, before)
            return answer

        return handler

    on_command(patch, ins, make)


def vault_of(chip: Chip) -> Vault:
    """The way into the vault that no view guards."""
    return chip.sides._vault


def real_records(chip: Chip, path: str) -> list[Record]:
    """The real records of a guarded file, none when the card has no such file, or does not guard it."""
    position, vault = position_of(chip, path), vault_of(chip)
    return list(vault.records(position)) if position in vault.bodies else []


def position_of(chip: Chip, path: str) -> int:
    """Where a file stands, -1 when the card has no such file."""
    definition: CardDefinition = chip.product.definition
    return definition.index.get(path, -1)


def selected(chip: Chip, path: str) -> bool:
    """Whether the current EF has the records of this file."""
    ef = chip.session.ef
    return ef is not None and chip.product.definition.stores[ef] == position_of(chip, path)


def real_at(self: Any, number: int) -> Record:
    """The real record that has the number of a mirror record: for a method of a view, as which it counts."""
    record: Record = self._vault.record(Place(self._position, number))
    return record
