"""A phone's sequence as a file: JSON with ``id``, ``side``, ``steps`` and ``outcome`` (docs/traces.md)."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from uimkit.errors import InputError

Condition = Literal["ext_present", "auth_requested", "authenticated", "location_updated", "rejected"]


Byte = Annotated[str, Meta(pattern=r"^([0-9A-Fa-f]{2}|\$[A-Z_0-9]+)$", description="a byte in hex, or a placeholder")]
Data = Annotated[str, Meta(pattern=r"^(([0-9A-Fa-f]{2})*|\$[A-Z_0-9]+)$", description="bytes in hex, or a placeholder")]
FilePath = Annotated[
    str, Meta(pattern="^3F00(/[0-9A-Fa-f]{4}){0,3}$", description="a file path such as 3F00/7F10/6F3A")
]


class Step(msgspec.Struct, forbid_unknown_fields=True):
    """One step: a reset, a SELECT of a path, a command, or a heading (``phase``, ``variant``).

    Numbers are hex; ``$NAME`` is a placeholder. ``optional``: 94 04 is fine and the steps on the missing file are
    skipped. ``repeat`` is "1..NREC" or a count.
    """

    reset: Literal["cold", "warm"] | None = None
    select: FilePath | None = None
    get_response: bool = False
    cla: Byte = "A0"
    ins: Byte | None = None
    p1: Byte = "00"
    p2: Byte = "00"
    p3: Byte = "00"
    data: Data | None = None
    phase: str | None = None
    variant: str | None = None
    optional: bool = False
    condition: Condition | None = msgspec.field(name="if", default=None)
    repeat: str | int | None = None
    on_fail: str | None = None
    note: str = ""


class Outcome(msgspec.Struct, forbid_unknown_fields=True):
    """What must come of a sequence on the one-way card: the side at its end, and what the phone saw of the book."""

    side_at_end: Literal["restricted", "cdma"]
    book: Literal["blank", "open", "not read"]


class Trace(msgspec.Struct):
    """A sequence with where it comes from."""

    id: str
    side: Literal["gsm", "cdma"]
    steps: list[Step]
    status: str = ""
    source: str = ""
    terminal: str = ""
    outcome: Outcome | None = None


def shipped_traces() -> dict[str, Path]:
    """The sequences that come with uimkit: name to file."""
    folder = Path(str(resources.files("uimkit"))) / "trace" / "sequences"
    return {path.stem: path for path in sorted(folder.glob("*.json"))}


def read_trace(name_or_path: str) -> Trace:
    """A sequence by name, or by the path of its file. Raises InputError that names the file and the place in it."""
    path = shipped_traces().get(name_or_path) or Path(name_or_path)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Trace)
    except OSError as error:
        known = ", ".join(shipped_traces())
        raise InputError(f"can not read the trace ({error.strerror}); shipped are {known}", name_or_path) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"this is not a trace: {error}", name_or_path) from None
