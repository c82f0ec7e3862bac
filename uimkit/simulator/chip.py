"""What commands work on: open memory, session, sides, codes, keys, rights and directory headers of one card.

The contents of guarded files are not here. A command meets them through the view of the current EF, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from uimkit.card.codes import Code
from uimkit.card.header import DirectoryState, df_header
from uimkit.card.memory import Memory
from uimkit.card.state import Constant, Kept, State, Stateful
from uimkit.oneway.sides import Sides
from uimkit.simulator.product import Product, Target
from uimkit.simulator.session import Session
from uimkit.simulator.whole_memory import WholeMemory

RandomSource = Callable[[int], bytes]
"""That many random bytes, such as ``secrets.token_bytes``."""

CHV1, CHV2 = "CHV1", "CHV2"
CHV1_BIT = 1 << 1
"""The bit of CHV1 among the access levels of a session."""


class Writes(Enum):
    """What a command may change in non-volatile memory, at most."""

    NOTHING = "nothing"
    FILES = "files"
    CODES = "codes"
    """A code with its counters, by presenting it."""
    STRUCTURE = "structure"
    """Which files there are."""


Header = tuple[frozenset[int], bytes]
Call = tuple[Callable[[Any], bytes], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A command whose own demands are met, or that is refused (``uimkit.simulator.dispatch``): what is called and with
    what; ``writes`` is what it may change in non-volatile memory.
    """

    call: Call
    writes: Writes
    keeps_pending: bool


class Chip(Stateful):
    """One card in one reader, as its commands see it."""

    product: State[Product]
    sides: State[Sides]
    memory: Constant[Memory]
    session: Constant[Session]
    random: Constant[RandomSource | None]
    directory_headers: Kept[list[Header | None]]
    """By directory: what was hidden when the header was made, and the header. ``directory_header`` looks after it."""
    targets: Kept[Sequence[Mapping[bytes, Target]]]
    kept: Kept[dict[bytes, Call]]
    """Commands met before that only read and select, on this product; all drop what waits for GET RESPONSE."""
    kept_responses: Kept[dict[bytes, Prepared]]
    """GET RESPONSE with lengths met before."""
    _whole: Constant[WholeMemory]

    def __init__(self, product: Product, whole: WholeMemory, random: RandomSource | None) -> None:
        self._whole = whole
        self.kept = {}
        self.kept_responses = {}
        self.memory = whole.open
        self.random = random
        self.session = Session()
        self.become(product)

    def become(self, product: Product) -> None:
        """Be a card of this product from here on; the memory fits it already. A card session starts."""
        self.product = product
        self.sides = self._whole.sides(product.definition, product.policy)
        self.targets = product.targets
        self.kept.clear()
        self.kept_responses.clear()
        self.forget_headers()

    def restructure(self, product: Product, bodies: Mapping[str, bytes], flags: Mapping[str, int]) -> None:
        """Have the files of ``product``: with these bodies and flags by path, else as they were (TS 102 222).

        What is selected stays selected if it is still there; evidence and mirrors are as after a reset.
        """
        old, session = self.product.definition, self.session
        current = old.files[session.directory].path, None if session.ef is None else old.files[session.ef].path
        self._whole.restructure(old, product.definition, product.policy, bodies, flags)
        index = product.definition.index
        session.directory = index.get(current[0], 0)
        session.ef = index.get(current[1]) if current[1] else None
        session.pointer = 0
        self.become(product)
        self.refresh_rights()

    def reset(self) -> None:
        """Start a new card session (GSM 11.11 5.8); GET RESPONSE may come first and gives the MF (9.2.18)."""
        self.session.begin()
        self.sides.reset()
        self.refresh_rights()
        self.session.pending = self.directory_header(0)

    def code(self, name: str) -> Code | None:
        """A code's state, or None when the card has no such code."""
        position = self.product.code_positions.get(name)
        return None if position is None else Code.from_bytes(self.memory.contents[position])

    def store_code(self, name: str, code: Code) -> None:
        self.memory.write(self.product.code_positions[name], 0, code.to_bytes())
        self.forget_headers()

    def key(self, name: str) -> bytes | None:
        """The value of a key object, None when the card has none of this name."""
        path = self.product.definition.keys.get(name)
        return None if path is None else self.body(path)

    def body(self, path: str) -> bytes:
        """The body of an open transparent EF by its path, nothing when the card has no such file."""
        position = self.product.definition.index.get(path)
        return b"" if position is None else self.memory.contents[position]

    def refresh_rights(self) -> None:
        """Work out the fulfilled access levels from what was presented and from CHV1's state (7.3, 8.12)."""
        session = self.session
        self.forget_headers()
        session.granted = 1 | session.verified
        chv1 = self.code(CHV1)
        grants_blocked = self.product.definition.choices.blocked_disabled_chv1_grants
        if chv1 is not None and chv1.initialised and not chv1.enabled and (grants_blocked or not chv1.blocked):
            session.granted |= CHV1_BIT
        self.sides.rights_changed(session.granted)

    def succeeded(self, ins: int, position: int) -> None:
        """A command succeeded on a file or directory, which may have consequences for side or rights (S1, 7.3)."""
        self.sides.observe(ins, position)
        if position in self.product.special:
            self.refresh_rights()

    def directory_header(self, position: int) -> bytes:
        """The SELECT and STATUS answer of a directory; files hidden from this side are not counted.

        Kept until a code changes, or what is hidden.
        """
        hidden = self.sides.hidden
        known = self.directory_headers[position]
        if known is not None and known[0] is hidden:
            return known[1]
        header = self._make_directory_header(position)
        self.directory_headers[position] = hidden, header
        return header

    def forget_headers(self) -> None:
        """The codes are others now."""
        self.directory_headers = [None] * len(self.product.definition.files)

    def _make_directory_header(self, position: int) -> bytes:
        definition = self.product.definition
        dfs, efs = self.product.members[position, not self.sides.hidden]
        codes = {code.name: self.code(code.name) for code in definition.codes}
        chv1, chv2 = codes.get(CHV1), codes.get(CHV2)
        chv_status = bytes(
            (
                chv1.status() if chv1 else 0,
                chv1.unblock_status() if chv1 else 0,
                chv2.status() if chv2 else 0,
                chv2.unblock_status() if chv2 else 0,
            )
        )
        count = sum(1 + code.has_unblock for code in codes.values() if code is not None and code.initialised)
        enabled = chv1 is not None and chv1.enabled
        state = DirectoryState(dfs, efs, count, enabled, chv_status)
        return df_header(definition.files[position], definition.free_memory, definition.characteristics, state)
