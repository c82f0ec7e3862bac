"""What a card session knows and a reset drops, besides the side (``uimkit.oneway.sides``)."""

from __future__ import annotations

from typing import Any

from uimkit.simulator.cdma_authentication import CaveState
from uimkit.simulator.ip_authentication import IpState


class Session:
    """Selection, record pointer, rights, and the answer that waits for GET RESPONSE.

    ``directory`` and ``ef`` are file positions (``ef`` is None when no EF is current), ``pointer`` is a record number
    (0: undefined), ``verified`` has one bit for each access level presented in this session, ``granted`` one for each
    level fulfilled, ``done`` names what the card did by itself once in this session, ``cave`` is how far an SSD update
    is, and what RUN CAVE saved, ``ip`` how far a Mobile IP registration is.
    """

    __slots__ = ("cave", "directory", "done", "ef", "granted", "ip", "pending", "pointer", "verified")

    def __init__(self) -> None:
        self.directory = 0
        self.ef: int | None = None
        self.pointer = 0
        self.verified = 0
        self.granted = 1
        self.pending: bytes | None = None
        self.done: frozenset[str] = frozenset()
        self.cave = CaveState()
        self.ip = IpState()

    def state(self) -> tuple[Any, ...]:
        """All fields, in the order of ``__slots__``."""
        return (
            self.cave,
            self.directory,
            self.done,
            self.ef,
            self.granted,
            self.ip,
            self.pending,
            self.pointer,
            self.verified,
        )

    def set_state(self, state: Any) -> None:
        """Go back to what ``state`` returned."""
        (
            self.cave,
            self.directory,
            self.done,
            self.ef,
            self.granted,
            self.ip,
            self.pending,
            self.pointer,
            self.verified,
        ) = state
