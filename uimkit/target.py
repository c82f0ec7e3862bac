"""TARGET: where a card is, in the one notation that every command line argument has for it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from uimkit.errors import InputError
from uimkit.store.file_card import FileCard
from uimkit.transport import Transport
from uimkit.transport.pcsc import open_reader

EXPECTED = "expected sim:FILE, pcsc, pcsc:N (a reader's number) or pcsc:NAME (a part of its name)"


def open_target(text: str, *, dry_run: bool = False) -> AbstractContextManager[Transport]:
    """Open ``sim:FILE`` (a card image), ``pcsc`` (the only card in a reader), ``pcsc:N`` or ``pcsc:NAME``.

    A ``dry_run`` keeps no changes of an image; a real card keeps what it was told, so there it raises InputError, as
    any other text does. Raises SurroundingsError when the card cannot be reached.
    """
    kind, colon, rest = text.partition(":")
    if kind == "sim" and rest:
        return FileCard(rest, dry_run=dry_run)
    if kind == "pcsc" and bool(colon) == bool(rest):
        if dry_run:
            raise InputError("a dry run is possible with sim:FILE only, a real card keeps what is written", text)
        return open_reader(rest or None)
    raise InputError(EXPECTED, repr(text))
