"""The register (SQLite): what no two cards of all batches may share. Keys are in it as keyed hashes only."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.input_gate import Checked, is_pseudo

_SCHEMA = """
CREATE TABLE IF NOT EXISTS made_with(name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS taken(kind TEXT, value TEXT, batch TEXT, row TEXT, PRIMARY KEY(kind, value)) WITHOUT ROWID;
"""
_INSERT = "INSERT OR IGNORE INTO taken VALUES (?, ?, ?, ?)"
_SELECT = "SELECT batch, row FROM taken WHERE kind = ? AND value = ?"
_WAIT_SECONDS = 600
NEVER_TWICE = ("AKEY", "KI")
"""Keys that no two cards may share; known by their hashes."""

Entry = tuple[str, str, str, str]
"""Kind, value, batch and row."""
Holder = tuple[str, str]
"""Batch and row."""


class Register:
    """An open register."""

    def __init__(self, connection: sqlite3.Connection, batch: str) -> None:
        self._connection, self._batch = connection, batch

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """All claims made inside are taken together, or none of them when an exception leaves it."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def claim(self, cards: Sequence[Checked]) -> tuple[list[str], list[str]]:
        """Take the numbers of cards. A line for each that another card has, with both rows; and one for each such
        pseudo-UIMID, which is no fault."""
        pseudo: list[Entry] = []
        own: list[Entry] = []
        columns: dict[tuple[str, str], str] = {}
        for where, identities, _ in cards:
            for name, value, column in identities:
                (pseudo if is_pseudo(name, value) else own).append((name, value, self._batch, where))
                columns[name, where] = f"column {column} {name}" if column and ":" in where else name  # FILE:LINE
        taken = [
            f"{row}: {columns[kind, row]}: {_shown(kind, value)} is that of {self._named(holder)}"
            for kind, value, row, holder in self._refused(own)
        ]
        return taken, [
            f"{row}: {kind}: {value} is also that of {self._named(holder)}: pseudo-UIMIDs have 24 bits and collide"
            for kind, value, row, holder in self._refused(pseudo)
        ]

    def claim_keys(self, hashes: Iterable[tuple[str, str, int]]) -> None:
        """Take hashes of keys: name, hash, row from 0. Raises InputError when a key is that of another card."""
        with self.claiming():
            entries = [(name, value, self._batch, f"card {position + 1}") for name, value, position in hashes]
            for kind, _, row, holder in self._refused(entries):
                raise InputError(f"{kind}: this key is that of {self._named(holder)}", row)

    def _named(self, holder: Holder) -> str:
        batch, row = holder
        return f"{row} of this batch" if batch == self._batch else f"{row} of batch {batch}"

    def _refused(self, entries: list[Entry]) -> Iterator[tuple[str, str, str, Holder]]:
        """Take what is free; of the others kind, value and row, and who has it."""
        if self._connection.executemany(_INSERT, entries).rowcount == len(entries):
            return
        for kind, value, batch, row in entries:
            holder: Holder = self._connection.execute(_SELECT, (kind, value)).fetchone()
            if holder != (batch, row):
                yield kind, value, row, holder


def _shown(kind: str, value: str) -> str:
    return "this key" if kind in NEVER_TWICE else value


@contextmanager
def opened(path: Path, batch: str, check_value: str) -> Iterator[Register]:
    """The register of that file, made when it is new. ``check_value`` is that of the key of its hashes.

    Raises InputError when the register was made with another key, with which no key would be found again;
    SurroundingsError.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            connection.executescript(_SCHEMA)
            connection.execute("INSERT OR IGNORE INTO made_with VALUES ('key', ?)", (check_value,))
            if connection.execute("SELECT value FROM made_with WHERE name = 'key'").fetchone() != (check_value,):
                raise InputError("its keys were hashed with another register key", str(path))
            yield Register(connection, batch)
        finally:
            connection.close()
    except OSError as error:
        raise SurroundingsError(f"{path}: {error.strerror}") from error
    except sqlite3.Error as error:
        raise SurroundingsError(f"{path}: the register can not be used: {error}") from error
