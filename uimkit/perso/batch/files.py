"""Files of a batch: for the owner alone, whole or absent."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Self

from uimkit.errors import SurroundingsError


def write_whole(path: Path, parts: Iterable[bytes]) -> tuple[str, int]:
    """Write to NAME.part, sync, rename. SHA-256 and length of what was written."""
    part = path.with_name(path.name + ".part")
    digest, length = hashlib.sha256(), 0
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        for data in parts:
            stream.write(data)
            digest.update(data)
            length += len(data)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(part, path)
    sync_directory(path.parent)
    return digest.hexdigest(), length


_TRIES, _WAIT_SECONDS = 10, 0.02


class NewDirectory:
    """A directory of files that is there whole or not at all. Use as a context manager; what a broken run left goes.

    It is not synced: after a power cut whoever uses it compares the hashes, and makes it again.

    ``write(NAME, TEXT)`` appends to a file, which no empty text begins; a slash in a name becomes ``@``. ``facts`` are
    SHA-256 and length of each file by its name in the directory, when all is done.
    """

    def __init__(self, path: Path) -> None:
        self.facts: dict[str, tuple[str, int]] = {}
        self._path, self._part = path, path.with_name(path.name + ".part")
        self._files: dict[str, tuple[BinaryIO, Any]] = {}
        self._streams = ExitStack()

    def __enter__(self) -> Self:
        for old in (self._part, self._path):
            if old.exists():
                shutil.rmtree(old)
        self._part.mkdir(mode=0o700)
        return self

    def write(self, name: str, text: str) -> None:
        if not text:
            return
        if name not in self._files:
            path = self._part / name.replace("/", "@")
            self._files[name] = self._streams.enter_context(path.open("xb")), hashlib.sha256()
            os.fchmod(self._files[name][0].fileno(), 0o600)
        stream, digest = self._files[name]
        data = text.encode()
        digest.update(data)
        stream.write(data)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._streams:
            for name, (stream, digest) in self._files.items() if kind is None else ():
                self.facts[name.replace("/", "@")] = digest.hexdigest(), stream.tell()
        if kind is None:
            self._part.rename(self._path)


def sync_file(path: Path) -> None:
    """Return once a file is on the medium."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_directory(path: Path) -> None:
    """Return once the names in a directory are on the medium."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def private(path: str, flags: int) -> int:
    """An ``opener``: what is made is for the owner alone."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def blocks(path: Path) -> Iterator[bytes]:
    """A file piece by piece."""
    with path.open("rb") as stream:
        while data := stream.read(1 << 20):
            yield data


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 and length of a file."""
    digest, length = hashlib.sha256(), 0
    for data in blocks(path):
        digest.update(data)
        length += len(data)
    return digest.hexdigest(), length


@contextmanager
def locked(path: Path, shown: str) -> Iterator[None]:
    """The directory for this process alone. Raises SurroundingsError when another one has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        for left in range(_TRIES, -1, -1):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not left:
                    raise SurroundingsError(f"{shown}: another process runs a batch in it") from None
                time.sleep(_WAIT_SECONDS)  # somebody may be looking how far it is
        yield
    finally:
        os.close(handle)
