"""Reads a profile file: TOML text to the validated tables of ``uimkit.profile.schema``, then to a card."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from uimkit.errors import InputError
from uimkit.profile import schema
from uimkit.profile.build import CardProfile, build
from uimkit.profile.errors import ProfileError
from uimkit.profile.layers import Layer, merged
from uimkit.profile.locate import Key

T = TypeVar("T")

_DEEPEST = 32
"""How deep a profile may be nested; no table needs ten."""

_FILE_PATH = re.compile(r"3F00(/[0-9A-F]{4}){0,3}")
_AT = re.compile(r"(?P<what>.*) - at `\$?(?P<path>.*)`", re.DOTALL)
_KEY_IN = re.compile(r"(?P<what>.*) - at `key` in `\$?(?P<path>.*)`", re.DOTALL)
_TOKEN = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_TOML_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


def shipped_profiles() -> dict[str, Path]:
    """The profiles that come with uimkit: name to file."""
    inside = Path(str(resources.files("uimkit"))) / "profiles"
    folder = inside if inside.is_dir() else inside.parent.parent / "profiles"  # a checkout has them beside the package
    return {path.stem: path for path in sorted(folder.glob("*.toml"), key=lambda file: file.stem)}


def load_profile(name_or_path: str) -> CardProfile:
    """A profile by name, or by the path of its file. Raises InputError (ProfileError) with file and line."""
    path, layer = _read(name_or_path, Path())
    return _profile(layer, path.stem, (path,))


def parse_profile(text: str, source: str, name: str) -> CardProfile:
    """A profile from its text; ``source`` stands in error messages. Raises ProfileError.

    What it extends is a shipped profile, or a file beside ``source``.
    """
    return _profile(Layer(source, text), name, (Path(source),))


def parse_layers(layers: Sequence[Layer], name: str) -> CardProfile:
    """A profile from all its texts, its own first and then what each extends, whatever ``extends`` says.

    Raises InputError (ProfileError).
    """
    document: dict[str, Any] = {}
    for number, layer in enumerate(reversed(layers)):
        above = _parsed(layer)
        document = merged(document, above) if number else above
        try:
            tables = _validated(document)
        except _Found as found:
            raise ProfileError(layers, found.path, found.message) from None
    return build(tables, name=name, layers=tuple(layers))


def profile_schema() -> dict[str, Any]:
    """The JSON Schema of a profile file, for editors."""
    made = msgspec.json.schema(schema.Profile)
    profile = made["$defs"]["Profile"]
    profile["anyOf"] = [{"required": ["extends"]}, {"required": profile.pop("required")}]
    return made


def _read(name_or_path: str, folder: Path) -> tuple[Path, Layer]:
    """A profile's file, by name or by its path seen from ``folder``."""
    shipped = shipped_profiles()
    path = shipped.get(name_or_path) or folder / name_or_path
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        known = ", ".join(shipped)
        match error:
            case OSError():
                reason = str(error.strerror)
            case UnicodeDecodeError():
                reason = "it is not UTF-8"
            case _:
                reason = "no file can have this name"  # it has a NUL
        raise InputError(f"can not read the profile ({reason}); shipped profiles: {known}", name_or_path) from None
    return path, Layer(path.name if name_or_path in shipped else str(path), text)


def _profile(layer: Layer, name: str, files: tuple[Path, ...]) -> CardProfile:
    tables, _, layers = _tables(layer, files)
    return build(tables, name=name, layers=layers)


def _tables(layer: Layer, files: tuple[Path, ...]) -> tuple[schema.Profile, dict[str, Any], tuple[Layer, ...]]:
    """The validated tables, the document they come from, and its layers; ``files`` were opened on the way here."""
    document = _parsed(layer)
    layers: tuple[Layer, ...] = (layer,)
    if "extends" in document:
        below, more = _below(document["extends"], layer, files)
        document, layers = merged(below, document), (layer, *more)
    try:
        return _validated(document), document, layers
    except _Found as found:
        raise ProfileError(layers, found.path, found.message) from None


