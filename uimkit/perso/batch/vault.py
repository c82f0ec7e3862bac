"""The drawn keys of a chunk: sealed under the order's work key, and on the medium before anything is made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from uimkit.errors import InputError
from uimkit.perso.batch.files import write_whole
from uimkit.perso.keys.wrapping import Wrapper

Drawn = list[dict[str, str]]
_WHAT = "vault"


def stored(folder: Path, start: int, iccids: Sequence[str], work: Wrapper) -> Drawn | None:
    """The keys that were drawn for the chunk, None when there are none. Raises InputError: other key, other cards."""
    path = folder / f"{start:08}"
    try:
        sealed = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        drawn: Drawn = json.loads(work.unwrap(sealed, _WHAT, _cards(iccids)))
    except InputError:
        raise InputError("the stored keys do not open: another work key, or other cards", str(path)) from None
    return drawn


def store(folder: Path, start: int, iccids: Sequence[str], drawn: Drawn, work: Wrapper) -> None:
    """Put the keys of the chunk on the medium."""
    write_whole(folder / f"{start:08}", [work.wrap(json.dumps(drawn).encode(), _WHAT, _cards(iccids))])


def _cards(iccids: Sequence[str]) -> str:
    """What binds the keys to their cards."""
    return sha256(" ".join(iccids).encode()).hexdigest()
