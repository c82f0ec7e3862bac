"""Every file operation of the store, one method each, so that a test can cut the power between any two."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress


class Disk:
    """The real one. File handles are descriptors; every method raises OSError as the operating system reports it."""

    def open(self, path: str, *, write: bool) -> int:
        """Open an existing file."""
        return os.open(path, (os.O_RDWR if write else os.O_RDONLY) | os.O_CLOEXEC)

    def create(self, path: str, mode: int) -> int:
        """Make an empty file for writing, or empty the one that is there; ``mode`` is its permission bits."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)

    def lock(self, handle: int) -> None:
        """Take the file for this handle alone, until it is closed. Raises BlockingIOError when another one has it."""
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def is_current(self, handle: int, path: str) -> bool:
        """Whether ``path`` still names the file behind the handle."""
        try:
            return os.path.samestat(os.fstat(handle), os.stat(path))
        except FileNotFoundError:
            return False

    def mode(self, handle: int) -> int:
        """The permission bits of a file."""
        return os.fstat(handle).st_mode & 0o777

    def read(self, handle: int) -> bytes:
        """The whole file."""
        parts = []
        at = 0
        while part := os.pread(handle, 1 << 20, at):
            parts.append(part)
            at += len(part)
        return b"".join(parts)

    def write(self, handle: int, data: bytes, offset: int) -> int:
        """Write at an offset; returns how many bytes were taken, at least one."""
        return os.pwrite(handle, data, offset)

    def truncate(self, handle: int, length: int) -> None:
        os.ftruncate(handle, length)

    def sync(self, handle: int) -> None:
        """Return once content and length are on the medium."""
        os.fsync(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def rename(self, source: str, target: str) -> None:
        """Put ``source`` in the place of ``target`` in one step."""
        os.replace(source, target)

    def sync_directory(self, path: str) -> None:
        """Return once the names in a directory are on the medium."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, path: str) -> None:
        """Remove a file; none there is no error."""
        with suppress(FileNotFoundError):
            os.unlink(path)


def write_all(disk: Disk, handle: int, data: bytes, offset: int) -> None:
    """Write all of ``data``, in as many pieces as the system takes it. Raises OSError."""
    while data:
        taken = disk.write(handle, data, offset)
        data = data[taken:]
        offset += taken
