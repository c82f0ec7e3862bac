"""A compiled template fills as the plain substitution does."""

from __future__ import annotations

import pytest

from uimkit.errors import InputError
from uimkit.perso.steps import fill
from uimkit.perso.template import CompiledTemplate

TEXT = "{A}x{SID+NID}\n{A:0:1}{A:1:3} {b} {B} 100% {}\n"
ROW = {"A": "010203", "SID+NID": "3600", "B": "FF", "UNUSED": "00"}


@pytest.mark.parametrize("text", ["", "no placeholder", "{A}", "{A}{A}", TEXT])
def test_a_compiled_template_fills_as_the_substitution_does(text: str) -> None:
    compiled = CompiledTemplate(text)
    assert compiled.fill(ROW) == fill(text, ROW)
    assert compiled.fill({**ROW, "A": "AABBCC"}) == fill(text, {**ROW, "A": "AABBCC"})


def test_slices_are_octets_of_the_column() -> None:
    assert CompiledTemplate(TEXT).fill(ROW) == "010203x3600\n010203 {b} FF 100% {}\n"


def test_a_compiled_template_names_its_columns_once_in_order() -> None:
    assert CompiledTemplate(TEXT).columns == ("A", "SID+NID", "B")


def test_a_lacking_column_is_one_clear_line() -> None:
    with pytest.raises(InputError, match=r"lacks the column B of the template"):
        CompiledTemplate(TEXT).fill({"A": "010203", "SID+NID": "3600"})
