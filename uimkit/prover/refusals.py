"""What a command may do beside its answer: a refused one changes nothing (P1), none writes more than it declares."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from uimkit.prover.watch import Part
from uimkit.simulator.answers import is_success
from uimkit.simulator.card import Snapshot
from uimkit.simulator.chip import Writes
from uimkit.simulator.commands.declaration import Command
from uimkit.simulator.commands.table import commands_of

_RIGHTS = frozenset({"verified", "granted"})


def declared(apdu: bytes) -> list[Command]:
    """The declarations that a command may fall under."""
    if len(apdu) < 2:
        return []
    return list(commands_of(apdu[0], apdu[1], administrative=True))


def broken_promise(
    apdu: bytes, answer: bytes, before: Snapshot, after: Snapshot, parts: Mapping[Part, object]
) -> str | None:
    """In words, what a command changed that it may not; None when it kept to what is declared. ``parts`` are the ones
    that differ between the two states.
    """
    vault = [
        part for part, old, new in zip(("contents", "session"), *_halves(before, after), strict=True) if old != new
    ]
    commands = declared(apdu)
    if not is_success(answer):
        wrong = _beside_refusal(commands, parts, before)
        if vault or wrong:
            return f"a refused command changed {wrong or 'the phone book or its bindings'}"
    writes = {command.writes for command in commands} or {Writes.NOTHING}
    stored = [part for part in parts if part[0] in ("contents", "flags")]
    if writes == {Writes.NOTHING} and (stored or "contents" in vault):
        return "a command that is declared to write nothing wrote into memory"
    return None


def _halves(before: Snapshot, after: Snapshot) -> tuple[tuple[object, object], tuple[object, object]]:
    """The vault's contents, and what it knows of the session."""
    return (before.vault[0], before.vault[1:]), (after.vault[0], after.vault[1:])


def _beside_refusal(commands: Collection[Command], parts: Collection[Part], before: Snapshot) -> str:
    """The first part that a refusal must not touch."""
    allowed = {"pending"}.union(*(command.refusal_changes for command in commands))
    codes = set(before.product.code_positions.values()) if _present_codes(commands) else set()
    if codes:
        allowed |= _RIGHTS
    for kind, at in parts:
        if at not in allowed and not (kind == "contents" and at in codes):
            return f"{kind} {at}".strip()
    return ""


def _present_codes(commands: Collection[Command]) -> bool:
    return any(command.writes is Writes.CODES for command in commands)
