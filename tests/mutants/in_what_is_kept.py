"""Bugs in what a card keeps besides its state: commands met before, headers, logs, hidden places, stale caches.

A field that nobody declared can not exist (``uimkit.card.state``); what is left is what such a bug can hide in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.mutants.in_the_views import with_real_view
from tests.mutants.planting import Patch, afterwards, bug, instead, on_command, real_at, vault_of
from uimkit.apdu import INS
from uimkit.oneway.extension_pointers import ExtensionPointers
from uimkit.oneway.mirrors import RedirectMirror
from uimkit.oneway.vault import Vault
from uimkit.simulator import card, dispatch
from uimkit.simulator.card import Card
from uimkit.simulator.chip import Chip

_EVERY_LEVEL = -1


@bug("7.3", "a command that was allowed on a file once is allowed on it for ever")
def granted_once_is_granted_for_ever(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def on_file(request: Any) -> bytes:
            answer: bytes = right(request)
            position = request.chip.session.ef
            if answer[-2:] == b"\x90\x00" and position is not None:
                known = (_EVERY_LEVEL, *request.rows[position][1:])
                request.rows = (*request.rows[:position], known, *request.rows[position + 1 :])
            return answer

        return on_file

    instead(patch, dispatch, "_on_file", make)


@bug("P5", "a command that was met before works on the view that it met first, whatever the side is now")
def command_keeps_its_first_view(patch: Patch) -> None:
    met: dict[tuple[int, int], tuple[Any, Any]] = {}

    def make(right: Any) -> Any:
        def on_file(request: Any) -> bytes:
            handler, key = request.handler, (id(request), request.chip.session.ef)

            def with_first_view(request: Any) -> bytes:
                request.view = met.setdefault(key, (request.view, request))[0]
                return bytes(handler(request))

            request.handler = with_first_view
            answer: bytes = right(request)
            request.handler = handler
            return answer

        return on_file

    instead(patch, dispatch, "_on_file", make)


@bug("dispatch", "commands met before survive a change of the card's files")
def kept_commands_survive_a_product(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def become(self: Chip, product: Any) -> None:
            kept = dict(self.kept)
            right(self, product)
            self.kept.update(kept)

        return become

    instead(patch, Chip, "become", make)


@bug("dispatch", "a refusal for the current directory is kept, whatever the directory is later")
def refusal_is_kept(patch: Patch) -> None:
    _keeping(patch, lambda made, apdu: made.call[1] is None)


@bug("dispatch", "commands without data are kept, also those that write or have a directory")
def writing_commands_are_kept(patch: Patch) -> None:
    _keeping(patch, lambda made, apdu: len(apdu) == 5 and made.call[1] is not None and not made.keeps_pending)


def _keeping(patch: Patch, which: Callable[[Any, bytes], bool]) -> None:
    def make(right: Any) -> Any:
        def prepared(chip: Chip, apdu: bytes) -> Any:
            made = right(chip, apdu)
            if which(made, apdu):
                chip.kept[apdu] = made.call
            return made

        return prepared

    instead(patch, card, "prepared", make)


@bug("9.2.1", "a directory's header is made once in a session, whatever happens to the codes")
def header_outlives_a_code(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def forget_headers(self: Chip) -> None:
            if not hasattr(self, "directory_headers") or not self.session.verified:
                right(self)

        return forget_headers

    instead(patch, Chip, "forget_headers", make)


@bug("9.2.1", "a directory's header outlives going back to a snapshot")
def header_outlives_a_snapshot(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def restore(self: Card, snapshot: Any) -> None:
            headers = self.chip.directory_headers
            right(self, snapshot)
            if len(headers) == len(self.chip.directory_headers):
                self.chip.directory_headers = headers

        return restore

    instead(patch, Card, "restore", make)


@bug("P1", "STATUS says in its byte 2 how many changes of guarded files the log holds")
def status_counts_the_log(patch: Patch) -> None:
    def then(request: Any, answer: bytes) -> bytes:
        logged = len(vault_of(request.chip).changes)
        return answer[:1] + bytes((logged & 0xFF,)) + answer[2:] if len(answer) > 3 else answer

    afterwards(patch, INS.STATUS, then)


@bug("V2", "every hundredth READ RECORD of a mirror shows the real record")
def hundredth_read_is_real(patch: Patch) -> None:
    count = [0]

    def make(right: Any) -> Any:
        def handler(request: Any) -> bytes:
            count[0] += 1
            return bytes(right(request if count[0] % 100 else with_real_view(request)))

        return handler

    on_command(patch, INS.READ_RECORD, make)


@bug("W1", "the search for a free record goes on where the one before ended, on this card or another")
def search_goes_on_where_it_ended(patch: Patch) -> None:
    last = [0]

    def free_record(self: RedirectMirror) -> int | None:
        order = [n for n in self._landing if n > last[0]] + [n for n in self._landing if n <= last[0]]
        found = next((n for n in order if real_at(self, n).is_free(self._free)), None)
        last[0] = found or 0
        return found

    patch.setattr(RedirectMirror, "_free_record", free_record)


@bug("W1", "where a free record was found is remembered as long as the number of bindings is the same")
def free_record_is_remembered(patch: Patch) -> None:
    known: dict[tuple[int, int, int], tuple[Vault, int | None]] = {}

    def make(right: Any) -> Any:
        def free_record(self: RedirectMirror) -> int | None:
            key = id(self._vault), self._position, len(self._vault.bindings)
            return known.setdefault(key, (self._vault, right(self)))[1]

        return free_record

    instead(patch, RedirectMirror, "_free_record", make)


@bug("free", "which extensions are named is remembered as long as EF_EXT1 is the same")
def named_is_remembered(patch: Patch) -> None:
    known: dict[tuple[int, bytes], tuple[Any, set[int]]] = {}

    def make(right: Any) -> Any:
        def named(self: ExtensionPointers) -> set[int]:
            key = id(self), self.vault.bodies[self.ext1 or 0]
            return set(known.setdefault(key, (self, right(self)))[1])

        return named

    instead(patch, ExtensionPointers, "_named", make)


@bug("V7", "the header of an EF is the one of its first SELECT, whatever its flag is now")
def header_of_the_first_select(patch: Patch) -> None:
    known: dict[tuple[int, int], tuple[Chip, bytes]] = {}

    def then(request: Any, answer: bytes) -> bytes:
        chip = request.chip
        if answer == b"\x9f\x0f":
            key = id(chip), chip.session.ef
            chip.session.pending = known.setdefault(key, (chip, chip.session.pending))[1]
        return answer

    afterwards(patch, INS.SELECT, then)
