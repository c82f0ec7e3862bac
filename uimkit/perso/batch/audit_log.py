"""The audit log: lines of JSON, each with the hash of the one before. The only output with times in it."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from uimkit.errors import UimkitError

FIRST = "0" * 64
FINISHED = "finished"
"""The event of the last line of a run; it names the SHA-256 of the manifest, so that neither goes alone."""


def append(path: Path, time: str, event: str, **facts: object) -> None:
    """One line more, on the medium when this returns. A torn last line, of a run that was killed, is cut off."""
    raw = path.read_bytes() if path.exists() else b""
    whole = raw[: raw.rfind(b"\n") + 1]
    lines = whole.splitlines()
    before = hashlib.sha256(lines[-1]).hexdigest() if lines else FIRST
    line = json.dumps({"time": time, "event": event, **facts, "before": before}, ensure_ascii=True) + "\n"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(handle, len(whole))
        os.pwrite(handle, line.encode(), len(whole))
        os.fsync(handle)
    finally:
        os.close(handle)


def check(path: Path, manifest_sha256: str | None = None) -> int:
    """The number of lines. Raises UimkitError for the first that does not follow from the one before.

    With ``manifest_sha256`` the last line `FINISHED` must name it: so a log that was cut off, and a manifest that
    another took the place of, are noticed.
    """
    before = FIRST
    finished = None
    lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            found = entry["before"]
            finished = entry["manifest_sha256"] if entry["event"] == FINISHED else finished
        except (ValueError, KeyError, TypeError):
            found = ""
        if found != before:
            raise UimkitError(f"{path}:{number}: the chain of the audit log is broken")
        before = hashlib.sha256(line).hexdigest()
    if manifest_sha256 is not None and finished != manifest_sha256:
        reason = "has no line of the end" if finished is None else "is that of another manifest"
        raise UimkitError(f"{path}: the audit log {reason}")
    return len(lines)
