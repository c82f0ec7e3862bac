"""What is written where on a card of a profile: the one place that turns values into contents of files.

``card build`` writes the contents into a memory, a script sends them to a card; both get them from `Plan.row`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from uimkit.card.definition import NEV, FileDef
from uimkit.card.memory import Memory
from uimkit.errors import InputError
from uimkit.files import catalogue
from uimkit.files.spec import Codec, Structure
from uimkit.perso.fields import FIELDS, Values
from uimkit.perso.placing import CODE_BYTES, CODE_OFFSETS, PLACINGS, Content, Place, Placing
from uimkit.perso.resolve import Resolved, Resolver
from uimkit.perso.rows import CardData
from uimkit.perso.shortcuts import OCTETS, SHORTCUTS
from uimkit.profile.build import CardProfile, personalised

Encoder = Callable[[Values], str]
"""From the values of a card to the hex digits of a slot."""

_REMEMBERED = 256
"""Contents of a file that are kept, of fields that have few values: systems, classes, service centres."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One write of a personalisation: ``length`` octets of a file, always all of them.

    ``record`` is 1 for a record file, else 0; ``offset`` counts within file or record. ``fresh`` is what a
    pre-personalised card has there. ``column`` names the slot in a template's data file.
    """

    file: FileDef
    record: int
    offset: int
    length: int
    fields: tuple[str, ...]
    fresh: bytes = field(repr=False)
    codec: Codec | None = field(repr=False)

    @property
    def column(self) -> str:
        return "+".join(self.fields)

    @property
    def secret(self) -> bool:
        return any(FIELDS[name].secret for name in self.fields)


class Plan:
    """The personalisation of one profile. Raises ProfileError when its [personalisation] table can not work."""

    def __init__(self, profile: CardProfile) -> None:
        self.profile = profile
        self.places: Mapping[str, FileDef] = dict(self._placed())
        self.defaults: Mapping[str, str] = dict(self._checked_defaults())
        self.slots: tuple[Slot, ...] = tuple(self._slots())
        self._resolver = Resolver(self.defaults)
        self._needed = frozenset(name for name in self.places if FIELDS[name].required)

    @cached_property
    def _own(self) -> list[tuple[str, Encoder]]:
        """What differs from card to card."""
        own = [slot for slot in self.slots if slot not in self._shared]
        return [(slot.column, _direct(slot) or self._remembering(slot)) for slot in own]

    @cached_property
    def _shared(self) -> list[Slot]:
        """The slots that many cards have alike; never those of secrets."""
        return [slot for slot in self.slots if not slot.secret and _direct(slot) is None]

    @cached_property
    def _common_row(self) -> Callable[[Values], dict[str, str]]:
        """What many cards have alike. Kept are the last contents of each slot, and the last of all slots together."""
        encoders = [(slot.column, self._remembering(slot)) for slot in self._shared]
        uses = tuple(dict.fromkeys(name for slot in self._shared for name in _uses(slot)))

        @lru_cache(_REMEMBERED)
        def remembered(*texts: str | None) -> dict[str, str]:
            values = {name: text for name, text in zip(uses, texts, strict=True) if text is not None}
            return {column: encode(values) for column, encode in encoders}

        return lambda values: remembered(*map(values.get, uses)).copy()

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that every card's data must give: the card has a place for them and they have no default."""
        return tuple(name for name in self.places if FIELDS[name].required and name not in self.defaults)

    def resolve(self, data: CardData) -> Resolved:
        """All values of a card. Raises InputError when one is missing or they contradict each other."""
        resolved = self._resolver(data)
        if not self._needed <= resolved.values.keys():
            missing = [name for name in self.places if name in self._needed and name not in resolved.values]
            raise InputError(f"found no {', '.join(missing)}, expected a value for this profile", data.where or None)
        return resolved

    def row(self, resolved: Resolved) -> dict[str, str]:
        """What the slots hold on this card: column to hex digits. Raises InputError (``resolved.where``).

        A slot none of whose fields has a value keeps what a pre-personalised card has there.
        """
        values = resolved.values
        try:
            row = self._common_row(values)
            for column, encode in self._own:
                row[column] = encode(values)
        except (InputError, ValueError):  # which field it was and where it stood, is worked out with more care
            return {slot.column: self._content(slot, resolved).hex().upper() for slot in self.slots}
        return row

    def memory(self, data: CardData) -> Memory:
        """The memory of the finished card."""
        memory = self.profile.fresh_memory()
        index = self.profile.definition.index
        row = self.row(self.resolve(data))
        for slot in self.slots:
            memory.write(index[slot.file.path], slot.offset, bytes.fromhex(row[slot.column]))
        personalised(self.profile.definition, memory)
        memory.forget_changes()
        return memory

    def constant(self, slot: Slot, columns: Iterable[str]) -> bool:
        """Whether all cards of a file with these columns have the same content in the slot."""
        varying = set(columns)
        return all(
            name in self.defaults and name not in varying and PLACINGS[name].uses not in varying for name in slot.fields
        )

    def default_content(self, slot: Slot) -> bytes:
        """The content of a constant slot."""
        return self._content(slot, Resolved(self.defaults, {}, self.profile.source))

    def _remembering(self, slot: Slot) -> Encoder:
        """The slot by its codec; contents are kept, of a secret only the last."""
        uses = _uses(slot)

        @lru_cache(1 if slot.secret else _REMEMBERED)
        def remembered(*texts: str | None) -> str:
            values = {name: text for name, text in zip(uses, texts, strict=True) if text is not None}
            return self._content(slot, Resolved(values, {}, "")).hex().upper()

        return lambda values: remembered(*map(values.get, uses))

    def _content(self, slot: Slot, resolved: Resolved) -> bytes:
        merged: Content = {}
        for name in slot.fields:
            if name in resolved.values:
                try:
                    content = PLACINGS[name].content(resolved.values[name], resolved.values)
                    merged = _merged(slot, merged, content, PLACINGS[name])
                except InputError as error:
                    raise InputError(f"{name}: {error}", resolved.where or None) from None
        try:
            return _encoded(slot, merged)
        except InputError as error:
            what = f"{slot.column}: {_reason(slot.column, error)} ({slot.file.path} {slot.file.name})"
            raise InputError(what, resolved.where or None) from None

    def _placed(self) -> Iterator[tuple[str, FileDef]]:
        definition = self.profile.definition
        for name, path in self.profile.tables.personalisation.fields.items():
            if name not in FIELDS:
                raise self._error("fields", name, f"unknown field, known are {', '.join(FIELDS)}")
            if name not in PLACINGS:
                raise self._error("fields", name, "no file of an R-UIM or a SIM holds this field; leave it out")
            if path not in definition.index:
                raise self._error("fields", name, f'found "{path}", which the profile does not have')
            file = definition.files[definition.index[path]]
            self._check_place(name, file)
            yield name, file

    def _check_place(self, name: str, file: FileDef) -> None:
        placing = PLACINGS[name]
        code = next((code.name for code in self.profile.definition.codes if code.path == file.path), None)
        if code != placing.code:
            expected = f"the file of {placing.code}" if placing.code else "no file of a code"
            raise self._error("fields", name, f'found "{file.path}", expected {expected}')
        if placing.length is not None and file.size != placing.length:
            raise self._error("fields", name, f"found a file of {file.size} bytes, expected {placing.length}")
        if not file.is_ef or (file.structure is Structure.CYCLIC):
            raise self._error("fields", name, f'found "{file.path}", expected a transparent or linear fixed EF')
        if file.same_as:
            raise self._error("fields", name, f'found "{file.path}", expected "{file.same_as}", which has the records')

    def _checked_defaults(self) -> Iterator[tuple[str, str]]:
        for name, value in self.profile.tables.personalisation.defaults.items():
            if name not in FIELDS:
                raise self._error("defaults", name, f"unknown field, known are {', '.join(FIELDS)}")
            try:
                yield name, FIELDS[name].checked(value)
            except ValueError as error:
                raise self._error("defaults", name, str(error)) from None

    def _slots(self) -> Iterator[Slot]:
        """One slot a file, and two for a code; files in the order of the card, codes behind them, the ADM last."""
        by_place: dict[tuple[str, int], list[str]] = {}
        for name, file in self.places.items():
            key = (file.path, CODE_OFFSETS.get(PLACINGS[name].place, 0))
            shared = by_place.setdefault(key, [])
            if shared and not all(PLACINGS[other].place is Place.PART for other in (name, *shared)):
                raise self._error("fields", name, f'found "{file.path}", which {shared[0]} fills already')
            shared.append(name)
        definition = self.profile.definition
        codes = {code.path: code.level for code in definition.codes}
        for path, offset in sorted(by_place, key=lambda key: (codes.get(key[0], 0), definition.index[key[0]], key[1])):
            yield self._slot(definition.files[definition.index[path]], offset, tuple(by_place[path, offset]))

    def _slot(self, file: FileDef, offset: int, fields: tuple[str, ...]) -> Slot:
        length = file.record_length or file.size
        if offset:
            length = CODE_BYTES
        fresh = self.profile.bodies[file.path][offset : offset + length]
        spec = catalogue.by_path(file.path)
        return Slot(file, 1 if file.record_length else 0, offset, length, fields, fresh, spec.codec if spec else None)

    def _error(self, table: str, name: str, message: str) -> InputError:
        return self.profile.error(("personalisation", table, name), message)


