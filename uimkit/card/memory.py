"""The non-volatile state of one card: bodies of EFs and their flags, with a log of what changed.

A body is one immutable ``bytes``; a snapshot is two tuples of references, so taking, comparing and hashing it is cheap.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from uimkit.card.definition import CardDefinition

REAL_VALID, MIRROR_VALID = 1, 2
"""Flag bits of an EF: not invalidated, for the file and for its mirror."""

Snapshot = tuple[tuple[bytes, ...], tuple[int, ...]]
Change = tuple[int, int, bytes]
"""File position, offset (-1: the data is the flag byte), data."""

_CHANGE = struct.Struct(">HiI")


class Memory:
    """Bodies and flags by file position. Every write goes through ``write`` or ``set_flags`` and is logged."""

    __slots__ = ("changes", "contents", "flags")

    def __init__(self, contents: Iterable[bytes], flags: Iterable[int]) -> None:
        self.contents = list(contents)
        self.flags = list(flags)
        self.changes: list[Change] = []
        """What was written since the log was last emptied, in order."""

    def write(self, position: int, offset: int, data: bytes) -> None:
        """Replace ``len(data)`` bytes of a body from ``offset``."""
        body = self.contents[position]
        self.contents[position] = body[:offset] + data + body[offset + len(data) :]
        self.changes.append((position, offset, data))

    def set_flags(self, position: int, flags: int) -> None:
        self.flags[position] = flags
        self.changes.append((position, -1, bytes((flags,))))

    def snapshot(self) -> Snapshot:
        return tuple(self.contents), tuple(self.flags)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot and forget what was logged since."""
        self.contents[:] = snapshot[0]
        self.flags[:] = snapshot[1]
        self.changes.clear()

    def changes_since(self, snapshot: Snapshot) -> list[Change]:
        """The shortest run of bytes of each body, and the flags, that make this memory out of a snapshot of it."""
        changes: list[Change] = []
        for position, (old, new) in enumerate(zip(snapshot[0], self.contents, strict=True)):
            if old != new:
                start = next(i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b)
                end = next(i for i in range(len(new), 0, -1) if old[i - 1] != new[i - 1])
                changes.append((position, start, new[start:end]))
        for position, (was, flags) in enumerate(zip(snapshot[1], self.flags, strict=True)):
            if was != flags:
                changes.append((position, -1, bytes((flags,))))
        return changes

    def copy(self) -> Memory:
        return Memory(self.contents, self.flags)

    def apply(self, changes: Iterable[Change]) -> None:
        """Carry out logged changes again. Raises ValueError when one does not fit this memory."""
        for position, offset, data in changes:
            if position >= len(self.contents):
                raise ValueError(f"file position {position} is not on this card")
            if offset == -1 and len(data) == 1:
                self.flags[position] = data[0]
                continue
            body = self.contents[position]
            if offset < 0 or offset + len(data) > len(body):
                raise ValueError(f"change at {offset} of file position {position} is outside the file")
            self.contents[position] = body[:offset] + data + body[offset + len(data) :]


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
