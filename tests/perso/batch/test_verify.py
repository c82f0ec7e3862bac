"""A delivered folder that was changed, moved, cut short or forged: what `verify` finds, and what it says it knows."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.perso.batch.test_batch import SECRETS, options, write_order
from uimkit.errors import InputError, UimkitError
from uimkit.perso.audit import DECODERS
from uimkit.perso.batch import verify as module
from uimkit.perso.batch.manifest import load_manifest
from uimkit.perso.batch.order import masked_copy, parse_order
from uimkit.perso.batch.player import INSIDE, Player
from uimkit.perso.batch.run import run
from uimkit.perso.batch.verify import Options, verify
from uimkit.perso.create import create_template
from uimkit.perso.dialects import DIALECTS
from uimkit.perso.placing import PLACINGS
from uimkit.perso.plan import Plan
from uimkit.perso.rows import CardData
from uimkit.perso.steps import script_template
from uimkit.profile.load import load_profile


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A folder is changed and verified again in one process."""
    yield
    module._bench.cache_clear()


def made(tmp_path: Path, source: str = "derived", change: Callable[[str], str] = lambda text: text) -> Path:
    order = write_order(tmp_path, source)
    order.write_text(change(order.read_text()))
    run(order, tmp_path / "made", options())
    return tmp_path / "made"


def forge(folder: Path, **facts: object) -> None:
    """Make manifest and audit log fit the files again, as somebody does who may write everything."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_bytes()) | facts
    for name in manifest["files"]:
        raw = (folder / name).read_bytes()
        manifest["files"][name] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    path.write_text(json.dumps(manifest))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    log = folder / "audit.jsonl"
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    lines[-1]["manifest_sha256"] = digest
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    module._bench.cache_clear()


def replace(folder: Path, old: str, new: str, pattern: str = "*") -> int:
    """Replace text in all files of a folder; in how many."""
    count = 0
    for path in folder.rglob(pattern):
        if path.is_file() and ".batch" not in path.parts and old in path.read_text():
            path.write_text(path.read_text().replace(old, new))
            count += 1
    return count


def cells(folder: Path, card: int) -> dict[str, str]:
    lines = (folder / "data.csv").read_text().splitlines()
    return dict(zip(lines[0].split(","), lines[card].split(","), strict=True))


def test_workers_change_no_result(tmp_path: Path) -> None:
    folder, seen = made(tmp_path), []
    found = verify(folder, Options(progress=lambda done, total: seen.append((done, total))))
    assert seen[-1] == (20, 20)
    assert verify(folder, Options(workers=2)) == found
    assert verify(folder, Options(sample=7)).played == 3


def test_a_missing_and_an_extra_file_are_found(tmp_path: Path) -> None:
    folder = made(tmp_path)
    (folder / "scripts" / "00000021-00000028.json").write_text("{}")
    with pytest.raises(UimkitError, match=r"00000021-00000028\.json: this file is not in the manifest"):
        verify(folder)
    forge(
        folder,
        files=json.loads((folder / "manifest.json").read_bytes())["files"] | {"scripts/00000021-00000028.json": {}},
    )
    with pytest.raises(UimkitError, match=r"the manifest has, against the order, scripts/00000021-00000028\.json"):
        verify(folder)
    (folder / "scripts" / "00000021-00000028.json").unlink()
    (folder / "laser.csv").unlink()
    with pytest.raises(UimkitError, match=r"laser\.csv: the file is missing|00000021"):
        verify(folder)


def test_a_changed_manifest_and_a_cut_audit_log_are_found(tmp_path: Path) -> None:
    folder = made(tmp_path)
    whole, log = (folder / "manifest.json").read_text(), (folder / "audit.jsonl").read_text()
    (folder / "manifest.json").write_text(whole.replace('"warnings": 0', '"warnings": 1'))
    with pytest.raises(UimkitError, match="the audit log is that of another manifest"):
        verify(folder)
    (folder / "manifest.json").write_text(whole)
    (folder / "audit.jsonl").write_text("".join(log.splitlines(keepends=True)[:-1]))
    with pytest.raises(UimkitError, match="the audit log has no line of the end"):
        verify(folder)
    (folder / "audit.jsonl").write_text(log)
    (folder / "order.toml").write_text((folder / "order.toml").read_text().replace("Footel", "Bartel"))
    with pytest.raises(UimkitError, match=r"order\.toml: not as the manifest says"):
        verify(folder)
    (folder / "manifest.json").write_text(whole.replace('"version": 1', '"version": 2'))
    with pytest.raises(UimkitError, match="expected 'uimkit-batch' version 1"):
        load_manifest(folder)


def test_a_forged_value_is_found_by_its_value(tmp_path: Path) -> None:
    """Every hash fits, scripts and data agree, and the card plays; only the IMSI is not the order's."""
    folder = made(tmp_path)
    first, second = cells(folder, 3)["IMSI"], cells(folder, 19)["IMSI"]
    assert replace(folder, first, second) >= 4
    forge(folder)
    with pytest.raises(UimkitError, match=r"card \d+: IMSI") as caught:
        verify(folder, Options(sample=10_000))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["AKEY", "PUK1", "PIN2", "ADM", "KI"])
