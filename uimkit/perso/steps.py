"""The neutral step of a script, and the steps that personalise a card. Dialects only write them down.

A step's APDU is hex; in a template it holds placeholders, ``{COLUMN}`` or, for a part of a column,
``{COLUMN:FROM:TO}`` in octets from 0, TO not included. Every column has a fixed length, so P3 is always a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from uimkit.apdu import INS, command
from uimkit.card.codes import adm_bytes
from uimkit.card.definition import OPERATIONAL, CodeDef
from uimkit.errors import InputError
from uimkit.perso.plan import Plan, Slot, never_updated
from uimkit.profile.build import CardProfile

SELECTED, DONE = "9FXX", "9000"
PLACEHOLDER = re.compile(r"\{([A-Z][A-Z0-9_+]*)(?::(\d+):(\d+))?\}")
INITIALISATION = b"\x01"

_HEADER = 5
_CHUNK = 255
_ABSOLUTE = 0x04
_RECORD = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One command and what it must be answered with, or a reset.

    ``sw`` and ``data`` are hex with X for any digit; None expects a success of any kind, and any data. ``secret`` are
    the first octet of the APDU that must not be shown, and the one behind the last; it masks ``repr`` too.
    """

    name: str
    apdu: str = field(default="", repr=False)
    sw: str | None = None
    data: str | None = None
    secret: tuple[int, int] | None = None

    @property
    def is_reset(self) -> bool:
        return not self.apdu

    @property
    def command(self) -> bytes:
        """The APDU. Raises InputError for a step of a template."""
        if "{" in self.apdu:
            raise InputError(f"step {self.name}: this is a template, fill it with its data file first")
        return bytes.fromhex(self.apdu)

    @property
    def shown(self) -> str:
        """The APDU for a report: secrets are stars."""
        if self.secret is None or "{" in self.apdu:
            return self.apdu
        first, last = (2 * position for position in self.secret)
        return self.apdu[:first] + "*" * (last - first) + self.apdu[last:]


RESET = Step("reset")


def script_template(plan: Plan, columns: Iterable[str]) -> list[Step]:
    """The steps for all cards of a data file with these columns. Raises InputError when a script can not do it."""
    way = Way()
    return [*first_steps(plan, way), *slots_steps(plan, columns, way), *last_steps(plan, way)]


def first_steps(plan: Plan, way: Way) -> list[Step]:
    """Reset, see that the card is not finished, present the ADM. Raises InputError when a script can not do it."""
    profile = plan.profile
    adm = _adm(plan)
    lifecycle = profile.definition.lifecycle
    steps = [RESET, *way.to("3F00")]
    if lifecycle:
        steps += way.to(lifecycle)
        steps.append(_read(lifecycle, INITIALISATION, "check that the card is not finished"))
    return [*steps, _verify(profile, adm)]


def slots_steps(plan: Plan, columns: Iterable[str], way: Way) -> list[Step]:
    """What the card data fill: files in the order of the card, then codes, the ADM last."""
    steps: list[Step] = []
    constants = _constants(plan, set(columns))
    for slot in plan.slots:
        steps += way.to(slot.file.path)
        steps += slot_steps(slot, constants.get(slot.column))
    return steps


def last_steps(plan: Plan, way: Way) -> list[Step]:
    """The end of personalisation, if the card has one."""
    lifecycle = plan.profile.definition.lifecycle
    if not lifecycle:
        return []
    return [
        *way.to(lifecycle),
        _step("end the personalisation", command(INS.UPDATE_BINARY, data=OPERATIONAL)),
        _read(lifecycle, OPERATIONAL, "check that the card is finished"),
    ]


def fill(text: str, row: Mapping[str, str]) -> str:
    """A step's or a whole template's text with its placeholders filled. Raises InputError for one not in ``row``."""

    def value(match: re.Match[str]) -> str:
        name, first, last = match.groups()
        if name not in row:
            raise InputError(f"the data file lacks the column {name} of the template")
        return row[name] if first is None else row[name][2 * int(first) : 2 * int(last)]

    return PLACEHOLDER.sub(value, text)


def filled(steps: Iterable[Step], row: Mapping[str, str]) -> list[Step]:
    """The steps of one card."""
    return [Step(step.name, fill(step.apdu, row), step.sw, step.data, step.secret) for step in steps]


class Way:
    """A short way of SELECTs to a file from where the script is."""

    def __init__(self) -> None:
        self._directory = ""

    def to(self, path: str) -> Iterator[Step]:
        parent, _, last = path.rpartition("/")
        if parent != self._directory:
            for element in parent.split("/") if parent else ():
                yield _select(element)
        self._directory = parent or path
        yield _select(last)

    def to_directory(self, path: str) -> Iterator[Step]:
        """SELECTs that make a directory the current one."""
        if path != self._directory:
            for element in path.split("/"):
                yield _select(element)
        self._directory = path

    def created(self, path: str) -> None:
        """The card made this directory and is in it."""
        self._directory = path


def _select(fid: str) -> Step:
    return Step(f"select {fid}", command(INS.SELECT, data=bytes.fromhex(fid)).hex().upper(), SELECTED)


def _step(name: str, apdu: bytes) -> Step:
    return Step(name, apdu.hex().upper(), DONE)


def _read(path: str, expected: bytes, name: str) -> Step:
    read = command(INS.READ_BINARY, length=len(expected))
    return Step(f"{name} ({path})", read.hex().upper(), DONE, expected.hex().upper())


def _verify(profile: CardProfile, adm: CodeDef) -> Step:
    value = adm_bytes(profile.tables.adm.value) if profile.tables.adm else b""
    apdu = command(INS.VERIFY_CHV, 0, adm.p2, value)
    return Step("present the ADM of the blank card", apdu.hex().upper(), DONE, None, (_HEADER, len(apdu)))


def slot_steps(slot: Slot, constant: str | None) -> Iterator[Step]:
    """UPDATE RECORD, or as many UPDATE BINARY as it takes."""
    name = f"write {slot.file.path} {slot.file.name} ({', '.join(slot.fields)})"
    for start in range(0, slot.length, _CHUNK):
        end = min(start + _CHUNK, slot.length)
        at = slot.offset + start
        p1, p2 = (_RECORD, _ABSOLUTE) if slot.record else divmod(at, 0x100)
        ins = INS.UPDATE_RECORD if slot.record else INS.UPDATE_BINARY
        head = command(ins, p1, p2, length=end - start).hex().upper()
        if constant is not None:
            body = constant[2 * start : 2 * end]
        else:
            body = f"{{{slot.column}}}" if end - start == slot.length else f"{{{slot.column}:{start}:{end}}}"
        secret = (_HEADER, _HEADER + end - start) if slot.secret else None
        yield Step(name, head + body, DONE, None, secret)


def _constants(plan: Plan, columns: set[str]) -> dict[str, str]:
    return {
        slot.column: content.hex().upper()
        for slot in plan.slots
        if plan.constant(slot, columns)
        for content in [plan.default_content(slot)]
    }


def _adm(plan: Plan) -> CodeDef:
    profile = plan.profile
    adm = profile.definition.code_by_name.get("ADM")
    if adm is None:
        raise profile.error((), "a script needs an [adm] table: it presents the administrative code first")
    for slot in plan.slots:
        if never_updated(slot.file) and not profile.definition.lifecycle:
            what = f"{slot.file.path} {slot.file.name} is never updated, and the card has no [administrative] lifecycle"
            raise profile.error(("personalisation", "fields", slot.fields[0]), f"no script can write it: {what}")
    return adm
