"""The side of a card session: where it starts, what moves it, and which view of each file goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from uimkit.card.definition import OPERATIONAL, CardDefinition
from uimkit.card.memory import Memory
from uimkit.card.state import Constant, Kept, State, Stateful
from uimkit.oneway.extension_pointers import ExtensionPointers
from uimkit.oneway.mirror_use import MirrorUse
from uimkit.oneway.mirrors import Mirror, mirror_of
from uimkit.oneway.policy import LateLatch, Policy, Side
from uimkit.oneway.real_files import real_file
from uimkit.oneway.vault import Vault
from uimkit.oneway.view import View


class Sides(Stateful):
    """Decides by side, for one card. ``views`` and ``hidden`` hold for the side the session is on now.

    Protected, and hidden, is a store and not a path: all ways to the same records meet the same view (V8). A session
    starts restricted (S1) and latches once, unless a mirror was used before (S2). ``unlocked`` is an administrative
    session before the end of personalisation: it sees no mirrors, and may write every file (S3).
    """

    side: State[Side]
    unlocked: State[bool]
    use: Constant[MirrorUse]
    views: Kept[Sequence[View]]
    hidden: Kept[frozenset[int]]
    _memory: Constant[Memory]
    _vault: Constant[Vault]
    _late: Constant[bool]
    _stores: Constant[Sequence[int]]
    _evidence: Constant[frozenset[tuple[int, int]]]
    _lifecycle: Constant[int | None]
    _adm: Constant[int]
    _mirrors: Constant[Mapping[int, Mirror]]
    _real: Constant[Sequence[View]]
    _restricted: Constant[Sequence[View]]
    _hidden: Constant[frozenset[int]]

    def __init__(self, definition: CardDefinition, policy: Policy, memory: Memory, vault: Vault) -> None:
        self.use = use = MirrorUse()
        self._memory = memory
        self._vault = vault
        self._late = policy.late_latch is LateLatch.ALLOW
        self._stores = definition.stores
        self._evidence = policy.evidence(definition)
        hidden = {definition.index[path] for path in policy.hidden}
        self._hidden = frozenset(i for i, store in enumerate(definition.stores) if {i, store} & hidden)
        self._lifecycle = definition.index[definition.lifecycle] if definition.lifecycle else None
        self._adm = sum(1 << level for level in {code.level for code in definition.codes if code.level > 2})
        pointers = ExtensionPointers(definition, policy, vault)
        protected = sorted(definition.index[path] for path in policy.protected)
        self._mirrors = {p: mirror_of(definition, policy, memory, use, pointers, p) for p in protected}
        self._real = [real_file(definition, policy, memory, vault, store) for store in definition.stores]
        self._restricted = [self._mirrors.get(store, self._real[store]) for store in definition.stores]
        self.reset()

    def reset(self) -> None:
        """Start a card session: restricted, nothing bound, no mirror used (W9)."""
        self._vault.forget_session()
        self.use.forget_session()
        self.side = Side.RESTRICTED
        self.unlocked = False
        self._show()

    def set_state(self, values: tuple[object, ...]) -> None:
        """As ``Stateful.set_state``; the views follow."""
        super().set_state(values)
        self._show()

    def observe(self, ins: int, position: int) -> None:
        """A command succeeded on this file or directory; it may be the evidence that latches the session (S1, S2)."""
        if (ins, position) in self._evidence and (self._late or not self.use.used):
            self.side = Side.CDMA
            self._show()

    def rights_changed(self, granted: int) -> None:
        """Before the end of personalisation, and only there, an administrative session sees no mirrors (S3)."""
        self.unlocked = self.personalising and bool(granted & self._adm)
        self._show()

    @property
    def personalising(self) -> bool:
        """True before the end-of-personalisation step of a card that has one."""
        return self._lifecycle is not None and self._memory.contents[self._lifecycle] != OPERATIONAL

    def is_mirrored(self, position: int) -> bool:
        """True when the restricted side has a mirror (and an invalidation flag) of its own for this file."""
        return self._stores[position] in self._mirrors

    def view(self, position: int) -> View:
        """The file as the session's side meets it."""
        return self.views[position]

    def is_valid(self, position: int, side: Side) -> bool:
        """Whether the file is valid for a side, whatever side the session is on (V7)."""
        return (self._real if side is Side.CDMA else self._restricted)[position].valid

    def _show(self) -> None:
        real = self.side is Side.CDMA or self.unlocked
        self.views = self._real if real else self._restricted
        self.hidden = frozenset() if real else self._hidden