def test_a_forged_secret_is_found_and_not_shown(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path, change=lambda text: text.replace('response = "var_out"', "").replace("laser", "#laser"))
    value = cells(folder, 2)[name]
    other = value[:-1] + ("1" if value[-1] != "1" else "2") if name not in ("PIN1", "PIN2") else "39393939" + value[8:]
    replace(folder, value, other)
    forge(folder)
    with pytest.raises(UimkitError, match=name) as caught:
        verify(folder)
    assert other not in str(caught.value)
    assert value not in str(caught.value)


def test_playing_alone_finds_a_forged_value(tmp_path: Path) -> None:
    """Not the octets of the data are looked at here but what the card says."""
    folder = made(tmp_path)
    plan = Plan(load_profile("china-telecom-oneway"))
    columns = ("ICCID", "IMSI", "SID", "IMSIG", *SECRETS)
    values = {"ICCID": "89860326001000001000", "IMSI": "460030123400000", "SID": "3600", "IMSIG": "001010123400000",
              **dict.fromkeys(("AKEY",), "00" * 8), "PIN1": "1234", "PIN2": "1235", "PUK1": "12345678",
              "PUK2": "87654321", "ADM": "ABCDEF01", "KI": "11" * 16, "MNHASS": "22" * 8}  # fmt: skip
    del values["MNHASS"]
    resolved = plan.resolve(CardData(values, columns))
    player = Player(plan, DIALECTS["scriptor"].dump(script_template(plan, columns), "x"))
    row = plan.row(resolved)
    player.check(row, resolved.values)
    for name in (n for n in resolved.values if n in plan.places and n not in ("SPC", "SPCS", "PRL")):
        wrong = {**resolved.values, name: {"HRPDUPP": "a@b", "SIPUPP": "c@d"}.get(name, resolved.values[name][::-1])}
        if wrong[name] == resolved.values[name] or name == "ADM":
            wrong[name] = resolved.values[name][:-1] + ("7" if resolved.values[name][-1] != "7" else "8")
        with pytest.raises(UimkitError, match=name):
            player.check(row, wrong)
    player.check(row, resolved.values)
    assert folder.exists()


def test_every_field_of_a_card_is_read() -> None:
    codes = {"PIN1", "PIN2", "ADM"}
    assert {*DECODERS, *INSIDE, *codes} == set(PLACINGS)


def test_operator_rows_that_changed_places_are_found(tmp_path: Path) -> None:
    folder = made(tmp_path)
    path = folder / "response.txt"
    lines = path.read_text().splitlines(keepends=True)
    lines[-1], lines[-2] = lines[-2], lines[-1]
    path.write_text("".join(lines))
    forge(folder)
    with pytest.raises(UimkitError, match="ICCID of the operator's file"):
        verify(folder)


