"""Writes into docs/simulator.md what uimkit/simulator declares: the tables of commands, and the order of errors.

``python scripts/simulator_reference.py``. What stands around these parts is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

from uimkit.files import catalogue
from uimkit.simulator.chip import Writes
from uimkit.simulator.commands.declaration import ANY, EVERY_EF, ZERO, CardCommand, Command, FileCommand
from uimkit.simulator.commands.table import ADMINISTRATIVE, COMMANDS, Table
from uimkit.simulator.order_of_errors import OF_THE_CARD, OF_THE_COMMAND

PAGE = Path(__file__).parents[1] / "docs" / "simulator.md"
NOTE = "<!-- {}: made by scripts/simulator_reference.py from uimkit/simulator; do not edit -->\n"
END = "<!-- end of {} -->\n"
FOUND = "what the command finds: 98 34, 94 02, 6B 00, 67 XX, 94 04, 98 50, 92 40, 6F 00"
"""What no demand asks for: the handlers of uimkit/simulator/commands and the views answer it."""


def written(text: str) -> str:
    """A page with its made parts made anew. Raises ValueError when a part is not there once."""
    for name, part in parts().items():
        note, end = NOTE.format(name), END.format(name)
        if text.count(note) != 1 or text.count(end) != 1:
            raise ValueError(f"expected one part of the page between {note.strip()} and {end.strip()}")
        before, _, rest = text.partition(note)
        text = f"{before}{note}\n{part}\n{end}{rest.partition(end)[2]}"
    return text


def parts() -> dict[str, str]:
    """Name to text of each made part."""
    return {
        "commands": table(COMMANDS),
        "administrative commands": table(ADMINISTRATIVE),
        "order of errors": order_of_errors(),
    }


def table(declared: Table) -> str:
    """The commands of a table as one; a column that would be empty is left out."""
    commands = [command for found in declared.values() for command in found]
    columns = {heading: [cell(command) for command in commands] for heading, cell in COLUMNS.items()}
    shown = {heading: cells for heading, cells in columns.items() if any(cells)}
    head = line(shown) + "|---" * len(shown) + "|\n"
    return head + "".join(line(cells) for cells in zip(*shown.values(), strict=True))


def line(cells: Iterable[str]) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|\n"


def parameters(command: Command) -> str:
    if command.p1 == command.p2 == ANY:
        return "any"
    both = {"P1": command.p1, "P2": command.p2}
    return ", ".join(f"{name}: {numbers(values)}" for name, values in both.items() if values != ZERO)


def length(command: Command) -> str:
    if command.p3 is not None:
        return f"{command.p3:02X}"
    if command.lengths is not None:
        return numbers(command.lengths)
    return "01 or more" if command.carries_data else "what is wanted"


def numbers(values: frozenset[int]) -> str:
    """In hex, runs of more than two as "first to last"."""
    if values == ANY:
        return "any"
    ordered = sorted(values)
    starts = [ordered[0], *(b for a, b in pairwise(ordered) if b != a + 1)]
    ends = [*(a for a, b in pairwise(ordered) if b != a + 1), ordered[-1]]
    return ", ".join(
        f"{first:02X} to {last:02X}" if last - first > 1 else ", ".join(f"{n:02X}" for n in range(first, last + 1))
        for first, last in zip(starts, ends, strict=True)
    )


def right(command: Command) -> str:
    if isinstance(command, FileCommand):
        return command.right.upper()
    return "CHV1" if isinstance(command, CardCommand) and command.under_chv1 else ""


def place(command: Command) -> str:
    if command.directory is not None:
        spec = catalogue.by_path(command.directory)
        return f"in or under {spec.name if spec else command.directory}"
    if not isinstance(command, FileCommand):
        return ""
    kinds = sorted((kind.value.replace("-", " ") for kind in command.structures), reverse=True)
    return "EF" if command.structures == EVERY_EF else ", ".join(kinds)


COLUMNS: dict[str, Callable[[Command], str]] = {
    "CLA INS": lambda command: f"{command.cla:02X} {int(command.ins):02X}",
    "command": lambda command: command.name,
    "clause": lambda command: command.clause,
    "P1, P2": parameters,
    "P3": length,
    "needs": right,
    "on": place,
    "writes": lambda command: "" if command.writes is Writes.NOTHING else command.writes.value,
}


def order_of_errors() -> str:
    """The demands, numbered, and which of them are about an EF."""
    asked = [f"{demand.what}: {demand.sw}" for demand in (*OF_THE_COMMAND, *OF_THE_CARD)]
    listed = "".join(f"{number}. {text}\n" for number, text in enumerate([*asked, FOUND], 1))
    first, last = len(OF_THE_COMMAND) + 1, len(asked) - 1
    return f"{listed}\nA command that is not about an EF is not asked {first} to {last}.\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
