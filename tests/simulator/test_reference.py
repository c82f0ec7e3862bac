"""The tables of commands and the order of errors in docs/simulator.md are those of the declarations."""

from __future__ import annotations

import pytest
import simulator_reference as reference

from uimkit.simulator.commands.table import ADMINISTRATIVE, COMMANDS
from uimkit.simulator.order_of_errors import OF_THE_CARD, OF_THE_COMMAND


def page() -> str:
    return reference.PAGE.read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    assert reference.written(page()) == page(), "run scripts/simulator_reference.py"


def test_every_command_is_in_its_table() -> None:
    for part, declared in (("commands", COMMANDS), ("administrative commands", ADMINISTRATIVE)):
        lines = reference.parts()[part].splitlines()[2:]
        commands = [command for found in declared.values() for command in found]
        assert len(lines) == len(commands)
        for row, command in zip(lines, commands, strict=True):
            assert row.startswith(f"| {command.cla:02X} {int(command.ins):02X} | {command.name} | {command.clause} |")


def test_every_demand_is_in_the_order_of_errors() -> None:
    lines = reference.parts()["order of errors"].splitlines()
    for number, demand in enumerate((*OF_THE_COMMAND, *OF_THE_CARD), 1):
        assert lines[number - 1] == f"{number}. {demand.what}: {demand.sw}"


@pytest.mark.parametrize(
    ("values", "shown"),
    [({0}, "00"), ({0, 2}, "00, 02"), ({1, 2}, "01, 02"), ({2, 3, 4, 0x10}, "02 to 04, 10"), (range(256), "any")],
)
def test_numbers_are_shown_in_hex_and_runs_in_short(values: set[int], shown: str) -> None:
    assert reference.numbers(frozenset(values)) == shown


def test_a_page_without_the_place_of_a_part_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected one part of the page between"):
        reference.written(page().replace(reference.END.format("order of errors"), ""))
