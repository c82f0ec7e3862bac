"""Every check finds what it is for, at its line; the shipped profiles have nothing to find."""

from __future__ import annotations

import re

import pytest

from uimkit.errors import InputError
from uimkit.profile.build import CardProfile
from uimkit.profile.card_checks import check_card
from uimkit.profile.checks import check_profile
from uimkit.profile.load import load_profile, parse_profile, profile_schema, shipped_profiles
from uimkit.profile.locate import line_of
from uimkit.profile.summary import summarise

ONE_WAY = load_profile("china-telecom-oneway")


def changed(*changes: tuple[str, str]) -> CardProfile:
    text = ONE_WAY.text
    for old, new in changes:
        assert len(re.findall(old, text, re.MULTILINE)) == 1, old
        text = re.sub(old, new, text, flags=re.MULTILINE)
    return parse_profile(text, "changed.toml", "changed")


def content(path: str, new: str) -> tuple[str, str]:
    return rf'^"{path}" = .*$', f'"{path}" = {{ {new} }}'


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_shipped_profiles_have_no_findings(name: str) -> None:
    assert check_profile(load_profile(name)) == []


@pytest.mark.parametrize(
    ("changes", "id", "field"),
    [
        ([(r'^"3F00/7F25/6F21" = .*\n', "")], "AFS.TREE.complete", "3F00/7F25"),
        ([(r"^SST = \[1, 2,", "SST = [1,")], "CEF.SST.files", "3F00/7F10/6F3A"),
        ([(r"^CST = \[1, 2,", "CST = [1, 2, 3,")], "CEF.CST.files", "services.CST"),
        ([(r"^SST = \[1, 2, 4, 7, 9, 12,", "SST = [1, 2, 4, 7, 9, 10, 12,")], "CEF.SST.files", "services.SST"),
        ([(r"^hidden = .*$", "")], "SEC.ONEWAY.ext1", "3F00/7F10/6F4A"),
        ([(r', "3F00/7F10/6F44"\] #', "] #")], "SEC.ONEWAY.ext1", "3F00/7F10/6F44"),
        ([(r'^latch = \["read-cdma-identity"\]', 'latch = ["select-df-cdma"]')], "SEC.ONEWAY.latch", "oneway.latch"),
        ([content("3F00/2FE2", 'content = "98683062091000000062"')], "CEF.ICCID.luhn", "3F00/2FE2"),
        ([content("3F00/7F25/6F45", 'size = 2, content = "1000"')], "CEF.PRL.maxprl", "3F00/7F25/6F45"),
        ([content("3F00/7F25/6F22", 'content = "008503A69A3A5C006701"')], "CEF.IMSI_M.programmed", "3F00/7F25/6F22"),
        ([content("3F00/7F25/6F22", 'content = "00FFFFFFFFFFFF80FFFF"')], "CEF.IMSI_M.coding", "3F00/7F25/6F22"),
        ([content("3F00/7F25/6F2C", 'content = "03"')], "CEF.ACCOLC.lastdigit", "3F00/7F25/6F2C"),
        ([content("3F00/7F20/6F78", 'content = "0300"')], "CEF.ACC.onebit", "3F00/7F20/6F78"),
        ([content("3F00/7F20/6F78", 'content = "0100"')], "CEF.ACC.lastdigit", "3F00/7F20/6F78"),
        ([content("3F00/7F25/6F31", 'content = "0401020380000000"')], "CEF.RUIMID.puimid", "3F00/7F25/6F31"),
        ([content("3F00/7F25/6F42", 'content = "03"')], "CEF.USGIND.consistent", "3F00/7F25/6F42"),
        ([content("3F00/7F25/6F31", 'content = "0400000000000000"')], "CEF.USGIND.consistent", "3F00/7F25/6F42"),
        (
            [content("3F00/7F25/6F30", 'size = 2048, content = "0012000100804001401F420005400020ECCF"')],
            "CEF.PRL.crc",
            "3F00/7F25/6F30",
        ),
        ([content("3F00/7F25/6F30", 'size = 2048, content = "0005"')], "CEF.PRL.size", "3F00/7F25/6F30"),
        ([content("3F00/7F25/6F46", 'content = "01"')], "CEF.SPCS.flag", "3F00/7F25/6F46"),
        ([content("3F00/7F25/6F28", 'record_count = 1, records = ["0100FFFF00"]')], "CEF.CDMAHOME.range", "6F28"),
        (
            [content("3F00/7F25/6F57", 'value = { nai = "460030000000001@mycdma.cn", auth = "CHAP" }')],
            "CEF.HRPDUPP.nai",
            "3F00/7F25/6F57",
        ),
        ([content("3F00/7F25/6F21", 'record_count = 5, access = { read = "ALW" }')], "SEC.ACC.conditions", "6F21"),
    ],
)
def test_a_check_finds_what_it_is_for(changes: list[tuple[str, str]], id: str, field: str) -> None:
    profile = changed(*changes)
    findings = [finding for finding in check_profile(profile) if finding.id == id and field in finding.field]
    assert findings, [str(finding) for finding in check_profile(profile)]
    line = profile.text.splitlines()[findings[0].line - 1]
    assert findings[0].field.rpartition('"')[0].rpartition('"')[2] in line or "services" in line or "latch" in line
    assert str(findings[0]).startswith(f"changed.toml:{findings[0].line}: ")


