"""The create style of a script: from an empty card, CREATE FILE and contents, then the card data, codes, and the end.

A file is created filled with what most of it holds; only what differs is written, and what the card data fill whole is
left to them. Files that show another's records come last, because the records must be there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from uimkit.apdu import INS, command
from uimkit.card.creation import fcp_of
from uimkit.card.definition import FileDef
from uimkit.coding.errors import CodecError
from uimkit.coding.fcp import write_fcp
from uimkit.errors import InputError
from uimkit.files.spec import Structure
from uimkit.perso.plan import Plan
from uimkit.perso.steps import DONE, Step, Way, first_steps, last_steps, slots_steps
from uimkit.simulator.construction import first_files

_HEADER = 5
_CHUNK = 255
_LONGEST_PATTERN = 32
_ABSOLUTE, _PREVIOUS = 0x04, 0x03


def create_template(plan: Plan, columns: Iterable[str]) -> list[Step]:
    """The steps for all cards of a data file with these columns, on an empty card.

    Raises InputError when the profile has no administrative commands, or a script can not do it.
    """
    profile = plan.profile
    blueprint = profile.product.blueprint
    if blueprint is None:
        raise profile.error((), 'a create script needs [administrative] commands = "ts-102-222"')
    way = Way()
    steps = first_steps(plan, way)
    there = first_files(blueprint)
    files = [file for file in profile.definition.files if file.selectable and file.path not in there]
    for file in sorted(files, key=lambda file: file.same_as is not None):
        steps += way.to_directory(file.parent)
        steps += _file_steps(plan, file)
        if not file.is_ef:
            way.created(file.path)
    return [*steps, *slots_steps(plan, columns, way), *last_steps(plan, way)]


def _file_steps(plan: Plan, file: FileDef) -> Iterator[Step]:
    body = plan.profile.bodies.get(file.path, b"")
    fill = _fill(file, body)
    try:
        template = write_fcp(fcp_of(file, fill))
    except CodecError as error:
        raise InputError(f"no script can create {file.path} {file.name}: {error}", plan.profile.source) from None
    yield Step(
        f"create {file.path} {file.name}", (bytes((0, 0xE0, 0, 0, len(template))) + template).hex().upper(), DONE
    )
    if not body:
        return
    name = f"write {file.path} {file.name} as the profile has it"
    for apdu in (
        _records(file, body, fill, _whole(plan, file)) if file.record_length else _parts(body, fill, _whole(plan, file))
    ):
        yield Step(name, apdu.hex().upper(), DONE, None, (_HEADER, len(apdu)) if file.secret else None)


def _fill(file: FileDef, body: bytes) -> bytes:
    """The record that most records are, the octet that all octets are, else FF."""
    length = file.record_length or 1
    parts = Counter(body[at : at + length] for at in range(0, len(body), length))
    most = parts.most_common(1)[0][0] if body else b"\xff"
    if len(set(most)) == 1 and (file.record_length or len(parts) == 1):
        return most[:1]
    return most if 1 < len(most) <= _LONGEST_PATTERN else b"\xff"


def _whole(plan: Plan, file: FileDef) -> int:
    """How many octets from the start the card data fill anyway."""
    return max((slot.length for slot in plan.slots if slot.file.path == file.path and slot.offset == 0), default=0)


def _parts(body: bytes, fill: bytes, filled: int) -> Iterator[bytes]:
    if body == fill * len(body) or filled == len(body):
        return
    for start in range(0, len(body), _CHUNK):
        part = body[start : start + _CHUNK]
        yield command(INS.UPDATE_BINARY, *divmod(start, 0x100), part)


def _records(file: FileDef, body: bytes, fill: bytes, filled: int) -> Iterator[bytes]:
    length = file.record_length
    records = [body[at : at + length] for at in range(0, len(body), length)]
    fresh = (fill * length)[:length]
    if file.structure is Structure.CYCLIC:
        if any(record != fresh for record in records):
            for record in reversed(records):  # the last one written is record 1
                yield command(INS.UPDATE_RECORD, 0, _PREVIOUS, record)
        return
    for number, record in enumerate(records, 1):
        if record != fresh and not (number == 1 and filled):
            yield command(INS.UPDATE_RECORD, number, _ABSOLUTE, record)
