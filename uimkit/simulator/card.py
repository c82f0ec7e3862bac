"""The simulated card: ``transmit`` and ``reset`` are its whole surface, ``memory`` is the door to what it holds."""

from __future__ import annotations

from typing import Any, NamedTuple

from uimkit.card.memory import Memory
from uimkit.oneway.policy import Side
from uimkit.simulator.chip import Chip, RandomSource, Writes
from uimkit.simulator.dispatch import prepared
from uimkit.simulator.product import Product
from uimkit.simulator.whole_memory import WholeMemory


class Snapshot(NamedTuple):
    """A card's whole state, each part as its object declares it. Equal ones behave alike."""

    product: Product
    memory: tuple[Any, ...]
    vault: tuple[Any, ...]
    session: tuple[Any, ...]
    sides: tuple[Any, ...]
    use: tuple[Any, ...]


class Card:
    """One card in one reader, with a copy of the memory it was made with.

    ``memory`` is all that outlives a reset, for who stores, builds, compares or shows the card. ``random`` is what BASE
    STATION CHALLENGE draws from, 4 bytes a time; the card has no randomness of its own, and equal cards with equal
    sources answer alike. What a source has left is no part of ``snapshot``.
    """

    def __init__(self, product: Product, memory: Memory, random: RandomSource | None = None) -> None:
        self.memory = WholeMemory(product.definition, product.policy, memory)
        self.chip = Chip(product, self.memory, random)
        self._kept = self.chip.kept
        self._session = self.chip.session
        self.chip.reset()

    def reset(self) -> bytes:
        """Start a new card session, cold or warm; returns the ATR (GSM 11.11 5.8)."""
        self.chip.reset()
        return self.chip.product.definition.atr

    @property
    def product(self) -> Product:
        """What this card shares with others of its profile; it changes when files are created or removed."""
        return self.chip.product

    @property
    def side(self) -> Side:
        """The side this card session is on."""
        return self.chip.sides.side

    def transmit(self, command: bytes) -> bytes:
        """Answer one command APDU (header of five bytes, then P3 bytes of data for a command that carries any)."""
        try:
            run, request = self._kept[command]
        except KeyError:
            met = prepared(self.chip, command)
            run, request = met.call
            if met.keeps_pending:
                return run(request)
        self._session.pending = None
        return run(request)

    def writes(self, command: bytes) -> Writes:
        """What a command may change in memory if it is sent now: for who stores the card between commands."""
        return Writes.NOTHING if command in self._kept else prepared(self.chip, command).writes

    def snapshot(self) -> Snapshot:
        """The whole mutable state: product, memory, vault, session, side and use of mirrors."""
        chip, sides = self.chip, self.chip.sides
        return Snapshot(
            chip.product,
            chip.memory.state(),
            self.memory.vault_state(),
            chip.session.state(),
            sides.state(),
            sides.use.state(),
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to what ``snapshot`` returned; what was logged as written is forgotten."""
        chip = self.chip
        bodies = chip.memory.contents
        chip.memory.set_state(snapshot.memory)
        if snapshot.product is not chip.product:
            self.memory.become(snapshot.product.definition, snapshot.product.policy)
            chip.become(snapshot.product)
        elif bodies is not snapshot.memory[0]:
            chip.forget_headers()
        self.memory.set_vault_state(snapshot.vault)
        chip.session.set_state(snapshot.session)
        chip.sides.set_state(snapshot.sides)
        chip.sides.use.set_state(snapshot.use)
        self.memory.forget_changes()
