"""Plays the cards of one template and reads them, fast: what all cards share is worked out once.

A script is its template filled with a row of hex, so its commands are the template's commands filled with that row; the
template is parsed once. The card goes through every command all the same. Only what stands before the first command
that differs between cards is played once, and its outcome, the whole state of the card, taken up again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from uimkit.apdu import INS, SW, command
from uimkit.card.codes import UNBLOCK_OFFSET, VALUE_LENGTH, adm_bytes, chv_bytes
from uimkit.card.memory import Memory
from uimkit.crypto import gsm
from uimkit.errors import InputError, UimkitError
from uimkit.perso.audit import DECODERS
from uimkit.perso.build import empty_card
from uimkit.perso.dialects import parse_script
from uimkit.perso.fields import FIELDS, Values
from uimkit.perso.plan import Plan
from uimkit.perso.play import play, require_played
from uimkit.perso.steps import Step, Way, filled
from uimkit.perso.template import CompiledTemplate
from uimkit.profile.build import personalised
from uimkit.simulator.card import Card

Row = Mapping[str, str]
NOTHING: frozenset[str] = frozenset()

_HEX = re.compile("[0-9A-F,]*")
_OK = b"\x90\x00"
_WITHOUT_DATA = tuple(f"{ins:02X}" for ins in (INS.UPDATE_BINARY, INS.UPDATE_RECORD, INS.VERIFY_CHV))
"""Commands whose only answer is a status word."""
_SUCCESS = (0x90, 0x91, 0x9F)
_CHUNK = 255
_RAND = bytes(range(0xA0, 0xB0))
_DF_GSM = "3F00/7F20"
_SECRET_ENTRY, _NO_SECRET = 17, 0xFF
_FIRST_RECORD, _ABSOLUTE = 1, 4
_CODES = (("PIN1", "CHV1"), ("PIN2", "CHV2"), ("ADM", "ADM"))


def _length_before(body: bytes) -> str:
    return body[1 : 1 + body[0]].hex().upper()


def _entries(body: bytes) -> str:
    parts = (body[at : at + _SECRET_ENTRY] for at in range(0, len(body), _SECRET_ENTRY))
    return ";".join(part[1 : 1 + part[0]].hex().upper() for part in parts if part[0] != _NO_SECRET)


def _octets(body: bytes) -> str:
    return body.hex().upper()


def _block(body: bytes) -> str:
    return body[: 1 + body[0]].hex().upper()


def _unblock(body: bytes) -> str:
    return body[UNBLOCK_OFFSET : UNBLOCK_OFFSET + VALUE_LENGTH].decode("latin-1")


INSIDE: Mapping[str, Callable[[bytes], str]] = {
    "AKEY": _octets,
    "KI": _octets,
    "OPC_G": _octets,
    "HRPDSS": _length_before,
    "MIPUPP": _block,
    "MNHASS": _entries,
    "MNAAASS": _entries,
    "PUK1": _unblock,
    "PUK2": _unblock,
}
"""What no command shows, or no phone reads: taken out of the simulated card's memory, by decoders of their own."""


@dataclass(frozen=True, slots=True)
class _Expect:
    """What a step must be answered with, as masks: ``length`` of the data, None for any."""

    sw_mask: int
    sw: int
    length: int | None
    mask: int
    data: int

    def fits(self, answer: bytes) -> bool:
        if (answer[-2] << 8 | answer[-1]) & self.sw_mask != self.sw:
            return False
        if self.length is None:
            return True
        return len(answer) - 2 == self.length and int.from_bytes(answer[:-2], "big") & self.mask == self.data