def test_operator_secrets_that_changed_places_are_found(tmp_path: Path) -> None:
    folder = made(tmp_path, "random")
    path = folder / "response.txt"
    lines = path.read_text().splitlines()
    names = next(line for line in lines if line.startswith("var_Out: ")).removeprefix("var_Out: ").split("/")
    at = names.index("AKEY")
    last, other = lines[-1].split(" "), lines[-2].split(" ")
    last[at], other[at] = other[at], last[at]
    path.write_text("\n".join([*lines[:-2], " ".join(other), " ".join(last)]) + "\n")
    forge(folder)
    with pytest.raises(UimkitError, match="AKEY of the operator's file: found"):
        verify(folder)
    shutil.rmtree(folder / ".batch")
    module._bench.cache_clear()
    with pytest.raises(UimkitError, match="AKEY"):
        verify(folder)


def test_a_wrong_pin_on_paper_is_found(tmp_path: Path) -> None:
    folder = made(tmp_path)
    lines = (folder / "laser.csv").read_text().splitlines()
    iccid, pin, remark = lines[5].split(",")
    lines[5] = f"{iccid},{int(pin) ^ 1:04},{remark}"
    (folder / "laser.csv").write_text("\n".join(lines) + "\n")
    forge(folder)
    with pytest.raises(UimkitError, match=r"PIN1 of laser\.csv"):
        verify(folder)


@pytest.mark.parametrize("version", [None, "0.0.1"])
def test_a_changed_template_is_found_even_with_everything_made_again(tmp_path: Path, version: str | None) -> None:
    """A template that writes other constants; an older version's template is not compared, but what it writes is."""
    folder = made(tmp_path)
    template = (folder / "template.derived-keys.scriptor").read_text()
    line = next(
        line for line in template.splitlines() if line.startswith("A0D6") and "{" not in line and len(line) > 40
    )
    other = line[:-2] + ("00" if line[-2:] != "00" else "01")
    assert replace(folder, line, other) >= 2
    forge(folder, **({"uimkit": version} if version else {}))
    expected = "not the template" if version is None else "found other octets than its values come to"
    with pytest.raises(UimkitError, match=expected):
        verify(folder)


def test_a_template_that_writes_more_is_found(tmp_path: Path) -> None:
    """A command more in every script, into a file that no field of the data fills."""
    folder = made(tmp_path, change=lambda text: text.replace('"json", "scriptor", "pysim"', '"scriptor"'))
    telecom = "A0A40000027F10\n"
    text = (folder / "template.derived-keys.scriptor").read_text()
    more = "# expect 9FXX\nA0A40000026F3A\n# expect 9000\nA0DC01041C" + "41" * 28 + "\n"
    assert telecom in text
    assert replace(folder, telecom, telecom + more, "*.scriptor") >= 2
    forge(folder, uimkit="0.0.1")
    with pytest.raises(UimkitError, match=r"6F3A|step \d+ of"):
        verify(folder)


def test_an_input_file_is_compared_when_it_is_handed_in(tmp_path: Path) -> None:
    order = with_file(tmp_path)
    run(order, tmp_path / "made", options())
    folder = tmp_path / "made"
    alone = verify(folder)
    assert alone.compared["IMSI"] == "the operator's file"
    assert alone.compared["KI"] == "the operator's file"
    assert any("--input" in note for note in alone.notes)
    found = verify(folder, Options(input=tmp_path / "cards.csv"))
    assert (found.compared["IMSI"], found.compared["KI"], found.notes) == ("the input file", "the input file", ())
    (tmp_path / "other.csv").write_text((tmp_path / "cards.csv").read_text() + "\n")
    with pytest.raises(UimkitError, match="not the input file that the folder was made of"):
        verify(folder, Options(input=tmp_path / "other.csv"))
    with pytest.raises(InputError, match="no such file"):
        verify(folder, Options(input=tmp_path / "none.csv"))


def test_scripts_of_every_player_are_played_and_what_is_none_is_noted(tmp_path: Path) -> None:
    dialects = '"pcom", "pysim", "gpshell", "jcshell", "pcom-var"'
    folder = made(tmp_path, change=lambda text: text.replace('"json", "scriptor", "pysim"', dialects))
    assert verify(folder).notes == ("scripts of pcom-var were compared with template and data as text",)
    script = next((folder / "scripts").glob("00000001-*.jcsh"))
    script.write_text(script.read_text().replace("/send A0A4", "/send A0B4", 1))
    forge(folder)
    with pytest.raises(UimkitError, match="the jcshell script is not template and data"):
        verify(folder)


