"""EF_EXT1 behind its mirror: free records, the translation of extension pointers, and orphans (W5 to W7).

What it changes in one command is one non-volatile transaction, because everything a command writes is stored together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from uimkit.card.definition import CardDefinition
from uimkit.card.state import Constant, Stateful
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EXTENSION_POINTERS, Policy
from uimkit.oneway.record import NONE, FreeRule, Record, free_rule
from uimkit.oneway.vault import Binding, Place, Vault

_UNMARKED, _ORPHAN = Record(b"\0"), Record(b"\1")


class ExtensionPointers(Stateful):
    """Stores records whose last octet is a pointer, and looks after EF_EXT1. All its state is the vault's.

    ``ext1`` is None when EF_EXT1 is not mirrored: then no pointer is ever stored.
    """

    vault: Constant[Vault]
    ext1: Constant[int | None]
    _marks: Constant[int | None]
    _pointing: Constant[frozenset[int | None]]
    _contacts: Constant[Mapping[int, FreeRule]]
    _last: Constant[int]
    _landing: Constant[range]

    def __init__(self, definition: CardDefinition, policy: Policy, vault: Vault) -> None:
        index, files = definition.index, definition.files
        self.vault = vault
        self.ext1 = index.get(EF_EXT1) if EF_EXT1 in policy.protected else None
        self._marks = index.get(policy.orphans) if policy.orphans else None
        self._pointing = frozenset({index.get(EF_ADN), self.ext1})
        self._contacts = {index[path]: free_rule(files[index[path]]) for path in EXTENSION_POINTERS if path in index}
        self._last = 0 if self.ext1 is None else files[self.ext1].records
        self._landing = policy.landing(EF_EXT1, self._last)

    def store(self, place: Place, record: Record) -> None:
        """Write a record; the pointer of one that has any is translated (W6)."""
        if place.position not in self._pointing:
            self.vault.write(place, record)
            return
        self.vault.write(place, record.pointing_to(NONE))
        self._aim(place, record.pointer)
        self._release()

    def erase(self, place: Place, blank: Record) -> None:
        """Write a free record; its pointer waits no longer."""
        self.vault.write(place, blank)
        self.vault.waiting = self.vault.waiting.without(place)
        self._release()

    def bind(self, mirror: Place, record: Record, sent: Record | None) -> bool:
        """Bind a mirror record of EF_EXT1 and store it; False when no real record is free."""
        real = self._free_record()
        if real is None:
            return False
        self.vault.bindings = self.vault.bindings.put(mirror, Binding(real, sent))
        self._mark(real, _ORPHAN)
        self.store(Place(mirror.position, real), record)
        self._retry()
        return True

    def edit(self, mirror: Place, record: Record, sent: Record | None) -> None:
        """A bound record is edited in place (W5); a loop it closed before may be open now (W6)."""
        binding = self.vault.bindings[mirror]
        self.vault.bindings = self.vault.bindings.put(mirror, Binding(binding.real, sent))
        self.store(Place(mirror.position, binding.real), record)
        self._retry()

    def drop(self, mirror: Place) -> None:
        """Unbind; the real record goes when nothing names it, now or later (W5).

        A pointer that waits because it would close a loop through this record (W6) goes on meaning this record, and not
        what the mirror record is bound to next.
        """
        vault = self.vault
        real = vault.bindings[mirror].real
        vault.bindings = vault.bindings.without(mirror)
        vault.dropped = vault.dropped.put(real, mirror.number)
        for place, target in vault.waiting.items():
            if target == mirror.number:
                vault.waiting = vault.waiting.put(place, -real)
        self._release()

    def _free_record(self) -> int | None:
        """The lowest free record: unused, not bound, and named by no record in use."""
        if self.ext1 is None:
            return None
        named, bound = self._named(), set(self.vault.bound(self.ext1).values())
        candidates = (n for n in self._landing if n not in named and n not in bound)
        return next((n for n in candidates if self._is_unused(n)), None)

    def _aim(self, place: Place, target: int) -> None:
        """Point ``place`` at the mirror record ``target``, or the dropped real record -``target``, or let it wait."""
        vault = self.vault
        vault.waiting = vault.waiting.without(place)
        if self.ext1 is None or target == 0 or target > self._last:
            return
        binding = vault.bindings.get(Place(self.ext1, target))
        real = -target if target < 0 else binding.real if binding else None
        if real is None or self._closes_loop(place, real):
            vault.waiting = vault.waiting.put(place, target)
            return
        vault.write(place, vault.record(place).pointing_to(real))
        self._mark(real, _UNMARKED)

    def _retry(self) -> None:
        for place, target in sorted(self.vault.waiting.items()):
            self._aim(place, target)

    def _closes_loop(self, place: Place, real: int) -> bool:
        """Whether the chain from the real record leads back to the place."""
        if place.position != self.ext1:
            return False
        seen: set[int] = set()
        while 1 <= real <= self._last and real not in seen:
            if real == place.number:
                return True
            seen.add(real)
            real = self.vault.record(Place(place.position, real)).pointer
        return False

    def _is_unused(self, number: int) -> bool:
        """An EF_EXT1 record that is all FF, or a marked orphan (W7)."""
        return self._is_orphan(number) or (
            self.ext1 is not None and self.vault.record(Place(self.ext1, number)).is_unused
        )

    def _named(self) -> set[int]:
        """Every EF_EXT1 record that a record in use names.

        A record that a write may take is not in use, and its pointer names nothing: it goes with the write, and what
        it named would become free in the middle of a session, for a reason that only the contents know (P1).
        """
        named = set(self._named_by_contacts())
        if self.ext1 is None:
            return named
        own = {*self.vault.dropped, *self.vault.bound(self.ext1).values()}
        chain = [n for n in range(1, self._last + 1) if n in own or not self._is_unused(n)] + list(named)
        visited: set[int] = set()
        while chain:
            number = chain.pop()
            if 1 <= number <= self._last and number not in visited:
                visited.add(number)
                pointer = self.vault.record(Place(self.ext1, number)).pointer
                named.add(pointer)
                chain.append(pointer)
        return named

    def _named_by_contacts(self) -> Iterator[int]:
        """The pointers of the records of EF_ADN and EF_LND that are not blank."""
        for position, rule in self._contacts.items():
            if position in self.vault.lengths:
                for record in self.vault.records(position):
                    if record.pointer != NONE and not record.is_free(rule):
                        yield record.pointer

    def _release(self) -> None:
        """Erase dropped records that nothing names any more; a pointer that meant one means its mirror record again."""
        if not len(self.vault.dropped) or self.ext1 is None:
            return
        for real in sorted(set(self.vault.dropped) - self._named()):
            number = self.vault.dropped.get(real)
            if number is None:
                continue  # released together with one before
            self.vault.dropped = self.vault.dropped.without(real)
            self._mark(real, _UNMARKED)
            place = Place(self.ext1, real)
            self.erase(place, Record(bytes((NONE,)) * self.vault.lengths[self.ext1]))
            for source in [source for source, target in self.vault.waiting.items() if target == -real]:
                self._aim(source, number)

    def _is_orphan(self, number: int) -> bool:
        return self._marks is not None and self.vault.record(Place(self._marks, number)) != _UNMARKED

    def _mark(self, number: int, mark: Record) -> None:
        if self._marks is not None and self._is_orphan(number) is not (mark == _ORPHAN):
            self.vault.write(Place(self._marks, number), mark)
