"""All that cards of one profile share, with the tables a command needs made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from uimkit.card.definition import NEV, CardDefinition
from uimkit.card.header import ef_header
from uimkit.files.spec import Structure
from uimkit.oneway.policy import Policy
from uimkit.simulator.acts_on_select import acts_on_select

T = TypeVar("T")

Target = tuple[int, int, bool, int, bytes, bool]
"""A file that SELECT may reach: its position, and that of the file with its records; whether it is an EF; the record
pointer after it (0: undefined); the answer of an EF that is valid and readable on the session's side; whether selecting
it makes the card do more.
"""


@dataclass(frozen=True)
class Blueprint:
    """The card that the administrative commands of ETSI TS 102 222 are to make: what its operating system knows.

    It says which part a path plays (code, key, protected file); sizes and access conditions come with the commands.
    """

    definition: CardDefinition
    policy: Policy


@dataclass(frozen=True)
class Product:
    """A card definition with its access policy; ``blueprint`` is None when the card has no administrative commands."""

    definition: CardDefinition
    policy: Policy
    blueprint: Blueprint | None = None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """A definition has mappings and so no hash of its own; its files tell products apart well enough."""
        return hash((self.definition.profile, self.definition.files))

    @cached_property
    def masks(self) -> tuple[Mapping[str, int], ...]:
        """For each file: the right's name to the bit of its access condition."""
        return tuple(
            {
                "read": 1 << file.access.read,
                "update": 1 << file.access.update,
                "increase": 1 << file.access.increase,
                "invalidate": 1 << file.access.invalidate,
                "rehabilitate": 1 << file.access.rehabilitate,
            }
            for file in self.definition.files
        )

    @cached_property
    def headers(self) -> Mapping[tuple[bool, bool], tuple[bytes, ...]]:
        """SELECT answers of all EFs, by "not invalidated", "readable on this side", and file position."""
        files = self.definition.files
        return {
            (valid, readable): tuple(
                ef_header(file, valid, None if readable else NEV) if file.is_ef else b"" for file in files
            )
            for valid in (True, False)
            for readable in (True, False)
        }

    @cached_property
    def targets(self) -> tuple[Mapping[bytes, Target], ...]:
        """For each current directory the two bytes of a file identifier to what SELECT comes to (none for an EF)."""
        tables = self.definition.selectable
        made = [self._target(position) for position in range(len(self.definition.files))]
        return tuple(
            {fid.to_bytes(2, "big"): made[position] for fid, position in tables.get(directory, {}).items()}
            for directory in range(len(self.definition.files))
        )

    def _target(self, position: int) -> Target:
        file = self.definition.files[position]
        pointer = 1 if file.structure is Structure.CYCLIC else 0
        store = self.definition.stores[position]
        return position, store, file.is_ef, pointer, self.headers[True, True][position], acts_on_select(file.path)

    @cached_property
    def acting(self) -> frozenset[bytes]:
        """The file identifiers whose SELECT may make the card do more, and write."""
        return frozenset(fid for table in self.targets for fid, target in table.items() if target[-1])

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once for all cards of this product."""
        made: T
        if key in self._made:
            made = self._made[key]
        else:
            made = self._made[key] = make()
        return made

    @cached_property
    def _made(self) -> dict[Hashable, Any]:
        return {}

    @cached_property
    def is_ef(self) -> tuple[bool, ...]:
        """For each file whether it is an EF."""
        return tuple(file.is_ef for file in self.definition.files)

    @cached_property
    def members(self) -> Mapping[tuple[int, bool], tuple[int, int]]:
        """How many DFs and EFs a directory has, by its position and whether hidden files count."""
        hidden = frozenset(self.definition.index[path] for path in self.policy.hidden)
        found: dict[tuple[int, bool], tuple[int, int]] = {}
        for position, children in self.definition.children.items():
            for all_seen in (False, True):
                seen = [i for i in children if all_seen or i not in hidden]
                efs = sum(self.is_ef[i] for i in seen)
                found[position, all_seen] = len(seen) - efs, efs
        return found

    @cached_property
    def code_positions(self) -> Mapping[str, int]:
        """Name of a code to the position of the file that holds it."""
        return {code.name: self.definition.index[code.path] for code in self.definition.codes}

    @cached_property
    def special(self) -> frozenset[int]:
        """Files whose content decides about rights: the codes and the life-cycle EF."""
        own = {self.lifecycle} if self.lifecycle is not None else set()
        return frozenset(own | set(self.code_positions.values()))

    @cached_property
    def evidence(self) -> frozenset[tuple[int, int]]:
        """Instruction and file position whose success latches a session."""
        return self.policy.evidence(self.definition)

    @cached_property
    def lifecycle(self) -> int | None:
        path = self.definition.lifecycle
        return None if path is None else self.definition.index[path]
