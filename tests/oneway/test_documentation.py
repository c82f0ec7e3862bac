"""The pages on sides, simulator and traces say what the code does: their snippets run, their tables are complete."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.oneway import handset as hand
from uimkit.apdu import INS
from uimkit.card.definition import Choices
from uimkit.oneway.policy import Latch
from uimkit.simulator.commands.table import COMMANDS
from uimkit.trace.model import Step, read_trace, shipped_traces
from uimkit.trace.replay import replay

DOCS = Path(__file__).parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page(name), re.DOTALL | re.MULTILINE)


def test_the_snippets_for_own_tests_run_one_after_the_other() -> None:
    names: dict[str, Any] = {}
    snippets = blocks("simulator.md", "python")
    assert len(snippets) == 2
    for snippet in snippets:
        exec(compile(snippet, "docs/simulator.md", "exec"), names)
    assert names["card"].side == "cdma"


def test_the_command_table_names_every_instruction_and_no_other() -> None:
    listed = {
        (int(row[1], 16), re.sub(r"[ /]", "_", row[2]))
        for row in re.finditer(
            r"^\| (?:A0|80) ([0-9A-F]{2}) \| ([A-Z_/ ]+) \| (?!TS 102 222)", page("simulator.md"), re.M
        )
    }
    assert listed == {(ins, name) for name, ins in INS.__members__.items()}
    assert {ins for ins, _ in listed} == {ins for _, ins in COMMANDS}


def test_the_choices_and_their_defaults_are_those_of_the_code() -> None:
    given = tomllib.loads(blocks("simulator.md", "toml")[0])["choices"]
    assert {name: int(v, 16) if name.endswith("_sw") else v for name, v in given.items()} == {
        field.name: field.default for field in fields(Choices)
    }
    for name in given:
        assert page("simulator.md").count(f"`{name}`") == 1


def test_the_example_sequence_plays_with_its_outcome(tmp_path: Path) -> None:
    path = tmp_path / "my-phone.json"
    path.write_text(blocks("traces.md", "json")[0])
    result = replay(read_trace(str(path)), hand.new_card())
    assert (result.failure, result.as_expected) == (None, True)


def test_the_page_on_traces_names_every_sequence_and_every_field() -> None:
    text = page("traces.md")
    for name in shipped_traces():
        outcome = read_trace(name).outcome
        assert outcome is not None
        expected = f"| side {outcome.side_at_end}, book {outcome.book} |"
        assert any(f"`{name}`" in line and expected in line for line in text.splitlines())
    for field in Step.__struct_encode_fields__:
        assert f"`{field}`" in text


RULES_BY_NUMBER = [
    *(f"S{n}" for n in range(1, 6)),
    *(f"V{n}" for n in range(1, 10)),
    *(f"W{n}" for n in range(1, 11)),
]


@pytest.mark.parametrize("number", RULES_BY_NUMBER)
def test_every_rule_is_on_the_page_and_has_tests_with_its_number(number: str) -> None:
    assert f"- **{number}.**" in page("one-way.md")
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    assert any(f"def test_{number.lower()}_" in text for text in tests)


@pytest.mark.parametrize("latch", list(Latch))
def test_the_page_on_one_way_names_every_latch(latch: Latch) -> None:
    assert f"`{latch}`" in page("one-way.md")
