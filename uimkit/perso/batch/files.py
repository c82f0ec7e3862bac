"""Files of a batch: for the owner alone, whole or absent."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

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


def write_directory(path: Path, texts: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Write ASCII files into a new directory that is there whole or not at all; a slash in a name becomes ``@``.

    Gives SHA-256 and length of each by its name in the directory. What a broken run has left is replaced.
    """
    part = path.with_name(path.name + ".part")
    for old in (part, path):
        if old.exists():
            shutil.rmtree(old)
    part.mkdir(mode=0o700)
    facts = {}
    for name, text in texts.items():
        data = text.encode()
        inside = name.replace("/", "@")
        handle = os.open(part / inside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        facts[inside] = (hashlib.sha256(data).hexdigest(), len(data))
    sync_directory(part)
    part.rename(path)
    sync_directory(path.parent)
    return facts


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
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise SurroundingsError(f"{shown}: another process runs a batch in it") from None
    finally:
        os.close(handle)
