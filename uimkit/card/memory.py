"""The non-volatile state of one card: bodies of EFs and their flags, with a log of what changed.

A body is one immutable ``bytes``; a snapshot is two tuples of references, so taking, comparing and hashing it is cheap.
In a running card the files that the vault holds have an empty body here (``uimkit.oneway.vault``).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Protocol

from uimkit.card.definition import CardDefinition
from uimkit.card.state import Log, State, Stateful

REAL_VALID, MIRROR_VALID = 1, 2
"""Flag bits of an EF: not invalidated, for the file and for its mirror."""

Snapshot = tuple[tuple[bytes, ...], tuple[int, ...]]
Change = tuple[int, int, bytes]
"""File position, offset (-1: the data is the flag byte), data."""

_CHANGE = struct.Struct(">HiI")


class Contents(Protocol):
    """What can be stored, compared and shown: a memory, or the whole memory of a running card."""

    @property
    def contents(self) -> tuple[bytes, ...]:
        """The body of each file, by position."""
        ...

    @property
    def flags(self) -> tuple[int, ...]:
        """The flags of each file, by position."""
        ...


class Memory(Stateful):
    """Bodies and flags by file position. Every write goes through ``write`` or ``set_flags`` and is logged."""

    contents: State[tuple[bytes, ...]]
    flags: State[tuple[int, ...]]
    changes: Log[list[Change]]

    def __init__(self, contents: Iterable[bytes], flags: Iterable[int]) -> None:
        self.contents = tuple(contents)
        self.flags = tuple(flags)
        self.changes = []
        """What was written since the log was last emptied, in order."""

    def write(self, position: int, offset: int, data: bytes) -> None:
        """Replace ``len(data)`` bytes of a body from ``offset``."""
        contents = self.contents
        self.contents = (*contents[:position], spliced(contents[position], offset, data), *contents[position + 1 :])
        self.changes.append((position, offset, data))

    def set_flags(self, position: int, flags: int) -> None:
        self.flags = (*self.flags[:position], flags, *self.flags[position + 1 :])
        self.changes.append((position, -1, bytes((flags,))))

    def snapshot(self) -> Snapshot:
        return self.contents, self.flags

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot and forget what was logged since."""
        self.contents, self.flags = snapshot
        self.changes.clear()

    def forget_changes(self) -> None:
        """What was written so far is stored, or need not be."""
        self.changes.clear()

    def copy(self) -> Memory:
        return Memory(self.contents, self.flags)


def spliced(body: bytes, offset: int, data: bytes) -> bytes:
    """A body with ``data`` in the place of as many bytes from ``offset``."""
    return body[:offset] + data + body[offset + len(data) :]


def changes_between(old: Snapshot, new: Snapshot) -> list[Change]:
    """The shortest run of bytes of each body, and the flags, that make the new state out of the old one."""
    changes: list[Change] = []
    for position, (was, body) in enumerate(zip(old[0], new[0], strict=True)):
        if was != body:
            start = next(i for i, (a, b) in enumerate(zip(was, body, strict=True)) if a != b)
            end = next(i for i in range(len(body), 0, -1) if was[i - 1] != body[i - 1])
            changes.append((position, start, body[start:end]))
    for position, (before, flags) in enumerate(zip(old[1], new[1], strict=True)):
        if before != flags:
            changes.append((position, -1, bytes((flags,))))
    return changes


def applied(snapshot: Snapshot, changes: Iterable[Change]) -> Snapshot:
    """The state after logged changes are carried out again. Raises ValueError when one does not fit."""
    contents, flags = list(snapshot[0]), list(snapshot[1])
    for position, offset, data in changes:
        if position >= len(contents):
            raise ValueError(f"file position {position} is not on this card")
        if offset == -1 and len(data) == 1:
            flags[position] = data[0]
            continue
        if offset < 0 or offset + len(data) > len(contents[position]):
            raise ValueError(f"change at {offset} of file position {position} is outside the file")
        contents[position] = spliced(contents[position], offset, data)
    return tuple(contents), tuple(flags)


def fresh_memory(definition: CardDefinition, bodies: dict[str, bytes]) -> Memory:
    """The memory of a new card; ``bodies`` gives the content of every EF by path, none for a second way to records.

    Raises ValueError when a body is missing or has not the size of its file.
    """
    contents = []
    for file in definition.files:
        body = bodies.get(file.path, b"") if file.is_ef else b""
        if len(body) != file.stored:
            raise ValueError(f"{file.path} {file.name}: content has {len(body)} bytes, the file {file.stored}")
        contents.append(body)
    return Memory(contents, [REAL_VALID | MIRROR_VALID] * len(contents))


def encode_changes(changes: Iterable[Change]) -> bytes:
    """Changes as bytes: position (2), offset (4, signed), length (4), data; all big-endian."""
    return b"".join(_CHANGE.pack(position, offset, len(data)) + data for position, offset, data in changes)


def decode_changes(raw: bytes) -> list[Change]:
    """The inverse of ``encode_changes``. Raises ValueError on a torn or foreign byte string."""
    changes: list[Change] = []
    at = 0
    while at < len(raw):
        if at + _CHANGE.size > len(raw):
            raise ValueError("torn change header")
        position, offset, length = _CHANGE.unpack_from(raw, at)
        at += _CHANGE.size
        if at + length > len(raw):
            raise ValueError("torn change data")
        changes.append((position, offset, raw[at : at + length]))
        at += length
    return changes
