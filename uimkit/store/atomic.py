"""Files that are whole or as before, whatever happens while they are written."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress

from uimkit.errors import SurroundingsError
from uimkit.store.disk import Disk, write_all


def write_atomically(path: str | os.PathLike[str], data: bytes, *, mode: int = 0o666, disk: Disk | None = None) -> None:
    """Write a file under a temporary name beside it, sync, rename, sync the directory.

    A symbolic link is followed. ``mode`` is the permission bits of the file, less the umask. Raises SurroundingsError.
    """
    disk = disk or Disk()
    target = os.path.realpath(path)
    directory, name = os.path.split(target)
    temporary = os.path.join(directory, f".{name}.{secrets.token_hex(4)}.tmp")
    try:
        _write_synced(disk, temporary, data, mode)
        disk.rename(temporary, target)
        disk.sync_directory(directory)
    except BaseException as error:
        with suppress(OSError):
            disk.remove(temporary)
        if isinstance(error, OSError):
            raise SurroundingsError(f"{path}: cannot be written: {error.strerror}") from error
        raise


def _write_synced(disk: Disk, path: str, data: bytes, mode: int) -> None:
    handle = disk.create(path, mode)
    try:
        write_all(disk, handle, data, 0)
        disk.sync(handle)
    finally:
        disk.close(handle)
