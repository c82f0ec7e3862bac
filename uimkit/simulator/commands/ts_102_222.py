"""The administrative commands of ETSI TS 102 222, an option of the profile (``[administrative] commands``).

They work before the end of personalisation only, and only with the ADM presented; after it every one of them answers
69 85, before it without the ADM 69 82, whatever files are meant: nothing about a file shows. What the specification
and ISO 7816-9 leave open is an ASSUMPTION and stands in docs/simulator.md. The structure of the card is its product:
a command that makes or removes a file gives the card another one, and the image with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from uimkit.apdu import SW
from uimkit.card.codes import Code
from uimkit.card.creation import file_of
from uimkit.card.definition import OPERATIONAL, AccessNibbles, FileDef
from uimkit.card.memory import MIRROR_VALID, REAL_VALID
from uimkit.coding.errors import CodecError
from uimkit.coding.fcp import DEACTIVATED, Fcp, read_fcp, read_resize
from uimkit.files.spec import Structure
from uimkit.simulator.answers import OK, status
from uimkit.simulator.chip import Chip, Writes
from uimkit.simulator.commands.declaration import CardCommand, Request
from uimkit.simulator.construction import assemble, first_files, refused_shape
from uimkit.simulator.product import Blueprint

_VALID = REAL_VALID | MIRROR_VALID
_MOST_BYTES, _MOST_FILES, _MOST_CHILDREN, _DEEPEST = 0x40000, 512, 255, 4

_Work = Callable[[Chip, bytes], None]
"""What a command does with its data; raises _Refused, CodecError for a template that is none."""


class _Refused(Exception):
    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


def _administrative(work: _Work) -> Callable[[Request], bytes]:
    """The one place where the life cycle and the ADM are asked for."""

    def handler(request: Request) -> bytes:
        sides = request.chip.sides
        if not sides.personalising:
            return status(SW.CONDITIONS_NOT_SATISFIED)
        if not sides.unlocked:
            return status(SW.SECURITY_STATUS_NOT_SATISFIED)
        try:
            work(request.chip, request.data)
        except _Refused as refused:
            return status(refused.sw)
        except CodecError:
            return status(SW.INCORRECT_DATA)
        return OK

    return handler


def _create(chip: Chip, data: bytes) -> None:
    """CREATE FILE (6.3): a DF or EF in the current directory, which becomes the current file."""
    fcp = read_fcp(data)
    definition = chip.product.definition
    directory = definition.files[chip.session.directory].path
    file = file_of(fcp, directory)
    if file.path in definition.index or file.path in definition.aliases or file.path[-4:] in directory.split("/"):
        raise _Refused(SW.FILE_EXISTS)
    if not chip.memory.flags[chip.session.directory] or directory.count("/") + 2 > _DEEPEST:
        raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
    file = _planned(chip, file)
    body = _filled(chip, file, fcp)
    flags = 0 if fcp.life_cycle == DEACTIVATED and file.is_ef else _VALID
    _rebuild(chip, (*definition.files, file), {file.path: body}, {file.path: flags})
    position = chip.product.definition.index[file.path]
    session = chip.session
    session.directory, session.ef = (session.directory, position) if file.is_ef else (position, None)
    session.pointer = 1 if file.structure is Structure.CYCLIC else 0


def _delete(chip: Chip, data: bytes) -> None:
    """DELETE FILE (6.4): a file of the current directory, a DF with all that is in it."""
    target = _named(chip, data)
    gone = _within(chip, target)
    if gone & first_files(_blueprint_of(chip)):
        raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
    files = chip.product.definition.files
    if any(file.same_as in gone and file.path not in gone for file in files):
        raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
    _rebuild(chip, [file for file in files if file.path not in gone])


def _resize(chip: Chip, data: bytes) -> None:
    """RESIZE FILE (6.10): the body of an EF of the current directory gets free records, or loses its last ones."""
    fid, size = read_resize(data)
    file = _named(chip, fid.to_bytes(2, "big"), ef=True)
    blueprint = _blueprint_of(chip)
    linked = {other.same_as for other in chip.product.definition.files}
    if file.path in first_files(blueprint) or file.same_as or file.path in linked:
        raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
    if file.structure is Structure.CYCLIC or not 1 <= size <= 0xFFFF or size % (file.record_length or 1):
        raise _Refused(SW.INCORRECT_DATA)
    resized = replace(file, size=size)
    if refused_shape(resized, blueprint):
        raise _Refused(SW.INCORRECT_DATA)
    _rebuild(chip, [resized if other is file else other for other in chip.product.definition.files])


def _deactivate(chip: Chip, data: bytes) -> None:
    """DEACTIVATE FILE (6.7): an EF, for both sides of a one-way card."""
    _set_valid(chip, data, 0)


def _activate(chip: Chip, data: bytes) -> None:
    """ACTIVATE FILE (6.8): an EF that is not terminated, for both sides."""
    _set_valid(chip, data, _VALID)


def _terminate_ef(chip: Chip, data: bytes) -> None:
    """TERMINATE EF (6.6): the body is wiped; nobody reads or writes the file again, it can only be deleted."""
    _terminate(chip, [_named_or_current(chip, data, ef=True)])


def _terminate_df(chip: Chip, data: bytes) -> None:
    """TERMINATE DF (6.5): the DF takes no more files, and all its EFs are terminated."""
    target = _named_or_current(chip, data, ef=False)
    inside = _within(chip, target)
    _terminate(chip, [file for file in chip.product.definition.files if file.path in inside])


def _terminate_card_usage(chip: Chip, _data: bytes) -> None:
    """TERMINATE CARD USAGE (6.9): all files that were created are gone, the ADM is blocked, the card locked."""
    blueprint = _blueprint_of(chip)
    first = first_files(blueprint)
    _rebuild(chip, [file for file in chip.product.definition.files if file.path in first])
    product, memory = chip.product, chip.memory
    adm = product.code_positions["ADM"]
    memory.write(adm, 0, replace(Code.from_bytes(memory.contents[adm]), tries=0).to_bytes())
    memory.write(product.definition.index[str(product.definition.lifecycle)], 0, OPERATIONAL)
    chip.session.verified = 0
    chip.refresh_rights()


def _blueprint_of(chip: Chip) -> Blueprint:
    blueprint = chip.product.blueprint
    if blueprint is None:
        raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
    return blueprint


def _named(chip: Chip, fid: bytes, *, ef: bool | None = None) -> FileDef:
    """A file directly in the current directory. Raises _Refused when there is none, or none of this kind."""
    definition = chip.product.definition
    number = int.from_bytes(fid, "big")
    for position in definition.children[chip.session.directory]:
        file = definition.files[position]
        if file.fid == number and ef in (None, file.is_ef):
            return file
    raise _Refused(SW.FILE_NOT_FOUND)


def _named_or_current(chip: Chip, data: bytes, *, ef: bool) -> FileDef:
    if data:
        return _named(chip, data, ef=ef)
    position = chip.session.ef if ef else chip.session.directory
    if position is None:
        raise _Refused(SW.FILE_NOT_FOUND)
    return chip.product.definition.files[position]


def _within(chip: Chip, file: FileDef) -> set[str]:
    below = file.path + "/"
    return {file.path} | {other.path for other in chip.product.definition.files if other.path.startswith(below)}


def _planned(chip: Chip, file: FileDef) -> FileDef:
    """The file with what the blueprint knows of its path. Raises _Refused when it can not play its part."""
    blueprint = _blueprint_of(chip)
    plan = blueprint.definition
    if refused_shape(file, blueprint):
        raise _Refused(SW.INCORRECT_DATA)
    if file.path in plan.index:
        known = plan.files[plan.index[file.path]]
        file = replace(file, name=known.name, same_as=known.same_as, blank=known.blank)
    if file.same_as:
        now = chip.product.definition
        store = now.files[now.index[file.same_as]] if file.same_as in now.index else None
        if store is None:
            raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
        if (store.structure, store.size, store.record_length) != (file.structure, file.size, file.record_length):
            raise _Refused(SW.INCORRECT_DATA)
    return file


def _filled(chip: Chip, file: FileDef, fcp: Fcp) -> bytes:
    """The body as the template asks for, else FF; a code without a pattern is not initialised."""
    is_code = any(code.path == file.path for code in _blueprint_of(chip).definition.codes)
    pattern = fcp.fill or fcp.repeat or (b"\0" if is_code else b"\xff")
    return (pattern * (file.stored // len(pattern) + 1))[: file.stored]


def _set_valid(chip: Chip, data: bytes, flags: int) -> None:
    file = _named_or_current(chip, data, ef=True)
    definition = chip.product.definition
    if file.path in first_files(_blueprint_of(chip)):
        raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
    position = definition.stores[definition.index[file.path]]
    if flags and _terminated(definition.files[position], chip.memory.flags[position]):
        raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
    chip.memory.set_flags(position, flags)


def _terminated(file: FileDef, flags: int) -> bool:
    """All conditions NEVER and deactivated: what can not be used again anyway."""
    return file.access == AccessNibbles() and not flags


def _terminate(chip: Chip, targets: Iterable[FileDef]) -> None:
    paths = {file.path for file in targets}
    blueprint, definition = _blueprint_of(chip), chip.product.definition
    kept = first_files(blueprint) | {code.path for code in definition.codes}
    linked = {file.same_as or file.path for file in definition.files if file.same_as}
    if paths & kept or paths & linked or any(file.same_as for file in definition.files if file.path in paths):
        raise _Refused(SW.CONDITIONS_NOT_SATISFIED)
    files, bodies = [], {}
    for file in definition.files:
        if file.path in paths and file.is_ef:
            files.append(replace(file, access=AccessNibbles(), usable_invalidated=False))
            bodies[file.path] = b"\xff" * file.stored
        else:
            files.append(file)
    _rebuild(chip, files, bodies, dict.fromkeys(paths, 0))


def _rebuild(
    chip: Chip,
    files: Iterable[FileDef],
    bodies: Mapping[str, bytes] | None = None,
    flags: Mapping[str, int] | None = None,
) -> None:
    """Give the card these files; what is in ``bodies`` and ``flags`` is new, the rest stays. Raises _Refused: 6A 84."""
    blueprint = _blueprint_of(chip)
    product = assemble(blueprint, files)
    new = product.definition
    if (
        len(new.files) > _MOST_FILES
        or sum(file.stored for file in new.files) > _MOST_BYTES
        or any(len(members) > _MOST_CHILDREN for members in new.children.values())
    ):
        raise _Refused(SW.NOT_ENOUGH_MEMORY)
    chip.restructure(product, bodies or {}, flags or {})


_NAMED, _NONE, _EITHER = frozenset({2}), frozenset({0}), frozenset({0, 2})


def _command(name: str, clause: str, cla: int, ins: int, work: _Work, lengths: frozenset[int] | None) -> CardCommand:
    """A command that carries a template, a file identifier, nothing, or, with ``lengths``, one of the two."""
    return CardCommand(
        name=name,
        clause=f"TS 102 222 {clause}",
        cla=cla,
        ins=ins,
        carries_data=True,
        lengths=lengths,
        writes=Writes.STRUCTURE,
        handler=_administrative(work),
    )


CREATE_FILE = _command("CREATE FILE", "6.3", 0x00, 0xE0, _create, None)
DELETE_FILE = _command("DELETE FILE", "6.4", 0x00, 0xE4, _delete, _NAMED)
DEACTIVATE_FILE = _command("DEACTIVATE FILE", "6.7", 0x00, 0x04, _deactivate, _EITHER)
ACTIVATE_FILE = _command("ACTIVATE FILE", "6.8", 0x00, 0x44, _activate, _EITHER)
TERMINATE_DF = _command("TERMINATE DF", "6.5", 0x00, 0xE6, _terminate_df, _EITHER)
TERMINATE_EF = _command("TERMINATE EF", "6.6", 0x00, 0xE8, _terminate_ef, _EITHER)
TERMINATE_CARD_USAGE = _command("TERMINATE CARD USAGE", "6.9", 0x00, 0xFE, _terminate_card_usage, _NONE)
RESIZE_FILE = _command("RESIZE FILE", "6.10", 0x80, 0xD4, _resize, None)
