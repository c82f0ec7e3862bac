"""The ways to a card: in process, through a PC/SC reader, as a virtual reader's card (vpcd)."""

from __future__ import annotations

from typing import Protocol


class Transport(Protocol):
    """A card that can be talked to. Two methods are all a new way to a card has to bring."""

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU, return data and status word.

        Raises SurroundingsError when the card or the reader is gone.
        """
        ...

    def reset(self) -> bytes:
        """Reset the card (a new card session) and return its ATR."""
        ...
