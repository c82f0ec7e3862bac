"""A card image on disk, locked, with its journal open for appending."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from uimkit.card.memory import Change, Contents
from uimkit.errors import InputError, SurroundingsError, UimkitError
from uimkit.simulator.product import Product
from uimkit.store.disk import Disk, write_all
from uimkit.store.image import Image, decode_image, encode_image, encode_record

JOURNAL_LIMIT = 1 << 20
"""Bytes of journal after which the image is written anew."""

_ROOM = 256
"""Bytes, more than any code command needs for its record."""

StrPath = str | os.PathLike[str]


class ImageFile:
    """The one writer of an image. ``product`` and ``memory`` are what it held when it was opened.

    What is on the medium is always a whole number of commands: all that `append` returned for, and at most the one it
    was at.
    """

    def __init__(self, path: StrPath, disk: Disk) -> None:
        """Open, lock, cut off a torn last record.

        Raises InputError when there is no sound image, SurroundingsError when it is in use or cannot be written.
        """
        self._disk = disk
        shown = os.fspath(path)
        self._path = os.path.realpath(shown)
        self._handle = _open_locked(self._path, shown, disk)
        self._limit = JOURNAL_LIMIT
        self._renamed = False  # a rename is not on the medium yet
        self._torn = False  # there may be bytes behind the journal's end
        try:
            raw = disk.read(self._handle)
            self.product, self.memory, self._journal = decode_image(raw, shown)
            self._torn = len(raw) > self._journal.end
            self._settle()
        except OSError as error:
            disk.close(self._handle)
            raise _failure(error, shown) from error
        except BaseException:
            disk.close(self._handle)
            raise

    def append(self, changes: Iterable[Change]) -> None:
        """Put the changes of one command on the medium. Raises OSError, and then the image is as before."""
        self._settle()
        record, link = encode_record(changes, self._journal.link)
        self._torn = True
        try:
            write_all(self._disk, self._handle, record, self._journal.end)
            self._disk.sync(self._handle)
        except OSError:
            with suppress(OSError):  # else the next append or close tries again
                self._settle()
            raise
        self._journal = self._journal._replace(end=self._journal.end + len(record), link=link)
        self._torn = False

    def require_room(self) -> None:
        """Raises OSError when the medium would not take one more small record now. The image is as before."""
        self._settle()
        self._torn = True
        try:
            # Zeros may follow the journal, so a cut here harms nothing. They are cut off again: a record written over
            # them would have its place in the file before its bytes, and a cut could leave its end without its start.
            write_all(self._disk, self._handle, bytes(_ROOM), self._journal.end)
            self._disk.truncate(self._handle, self._journal.end)
        except OSError:
            with suppress(OSError):
                self._settle()
            raise
        self._torn = False

    def compact(self, memory: Contents) -> None:
        """When the journal has outgrown its limit, write ``memory`` as a new image in the place of the old.

        A failure is not reported: the old image is sound. It is not tried again before the journal has doubled.
        """
        size = self._journal.end - self._journal.start
        if size > self._limit:
            try:
                self._rewrite(encode_image(self.product, memory))
                self._limit = JOURNAL_LIMIT
            except OSError:
                self._limit = 2 * size

    def replace(self, product: Product, memory: Contents) -> None:
        """Put a card of another product in the place of this one. Raises OSError, and then the image is as before.

        Raises SurroundingsError when only the directory could not be synced: which card is there then, the next to open
        the image will know.
        """
        self._settle()
        try:
            self._rewrite(encode_image(product, memory))
        except OSError as error:
            if self._renamed:
                raise SurroundingsError(f"{self._path}: {error.strerror}") from error
            raise
        self.product = product

    def close(self) -> None:
        """Give the image back. Never fails for what the medium does; may be called once."""
        try:
            with suppress(OSError):
                self._settle()
        finally:
            self._disk.close(self._handle)

    def _settle(self) -> None:
        """Bring the medium to a state to append to."""
        if self._renamed:
            self._disk.sync_directory(os.path.dirname(self._path))
            self._renamed = False
        if self._torn:
            self._disk.truncate(self._handle, self._journal.end)
            self._disk.sync(self._handle)
            self._torn = False

    def _rewrite(self, raw: bytes) -> None:
        """Raises OSError. The new file is locked before it gets the name, so the image is never without a lock."""
        disk = self._disk
        directory, name = os.path.split(self._path)
        temporary = os.path.join(directory, f".{name}.compact")  # fixed: the lock makes us its one writer
        journal = decode_image(raw).journal
        handle = disk.create(temporary, disk.mode(self._handle))
        try:
            disk.lock(handle)
            write_all(disk, handle, raw, 0)
            disk.sync(handle)
            disk.rename(temporary, self._path)
        except BaseException:
            disk.close(handle)
            with suppress(OSError):
                disk.remove(temporary)
            raise
        old, self._handle, self._journal = self._handle, handle, journal
        self._renamed, self._torn = True, False
        disk.close(old)
        self._settle()


def read_image(path: StrPath, disk: Disk) -> Image:
    """An image as it stands, without a lock. Raises InputError, and SurroundingsError when it cannot be read."""
    shown = os.fspath(path)
    try:
        handle = disk.open(shown, write=False)
        try:
            raw = disk.read(handle)
        finally:
            disk.close(handle)
    except OSError as error:
        raise _failure(error, shown) from error
    return decode_image(raw, shown)


@contextmanager
def locked(path: StrPath, disk: Disk) -> Iterator[None]:
    """Hold the lock of a file, if there is one: an image must not be replaced under its user.

    Raises SurroundingsError when it is in use.
    """
    shown = os.fspath(path)
    if not os.path.lexists(shown):
        yield
        return
    handle = _open_locked(os.path.realpath(shown), shown, disk)
    try:
        yield
    finally:
        disk.close(handle)


def _open_locked(path: str, shown: str, disk: Disk) -> int:
    """A locked handle of the file that has the name: the one opened may lose it to a compaction before we lock it."""
    while True:
        try:
            handle = disk.open(path, write=True)
        except OSError as error:
            raise _failure(error, shown) from error
        try:
            disk.lock(handle)
            if disk.is_current(handle, path):
                return handle
        except OSError as error:
            disk.close(handle)
            raise _failure(error, shown) from error
        disk.close(handle)


def _failure(error: OSError, shown: str) -> UimkitError:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return InputError("there is no such card image", shown)
        case IsADirectoryError():
            return InputError("expected a card image, found a directory", shown)
        case BlockingIOError():
            return SurroundingsError(f"{shown}: the card image is in use by another process")
    return SurroundingsError(f"{shown}: {error.strerror}")
