"""The side of a card session: where it starts, what moves it, and which view of each file goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uimkit.card.definition import OPERATIONAL, CardDefinition
from uimkit.card.memory import Memory
from uimkit.files.spec import Structure
from uimkit.oneway.book import Book
from uimkit.oneway.mirrors import DirectMirror, ExtensionMirror, RedirectMirror
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_MSISDN, LateLatch, Policy, Side, Write
from uimkit.oneway.views import CyclicMirror, InboxFile, MarkedExtensions, Mirror, PointerlessFile, RealFile, View


class Sides:
    """Decides by side, for one card. ``views`` and ``hidden`` hold for the side the session is on now.

    Protected, and hidden, is a store and not a path: all ways to the same records meet the same view (V8). A session
    starts restricted (S1) and latches once, unless a mirror was used before (S2).
    """

    def __init__(self, definition: CardDefinition, policy: Policy, memory: Memory) -> None:
        self._definition = definition
        self._policy = policy
        self._memory = memory
        self._evidence = policy.evidence(definition)
        self._protected = sorted(definition.index[path] for path in policy.protected)
        self._ways = [(i, store) for i, store in enumerate(definition.stores) if store in self._protected]
        hidden = {definition.index[path] for path in policy.hidden}
        self._hidden = frozenset(i for i, store in enumerate(definition.stores) if {i, store} & hidden)
        self._lifecycle = definition.index[definition.lifecycle] if definition.lifecycle else None
        self._adm = sum(1 << level for level in {code.level for code in definition.codes if code.level > 2})
        self._real: list[View] = [self._real_file(store) for store in definition.stores]
        self.reset()

    def reset(self) -> None:
        """Start a card session: restricted, fresh mirrors (W9)."""
        self.side = Side.RESTRICTED
        self.book = Book(self._definition, self._policy, self._memory)
        self._mirrors = {position: self._mirror(position, self.book) for position in self._protected}
        self._show(real=False)

    def state(self) -> tuple[Any, ...]:
        """The session's part of this object: the side, the mirrors, and what is shown."""
        return self.side, self._real_shown, self.unlocked, tuple(mirror.state() for mirror in self._mirrors.values())

    def set_state(self, state: Any) -> None:
        """Go back to what ``state`` returned."""
        self.side, real, self.unlocked, mirrors = state
        for mirror, saved in zip(self._mirrors.values(), mirrors, strict=True):
            mirror.set_state(saved)
        if real is not self._real_shown:
            self._show(real=real)

    def observe(self, ins: int, position: int) -> None:
        """A command succeeded on this file or directory; it may be the evidence that latches the session (S1, S2)."""
        if (ins, position) not in self._evidence or self.side is Side.CDMA:
            return
        used = any(mirror.used for mirror in self._mirrors.values())
        if not used or self._policy.late_latch is LateLatch.ALLOW:
            self.side = Side.CDMA
            self._show(real=True)

    def rights_changed(self, granted: int) -> None:
        """Before the end of personalisation, and only there, an administrative session sees no mirrors (S3).

        ``unlocked`` is true in such a session: it may write every file, those with UPDATE NEV included.
        """
        self.unlocked = self.personalising and bool(granted & self._adm)
        self._show(real=self.side is Side.CDMA or self.unlocked)

    @property
    def personalising(self) -> bool:
        """True before the end-of-personalisation step of a card that has one."""
        return self._lifecycle is not None and self._memory.contents[self._lifecycle] != OPERATIONAL

    @property
    def mirrors(self) -> Mapping[int, Mirror]:
        """The session's mirrors by file position."""
        return self._mirrors

    def is_mirrored(self, position: int) -> bool:
        """True when the restricted side has a mirror (and an invalidation flag) of its own for this file."""
        return self._definition.stores[position] in self._mirrors

    def view(self, position: int) -> View:
        """The file as the session's side meets it."""
        return self.views[position]

    def mirror(self, position: int) -> View:
        """The file as the restricted side meets it, whatever side the session is on (V7: FDN of DF_GSM)."""
        return self._mirrors.get(self._definition.stores[position], self._real[position])

    def real(self, position: int) -> View:
        """The real file, whatever side the session is on (V7: FDN of DF_CDMA)."""
        return self._real[position]

    def _show(self, *, real: bool) -> None:
        self._real_shown = real
        self.views: list[View] = list(self._real)
        self.hidden: frozenset[int] = frozenset() if real else self._hidden
        if not real:
            for position, store in self._ways:
                self.views[position] = self._mirrors[store]

    def _mirror(self, position: int, book: Book) -> Mirror:
        file, policy, memory = self._definition.files[position], self._policy, self._memory
        if file.structure is Structure.CYCLIC:
            return CyclicMirror(memory, position, file, readable=True)
        if policy.write is Write.DIRECT:
            return DirectMirror(memory, position, file, policy, book)
        kind = ExtensionMirror if file.path == EF_EXT1 else RedirectMirror
        return kind(memory, position, file, policy, book)

    def _real_file(self, position: int) -> RealFile:
        file, policy, memory = self._definition.files[position], self._policy, self._memory
        guarded = EF_EXT1 in policy.protected | policy.hidden
        kind = PointerlessFile if guarded and file.path == EF_MSISDN else RealFile
        real = kind(memory, position, file)
        reserved = {EF_ADN: policy.inbox_adn, EF_EXT1: policy.inbox_ext1}.get(file.path, 0)
        if policy.write is Write.INBOX and reserved:
            real = InboxFile(memory, position, file, reserved)
        if file.path == EF_EXT1 and policy.orphans:
            real = MarkedExtensions(real, memory, position, file, self._definition.index[policy.orphans])
        return real
