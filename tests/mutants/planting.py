"""Single-point bugs with a name, planted into the running package and taken out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.oneway.twins import variant
from uimkit.simulator.rules import RULES

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


@dataclass(frozen=True)
class Bug:
    """``where`` is the rule or clause it breaks, ``what`` the bug in words. ``plant`` changes one function."""

    name: str
    where: str
    what: str
    plant: Plant

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


def bug(where: str, what: str) -> Callable[[Plant], Plant]:
    """Enters a patch into the list, under the function's name."""

    def enter(plant: Plant) -> Plant:
        name = plant.__name__
        if name in BUGS:
            raise ValueError(f"two bugs are called {name}")
        BUGS[name] = Bug(name, where, what, plant)
        return plant

    return enter


def on_command(patch: Patch, ins: int, make: Callable[[Any], Any]) -> None:
    """Puts another handler in the place of a command's: ``make`` gets the right one."""
    patch.setitem(RULES, ins, tuple(replace(rule, handler=make(rule.handler)) for rule in RULES[ins]))
