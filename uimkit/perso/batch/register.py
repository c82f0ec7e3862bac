"""The register (SQLite): what no two cards of all batches may share. Keys are in it as keyed hashes only."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.rows import CardData

UNIQUE = ("ICCID", "IMSI", "IMSIG", "IMSI_LTE", "MDN", "SF_EUIMID")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS taken(kind TEXT, value TEXT, batch TEXT, row TEXT, PRIMARY KEY(kind, value)) WITHOUT ROWID;
"""


class Register:
    """An open register."""

    def __init__(self, connection: sqlite3.Connection, batch: str, shown: str) -> None:
        self._connection, self._batch, self._shown = connection, batch, shown

    def claim(self, cards: Iterable[CardData]) -> int:
        """Take the identities of all cards, or none; how many cards. Raises InputError naming both rows."""
        count = 0
        with self._connection:
            for data in cards:
                count += 1
                for name in UNIQUE:
                    if name in data.values:
                        self._take(name, data.values[name], data.where)
        return count

    def claim_keys(self, hashes: Iterable[tuple[str, str, int]]) -> None:
        """Take hashes of keys: name, hash, row from 0. Raises InputError when a key is that of another card."""
        with self._connection:
            for name, value, position in hashes:
                self._take(name, value, f"card {position + 1}", shown="this key")

    def _take(self, kind: str, value: str, row: str, shown: str = "") -> None:
        insert = "INSERT OR IGNORE INTO taken VALUES (?, ?, ?, ?)"
        if self._connection.execute(insert, (kind, value, self._batch, row)).rowcount:
            return
        select = "SELECT batch, row FROM taken WHERE kind = ? AND value = ?"
        batch, other = self._connection.execute(select, (kind, value)).fetchone()
        if (batch, other) != (self._batch, row):
            what = f"{kind}: {shown or value} is that of {other} of batch {batch}"
            raise InputError(what, row)


@contextmanager
def opened(path: Path, batch: str) -> Iterator[Register]:
    """The register of that file, made when it is new. Raises SurroundingsError."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, timeout=60)
        try:
            connection.executescript(_SCHEMA)
            yield Register(connection, batch, str(path))
        finally:
            connection.close()
    except OSError as error:
        raise SurroundingsError(f"{path}: {error.strerror}") from error
    except sqlite3.Error as error:
        raise SurroundingsError(f"{path}: the register can not be used: {error}") from error
