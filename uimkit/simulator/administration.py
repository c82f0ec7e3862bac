"""The administrative commands of ETSI TS 102 222, an option of the profile (``[administrative] commands``).

They work before the end of personalisation only, and only with the ADM presented; after it every one of them answers
69 85, before it without the ADM 69 82, whatever files are meant: nothing about a file shows. What the specification
and ISO 7816-9 leave open is an ASSUMPTION and stands in docs/simulator.md. The structure of the card is its product:
a command that makes or removes a file gives the card another one, and the image with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from uimkit.card.codes import Code
from uimkit.card.creation import file_of
from uimkit.card.definition import OPERATIONAL, AccessNibbles, FileDef
from uimkit.card.memory import MIRROR_VALID, REAL_VALID
from uimkit.coding.errors import CodecError
from uimkit.coding.fcp import DEACTIVATED, Fcp, read_fcp, read_resize
from uimkit.files.spec import Structure
from uimkit.oneway.book import free_records
from uimkit.simulator.answers import OK, status
from uimkit.simulator.assembly import assemble, first_files
from uimkit.simulator.product import Blueprint
from uimkit.simulator.rules import CardRule
from uimkit.simulator.shapes import refused_shape

if TYPE_CHECKING:
    from uimkit.simulator.card import Card

NO_RIGHT, CONDITIONS, WRONG_DATA, NOT_FOUND, NO_ROOM, EXISTS = 0x6982, 0x6985, 0x6A80, 0x6A82, 0x6A84, 0x6A89
_VALID = REAL_VALID | MIRROR_VALID
_MOST_BYTES, _MOST_FILES, _MOST_CHILDREN, _DEEPEST = 0x40000, 512, 255, 4

Command = Callable[["Card", bytes], int]


class _Refused(Exception):
    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrativeRule(CardRule):
    """A command that carries a template, a file identifier, nothing, or, with ``lengths``, one of the two."""

    lengths: frozenset[int] | None = None

    def fits(self, p3: int, data_length: int) -> bool:
        allowed = p3 > 0 if self.lengths is None else p3 in self.lengths
        return allowed and data_length == p3


def _rule(command: Command, lengths: frozenset[int] | None = None) -> tuple[AdministrativeRule, ...]:
    """The one place where the life cycle and the ADM are asked for."""

    def handler(card: Card, _p1: int, _p2: int, _p3: int, data: bytes) -> bytes:
        if not card.sides.personalising:
            return status(CONDITIONS)
        if not card.sides.unlocked:
            return status(NO_RIGHT)
        try:
            return status(command(card, data))
        except _Refused as refused:
            return status(refused.sw)
        except CodecError:
            return status(WRONG_DATA)

    return (AdministrativeRule(handler=handler, carries_data=True, lengths=lengths),)


def create(card: Card, data: bytes) -> int:
    """CREATE FILE (6.3): a DF or EF in the current directory, which becomes the current file."""
    fcp = read_fcp(data)
    definition = card.product.definition
    directory = definition.files[card.session.directory].path
    file = file_of(fcp, directory)
    if file.path in definition.index or file.path in definition.aliases or file.path[-4:] in directory.split("/"):
        raise _Refused(EXISTS)
    if not card.memory.flags[card.session.directory] or directory.count("/") + 2 > _DEEPEST:
        raise _Refused(CONDITIONS)
    file = _planned(card, file)
    body = _filled(card, file, fcp)
    flags = 0 if fcp.life_cycle == DEACTIVATED and file.is_ef else _VALID
    _rebuild(card, (*definition.files, file), {file.path: body}, {file.path: flags})
    position = card.product.definition.index[file.path]
    session = card.session
    session.directory, session.ef = (session.directory, position) if file.is_ef else (position, None)
    session.pointer = 1 if file.structure is Structure.CYCLIC else 0
    return OK_SW


def delete(card: Card, data: bytes) -> int:
    """DELETE FILE (6.4): a file of the current directory, a DF with all that is in it."""
    target = _named(card, data)
    gone = _within(card, target)
    if gone & first_files(_blueprint_of(card)):
        raise _Refused(CONDITIONS)
    files = card.product.definition.files
    if any(file.same_as in gone and file.path not in gone for file in files):
        raise _Refused(CONDITIONS)
    _rebuild(card, [file for file in files if file.path not in gone])
    return OK_SW


def resize(card: Card, data: bytes) -> int:
    """RESIZE FILE (6.10): the body of an EF of the current directory gets free records, or loses its last ones."""
    fid, size = read_resize(data)
    file = _named(card, fid.to_bytes(2, "big"), ef=True)
    blueprint = _blueprint_of(card)
    linked = {other.same_as for other in card.product.definition.files}
    if file.path in first_files(blueprint) or file.same_as or file.path in linked:
        raise _Refused(CONDITIONS)
    if file.structure is Structure.CYCLIC or not 1 <= size <= 0xFFFF or size % (file.record_length or 1):
        raise _Refused(WRONG_DATA)
    resized = replace(file, size=size)
    if refused_shape(resized, blueprint):
        raise _Refused(WRONG_DATA)
    old = card.memory.contents[card.product.definition.index[file.path]]
    free = free_records(file).record if file.record_length else b"\xff"
    body = (old + free * (size // len(free) + 1))[:size]
    files = [resized if other is file else other for other in card.product.definition.files]
    _rebuild(card, files, {file.path: body})
    return OK_SW


def deactivate(card: Card, data: bytes) -> int:
    """DEACTIVATE FILE (6.7): an EF, for both sides of a one-way card."""
    return _set_valid(card, data, 0)


def activate(card: Card, data: bytes) -> int:
    """ACTIVATE FILE (6.8): an EF that is not terminated, for both sides."""
    return _set_valid(card, data, _VALID)


def terminate_ef(card: Card, data: bytes) -> int:
    """TERMINATE EF (6.6): the body is wiped; nobody reads or writes the file again, it can only be deleted."""
    _terminate(card, [_named_or_current(card, data, ef=True)])
    return OK_SW


def terminate_df(card: Card, data: bytes) -> int:
    """TERMINATE DF (6.5): the DF takes no more files, and all its EFs are terminated."""
    target = _named_or_current(card, data, ef=False)
    inside = _within(card, target)
    _terminate(card, [file for file in card.product.definition.files if file.path in inside])
    return OK_SW


def terminate_card_usage(card: Card, _data: bytes) -> int:
    """TERMINATE CARD USAGE (6.9): all files that were created are gone, the ADM is blocked, the card locked."""
    blueprint = _blueprint_of(card)
    first = first_files(blueprint)
    _rebuild(card, [file for file in card.product.definition.files if file.path in first])
    product, memory = card.product, card.memory
    adm = product.code_positions["ADM"]
    memory.write(adm, 0, replace(Code.from_bytes(memory.contents[adm]), tries=0).to_bytes())
    memory.write(product.definition.index[str(product.definition.lifecycle)], 0, OPERATIONAL)
    card.session.verified = 0
    card.refresh_rights()
    return OK_SW


OK_SW = int.from_bytes(OK, "big")
_NAMED, _NONE, _EITHER = frozenset({2}), frozenset({0}), frozenset({0, 2})

ADMINISTRATION: Mapping[tuple[int, int], tuple[AdministrativeRule, ...]] = {
    (0x00, 0xE0): _rule(create),
    (0x00, 0xE4): _rule(delete, _NAMED),
    (0x00, 0x04): _rule(deactivate, _EITHER),
    (0x00, 0x44): _rule(activate, _EITHER),
    (0x00, 0xE6): _rule(terminate_df, _EITHER),
    (0x00, 0xE8): _rule(terminate_ef, _EITHER),
    (0x00, 0xFE): _rule(terminate_card_usage, _NONE),
    (0x80, 0xD4): _rule(resize),
}
"""Class and instruction of the commands that a card with a blueprint knows besides its others."""


def _blueprint_of(card: Card) -> Blueprint:
    blueprint = card.product.blueprint
    if blueprint is None:
        raise _Refused(CONDITIONS)
    return blueprint


def _named(card: Card, fid: bytes, *, ef: bool | None = None) -> FileDef:
    """A file directly in the current directory. Raises _Refused when there is none, or none of this kind."""
    definition = card.product.definition
    number = int.from_bytes(fid, "big")
    for position in definition.children[card.session.directory]:
        file = definition.files[position]
        if file.fid == number and ef in (None, file.is_ef):
            return file
    raise _Refused(NOT_FOUND)


def _named_or_current(card: Card, data: bytes, *, ef: bool) -> FileDef:
    if data:
        return _named(card, data, ef=ef)
    position = card.session.ef if ef else card.session.directory
    if position is None:
        raise _Refused(NOT_FOUND)
    return card.product.definition.files[position]


def _within(card: Card, file: FileDef) -> set[str]:
    below = file.path + "/"
    return {file.path} | {other.path for other in card.product.definition.files if other.path.startswith(below)}


def _planned(card: Card, file: FileDef) -> FileDef:
    """The file with what the blueprint knows of its path. Raises _Refused when it can not play its part."""
    blueprint = _blueprint_of(card)
    plan = blueprint.definition
    if refused_shape(file, blueprint):
        raise _Refused(WRONG_DATA)
    if file.path in plan.index:
        known = plan.files[plan.index[file.path]]
        file = replace(file, name=known.name, same_as=known.same_as, blank=known.blank)
    if file.same_as:
        now = card.product.definition
        store = now.files[now.index[file.same_as]] if file.same_as in now.index else None
        if store is None:
            raise _Refused(CONDITIONS)
        if (store.structure, store.size, store.record_length) != (file.structure, file.size, file.record_length):
            raise _Refused(WRONG_DATA)
    return file


def _filled(card: Card, file: FileDef, fcp: Fcp) -> bytes:
    """The body as the template asks for, else FF; a code without a pattern is not initialised."""
    is_code = any(code.path == file.path for code in _blueprint_of(card).definition.codes)
    pattern = fcp.fill or fcp.repeat or (b"\0" if is_code else b"\xff")
    return (pattern * (file.stored // len(pattern) + 1))[: file.stored]


def _set_valid(card: Card, data: bytes, flags: int) -> int:
    file = _named_or_current(card, data, ef=True)
    definition = card.product.definition
    if file.path in first_files(_blueprint_of(card)):
        raise _Refused(CONDITIONS)
    position = definition.stores[definition.index[file.path]]
    if flags and _terminated(definition.files[position], card.memory.flags[position]):
        raise _Refused(CONDITIONS)
    card.memory.set_flags(position, flags)
    return OK_SW


def _terminated(file: FileDef, flags: int) -> bool:
    """All conditions NEVER and deactivated: what can not be used again anyway."""
    return file.access == AccessNibbles() and not flags


def _terminate(card: Card, targets: Iterable[FileDef]) -> None:
    paths = {file.path for file in targets}
    blueprint, definition = _blueprint_of(card), card.product.definition
    kept = first_files(blueprint) | {code.path for code in definition.codes}
    linked = {file.same_as or file.path for file in definition.files if file.same_as}
    if paths & kept or paths & linked or any(file.same_as for file in definition.files if file.path in paths):
        raise _Refused(CONDITIONS)
    files, bodies = [], {}
    for file in definition.files:
        if file.path in paths and file.is_ef:
            files.append(replace(file, access=AccessNibbles(), usable_invalidated=False))
            bodies[file.path] = b"\xff" * file.stored
        else:
            files.append(file)
    _rebuild(card, files, bodies, dict.fromkeys(paths, 0))


def _rebuild(
    card: Card,
    files: Iterable[FileDef],
    bodies: Mapping[str, bytes] | None = None,
    flags: Mapping[str, int] | None = None,
) -> None:
    """Give the card these files; what is in ``bodies`` and ``flags`` is new, the rest stays. Raises _Refused: 6A 84."""
    blueprint = _blueprint_of(card)
    product = assemble(blueprint, files)
    new = product.definition
    if (
        len(new.files) > _MOST_FILES
        or sum(file.stored for file in new.files) > _MOST_BYTES
        or any(len(members) > _MOST_CHILDREN for members in new.children.values())
    ):
        raise _Refused(NO_ROOM)
    old, memory, session = card.product.definition, card.memory, card.session
    contents = {path: memory.contents[position] for path, position in old.index.items()} | dict(bodies or {})
    valid = {path: memory.flags[position] for path, position in old.index.items()} | dict(flags or {})
    current = old.files[session.directory].path, None if session.ef is None else old.files[session.ef].path
    memory.contents[:] = [contents.get(file.path, b"")[: file.stored].ljust(file.stored, b"\0") for file in new.files]
    memory.flags[:] = [valid.get(file.path, _VALID) for file in new.files]
    memory.changes.clear()
    session.directory = new.index.get(current[0], 0)
    session.ef = new.index.get(current[1]) if current[1] else None
    session.pointer = 0
    card.become(product)
    card.refresh_rights()
