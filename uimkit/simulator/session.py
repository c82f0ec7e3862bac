"""What a card session knows and a reset drops, besides the side (``uimkit.oneway``)."""

from __future__ import annotations

from dataclasses import dataclass, field

from uimkit.card.state import State, Stateful
from uimkit.crypto import cave


@dataclass(frozen=True, slots=True)
class Trial:
    """SSD (16 bytes) that a base station has yet to confirm, or has confirmed until a commit."""

    ssd: bytes = field(repr=False)
    auth_bs: bytes = field(repr=False)
    until_commit: bool
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """The last signature that was to be saved, with the SSD and ESN it was made with (ASSUMPTION)."""

    registers: cave.SavedRegisters
    ssd: bytes = field(repr=False)
    esn: int


@dataclass(frozen=True, slots=True)
class CaveState:
    """What a card session knows of its CAVE commands.

    ``challenge`` is a RANDBS that waits for UPDATE SSD, ``last`` the last RANDSeed and the RANDBS it got.
    """

    challenge: bytes | None = None
    last: tuple[bytes, bytes] | None = None
    trial: Trial | None = None
    saved: Saved | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose last block has not come: what it is for, its secret, and its bytes so far."""

    kind: int
    secret: bytes = field(repr=False)
    data: bytes


@dataclass(frozen=True, slots=True)
class IpState:
    """How far a Mobile IP registration is. ``rrq_hash`` waits for the MN-AAA authenticator."""

    open: Message | None = None
    authenticated: bool = False
    """An MN-HA authenticator was computed since the last MN-AAA authenticator."""
    rrq_hash: bytes | None = None


_NO_CAVE, _NO_IP = CaveState(), IpState()


class Session(Stateful):
    """Selection, record pointer, rights, and the answer that waits for GET RESPONSE.

    ``directory`` and ``ef`` are file positions (``ef`` is None when no EF is current), ``pointer`` is a record number
    (0: undefined), ``verified`` has one bit for each access level presented in this session, ``granted`` one for each
    level fulfilled, ``done`` names what the card did by itself once in this session, ``cave`` is how far an SSD update
    is, and what RUN CAVE saved, ``ip`` how far a Mobile IP registration is.
    """

    directory: State[int]
    ef: State[int | None]
    pointer: State[int]
    verified: State[int]
    granted: State[int]
    pending: State[bytes | None]
    done: State[frozenset[str]]
    cave: State[CaveState]
    ip: State[IpState]

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """As after a reset: the MF is selected (6.6), nothing is presented."""
        self.directory = 0
        self.ef = None
        self.pointer = 0
        self.verified = 0
        self.granted = 1
        self.pending = None
        self.done = frozenset()
        self.cave = _NO_CAVE
        self.ip = _NO_IP
