"""The vault: the contents of protected files, the marks of orphans, and the bindings of a session.

The views of this room hold it, and nobody else: commands, headers, codes and fixed dialling work on a memory that has
nothing at these positions. Who stores, builds, compares or shows a whole card has a door of its own
(``uimkit.simulator.whole_memory``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from uimkit.card.definition import CardDefinition
from uimkit.card.memory import Change, spliced
from uimkit.card.state import NOTHING, Constant, FrozenMap, Log, State, Stateful
from uimkit.oneway.policy import Policy
from uimkit.oneway.record import Record


class Place(NamedTuple):
    """A record: file position and record number. Of a mirror, or of the real file behind it."""

    position: int
    number: int


@dataclass(frozen=True, slots=True)
class Binding:
    """The real record that a mirror record's data landed in, for one session (W9).

    ``sent`` is what the session sent last, None where no rule asks for it; ``looked`` says that the mirror record was
    shown blank since (W3), or that it was bound before in this session (W4).
    """

    real: int
    sent: Record | None
    looked: bool = False


def guarded(definition: CardDefinition, policy: Policy) -> frozenset[int]:
    """The positions of the files whose contents are in the vault: protected, hidden ones with records, orphans' marks.

    A hidden directory hides what is in it.
    """
    hidden = tuple(f"{path}/" for path in policy.hidden)
    return frozenset(
        position
        for position, file in enumerate(definition.files)
        if file.stored
        if file.path in policy.protected
        or file.path == policy.orphans
        or (file.record_length and (file.path in policy.hidden or file.path.startswith(hidden)))
    )


class Vault(Stateful):
    """Contents by file position, each a whole number of records; ``lengths`` has the octets of one record.

    ``bindings`` has the bound mirror records, ``bound_before`` those that were bound at some time in this session.
    ``waiting`` maps a stored record to the mirror record that its pointer means but can not name yet, or, negative, to
    the dropped real record that it means; ``dropped`` are real EF_EXT1 records that the session gave up while something
    still names them, with the mirror record each was bound to.
    """

    lengths: Constant[Mapping[int, int]]
    bodies: State[FrozenMap[int, bytes]]
    bindings: State[FrozenMap[Place, Binding]]
    bound_before: State[frozenset[Place]]
    waiting: State[FrozenMap[Place, int]]
    dropped: State[FrozenMap[int, int]]
    changes: Log[list[Change]]

    def __init__(self, definition: CardDefinition, policy: Policy, bodies: Mapping[int, bytes]) -> None:
        """``bodies`` has those of the ``guarded`` positions."""
        files = definition.files
        self.lengths = {position: files[position].record_length or 1 for position in guarded(definition, policy)}
        self.bodies = FrozenMap(bodies)
        self.changes = []
        self.forget_session()

    def forget_session(self) -> None:
        """A reset: bindings live in RAM (W9)."""
        self.bindings = NOTHING
        self.bound_before = frozenset()
        self.waiting = NOTHING
        self.dropped = NOTHING

    def record(self, place: Place) -> Record:
        length = self.lengths[place.position]
        return Record(self.bodies[place.position][(place.number - 1) * length : place.number * length])

    def records(self, position: int) -> Iterator[Record]:
        """All records of a file, from the first."""
        length, body = self.lengths[position], self.bodies[position]
        return (Record(body[at : at + length]) for at in range(0, len(body), length))

    def write(self, place: Place, record: Record) -> None:
        """Replace a record; logged, as a memory does it."""
        offset = (place.number - 1) * self.lengths[place.position]
        self.bodies = self.bodies.put(place.position, spliced(self.bodies[place.position], offset, record.octets))
        self.changes.append((place.position, offset, record.octets))

    def rotate(self, position: int, record: Record) -> None:
        """Of a cyclic file: the oldest record becomes record 1 with this content."""
        body = record.octets + self.bodies[position][: -self.lengths[position]]
        self.bodies = self.bodies.put(position, body)
        self.changes.append((position, 0, body))

    def bound(self, position: int) -> dict[int, int]:
        """The bound mirror records of a file, each with the real record that it is bound to."""
        return {place.number: b.real for place, b in self.bindings.items() if place.position == position}