CREATED = 'extends = "china-telecom-oneway"\n[administrative]\ncommands = "ts-102-222"\n'


def test_scripts_that_create_the_files_are_played_on_an_empty_card(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(CREATED)
    folder = made(tmp_path, change=created)
    assert "00E00000" in (folder / "template.derived-keys.json").read_text()
    assert verify(folder).played == 20


def created(text: str) -> str:
    return text.replace('"china-telecom-oneway"', '"c.toml"').replace("[outputs]", '[outputs]\nstyle = "create"')


def test_a_file_that_is_created_with_other_access_conditions_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when another version made the templates, so that they are taken as they are."""
    (tmp_path / "c.toml").write_text(CREATED)
    folder = made(tmp_path, change=created)
    ef_spc = next(  # read with ADM only
        step.apdu
        for step in create_template(Plan(load_profile(str(tmp_path / "c.toml"))), ("ICCID",))
        if step.name == "create 3F00/7F25/6F33 EF_SPC"
    )
    assert replace(folder, ef_spc, ef_spc.replace("8C061F1414FF1414", "8C061F1414FF1400"))
    forge(folder, uimkit="0.0.1")
    with pytest.raises(UimkitError, match="found other files or access conditions"):
        verify(folder)


def test_create_scripts_need_a_profile_that_can(tmp_path: Path) -> None:
    order = write_order(tmp_path)
    order.write_text(order.read_text().replace("[outputs]", '[outputs]\nstyle = "create"'))
    with pytest.raises(InputError, match="a create script needs"):
        run(order, tmp_path / "made", options())


def with_file(tmp_path: Path) -> Path:
    rows = ["ICCID,IMSI,SID,IMSIG,KI", "89860326001000001004,460030123400000,3600,001010123400000," + "1A" * 16]
    (tmp_path / "cards.csv").write_text("\n".join(rows) + "\n")
    order = write_order(tmp_path)
    text = order.read_text().replace('KI = "derived"', 'KI = "given"')
    begin, end = text.index("count ="), text.index("[keys]")
    order.write_text(text[:begin] + 'file = "cards.csv"\n' + text[end:])
    return order


def test_what_nobody_knows_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path, "random", lambda text: text.replace('response = "var_out"', ""))
    assert verify(folder).compared["AKEY"] == "the stored keys"
    module._bench.cache_clear()
    monkeypatch.delenv("TEST_WORK")
    found = verify(folder)
    assert "AKEY" not in found.compared
    assert found.not_compared["AKEY"].startswith("no work key: env:TEST_WORK")
    shutil.rmtree(folder / ".batch")
    module._bench.cache_clear()
    assert "not in the folder" in verify(folder).not_compared["KI"]


def test_without_any_key_the_open_values_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path)
    for name in ("TEST_SEED", "TEST_WORK", "TEST_TRANSPORT"):
        monkeypatch.delenv(name)
    found = verify(folder)
    assert found.compared["IMSIG"] == "the order"
    assert found.not_compared["KI"].startswith("no seed: env:TEST_SEED")
    assert any("operator's file were not read" in note for note in found.notes)


def test_an_own_profile_goes_with_the_folder(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    (away / "own.toml").write_text('extends = "middle.toml"\ntitle = "own"\n')
    (away / "middle.toml").write_text('extends = "china-telecom-oneway"\ntitle = "middle"\n')
    folder = made(tmp_path, change=lambda text: text.replace('"china-telecom-oneway"', '"away/own.toml"'))
    assert str(tmp_path) not in (folder / "manifest.json").read_text()
    shutil.rmtree(away)
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    assert verify(moved).cards == 20
    replace(moved, 'title = "own"', 'title = "mine"', "*own.toml")
    forge(moved)
    with pytest.raises(UimkitError, match="the profile own is not the one that the folder was made with"):
        verify(moved)


def test_a_shipped_profile_of_another_version_is_told_in_one_line(tmp_path: Path) -> None:
    folder = made(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    forge(folder, uimkit="0.0.1", profile=manifest["profile"] | {"sha256": "0" * 64})
    with pytest.raises(UimkitError, match=r"china-telecom-oneway is not the one .* made with uimkit 0\.0\.1, this is"):
        verify(folder)


def test_fixed_secrets_are_masked_in_the_copy_of_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_ADM", "ABCD1234")
    fixed = '[keys.fixed]\nPIN1 = "4711"\nADM = "env:TEST_ADM"\n\n[transport]'
    policy = {'PIN1 = "derived"': 'PIN1 = "fixed"', 'ADM = "derived"': 'ADM = "fixed"', "[transport]": fixed}

    def change(text: str) -> str:
        for old, new in policy.items():
            text = text.replace(old, new)
        return text

    folder = made(tmp_path, change=change)
    assert "4711" not in (folder / "order.toml").read_text()
    assert 'PIN1 = "masked"' in (folder / "order.toml").read_text()
    found = verify(folder)
    assert (found.compared["PIN1"], found.compared["ADM"]) == ("the operator's file", "the order")
    module._bench.cache_clear()
    order = tmp_path / "A-1-derived.toml"
    assert verify(folder, Options(order=order)).compared["PIN1"] == "the order"
    order.write_text(order.read_text().replace("4711", "4712"))
    with pytest.raises(UimkitError, match="this is not the order that the folder was made of"):
        verify(folder, Options(order=order))


@pytest.mark.parametrize(
    "text",
    ['[keys.fixed]\nPIN1 = "4711"\n', 'keys.fixed."PIN1" = "4711"\n', "[keys]\nfixed = { PIN2 = 'x', PIN1='4711' }\n"],
)
def test_a_fixed_secret_is_masked_however_it_is_written(text: str) -> None:
    copy = masked_copy(text.encode(), "order")
    assert b"4711" not in copy
    assert b'"masked"' in copy


@pytest.mark.parametrize("text", ['[keys.fixed]\nPIN1 = "47\\u00311"\n', '[keys.fixed]\nPIN1 = """4711"""\n'])
def test_a_fixed_secret_that_can_not_be_masked_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"order: keys\.fixed: it can not be masked") as caught:
        masked_copy(text.encode(), "order")
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("count = 20", "count = 0", r":6: input\.count: "),
        ("[transport]", "[transports]", r":15: transports: object contains unknown field"),
        ("cards_per_file", "cards_a_file", r":21: outputs\.cards_a_file: "),
        ('"json", "scriptor"', '"yson", "scriptor"', r":19: outputs\.dialects: found 'yson'"),
        ("fields = { SID", "fields = { SIDE", r":8: input\.fields\.SIDE: unknown field"),
        ("fields = {", 'fields = { PIN1 = "1234",', r":8: input\.fields\.PIN1: this is a secret"),
        ('ICCID = "8986', 'ICCID = "A986', r":7: input\.ranges\.ICCID: "),
        ('AKEY = "derived"', 'AKEY = "drawn"', r":13: keys\.policy\.AKEY: AKEY: unknown source"),
        ("[outputs]", "[outputs", r":18: this is not TOML"),
    ],
)
def test_an_error_in_an_order_has_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    order = write_order(tmp_path)
    text = order.read_text()
    assert old in text
    with pytest.raises(InputError, match=rf"order\.toml{expected}") as caught:
        parse_order(text.replace(old, new).encode(), "order.toml")
    assert "\n" not in str(caught.value)


def test_a_resumed_run_plays_what_an_unverified_one_made(tmp_path: Path) -> None:
    order = write_order(tmp_path)

    def stop(done: int, total: int) -> None:
        if done >= 14:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(order, tmp_path / "made", options(progress=stop))
    assert run(order, tmp_path / "made", options(verify=1)).played == 20
    last = json.loads((tmp_path / "made" / "audit.jsonl").read_text().splitlines()[-1])
    assert (last["event"], last["played"]) == ("finished", 20)
    assert run(order, tmp_path / "made", options(verify=1)).played == 0
    run(order, tmp_path / "other", options())
    assert (tmp_path / "other" / "manifest.json").read_bytes() == (tmp_path / "made" / "manifest.json").read_bytes()


def test_the_order_shows_no_secret_in_its_repr() -> None:
    text = 'order="A"\ncustomer="F"\nprofile="p"\n[input]\nfile="x"\n[keys.fixed]\nPIN1="4711"\n'
    assert "4711" not in repr(parse_order(text.encode(), "x"))
