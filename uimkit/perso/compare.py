"""What differs between two cards: whole memories of simulated ones, the readable files of a real one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from uimkit.card.definition import ALW, CHV1, NEV, CardDefinition
from uimkit.card.difference import Difference, body_differences, differences
from uimkit.card.memory import Contents
from uimkit.errors import InputError, UimkitError
from uimkit.simulator.product import Product
from uimkit.store.file_card import FileCard, load_card
from uimkit.transport import Transport
from uimkit.transport.terminal import CardRefused, Terminal

_LATCHING_FILE = "3F00/7F25/6F32"
"""EF_CST: reading it shows a one-way card that a CDMA phone reads (S1)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences, and the paths that could not be compared because the card does not let them be read."""

    differences: tuple[Difference, ...]
    not_comparable: tuple[str, ...] = ()


def compare_with_image(transport: Transport, path: str | os.PathLike[str]) -> Comparison:
    """A card against an image: all of it when the card is an image too, else the files that can be read.

    Raises InputError when there is no sound image.
    """
    expected = load_card(path)
    definition = expected.product.definition
    if isinstance(transport, FileCard):
        found = transport.card
        both = differences((found.product.definition, found.memory), (definition, expected.memory))
        return Comparison(tuple(both))
    return compare_card(transport, expected.product, expected.memory)


def compare_card(
    transport: Transport, product: Product, expected: Contents, codes: Mapping[str, bytes] | None = None
) -> Comparison:
    """The files of a card, read as a CDMA phone reads them, against the memory of another.

    ``codes`` are presented first, by name (CHV1, CHV2, ADM), and only those. Raises CardRefused when one is refused.
    """
    terminal = Terminal(transport)
    terminal.reset()
    levels = _present(terminal, product.definition, codes or {})
    _latch(terminal, product, levels)
    found: list[Difference] = []
    not_comparable = []
    for file, store in zip(product.definition.files, product.definition.stores, strict=True):
        body = expected.contents[store]
        if not file.is_ef:
            continue
        if not file.selectable or file.access.read == NEV or file.access.read not in levels:
            not_comparable.append(file.path)
            continue
        try:
            found += body_differences(file, _read(terminal, file.path), body)
        except CardRefused as refused:
            found.append(Difference(file.path, file.name, "content", str(refused), body.hex().upper()))
    return Comparison(tuple(found), tuple(not_comparable))


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
