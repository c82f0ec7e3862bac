"""How a command is declared: what it is called, what it demands, what it may write, and who carries it out.

The demands are checked before the handler is called, in one place (``uimkit.simulator.dispatch``), so a handler that
forgets to ask can not exist. Adding a command is one declaration in its group's module; ``table`` collects them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from uimkit.apdu import CLA_GSM
from uimkit.card.definition import FileDef
from uimkit.files.spec import Structure
from uimkit.oneway.view import View
from uimkit.simulator.chip import Chip, Writes

DF_GSM, DF_CDMA = "3F00/7F20", "3F00/7F25"

ANY = frozenset(range(256))
ZERO = frozenset({0})
TRANSPARENT = frozenset({Structure.TRANSPARENT})
LINEAR = frozenset({Structure.LINEAR_FIXED})
CYCLIC = frozenset({Structure.CYCLIC})
RECORDS = LINEAR | CYCLIC
EVERY_EF = TRANSPARENT | RECORDS


class Request:
    """A command as its handler gets it. ``data`` has as many bytes as P3 says when the command carries data."""

    __slots__ = ("chip", "data", "p1", "p2", "p3")

    def __init__(self, chip: Chip, command: bytes) -> None:
        self.chip = chip
        self.p1, self.p2, self.p3 = command[2], command[3], command[4]
        self.data = command[5:]


class FileRequest(Request):
    """A command on the current EF: ``file`` is the EF, ``view`` what the session's side meets in its place."""

    __slots__ = ("file", "view")

    file: FileDef
    view: View


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Command:
    """What every command says of itself.

    ``name`` is the standard's, ``clause`` where it stands. ``p3`` is the length that GSM 11.11 table 9 fixes, None when
    it varies; ``lengths`` are those a command with optional data takes. ``directory`` must be current, or above the
    current one. ``refusal_changes`` names the fields of the session that a refusal may change, besides what waits for
    GET RESPONSE; a command that writes codes may change those too (GSM 11.11 8.9).
    """

    name: str
    clause: str
    ins: int
    cla: int = CLA_GSM
    p1: frozenset[int] = ZERO
    p2: frozenset[int] = ZERO
    p3: int | None = None
    carries_data: bool = False
    lengths: frozenset[int] | None = None
    directory: str | None = None
    writes: Writes = Writes.NOTHING
    keeps_pending: bool = False
    """GET RESPONSE alone: every other command drops what waits for it."""
    refusal_changes: frozenset[str] = frozenset()

    def accepts(self, p1: int, p2: int) -> bool:
        return p1 in self.p1 and p2 in self.p2

    def fits(self, p3: int, data_length: int) -> bool:
        """P3 is right, and as many data bytes came as it says; a command with data has at least one byte."""
        if self.lengths is not None:
            return p3 in self.lengths and data_length == p3
        if self.p3 is not None and p3 != self.p3:
            return False
        return data_length == (p3 if self.carries_data else 0) and not (self.carries_data and p3 == 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CardCommand(Command):
    """A command that needs no current EF."""

    handler: Callable[[Request], bytes]
    under_chv1: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileCommand(Command):
    """A command on the current EF, under one of its five access conditions (GSM 11.11 tables 8 and 10)."""

    handler: Callable[[FileRequest], bytes]
    structures: frozenset[Structure]
    right: str
    wants_valid: bool = True
    usable_invalidated: bool = False
    """Also allowed on an invalidated file whose status bit b3 says so (9.3)."""
