"""The neutral form as JSON, one step a line (docs/personalisation.md has the schema)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from uimkit.errors import InputError
from uimkit.perso.script import Script
from uimkit.perso.steps import PLACEHOLDER, RESET, Step

FORMAT = "uimkit-script"
VERSION = 1

_Hex = Annotated[str, Meta(pattern=r"^([0-9A-F]{2}|\{[A-Z][A-Z0-9_+]*(:\d+:\d+)?\})*$")]
_SW = Annotated[str, Meta(pattern="^[0-9A-FX]{4}$")]
_Data = Annotated[str, Meta(pattern="^([0-9A-FX]{2})*$")]
_Position = Annotated[int, Meta(ge=0, le=260)]


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    apdu: _Hex | None = None
    sw: _SW | None = None
    data: _Data | None = None
    secret: tuple[_Position, _Position] | None = None
    reset: bool = False


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    steps: list[_Step]
    profile: str | None = None


def dump(steps: Iterable[Step], profile: str) -> str:
    """The text of a script or template."""
    head = f'{{"format": "{FORMAT}", "version": {VERSION}, "profile": {json.dumps(profile)}, "steps": [\n'
    return head + ",\n".join(json.dumps(_object(step)) for step in steps) + "\n]}\n"


def _object(step: Step) -> dict[str, object]:
    if step.is_reset:
        return {"name": step.name, "reset": True}
    given = {"name": step.name, "apdu": step.apdu, "sw": step.sw, "data": step.data, "secret": step.secret}
    return {key: value for key, value in given.items() if value is not None}


def parse(text: str, where: str) -> Script:
    """Read a script. Raises InputError naming file, line or field, and what was expected."""
    try:
        document = msgspec.json.decode(text.encode(), type=_Document)
    except msgspec.ValidationError as error:
        raise InputError(_without_values(str(error)), where) from None
    except msgspec.DecodeError as error:
        raise InputError(f"this is not JSON: {error}", where) from None
    if (document.format, document.version) != (FORMAT, VERSION):
        found = f"found format {document.format!r} version {document.version}"
        raise InputError(f"{found}, expected {FORMAT!r} version {VERSION}", where)
    steps = (_step(step, f"{where}: steps[{i}]") for i, step in enumerate(document.steps))
    return Script(tuple(steps), document.profile)


def _step(step: _Step, where: str) -> Step:
    if step.reset:
        if step.apdu is not None:
            raise InputError("found reset and apdu, expected one of them", where)
        return RESET if step.name == RESET.name else Step(step.name)
    if not step.apdu:
        raise InputError("found neither apdu nor reset", where)
    if not PLACEHOLDER.search(step.apdu) and len(step.apdu) < 10:
        raise InputError("apdu: expected at least the five bytes of a header", where)
    return Step(step.name, step.apdu, step.sw, step.data, step.secret)


def _without_values(message: str) -> str:
    """msgspec's message in our words; it names patterns and fields, never a value."""
    return (message[0].lower() + message[1:]).replace("`", "'")