def test_a_readable_fdn_is_warned_about() -> None:
    profile = changed(
        (r'^"3F00/7F10/6F3C" =', '"3F00/7F10/6F3B" = { record_length = 28, record_count = 5 }\n"3F00/7F10/6F3C" ='),
        (r"^SST = \[1, 2,", "SST = [1, 2, 3,"),
        (r"^CST = \[1, 2,", "CST = [1, 2, 3,"),
    )
    assert [finding.id for finding in check_profile(profile)] == ["SEC.ONEWAY.readable"]


def test_the_checks_work_on_a_card_image_too() -> None:
    memory = ONE_WAY.fresh_memory()
    index = ONE_WAY.definition.index
    memory.write(index["3F00/7F25/6F2C"], 0, b"\x03")
    bodies = {path: memory.contents[i] for path, i in index.items()}
    assert [issue.id for issue in check_card(ONE_WAY.product, bodies)] == ["CEF.ACCOLC.lastdigit"]


TEXT = "a = 1\n\n[t]\nb = [\n  1,\n  2,\n]\n# c\nc = { d = 2 }\n"


@pytest.mark.parametrize(
    ("path", "line"), [(("a",), 1), (("t",), 3), (("t", "b"), 4), (("t", "b", 1), 4), (("t", "c", "d"), 9), (("x",), 1)]
)
def test_lines_of_keys(path: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, path) == line


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (r'^"3F00/7F25/6F22" = .*$', '"3F00/7F25/6F22" = { value = { imsi = "46003" } }', '6F22".value'),
        (r'^"3F00/7F25/6F22" = .*$', '"3F00/7F25/6F22" = { content = "00", size = 9 }', "the standard's rule"),
        (r'^"3F00/7F25/6F22" = .*$', '"3F00/7F25/6F22" = { records = ["00"] }', "transparent EF takes content"),
        (r'^"3F00/7F25/6F22" = .*$', '"3F00/7F25/6F22" = { structure = "cyclic" }', 'expected "transparent"'),
        (r'^"3F00/7F10/6F3A" = .*$', '"3F00/7F10/6F3A" = { record_count = 255 }', "at most 254 records"),
        (r'^"3F00/7F10" = {}$', "", 'expected its directory "3F00/7F10"'),
        (r'^chv1 = "3F00/2FE4"$', 'chv1 = "3F00/2FE2"', "the path of another file already"),
        (r"^ki = (.*), length = 16 \}$", r"ki = \1, length = 8 }", "16 bytes for Ki"),
        (r'^protected = .*$', 'protected = ["3F00/7F10/6F40"]', "other files can be hidden"),
        (r'^value = "1234"$', 'value = "12"', "found"),
        (r'^aliases = .*$', 'aliases = { "3F00/7F21" = "3F00/7F99" }', "stands for a directory"),
    ],
)  # fmt: skip
def test_a_profile_that_can_not_be_built_says_file_line_field_and_what_was_expected(
    old: str, new: str, expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        changed((old, new))
    assert re.match(r"changed\.toml:\d+: \S+: ", str(caught.value))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_schema_and_the_summary_cover_every_table() -> None:
    schema = profile_schema()
    assert {"files", "oneway", "choices", "personalisation"} <= set(schema["$defs"]["Profile"]["properties"])
    assert len(summarise(ONE_WAY).files) == len(ONE_WAY.definition.files)
