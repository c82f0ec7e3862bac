"""A profile that extends another: tables merged, every error in the file and line where it stands."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from uimkit.errors import InputError
from uimkit.oneway.policy import Readback
from uimkit.profile.checks import check_profile
from uimkit.profile.layers import merged
from uimkit.profile.load import load_profile, parse_profile, profile_schema, shipped_profiles
from uimkit.profile.summary import summarise

BASE = """title = "base"
atr = "3B00"
aliases = { "3F00/7F21" = "3F00/7F20" }

[services]
SST = [2]

[files]
"3F00" = {}
"3F00/2FE2" = { content = "98683062091000000061" }
"3F00/7F10" = {}
"3F00/7F10/6F3A" = { record_length = 28, record_count = 250, records = ["41"] }
"3F00/7F20" = {}
"3F00/7F20/6F38" = {}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.toml").write_text(BASE, encoding="utf-8")
    return tmp_path


def extended(folder: Path, text: str, name: str = "mine.toml") -> str:
    (folder / name).write_text(f'extends = "base.toml"\n{text}', encoding="utf-8")
    return name


def test_the_session_profile_is_the_same_card_with_another_readback() -> None:
    never, session = load_profile("china-telecom-oneway"), load_profile("china-telecom-oneway-session")
    assert session.product.policy.readback is Readback.SESSION
    assert session.definition.files == never.definition.files
    assert session.bodies == never.bodies
    assert (session.title != never.title, session.definition.profile) == (True, "china-telecom-oneway-session")
    assert summarise(session).extends == "china-telecom-oneway"
    assert summarise(never).extends is None


def test_tables_are_merged_and_everything_else_is_replaced(folder: Path) -> None:
    name = extended(
        folder, 'title = "mine"\n[services]\nSST = [2, 4]\n[files]\n"3F00/7F10/6F3A" = { record_count = 3 }'
    )
    mine = load_profile(name)
    book = mine.definition.files[mine.definition.index["3F00/7F10/6F3A"]]
    assert (mine.title, book.record_length, book.records) == ("mine", 28, 3)
    assert mine.bodies["3F00/7F10/6F3A"][:1] == b"A"
    assert mine.bodies["3F00/7F20/6F38"][0] == 0b11001100
    assert mine.definition.aliases == {"3F00/7F21": "3F00/7F20"}


def test_a_way_to_give_contents_takes_the_place_of_the_others(folder: Path) -> None:
    name = extended(folder, '[files]\n"3F00/2FE2" = { value = { iccid = "89860326900100000024" } }')
    assert load_profile(name).bodies["3F00/2FE2"].hex() == "98683062091000000042"
    assert merged({"value": {"a": 1}}, {"value": {"b": 2}}) == {"value": {"b": 2}}


@pytest.mark.parametrize(
    ("above", "place"),
    [
        ('[files]\n"3F00/7F10/6F3A" = { record_count = 255 }', "mine.toml:3: "),
        ('[files]\n"3F00/7F10/6F3A" = { records = ["' + "41" * 29 + '"] }', "mine.toml:3: "),
        ('[oneway]\nprotected = ["3F00/7F10/6F44"]', "mine.toml:3: "),
        ("[services]\nCST = [2]", "mine.toml:3: "),
        ("nonsense = 1", "mine.toml:1: "),
        ('[files]\n"3F00/7F10/6F3A" = { record_length = 300 }', "mine.toml:3: "),
        ("[files\n", "mine.toml:2: this is not TOML"),
    ],
)
def test_an_error_of_the_upper_file_names_its_line(folder: Path, above: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        load_profile(extended(folder, above))
    assert str(caught.value).startswith(place)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('atr = "3B00"', 'atr = "3A00"', "base.toml:2: atr"),
        ("[services]", "nonsense = 1\n[services]", "base.toml:1: "),
        ("SST = [2]", "SST = [61]", "base.toml:5: services"),
        ("record_length = 28", "record_length = 3", "base.toml:12: "),
        ("[services]", "[services", "base.toml:5: this is not TOML"),
    ],
)
def test_an_error_of_the_lower_file_names_that_file(folder: Path, old: str, new: str, place: str) -> None:
    (folder / "base.toml").write_text(BASE.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_profile(extended(folder, "[oneway]\n"))
    assert str(caught.value).startswith(place)


def test_a_finding_stands_where_its_key_does() -> None:
    text = 'extends = "china-telecom-oneway"\ntitle = "mine"\n\n[files]\n"3F00/7F25/6F2C" = { content = "03" }\n'
    found = check_profile(parse_profile(text, "mine.toml", "mine"))
    assert [(finding.id, finding.file, finding.line) for finding in found] == [("CEF.ACCOLC.lastdigit", "mine.toml", 5)]
    text = 'extends = "china-telecom-oneway"\n[files]\n"3F00/7F25/6F22" = { value = { imsi = "460030123456780" } }\n'
    (accolc, *_) = check_profile(parse_profile(text, "mine.toml", "mine"))
    shipped = shipped_profiles()["china-telecom-oneway"]
    assert (accolc.id, accolc.file) == ("CEF.ACCOLC.lastdigit", shipped.name)
    assert "6F2C" in shipped.read_text(encoding="utf-8").splitlines()[accolc.line - 1]


@pytest.mark.parametrize(
    ("extends", "message"),
    [
        ('"nothing"', 'mine.toml:1: extends: found "nothing": can not read the profile'),
        ("7", "mine.toml:1: extends: found 7, expected the name or file of a profile"),
        ('"mine.toml"', 'mine.toml:1: extends: found "mine.toml", which extends this profile'),
        ('"../mine.toml"', "mine.toml:1: extends: "),
        ('"other.toml"', 'other.toml:1: extends: found "mine.toml", which extends this profile'),
    ],
)
def test_an_extended_profile_that_can_not_be(folder: Path, extends: str, message: str) -> None:
    (folder / "mine.toml").write_text(f"extends = {extends}\n", encoding="utf-8")
    (folder / "other.toml").write_text('extends = "mine.toml"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_profile("mine.toml")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_file_extends_one_beside_it_from_wherever_it_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extended(folder, 'title = "mine"')
    extended(folder, "", "third.toml")
    (folder / "third.toml").write_text('extends = "mine.toml"\n', encoding="utf-8")
    monkeypatch.chdir("/")
    third = load_profile(str(folder / "third.toml"))
    assert (third.title, len(third.layers)) == ("mine", 3)


def test_the_schema_wants_extends_or_a_whole_profile() -> None:
    profile = profile_schema()["$defs"]["Profile"]
    assert profile["anyOf"] == [{"required": ["extends"]}, {"required": ["title", "atr", "files"]}]
    assert "required" not in profile
    text = shipped_profiles()["china-telecom-oneway-session"].read_text(encoding="utf-8")
    assert set(tomllib.loads(text)) == {"extends", "title", "oneway"}
