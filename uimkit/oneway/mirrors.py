"""The mirrors: what the restricted side reads of a protected file, and what its writes do (V2, V3, V6, V9, W1 to W5).

The real records are in the vault; what a mirror shows is blank, or what the session sent itself.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from uimkit.apdu import SW
from uimkit.card.definition import CardDefinition, FileDef
from uimkit.card.memory import MIRROR_VALID, Memory
from uimkit.card.state import NOTHING, Constant
from uimkit.files.spec import Structure
from uimkit.oneway.extension_pointers import ExtensionPointers
from uimkit.oneway.mirror_use import MirrorUse
from uimkit.oneway.policy import EF_EXT1, Policy, Read, Readback, Write
from uimkit.oneway.record import FreeRule, Record, free_rule
from uimkit.oneway.vault import Binding, Place, Vault
from uimkit.oneway.view import Flagged


class Mirror(Flagged):
    """A mirror has its own flag (V7), and says when it was used, which refuses a late latch (S2)."""

    _use: Constant[MirrorUse]
    _blank: Constant[bytes]

    def __init__(self, memory: Memory, use: MirrorUse, position: int, file: FileDef, *, readable: bool) -> None:
        super().__init__(memory, position, file, MIRROR_VALID, readable=readable)
        self._use = use
        self._blank = free_rule(file).record

    @abstractmethod
    def record(self, number: int) -> bytes:
        """As ``View.record``."""

    def look(self, number: int | None) -> None:
        self._use.used = True

    def update_record(self, number: int, data: bytes) -> int:
        raise TypeError("a cyclic file is written by its oldest record")

    def push_record(self, data: bytes) -> int:
        raise TypeError("a linear fixed file has no oldest record")

    def read(self, offset: int, length: int) -> bytes:
        raise TypeError("a mirror has records")

    def write(self, offset: int, data: bytes) -> None:
        raise TypeError("a mirror has records")


class CyclicMirror(Mirror):
    """EF_LND seen from the restricted side: a store of its own, blank at reset (V9)."""

    _records: Constant[int]

    def __init__(self, memory: Memory, use: MirrorUse, position: int, file: FileDef) -> None:
        super().__init__(memory, use, position, file, readable=True)
        self._records = file.records

    @property
    def _body(self) -> bytes:
        return self._use.own_bodies.get(self._position) or self._blank * self._records

    def record(self, number: int) -> bytes:
        return self._body[(number - 1) * self._length : number * self._length]

    def push_record(self, data: bytes) -> int:
        self._use.used = True
        self._use.own_bodies = self._use.own_bodies.put(self._position, data + self._body[: -self._length])
        return SW.OK


class LinearMirror(Mirror):
    """What the mirrors of linear fixed files share."""

    _vault: Constant[Vault]
    _pointers: Constant[ExtensionPointers]
    _free: Constant[FreeRule]
    _readback: Constant[bool]

    def __init__(
        self,
        memory: Memory,
        use: MirrorUse,
        position: int,
        file: FileDef,
        policy: Policy,
        pointers: ExtensionPointers,
    ) -> None:
        super().__init__(memory, use, position, file, readable=policy.read is Read.BLANK)
        self._vault = pointers.vault
        self._pointers = pointers
        self._free = free_rule(file)
        self._readback = policy.readback is Readback.SESSION

    def _sent(self, number: int) -> Binding | None:
        return self._vault.bindings.get(Place(self._position, number))

    def _shown(self, binding: Binding, otherwise: bytes) -> bytes:
        """A bound record under readback = session: byte for byte as sent (V6)."""
        return binding.sent.octets if self._readback and binding.sent else otherwise


class RedirectMirror(LinearMirror):
    """EF_ADN, or a file of short messages, seen from the restricted side (W1 to W4)."""

    _landing: Constant[range]

    def __init__(
        self,
        memory: Memory,
        use: MirrorUse,
        position: int,
        file: FileDef,
        policy: Policy,
        pointers: ExtensionPointers,
    ) -> None:
        super().__init__(memory, use, position, file, policy, pointers)
        self._landing = policy.landing(file.path, file.records)

    def record(self, number: int) -> bytes:
        """Blank, or under readback = session what this session sent (V2, V6)."""
        if not self._readback:
            return self._blank
        binding = self._sent(number)
        return self._shown(binding, self._blank) if binding else self._blank

    def look(self, number: int | None) -> None:
        self._use.used = True
        if self._vault.bindings is NOTHING or number is None or self._readback:
            return
        binding = self._sent(number)
        if binding and not binding.looked:
            self._bound(number, replace(binding, looked=True))

    def update_record(self, number: int, data: bytes) -> int:
        binding, record = self._sent(number), Record(data)
        blank = record.is_free(self._free)
        if binding is None:
            status = int(SW.OK) if blank else self._bind(number, record)  # W1
        elif not binding.looked:
            status = self._erase(number, binding) if blank else self._edit(number, binding, record)  # W2
        elif blank or record == binding.sent:
            status = SW.OK  # W3
        else:
            status = self._bind(number, record)  # W3, W4
        if status == SW.OK:
            self._use.used = True
        return status

    def _bind(self, number: int, record: Record) -> int:
        real = self._free_record()
        if real is None:
            return SW.MEMORY_PROBLEM
        self._pointers.store(Place(self._position, real), record)
        mirror = Place(self._position, number)
        again = mirror in self._vault.bound_before and not self._readback
        self._bound(number, Binding(real, record, looked=again))
        self._vault.bound_before |= {mirror}
        return SW.OK

    def _edit(self, number: int, binding: Binding, record: Record) -> int:
        self._pointers.store(Place(self._position, binding.real), record)
        self._bound(number, replace(binding, sent=record))
        return SW.OK

    def _erase(self, number: int, binding: Binding) -> int:
        self._pointers.erase(Place(self._position, binding.real), Record(self._blank))
        self._vault.bindings = self._vault.bindings.without(Place(self._position, number))
        return SW.OK

    def _bound(self, number: int, binding: Binding) -> None:
        self._vault.bindings = self._vault.bindings.put(Place(self._position, number), binding)

    def _free_record(self) -> int | None:
        """The lowest record that is free by the file's own rule (V9). A bound one is never free."""
        records = enumerate(self._vault.records(self._position), start=1)
        return next((n for n, record in records if n in self._landing and record.is_free(self._free)), None)


