"""Bugs in what outlives a command or a reset: logs, snapshots, what a command is said to write, the medium (W6, W9)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tests.mutants.planting import Patch, declared, instead
from tests.mutants.planting import bug_of_the_store as bug
from uimkit.apdu import INS
from uimkit.card.memory import Memory, changes_between, spliced
from uimkit.oneway.policy import Side
from uimkit.oneway.record import Record
from uimkit.oneway.vault import Place, Vault
from uimkit.simulator.card import Card, Snapshot
from uimkit.simulator.chip import Writes
from uimkit.simulator.product import Product
from uimkit.simulator.whole_memory import WholeMemory
from uimkit.store import image_file
from uimkit.store.file_card import FileCard
from uimkit.store.image_file import ImageFile


@bug("log", "a write to a record of the vault is not logged")
def vault_writes_are_not_logged(patch: Patch) -> None:
    _logged(patch, lambda self, change: None)


@bug("log", "the mark of an orphan is not logged: after the next start of the card its tail is lost for ever (W7)")
def marks_are_not_logged(patch: Patch) -> None:
    _logged(patch, lambda self, change: change if self.lengths[change[0]] > 1 else None)


@bug("log", "a record of the vault is logged without its last byte, the extension pointer")
def pointers_are_not_logged(patch: Patch) -> None:
    _logged(patch, lambda self, change: (*change[:2], change[2][:-1] or change[2]))


@bug("log", "a record of the vault is logged at the place of the next one")
def log_is_one_record_off(patch: Patch) -> None:
    def further(self: Vault, change: Any) -> Any:
        position, offset, data = change
        return position, (offset + len(data)) % len(self.bodies[position]), data

    _logged(patch, further)


def _logged(patch: Patch, how: Any) -> None:
    """What ``Vault.write`` adds to the log is another change, or nothing."""

    def write(self: Vault, place: Place, record: Record) -> None:
        offset = (place.number - 1) * self.lengths[place.position]
        self.bodies = self.bodies.put(place.position, spliced(self.bodies[place.position], offset, record.octets))
        change = how(self, (place.position, offset, record.octets))
        self.changes += [change] if change else []

    patch.setattr(Vault, "write", write)


@bug("log", "a number dialled by a CDMA phone is not logged")
def rotations_are_not_logged(patch: Patch) -> None:
    def rotate(self: Vault, position: int, record: Record) -> None:
        self.bodies = self.bodies.put(position, record.octets + self.bodies[position][: -self.lengths[position]])

    patch.setattr(Vault, "rotate", rotate)


@bug("log", "flags are not logged")
def flags_are_not_logged(patch: Patch) -> None:
    def set_flags(self: Memory, position: int, flags: int) -> None:
        self.flags = (*self.flags[:position], flags, *self.flags[position + 1 :])

    patch.setattr(Memory, "set_flags", set_flags)


@bug("writes", "UPDATE RECORD is said to write nothing")
def update_record_is_said_to_write_nothing(patch: Patch) -> None:
    declared(patch, INS.UPDATE_RECORD, writes=Writes.NOTHING)


@bug("writes", "INVALIDATE is said to write nothing")
def invalidate_is_said_to_write_nothing(patch: Patch) -> None:
    declared(patch, INS.INVALIDATE, writes=Writes.NOTHING)


@bug("writes", "STORE ESN_MEID_ME is said to write nothing")
def store_esn_is_said_to_write_nothing(patch: Patch) -> None:
    declared(patch, INS.STORE_ESN_MEID_ME, writes=Writes.NOTHING)


@bug("writes", "INCREASE is said to write nothing")
def increase_is_said_to_write_nothing(patch: Patch) -> None:
    declared(patch, INS.INCREASE, writes=Writes.NOTHING)


@bug("writes", "VERIFY CHV is said to write files, not codes: a code is compared though no lost try can be stored")
def verify_is_said_to_write_files(patch: Patch) -> None:
    declared(patch, INS.VERIFY_CHV, writes=Writes.FILES)


@bug("writes", "UNBLOCK CHV is said to write files, not codes")
def unblock_is_said_to_write_files(patch: Patch) -> None:
    declared(patch, INS.UNBLOCK_CHV, writes=Writes.FILES)


@bug("writes", "no SELECT is said to write, though that of DF_CDMA clears EF_ME3GPDOPC")
def select_is_said_to_write_nothing(patch: Patch) -> None:
    patch.setattr(Product, "acting", property(lambda self: frozenset()))


@bug("restore", "going back to a memory leaves what the vault holds")
def memory_goes_back_without_the_vault(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def restore(self: WholeMemory, snapshot: Any) -> None:
            bodies = self._vault.bodies
            right(self, snapshot)
            self._vault.bodies = bodies

        return restore

    instead(patch, WholeMemory, "restore", make)


@bug("restore", "going back to a snapshot leaves the vault as it is")
def card_goes_back_without_the_vault(patch: Patch) -> None:
    patch.setattr(WholeMemory, "set_vault_state", lambda self, state: self._vault.changes.clear())


@bug("restore", "going back to a snapshot leaves the bindings: a write that could not be stored stays bound")
def card_goes_back_without_the_bindings(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def set_vault_state(self: WholeMemory, state: Any) -> None:
            bindings = self._vault.bindings
            right(self, state)
            self._vault.bindings = bindings

        return set_vault_state

    instead(patch, WholeMemory, "set_vault_state", make)


@bug("restore", "going back to a snapshot leaves what was noted of the use of mirrors")
def card_goes_back_without_the_use(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def restore(self: Card, snapshot: Snapshot) -> None:
            right(self, snapshot._replace(use=self.chip.sides.use.state()))

        return restore

    instead(patch, Card, "restore", make)


@bug("restore", "a snapshot does not hold the side")
def snapshot_lacks_the_side(patch: Patch) -> None:
    _snapshot(patch, lambda card, made: made._replace(sides=(Side.RESTRICTED, made.sides[1])))


@bug("restore", "a snapshot does not hold what waits for GET RESPONSE and how far an authentication is")
def snapshot_lacks_the_session(patch: Patch) -> None:
    _snapshot(
        patch, lambda card, made: made._replace(session=(*made.session[:5], None, frozenset(), *made.session[7:]))
    )


@bug("restore", "a snapshot does not hold invalidation flags")
def snapshot_lacks_the_flags(patch: Patch) -> None:
    _snapshot(patch, lambda card, made: made._replace(memory=(made.memory[0], (3,) * len(made.memory[1]))))


@bug("restore", "a snapshot does not hold the pointers that wait")
def snapshot_lacks_what_waits(patch: Patch) -> None:
    _snapshot(patch, lambda card, made: made._replace(vault=(*made.vault[:3], type(made.vault[3])(), *made.vault[4:])))


def _snapshot(patch: Patch, change: Any) -> None:
    instead(patch, Card, "snapshot", lambda right: lambda self: change(self, right(self)))


@bug("changes", "whether anything was written is asked of the open files only")
def changed_looks_at_open_files(patch: Patch) -> None:
    patch.setattr(WholeMemory, "changed", property(lambda self: bool(self.open.changes)))


@bug("changes", "what is to be stored on power-off does not hold what the vault holds")
def difference_forgets_the_vault(patch: Patch) -> None:
    def changes_since(self: WholeMemory, snapshot: Any) -> Any:
        bodies = tuple(
            snapshot[0][position] if position in self._vault.bodies else body
            for position, body in enumerate(self.open.contents)
        )
        return changes_between(snapshot, (bodies, self.flags))

    patch.setattr(WholeMemory, "changes_since", changes_since)


@bug("changes", "what the whole memory shows of the marks of orphans is always nothing")
def marks_do_not_show(patch: Patch) -> None:
    right: Any = WholeMemory.contents

    def contents(self: WholeMemory) -> tuple[bytes, ...]:
        marks = {position for position, length in self._vault.lengths.items() if length == 1}
        return tuple(bytes(len(body)) if at in marks else body for at, body in enumerate(right.fget(self)))

    patch.setattr(WholeMemory, "contents", property(contents, right.fset))


@bug("medium", "an image that is written anew has all files valid")
def new_image_has_no_flags(patch: Patch) -> None:
    instead(
        patch,
        image_file,
        "encode_image",
        lambda right: lambda product, memory: right(product, Memory(memory.contents, (3,) * len(memory.flags))),
    )


@bug("medium", "the changes of one command are two records of the journal: a power cut leaves half of them (W6)")
def command_is_two_records(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def append(self: ImageFile, changes: Any) -> None:
            first, *rest = changes
            right(self, [first])
            if rest:
                right(self, rest)

        return append

    instead(patch, ImageFile, "append", make)


@bug("medium", "a disk that does not take the record of a command is not noticed")
def failing_disk_is_not_noticed(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def append(self: ImageFile, changes: Any) -> None:
            with suppress(OSError):
                right(self, changes)

        return append

    instead(patch, ImageFile, "append", make)


@bug("medium", "a command is answered before it is stored: its changes go onto the medium with the next one's")
def answered_before_it_is_stored(patch: Patch) -> None:
    late: dict[int, list[Any]] = {}

    def make(right: Any) -> Any:
        def append(self: ImageFile, changes: Any) -> None:
            before = late.get(id(self), [])
            late[id(self)] = list(changes)
            right(self, before)

        return append

    instead(patch, ImageFile, "append", make)


@bug("medium", "a code is compared though the medium is full")
def codes_are_compared_on_a_full_medium(patch: Patch) -> None:
    patch.setattr(FileCard, "_prepare_presentation", lambda self: None)


@bug("medium", "a counter of false presentations waits for the power-off with the rest")
def counters_wait_for_the_power_off(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def store(self: FileCard) -> None:
            if self._unsaved:
                self._unsaved.keep()
            else:
                right(self)

        return store

    instead(patch, FileCard, "_store", make)


@bug("medium", "a reset stores nothing: what waited is stored when the image is given back")
def reset_stores_nothing(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def reset(self: FileCard) -> bytes:
            with Patch.context() as inner:
                inner.setattr(FileCard, "_save", lambda self: None)
                return bytes(right(self))

        return reset

    instead(patch, FileCard, "reset", make)


@bug("medium", "a command that could not be stored is answered 92 40, and stays done on the running card")
def failed_command_stays_done(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def carry_out(self: FileCard, command: bytes, writes: Any) -> bytes:
            with Patch.context() as inner:
                inner.setattr(Card, "restore", lambda self, snapshot: self.memory.forget_changes())
                return bytes(right(self, command, writes))

        return carry_out

    instead(patch, FileCard, "_carry_out", make)


@bug("files", "a file that is made or removed (TS 102 222) blanks what the vault holds")
def new_file_blanks_the_vault(patch: Patch) -> None:
    def blanked(self: WholeMemory) -> None:
        for position, body in list(self._vault.bodies.items()):
            self._vault.bodies = self._vault.bodies.put(position, b"\xff" * len(body))

    _restructuring(patch, blanked)


@bug("files", "a file that is made or removed (TS 102 222) makes all invalidated ones valid")
def new_file_makes_all_valid(patch: Patch) -> None:
    def rehabilitated(self: WholeMemory) -> None:
        self.open.flags = (3,) * len(self.open.flags)

    _restructuring(patch, rehabilitated)


def _restructuring(patch: Patch, first: Any) -> None:
    def make(right: Any) -> Any:
        def restructure(self: WholeMemory, *rest: Any) -> None:
            first(self)
            right(self, *rest)

        return restructure

    instead(patch, WholeMemory, "restructure", make)
