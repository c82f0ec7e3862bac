"""A simulated card that lives in an image file: what it answered is on the medium."""

from __future__ import annotations

import os
import secrets
from types import TracebackType
from typing import Self

from uimkit.apdu import SW
from uimkit.card.memory import Memory
from uimkit.errors import SurroundingsError
from uimkit.oneway.policy import Side
from uimkit.simulator.answers import status
from uimkit.simulator.card import Card
from uimkit.simulator.product import Product
from uimkit.store.atomic import write_atomically
from uimkit.store.disk import Disk
from uimkit.store.image import encode_image
from uimkit.store.image_file import ImageFile, StrPath, locked, read_image


class FileCard:
    """A transport: the card of an image, which one process at a time may use.

    A command's changes are on the medium before its answer is given. When they cannot be stored the card is as before
    the command and answers 92 40. A context manager; leave it or call `close`.
    """

    def __init__(self, path: StrPath, *, dry_run: bool = False, disk: Disk | None = None) -> None:
        """Open the image; a ``dry_run`` only reads it, takes no lock, and forgets all changes at the end.

        Raises InputError when there is no sound image, SurroundingsError when it is in use or cannot be written.
        """
        disk = disk or Disk()
        self._shown = os.fspath(path)
        self._open = True
        self._file: ImageFile | None = None
        if dry_run:
            image = read_image(path, disk)
            self.card = Card(image.product, image.memory, secrets.token_bytes)
        else:
            self._file = ImageFile(path, disk)
            self.card = Card(self._file.product, self._file.memory, secrets.token_bytes)
            self._file.compact(self.card.memory)

    @property
    def side(self) -> Side:
        """The side the card session is on."""
        return self.card.side

    def transmit(self, command: bytes) -> bytes:
        """Answer one command APDU as the simulated card does, 92 40 when its changes cannot be stored.

        Raises SurroundingsError when the card is closed.
        """
        self._require_open()
        before = self.card.snapshot()
        try:
            answer = self.card.transmit(command)
            self._store()
        except OSError:
            self.card.restore(before)
            self.card.session.pending = None
            return status(SW.MEMORY_PROBLEM)
        except BaseException:  # interrupted: whether the command is on the medium is only known to who opens it next
            self._give_back()
            raise
        return answer

    def reset(self) -> bytes:
        """Start a new card session; returns the ATR. Raises SurroundingsError when the card is closed."""
        self._require_open()
        return self.card.reset()

    def close(self) -> None:
        """Give the image back to others. May be called twice; never fails for what the medium does."""
        if self._file:
            self._file.compact(self.card.memory)
        self._give_back()

    def _store(self) -> None:
        memory = self.card.memory
        if not memory.changes:
            return
        if self._file:
            self._file.append(memory.changes)
        memory.changes.clear()
        if self._file:
            self._file.compact(memory)

    def _give_back(self) -> None:
        file, self._file, self._open = self._file, None, False
        if file:
            file.close()

    def _require_open(self) -> None:
        if not self._open:
            raise SurroundingsError(f"{self._shown}: the card is closed")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def load_card(path: StrPath) -> Card:
    """The card of an image as it stands, to look at; no lock is taken and nothing done with it is kept.

    Raises InputError when there is no sound image, SurroundingsError when it cannot be read.
    """
    image = read_image(path, Disk())
    return Card(image.product, image.memory)


def save_card(path: StrPath, product: Product, memory: Memory, *, disk: Disk | None = None) -> None:
    """Write a card as an image that only its owner can read, in the place of the file that was there.

    Raises SurroundingsError when that is an image in use, or the medium fails; ValueError when product and memory do
    not belong together.
    """
    disk = disk or Disk()
    raw = encode_image(product, memory)
    with locked(path, disk):
        write_atomically(path, raw, mode=0o600, disk=disk)