def _uses(slot: Slot) -> tuple[str, ...]:
    """The fields on which the content depends."""
    return tuple(dict.fromkeys(used for name in slot.fields for used in (name, PLACINGS[name].uses) if used))


def _direct(slot: Slot) -> Encoder | None:
    """The slot without its codec, when there is a shortcut: fast, but its errors do not say where."""
    name, width, fresh = slot.fields[0], 2 * slot.length, slot.fresh.hex().upper()
    shortcut = SHORTCUTS.get((name, slot.file.path)) or OCTETS.get(name)
    if shortcut is None:
        return None

    def encode(values: Values) -> str:
        value = values.get(name)
        if value is None:
            return fresh
        text = shortcut(value).ljust(width, "F")
        if len(text) != width:
            raise ValueError(name)
        return text

    return encode


def _merged(slot: Slot, sofar: Content, new: Content, placing: Placing) -> Content:
    if isinstance(new, bytes) or placing.place is not Place.PART:
        return new
    base = sofar or (slot.codec.decode(slot.fresh) if slot.codec else None)
    return {**(base if isinstance(base, dict) else placing.blank), **new}


def _encoded(slot: Slot, content: Content) -> bytes:
    if isinstance(content, dict):
        if not content:
            return slot.fresh
        if slot.codec is None:
            raise InputError("the file is not in the catalogue, so no value can be written to it")
        return slot.codec.encode(content, slot.length)
    if len(content) > slot.length:
        raise InputError(f"found {len(content)} bytes, the file has {slot.length}")
    return content.ljust(slot.length, b"\xff")


def _reason(names: str, error: InputError) -> str:
    """The reason of a refusal; a codec's may repeat a value, so that of a secret is not handed on."""
    return "the value does not fit" if any(FIELDS[name].secret for name in names.split("+")) else str(error)


def never_updated(file: FileDef) -> bool:
    """Whether only a card before the end of its personalisation lets itself be written here (S3)."""
    return file.access.update == NEV
