"""A simulated card that lives in an image file: what it answered is on the medium."""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

from uimkit.apdu import SW
from uimkit.card.memory import Contents
from uimkit.errors import SurroundingsError
from uimkit.oneway.policy import Side
from uimkit.simulator.answers import status
from uimkit.simulator.card import Card
from uimkit.simulator.chip import Writes
from uimkit.simulator.product import Product
from uimkit.store.atomic import write_atomically
from uimkit.store.disk import Disk
from uimkit.store.image import encode_image
from uimkit.store.image_file import ImageFile, StrPath, locked, read_image
from uimkit.store.unsaved import Unsaved

Store = Literal["each-command", "power-off"]
"""When changes go to the medium: before each command's answer, or at the end of each card session."""


class FileCard:
    """A transport: the card of an image, which one process at a time may use.

    A command's changes are on the medium before its answer is given. When they cannot be stored the card is as before
    the command and answers 92 40. A context manager; leave it or call `close`.

    With ``store="power-off"`` this holds for codes, their counters and the life cycle only. All else is stored by
    `reset` and `close`, whole sessions at a time; a power cut before loses the session.
    """

    def __init__(
        self, path: StrPath, *, dry_run: bool = False, store: Store = "each-command", disk: Disk | None = None
    ) -> None:
        """Open the image; a ``dry_run`` only reads it, takes no lock, and forgets all changes at the end.

        Raises InputError when there is no sound image, SurroundingsError when it is in use or cannot be written.
        """
        disk = disk or Disk()
        self._shown = os.fspath(path)
        self._open = True
        self._file: ImageFile | None = None
        self._unsaved: Unsaved | None = None
        image = read_image(path, disk) if dry_run else None
        if image is None:
            self._file = ImageFile(path, disk)
        source = image or self._file
        assert source is not None
        self.card = Card(source.product, source.memory, secrets.token_bytes)
        self._answer = self.card.transmit
        self._reading: Collection[bytes] = self.card.chip.kept
        """Commands met before that write nothing; none once the card is closed."""
        if self._file:
            self._file.compact(self.card.memory)
            if store == "power-off":
                self._unsaved = Unsaved(self.card.memory)

    @property
    def side(self) -> Side:
        """The side the card session is on."""
        return self.card.side

    def transmit(self, command: bytes) -> bytes:
        """Answer one command APDU as the simulated card does, 92 40 when its changes cannot be stored.

        Raises SurroundingsError when the card is closed.
        """
        if command in self._reading:
            return self._answer(command)
        self._require_open()
        writes = self.card.writes(command)
        return self._answer(command) if writes is Writes.NOTHING else self._carry_out(command, writes)

    def _carry_out(self, command: bytes, writes: Writes) -> bytes:
        """A command that may write."""
        before = self.card.snapshot()
        try:
            if writes is Writes.CODES:
                self._prepare_presentation()
            if writes is Writes.STRUCTURE:
                self._save()
            answer = self._answer(command)
            if self.card.product is before.product:
                self._store()
            else:
                self._store_anew()
        except OSError:
            self.card.restore(before)
            self.card.chip.session.pending = None
            return status(SW.MEMORY_PROBLEM)
        except BaseException:
            self._give_back_interrupted()
            raise
        return answer

    def reset(self) -> bytes:
        """Start a new card session; returns the ATR. Raises SurroundingsError when the card is closed.

        What was not stored yet is stored; if the medium does not take it, it stays for the next time.
        """
        self._require_open()
        with suppress(OSError):
            self._save()
        return self.card.reset()

    def close(self) -> None:
        """Give the image back to others. May be called twice.

        With ``store="power-off"`` raises SurroundingsError when the last session could not be stored; else never fails
        for what the medium does.
        """
        try:
            self._save()
            if self._file:
                self._file.compact(self.card.memory)
        except OSError as error:
            lost = "what was written since the last power-off could not be stored"
            raise SurroundingsError(f"{self._shown}: {lost}: {error.strerror}") from error
        finally:
            self._give_back()

    def _prepare_presentation(self) -> None:
        """Raises OSError when the medium is full: then no code is compared, so nobody guesses without losing a try.

        Whatever fails later, the answer and the card are the same for a right and a false code.
        """
        self._save()
        if self._file:
            self._file.require_room()

    def _store(self) -> None:
        """Put on the medium what a command wrote, as far as it may not wait. Raises OSError."""
        memory, unsaved = self.card.memory, self._unsaved
        if not memory.changed:
            return
        if unsaved and self.card.product.special.isdisjoint(position for position, _, _ in memory.changes):
            unsaved.keep()
            return
        if self._file:
            self._file.append(unsaved.changes() if unsaved else memory.changes)
        memory.forget_changes()
        if unsaved:
            unsaved.stored()
        if self._file:
            self._file.compact(memory)

    def _store_anew(self) -> None:
        """Put on the medium a card that has other files now. Raises OSError."""
        if self._file:
            self._file.replace(self.card.product, self.card.memory)
        self.card.memory.forget_changes()
        if self._unsaved:
            self._unsaved.stored()

    def _save(self) -> None:
        """Put on the medium what waits for the power-off. Raises OSError, and then it still waits."""
        if not (self._unsaved and self._file):
            return
        changes = self._unsaved.changes()
        if changes:
            self._file.append(changes)
            self._unsaved.stored()
            self._file.compact(self.card.memory)

    def _give_back_interrupted(self) -> None:
        """A command was interrupted: whether it is on the medium is only known to who opens the image next."""
        try:
            if self._unsaved:
                self._unsaved.drop_unfinished()
                with suppress(OSError):
                    self._save()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        file, self._file, self._unsaved, self._open = self._file, None, None, False
        self._reading = ()
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


def save_card(path: StrPath, product: Product, memory: Contents, *, disk: Disk | None = None) -> None:
    """Write a card as an image that only its owner can read, in the place of the file that was there.

    Raises SurroundingsError when that is an image in use, or the medium fails; ValueError when product and memory do
    not belong together.
    """
    disk = disk or Disk()
    raw = encode_image(product, memory)
    with locked(path, disk):
        write_atomically(path, raw, mode=0o600, disk=disk)
