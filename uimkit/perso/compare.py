"""What differs between two cards: whole memories of simulated ones, the readable files of a real one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from uimkit.card.codes import Code
from uimkit.card.definition import ALW, CHV1, NEV, CardDefinition, FileDef
from uimkit.card.memory import Memory
from uimkit.errors import InputError, UimkitError
from uimkit.simulator.product import Product
from uimkit.transport import Transport
from uimkit.transport.terminal import CardRefused, Terminal

_LATCHING_FILE = "3F00/7F25/6F32"
"""EF_CST: reading it shows a one-way card that a CDMA phone reads (S1)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that differs; ``what`` never holds content of a file that nobody may read."""

    path: str
    name: str
    what: str

    def __str__(self) -> str:
        return f"{self.path} {self.name}: {self.what}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences, and the paths that could not be compared because the card does not let them be read."""

    differences: tuple[Difference, ...]
    not_comparable: tuple[str, ...] = ()


def compare_memories(product: Product, found: Memory, expected_product: Product, expected: Memory) -> Comparison:
    """Every file, code, counter, key and flag of two cards. Raises InputError when they are not of one definition."""
    if product != expected_product:
        raise InputError("the cards are of different profiles, or of different versions of one")
    definition = product.definition
    differences = []
    for position, file in enumerate(definition.files):
        what = _body_difference(definition, file, found.contents[position], expected.contents[position])
        if found.flags[position] != expected.flags[position]:
            what = f"{what}, invalidation" if what else "invalidation"
        if what:
            differences.append(Difference(file.path, file.name, what))
    return Comparison(tuple(differences))


def compare_card(
    transport: Transport, product: Product, expected: Memory, codes: Mapping[str, bytes] | None = None
) -> Comparison:
    """The files of a card, read as a CDMA phone reads them, against the memory of another.

    ``codes`` are presented first, by name (CHV1, CHV2, ADM), and only those. Raises CardRefused when one is refused.
    """
    terminal = Terminal(transport)
    terminal.reset()
    levels = _present(terminal, product.definition, codes or {})
    _latch(terminal, product, levels)
    differences, not_comparable = [], []
    for file, body in zip(product.definition.files, expected.contents, strict=True):
        if not file.is_ef:
            continue
        if not file.selectable or file.access.read == NEV or file.access.read not in levels:
            not_comparable.append(file.path)
            continue
        try:
            found = _read(terminal, file.path)
        except CardRefused as refused:
            differences.append(Difference(file.path, file.name, str(refused)))
            continue
        what = _body_difference(product.definition, file, found, body)
        if what:
            differences.append(Difference(file.path, file.name, what))
    return Comparison(tuple(differences), tuple(not_comparable))


def _present(terminal: Terminal, definition: CardDefinition, codes: Mapping[str, bytes]) -> frozenset[int]:
    """Present the codes; the access levels that are open then."""
    header = terminal.select("3F00")
    levels = {ALW} if header.chv1_enabled else {ALW, CHV1}
    for name, value in codes.items():
        code = definition.code_by_name.get(name)
        if code is None:
            raise InputError(f"the card has no {name}")
        response = terminal.present(code.p2, value)
        if not response.ok:
            raise CardRefused(b"\xa0\x20", response.sw, f"present {name}")
        levels.add(code.level)
    return frozenset(levels)


def _latch(terminal: Terminal, product: Product, levels: frozenset[int]) -> None:
    index = product.definition.index
    if product.policy.one_way and _LATCHING_FILE in index:
        if product.definition.files[index[_LATCHING_FILE]].access.read not in levels:
            raise UimkitError(f"{_LATCHING_FILE} can not be read without CHV1: the card would show its mirrors")
        terminal.read_file(_LATCHING_FILE)


def _read(terminal: Terminal, path: str) -> bytes:
    _, content = terminal.read_file(path)
    return content if isinstance(content, bytes) else b"".join(content)


def _body_difference(definition: CardDefinition, file: FileDef, found: bytes, expected: bytes) -> str:
    if found == expected:
        return ""
    if any(code.path == file.path for code in definition.codes):
        return _code_difference(Code.from_bytes(found), Code.from_bytes(expected))
    if file.access.read == NEV:
        return "content"
    if len(found) != len(expected):
        return f"found {len(found)} bytes, expected {len(expected)}"
    at = next(i for i, (left, right) in enumerate(zip(found, expected, strict=True)) if left != right)
    place, width = f"byte {at}", file.record_length
    if width:
        place = f"record {at // width + 1} byte {at % width}"
        at -= at % width
    end = at + (width or 16)
    return f"{place}: found {found[at:end].hex().upper()}, expected {expected[at:end].hex().upper()}"


def _code_difference(found: Code, expected: Code) -> str:
    names = [entry.name for entry in fields(Code) if getattr(found, entry.name) != getattr(expected, entry.name)]
    return ", ".join(names).replace("_", " ")