def _expect(step: Step) -> _Expect | None:
    """None for a success of any kind, which has no mask."""
    if step.sw is None:
        return None
    sw_mask, sw = _masked(step.sw)
    mask, data = _masked(step.data or "")
    return _Expect(sw_mask, sw, None if step.data is None else len(step.data) // 2, mask, data)


def _masked(pattern: str) -> tuple[int, int]:
    mask = "".join("0" if digit == "X" else "F" for digit in pattern)
    return int(mask or "0", 16), int(pattern.replace("X", "0") or "0", 16)


def commands_of(steps: Iterable[Step]) -> list[str]:
    """What of steps a card gets; two dialects that agree in it do the same to a card."""
    return [step.apdu for step in steps]


class Player:
    """Plays scripts of one template on cards of one plan. Not for several threads.

    ``template`` is of any dialect that `parse_script` reads; with ``empty`` it creates the files of an empty card.
    Raises InputError when it can not be read.
    """

    def __init__(self, plan: Plan, template: str, where: str = "template", *, empty: bool = False) -> None:
        self.plan, self._empty = plan, empty
        self._good = plan.profile.product
        self.steps = parse_script(template, where).steps
        self._fixed = [b"" if step.is_reset or "{" in step.apdu else bytes.fromhex(step.apdu) for step in self.steps]
        self._open = [at for at, step in enumerate(self.steps) if "{" in step.apdu]
        self._filling = CompiledTemplate("\n".join(self.steps[at].apdu for at in self._open))
        self._expect = [_expect(step) for step in self.steps]
        self._plain = [step.sw == "9000" and not step.data and step.apdu[2:4] in _WITHOUT_DATA for step in self.steps]
        self._first = self._open[0] if self._open else len(self.steps)
        self._baseline = self._untouched()
        self._reader = Reader(plan)
        files = plan.profile.definition.files
        self._places = [(plan.profile.definition.index[slot.file.path], slot) for slot in plan.slots]
        self._directories = [position for position, file in enumerate(files) if file.selectable and not file.is_ef]
        self._begin()

    def commands(self, row: Row) -> list[str]:
        """The commands for one card in hex, a reset being empty."""
        return [step.apdu for step in filled(self.steps, row)]

    def check(self, row: Row, values: Values, unknown: frozenset[str] = NOTHING, octets: Row | None = None) -> None:
        """Play the script of a card and compare what the card says and holds with its values.

        ``unknown`` are fields whose values nobody knows; they are passed over. A field with neither value nor doubt is
        as on a fresh card, and so is every file that the card data do not fill. ``octets`` are what the values
        come to (`Plan.row`): then those are compared too that no reader looks at. Raises UimkitError
        naming the card.
        """
        try:
            self._play(row)
            self._compare_files()
            self._compare_rest(values, unknown)
            memory = self._card.memory.copy() if octets is not None else None
            self._reader.check(self._card, values, unknown)
            if memory is not None:
                self._compare_octets(memory, unknown, octets or {})
        except UimkitError as error:
            raise UimkitError(f"card {values['ICCID']}: {error}") from None
        finally:
            if self._card.product is not self._product:
                self._begin()

    def _compare_octets(self, memory: Memory, unknown: frozenset[str], octets: Row) -> None:
        for position, slot in self._places:
            found = memory.contents[position][slot.offset : slot.offset + slot.length]
            if found.hex().upper() != octets[slot.column] and unknown.isdisjoint(slot.fields):
                what = "found other octets than its values come to"
                raise UimkitError(f"{slot.file.path} {slot.file.name} ({slot.column}): {what}")

    def _first_card(self) -> Card:
        profile = self.plan.profile
        return Card(*empty_card(profile)) if self._empty else Card(profile.product, profile.fresh_memory())

    def _begin(self) -> None:
        self._card = self._first_card()
        self._ok = all(self._step(at, self._fixed[at]) for at in range(self._first))
        self._start, self._product = self._card.snapshot(), self._card.product
        for position in self._directories if self._ok else ():
            self._card.chip.directory_header(position)  # worked out once; they are as good as the snapshot
        self._headers = self._card.chip.directory_headers.copy()

    def _play(self, row: Row) -> None:
        if not _HEX.fullmatch("".join(row[name] for name in self._filling.columns)):
            raise InputError("the data file has a cell that is no hex")
        commands = self._fixed.copy()
        for at, text in zip(self._open, self._filling.fill(row).split("\n"), strict=bool(self._open)):
            commands[at] = bytes.fromhex(text)
        self._card.restore(self._start)
        self._card.chip.directory_headers = self._headers.copy()
        if not (self._ok and self._went(commands)):
            card = self._first_card()
            require_played(play(filled(self.steps, row), card))
            raise UimkitError("the script does not play as its template does")

    def _went(self, commands: list[bytes]) -> bool:
        """Whether all commands that differ between cards, and those behind the first of them, went as expected."""
        transmit = self._card.transmit
        for at in range(self._first, len(commands)):
            if not (transmit(commands[at]) == _OK if self._plain[at] else self._step(at, commands[at])):
                return False
        return True

    def _step(self, at: int, apdu: bytes) -> bool:
        if not apdu:
            self._card.reset()
            return True
        answer, expect = self._card.transmit(apdu), self._expect[at]
        return answer[-2] in _SUCCESS if expect is None else expect.fits(answer)

    def _untouched(self) -> tuple[list[bytes], tuple[int, ...]]:
        """Contents and flags of a card of which only files were selected, as some cards act on that, and which is
        personalised."""
        card = Card(self.plan.profile.product, self.plan.profile.fresh_memory())
        for step in self.steps:
            if not step.is_reset and step.apdu[2:4] == f"{INS.SELECT:02X}":
                card.transmit(bytes.fromhex(step.apdu))
        personalised(self.plan.profile.definition, card.memory)
        return list(card.memory.contents), card.memory.flags

    def _compare_files(self) -> None:
        """See that a card whose files the script created has the profile's, with their access conditions."""
        product, expected = self._card.product, self.plan.profile.product
        if product is not expected and product is not self._good:
            if product.definition != expected.definition or product.policy != expected.policy:
                raise UimkitError("found other files or access conditions than those of the profile")
            self._good = product

    def _compare_rest(self, values: Values, unknown: frozenset[str]) -> None:
        """What no field of the card data fills is as the profile has it."""
        contents, flags = self._baseline
        found = list(self._card.memory.contents)
        for position, slot in self._places:
            if not (unknown.isdisjoint(slot.fields) and values.keys().isdisjoint(slot.fields)):
                first, last, body = slot.offset, slot.offset + slot.length, found[position]
                found[position] = body[:first] + contents[position][first:last] + body[last:]
        if found != contents:
            position = next(at for at, body in enumerate(found) if body != contents[at])
            file = self.plan.profile.definition.files[position]
            raise UimkitError(f"{file.path} {file.name}: found other content than that of the profile")
        if self._card.memory.flags != flags:
            raise UimkitError("a file is invalidated that the profile has not so, or the other way round")


@dataclass(frozen=True, slots=True)
class _Look:
    """How a file is read: the commands that lead to it, and the ones that read the file or its first record."""

    way: tuple[bytes, ...]
    read: tuple[bytes, ...]


class Reader:
    """Reads the fields off a simulated card and compares them, with the decoders of `uimkit.perso.audit`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._files: dict[str, tuple[_Look, list[str]]] = {}
        way = Way()
        for name in (name for name in DECODERS if name in plan.places):
            path = plan.places[name].path
            if path not in self._files:
                self._files[path] = _look(plan, path, way), []
            self._files[path][1].append(name)
        index = plan.profile.definition.index
        self._inside = [(name, index[plan.places[name].path], INSIDE[name]) for name in INSIDE if name in plan.places]
        self._known: dict[str, tuple[bytes, str]] = {}
        self._codes = tuple(self._own_codes())

    def check(self, card: Card, values: Values, unknown: frozenset[str]) -> None:
        """Raises UimkitError naming every field that is wrong, secrets masked.

        A code that nobody knows is presented as the card has it, to open the card, and is not compared.
        """
        card.reset()
        wrong = [
            _wrong(name, values.get(name, fresh))
            for name, code, p2, fresh in self._codes
            if not self._presented(card, (name, code, p2, fresh), values, unknown)
        ]
        for look, names in self._files.values():
            data = _read(card, look)  # of every file: the way to the next begins here
            wrong += [self._misread(name, data, values[name]) for name in names if name in values]
        if "KI" in values and "KI" in self._plan.places and not self._has_ki(card, values):
            wrong.append(_wrong("KI", values["KI"]))
        wrong += [
            _wrong(name, values[name])
            for name, position, decode in self._inside
            if name in values and decode(card.memory.body(position)) != values[name]
        ]
        if any(wrong):
            raise UimkitError("; ".join(dict.fromkeys(filter(None, wrong))))

    def _own_codes(self) -> Iterator[tuple[str, str, int, str]]:
        tables, codes = self._plan.profile.tables, self._plan.profile.definition.code_by_name
        for (name, code), table in zip(_CODES, (tables.chv1, tables.chv2, tables.adm), strict=True):
            if table is not None:
                yield name, code, codes[code].p2, table.value

    def _presented(self, card: Card, which: tuple[str, str, int, str], values: Values, unknown: frozenset[str]) -> bool:
        """VERIFY; a disabled CHV1, which VERIFY can not try, is enabled and disabled again."""
        name, code, p2, fresh = which
        text = values.get(name, fresh) if name in self._plan.places else fresh
        value = adm_bytes(text) if name == "ADM" else chv_bytes(text)
        if name in unknown:
            state = card.chip.code(code)
            value = state.value if state is not None else value
        answer = card.transmit(command(INS.VERIFY_CHV, 0, p2, value))
        if int.from_bytes(answer, "big") != SW.CHV_CONTRADICTION:
            return answer == _OK
        return all(card.transmit(command(ins, 0, p2, value)) == _OK for ins in (INS.ENABLE_CHV, INS.DISABLE_CHV))

    def _misread(self, name: str, data: bytes, value: str) -> str:
        """What is wrong, nothing when the octets are the value; those found right are remembered, as many cards share
        some files."""
        known = self._known.get(name)
        if known is not None and known[0] == data and known[1] == value:
            return ""
        try:
            found, expected = DECODERS[name](data, value)
        except (IndexError, ValueError):
            return _wrong(name, value)
        if found != expected:
            return _wrong(name, expected, found)
        self._known[name] = data, value
        return ""

    def _has_ki(self, card: Card, values: Values) -> bool:
        definition = self._plan.profile.definition
        opc = self._plan.profile.bodies.get(definition.keys.get("opc", ""))
        if "OPC_G" in self._plan.places and "OPC_G" in values:
            opc = bytes.fromhex(values["OPC_G"])
        for fid in _DF_GSM.split("/"):
            card.transmit(command(INS.SELECT, data=bytes.fromhex(fid)))
        answer = card.transmit(command(INS.RUN_GSM_ALGORITHM, data=_RAND))
        data = card.transmit(command(INS.GET_RESPONSE, length=answer[-1]))[:-2]
        return data == gsm.run(definition.choices.gsm_algorithm, bytes.fromhex(values["KI"]), _RAND, opc)


def _wrong(name: str, expected: str, found: str | None = None) -> str:
    shown = FIELDS[name].shown
    return f"{name}: found {'another value' if found is None else shown(found)}, expected {shown(expected)}"


def _look(plan: Plan, path: str, way: Way) -> _Look:
    file = plan.places[next(name for name, place in plan.places.items() if place.path == path)]
    selects = tuple(bytes.fromhex(step.apdu) for step in way.to(path))
    if file.record_length:
        return _Look(selects, (command(INS.READ_RECORD, _FIRST_RECORD, _ABSOLUTE, length=file.record_length),))
    parts = tuple(
        command(INS.READ_BINARY, at >> 8, at & 0xFF, length=min(_CHUNK, file.size - at))
        for at in range(0, file.size, _CHUNK)
    )
    return _Look(selects, parts)


def _read(card: Card, look: _Look) -> bytes:
    """The content, or nothing when the card refuses."""
    for apdu in look.way:
        card.transmit(apdu)
    data = b""
    for apdu in look.read:
        answer = card.transmit(apdu)
        if not answer.endswith(_OK):
            return b""
        data += answer[:-2]
    return data