def _parsed(layer: Layer) -> dict[str, Any]:
    """The text as TOML. Raises InputError, also for what tomllib reads against TOML 1.0 or stumbles on."""
    try:
        document = tomllib.loads(layer.text)
        _check_bounds(document, _DEEPEST)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(error, layer.source) from None
    except (ValueError, OverflowError):
        raise InputError("a number does not fit 64 bits", layer.source) from None
    except RecursionError:
        raise InputError(f"tables and lists are nested more than {_DEEPEST} deep", layer.source) from None
    return document


def _check_bounds(value: Any, depth: int) -> None:
    """Raises RecursionError or OverflowError."""
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise OverflowError
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        if depth == 0:
            raise RecursionError
        _check_bounds(part, depth - 1)


def _below(extends: Any, layer: Layer, files: tuple[Path, ...]) -> tuple[dict[str, Any], tuple[Layer, ...]]:
    """The document that a profile extends, itself a valid profile, so that what is wrong later is the upper one's."""
    at = ("extends",)
    if not isinstance(extends, str):
        raise ProfileError((layer,), at, f"found {extends!r}, expected the name or file of a profile")
    try:
        path, below = _read(extends, files[-1].parent)
    except InputError as error:
        raise ProfileError((layer,), at, f'found "{extends}": {error.message}') from None
    if path.resolve() in {file.resolve() for file in files}:
        raise ProfileError((layer,), at, f'found "{extends}", which extends this profile; expected an end')
    _, document, layers = _tables(below, (*files, path))
    return document, layers


class _Found(Exception):
    """A validation error, before it is given a line."""

    def __init__(self, path: tuple[Key, ...], message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def _syntax_error(error: tomllib.TOMLDecodeError, source: str) -> InputError:
    match = _TOML_LINE.search(str(error))
    where = f"{source}:{match[1]}" if match else source
    return InputError(f"this is not TOML: {_TOML_LINE.sub('', str(error)).strip()}", where)


def _validated(document: dict[str, Any]) -> schema.Profile:
    """Tables keyed by paths are converted one by one, because msgspec does not say which key was wrong."""
    files = document.get("files")
    if isinstance(files, dict):
        for path, entry in files.items():
            _check_path(path, ("files", path))
            _convert(entry, schema.File, ("files", path))
    administrative = document.get("administrative")
    keys = administrative.get("keys") if isinstance(administrative, dict) else None
    if isinstance(keys, dict):
        for name, entry in keys.items():
            _convert(entry, schema.Key, ("administrative", "keys", name))
    return _convert(document, schema.Profile, ())


def _check_path(path: str, at: tuple[Key, ...]) -> None:
    if not _FILE_PATH.fullmatch(path):
        raise _Found(at, f'found "{path}", expected a file path of four-digit identifiers such as "3F00/7F25/6F22"')


def _convert(value: Any, kind: type[T], at: tuple[Key, ...]) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        what, where = str(error), ""
        match = _KEY_IN.fullmatch(what) or _AT.fullmatch(what)
        if match:
            what, where = match["what"], match["path"]
        path = (*at, *(int(number) if number else name for name, number in _TOKEN.findall(where)))
        raise _Found(path, _in_words(what, _found_at(value, path[len(at) :]))) from None


def _found_at(value: Any, path: tuple[Key, ...]) -> Any:
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _in_words(message: str, found: Any) -> str:
    """msgspec's message with what was found, and a hint for the classic mistake of TOML and file identifiers."""
    message = message[0].lower() + message[1:].replace("`", "'")
    if isinstance(found, int | float) and "'str" in message:
        return f'{message}: found the number {found}; identifiers and hex are strings, write them in quotes ("6F3A")'
    if isinstance(found, str):
        return f'{message}: found "{found}"'
    return message