class ExtensionMirror(LinearMirror):
    """EF_EXT1 seen from the restricted side: bound records read as occupied without content (V3, W5)."""

    def record(self, number: int) -> bytes:
        binding = self._sent(number)
        return self._shown(binding, b"\0" + self._blank[1:]) if binding else self._blank

    def update_record(self, number: int, data: bytes) -> int:
        mirror, record = Place(self._position, number), Record(data)
        bound, blank = mirror in self._vault.bindings, record.is_free(self._free)
        sent = record if self._readback else None
        if not bound and not blank and not self._pointers.bind(mirror, record, sent):
            return SW.MEMORY_PROBLEM
        if bound and blank:
            self._pointers.drop(mirror)
        elif bound:
            self._pointers.edit(mirror, record, sent)
        self._use.used = True
        return SW.OK


class DirectMirror(LinearMirror):
    """Mirror record r is real record r: a phone that saw it blank overwrites somebody's contact (W10)."""

    def record(self, number: int) -> bytes:
        return self._blank

    def update_record(self, number: int, data: bytes) -> int:
        self._use.used = True
        self._vault.write(Place(self._position, number), Record(data))
        return SW.OK


def mirror_of(
    definition: CardDefinition,
    policy: Policy,
    memory: Memory,
    use: MirrorUse,
    pointers: ExtensionPointers,
    position: int,
) -> Mirror:
    """The mirror of a protected file."""
    file = definition.files[position]
    if file.structure is Structure.CYCLIC:
        return CyclicMirror(memory, use, position, file)
    if policy.write is Write.DIRECT:
        return DirectMirror(memory, use, position, file, policy, pointers)
    kind = ExtensionMirror if file.path == EF_EXT1 else RedirectMirror
    return kind(memory, use, position, file, policy, pointers)
