"""The command line as design's contract says: JSON, exit codes, one clear line for bad input, help that works."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from tests.cli.conftest import Done
from uimkit.cli.main import uimkit as root
from uimkit.profile.load import load_profile

Run = Callable[..., Done]


def commands(group: click.Group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for sub in group.list_commands(context):
        command = group.get_command(context, sub)
        assert command is not None
        yield f"{name} {sub}".strip(), command
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {sub}".strip())


LEAVES = {name: command for name, command in commands(root) if not isinstance(command, click.Group)}
NEEDS_PCSCD = ("reader list", "simulate")


def test_the_contract_names_stay() -> None:
    assert set(LEAVES) == {
        "batch run", "batch status", "batch verify",
        "card build", "card diff", "card show", "contacts export", "contacts import", "contacts list", "ef decode",
        "ef encode", "ef list", "ef show", "play", "probe", "profile check", "profile list", "profile schema",
        "profile show", "prove", "reader list", "replay", "script", "simulate",
    }  # fmt: skip


PROVEN_BY_THE_README = {"prove"}
"""Takes minutes, and tests/test_readme.py runs the same command."""


@pytest.mark.parametrize("name", sorted(set(LEAVES) - set(NEEDS_PCSCD) - PROVEN_BY_THE_README))
def test_the_example_of_every_help_works_as_printed(name: str, uimkit: Run, card: str, folder: Path) -> None:
    assert uimkit("card", "build", "plain-ruim", "-o", "other.uim").code == 0
    uimkit("script", "china-telecom-oneway", "--data", "cards.csv", "--per-card", "-o", "cards")
    uimkit("batch", "run", "order.toml", "-o", "done")
    if name == "play":
        uimkit("script", "china-telecom-oneway", "--data", "cards.csv", "--per-card", "-o", "scripts")
        uimkit("card", "build", "china-telecom-oneway", "-o", "card.uim")
    epilog = LEAVES[name].epilog or ""
    assert epilog.startswith("Example: uimkit "), name
    done = uimkit(*shlex.split(epilog.removeprefix("Example: uimkit ")))
    assert done.code == (1 if name == "card diff" else 0), done.err
    assert "--help" in uimkit(*name.split(), "--help").out


@pytest.mark.parametrize(
    "line",
    [
        "profile list",
        "profile show gsm-sim",
        "profile check plain-ruim",
        "profile schema",
        "ef list --df 7F25",
        "ef show EF_IMSI_M",
        "card show card.uim",
        "card show card.uim --as gsm",
        "card diff card.uim card.uim",
        "contacts list sim:card.uim",
        "contacts import sim:card.uim contacts.csv",
        "replay multimode-as-gsm sim:card.uim",
        "probe sim:card.uim",
        "script china-telecom-oneway --data cards.csv --explain",
        "script china-telecom-oneway --data cards.csv -o made",
    ],
)
def test_json_is_one_document_and_nothing_else(line: str, uimkit: Run, card: str) -> None:
    flag = [] if line == "profile schema" else ["--json"]
    done = uimkit(*line.split(), *flag)
    assert done.code == 0, done.err
    assert done.json is not None


def test_contacts_json_has_the_contract_shape(uimkit: Run, card: str) -> None:
    assert uimkit("contacts", "list", card, "--json").json == [
        {"record": 1, "name": "Li Ming", "number": "13800138000"},
        {"record": 2, "name": "张三", "number": "+8613800138001"},
    ]
    assert uimkit("contacts", "list", card, "--as", "gsm", "--json").json == []


def test_probe_json_has_the_contract_shape(uimkit: Run, card: str) -> None:
    found = uimkit("probe", card, "--json").json
    assert set(found) == {"atr", "iccid", "identity", "sides", "one_way"}
    assert set(found["sides"]) == {"restricted", "cdma"}
    assert found["one_way"]["verdict"] == "pass"


def test_a_probe_fails_a_card_that_shows_a_gsm_phone_the_tails_of_long_numbers(uimkit: Run, folder: Path) -> None:
    text = load_profile("china-telecom-oneway").text.replace(', "3F00/7F10/6F4A"] #', "] #")
    tail = '{ record_count = 10, records = ["020221F3FFFFFFFFFFFFFFFFFF"] }'
    text = text.replace('"3F00/7F10/6F4A" = { record_count = 10 }', f'"3F00/7F10/6F4A" = {tail}')
    (folder / "leaky.toml").write_text(text, encoding="utf-8")
    uimkit("card", "build", "leaky.toml", "-o", "leaky.uim")
    found = uimkit("probe", "sim:leaky.uim", "--json").json["one_way"]
    assert found["verdict"] == "fail"
    assert "a GSM phone reads 1 of 10 records of EF_EXT1 with content" in found["evidence"]


def test_tools_that_use_a_phs_directory_say_that_it_is_an_assumption(uimkit: Run, folder: Path) -> None:
    text = 'extends = "china-telecom-oneway"\ntitle = "PHS"\n[oneway]\nphs_directory = true\n'
    (folder / "phs.toml").write_text(text, encoding="utf-8")
    for arguments in (
        ("card", "build", "phs.toml", "-o", "phs.uim"),
        ("card", "show", "phs.uim"),
        ("profile", "show", "phs.toml"),
        ("profile", "show", "phs.toml", "--access"),
        ("profile", "check", "phs.toml"),
    ):
        done = uimkit(*arguments)
        assert done.code == 0, arguments
        assert "ASSUMPTION" in done.out + done.err, arguments
    assert "ASSUMPTION" not in uimkit("profile", "show", "china-telecom-oneway").out


def test_a_probe_writes_nothing(uimkit: Run, card: str, folder: Path) -> None:
    before = (folder / "card.uim").read_bytes()
    uimkit("probe", card)
    assert (folder / "card.uim").read_bytes() == before


def test_the_verdict_is_fail_on_an_ordinary_sim_with_contacts(uimkit: Run, folder: Path) -> None:
    uimkit("card", "build", "gsm-sim", "-o", "sim.uim")
    (folder / "pin").write_text("1234\n", encoding="utf-8")
    assert uimkit("contacts", "import", "sim:sim.uim", "contacts.csv", "--as", "gsm", "--chv1", "file:pin").code == 0
    done = uimkit("probe", "sim:sim.uim", "--json")
    assert done.json["one_way"]["verdict"] in ("inconclusive", "fail")
    assert done.json["one_way"]["verdict"] != "pass"


def test_card_show_json_has_the_contract_shape_and_masks_secrets(uimkit: Run, folder: Path) -> None:
    uimkit("card", "build", "china-telecom-oneway", "--data", "cards.csv", "-o", "card.uim")
    done = uimkit("card", "show", "card.uim", "--json")
    rows = {row["path"]: row for row in done.json["files"]}
    adn = rows["3F00/7F10/6F3A"]
    assert adn["record_length"] == 28
    assert len(adn["records"]) == 250
    assert {"read", "update"} <= set(adn["access"])
    assert rows["3F00/7F25/6F31"]["decoded"]["uimid"] == "803D2DB8"
    for secret in ("000102030405060708090A0B0C0D0E0F", "0102030405060708", b"11112222".hex(), b"A1B2C3D4".hex()):
        assert secret not in done.out
    assert rows["3F00/7F20/6F1A"]["hex"] is None


def test_a_played_script_equals_the_built_card(uimkit: Run, folder: Path) -> None:
    for dialect, suffix in (("json", "json"), ("scriptor", "scriptor")):
        out = f"per-card-{dialect}"
        made = uimkit(
            "script", "china-telecom-oneway", "--data", "cards.csv", "--dialect", dialect, "--per-card", "-o", out
        )
        assert made.code == 0, made.err
        for row, iccid in ((1, "89860326900100000016"), (2, "89860326900100000024")):
            uimkit("card", "build", "china-telecom-oneway", "-o", "blank.uim")
            uimkit("card", "build", "china-telecom-oneway", "--data", "cards.csv", "--row", str(row), "-o", "built.uim")
            played = uimkit("play", f"{out}/{iccid}.{suffix}", "sim:blank.uim", "--verify", "built.uim", "--json")
            assert played.code == 0, played.err
            assert played.json["ok"]
            assert not played.json["differences"]
            assert uimkit("card", "diff", "blank.uim", "built.uim").code == 0
            assert "11112222" not in played.out
    again = uimkit("play", f"{out}/{iccid}.{suffix}", "sim:blank.uim")
    assert again.code == 1
    assert "expected" in again.out


def test_a_dry_run_keeps_nothing_and_says_so(uimkit: Run, card: str, folder: Path) -> None:
    before = (folder / "card.uim").read_bytes()
    done = uimkit("contacts", "import", card, "contacts.csv", "--as", "gsm", "--dry-run")
    assert "would be copied" in done.out
    assert (folder / "card.uim").read_bytes() == before


BAD_PROFILE = 'title = "x"\natr = "3B00"\n[files]\n"3F00" = {}\n'


def one_line(done: Done, code: int) -> str:
    assert done.code == code, done.err
    assert not done.out
    lines = done.err.strip().splitlines()
    assert len(lines) == 1, done.err
    assert "Traceback" not in lines[0]
    return lines[0]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ('"3F00/7F20/6F99" = {}\n"3F00/7F20" = {}', 'bad.toml:5: files."3F00/7F20/6F99"'),
        ('"3F00/7F2" = {}', 'bad.toml:5: files."3F00/7F2"'),
        ('"3F00/2FE2" = { content = "98" , size = 11 }', "10"),
        ('"3F00/2FE2" = { contnet = "98" }', "contnet"),
        ("[administrative]\nlifecycle = 2E07", "write them in quotes"),
        ("[oneway]\nprotected = ['3F00/7F10/6F3A']", "which the profile does not have"),
        ("x", "this is not TOML"),
    ],
)
def test_a_bad_profile_is_one_line_with_file_line_and_field(
    added: str, expected: str, uimkit: Run, folder: Path
) -> None:
    (folder / "bad.toml").write_text(BAD_PROFILE + added + "\n", encoding="utf-8")
    line = one_line(uimkit("card", "build", "bad.toml", "-o", "new.uim"), 2)
    assert line.startswith("uimkit: bad.toml")
    assert expected in line
    assert not (folder / "new.uim").exists()


def test_bad_contacts_change_nothing(uimkit: Run, card: str, folder: Path) -> None:
    before = (folder / "card.uim").read_bytes()
    (folder / "gbk.csv").write_bytes("name,number\n张三,10086\n".encode("gbk"))
    assert "gbk.csv:2" in one_line(uimkit("contacts", "import", card, "gbk.csv"), 2)
    (folder / "long.csv").write_text("name,number\nA name that is too long for it,1\n", encoding="utf-8")
    assert "long.csv:2" in one_line(uimkit("contacts", "import", card, "long.csv"), 2)
    many = "name,number\n" + "".join(f"Name {i},{10000 + i}\n" for i in range(249))
    (folder / "many.csv").write_text(many, encoding="utf-8")
    assert "248" in one_line(uimkit("contacts", "import", card, "many.csv"), 2)
    assert (folder / "card.uim").read_bytes() == before


def test_one_contact_too_many_for_a_one_way_card_is_refused_with_nothing_lost(
    uimkit: Run, card: str, folder: Path
) -> None:
    many = "name,number\n" + "".join(f"Name {i},{10000 + i}\n" for i in range(249))
    (folder / "many.csv").write_text(many, encoding="utf-8")
    done = uimkit("contacts", "import", card, "many.csv", "--as", "gsm")
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1
    assert "92 40" in done.err
    stored = uimkit("contacts", "list", card, "--json").json
    assert len(stored) == 250
    assert stored[0]["name"] == "Li Ming"


def test_bad_card_data_is_one_line_with_file_and_line(uimkit: Run, folder: Path) -> None:
    (folder / "row.txt").write_text("89860326900100000016" + "," * 26 + "\n", encoding="utf-8")
    line = one_line(uimkit("card", "build", "china-telecom-oneway", "--data", "row.txt", "-o", "new.uim"), 2)
    assert "row.txt:1" in line
    assert "27" in line
    assert "28" in line
    assert one_line(uimkit("script", "china-telecom-oneway", "--data", "row.txt", "-o", "made"), 2)
    assert not (folder / "made").exists()
    assert not (folder / "new.uim").exists()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("contacts list nowhere", 2),
        ("contacts list sim:missing.uim", 2),
        ("card show contacts.csv", 2),
        ("ef decode EF_IMSI_M 00", 2),
        ("ef decode EF_IMSI_M xyz", 2),
        ("ef encode EF_IMSI_M {", 2),
        ("ef show EF_NOTHING", 2),
        ("profile show nothing", 2),
        ("replay nothing sim:card.uim", 2),
        ("play contacts.csv sim:card.uim", 2),
        ("contacts list sim:card.uim --chv1 1234", 2),
        ("simulate card.uim --vpcd nowhere", 2),
        ("simulate card.uim --vpcd 127.0.0.1:1", 3),
    ],
)
def test_errors_are_one_line_and_an_exit_code(line: str, code: int, uimkit: Run, card: str) -> None:
    one_line(uimkit(*line.split()), code)


def test_a_usage_error_is_exit_code_2(uimkit: Run) -> None:
    assert uimkit("card", "build").code == 2
    assert uimkit("nothing").code == 2


def test_chv1_is_presented_from_env_and_not_with_one_try_left(
    uimkit: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uimkit("card", "build", "gsm-sim", "-o", "sim.uim")
    assert (
        "98 04" in uimkit("contacts", "list", "sim:sim.uim").err or uimkit("contacts", "list", "sim:sim.uim").code == 1
    )
    monkeypatch.setenv("PIN", "1234")
    assert uimkit("contacts", "list", "sim:sim.uim", "--chv1", "env:PIN").code == 0
    monkeypatch.setenv("PIN", "9999")
    importing = ("contacts", "import", "sim:sim.uim", "contacts.csv", "--chv1", "env:PIN")
    assert "2 tries left" in uimkit(*importing).err
    assert "1 tries left" in uimkit(*importing).err
    monkeypatch.setenv("PIN", "1234")
    refused = uimkit(*importing)
    assert refused.code == 1
    assert "--last-tries" in refused.err
    assert uimkit(*importing, "--last-tries").code == 0


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("uimkit profile show ch", "china-telecom-oneway"),
        ("uimkit ef show EF_IMSI_", "EF_IMSI_M"),
        ("uimkit replay gsm-a", "gsm-android-simrecords"),
        ("uimkit probe sim:ca", "sim:card.uim"),
        ("uimkit probe pc", "pcsc"),
        ("uimkit con", "contacts"),
    ],
)
def test_the_shell_completes(words: str, offered: str, card: str) -> None:
    typed = words.split()
    completion = ShellComplete(root, {}, "uimkit", "_UIMKIT_COMPLETE")
    assert offered in [item.value for item in completion.get_completions(typed[1:-1], typed[-1])]


def test_an_empty_card_a_create_script_and_the_built_card(uimkit: Run, folder: Path) -> None:
    text = 'extends = "china-telecom-oneway"\n[administrative]\ncommands = "ts-102-222"\n'
    (folder / "factory.toml").write_text(text, encoding="utf-8")
    assert uimkit("card", "build", "factory.toml", "--empty", "-o", "card.uim").code == 0
    assert uimkit("card", "build", "factory.toml", "--data", "cards.csv", "-o", "built.uim").code == 0
    made = uimkit("script", "factory.toml", "--data", "cards.csv", "--style", "create", "--per-card", "-o", "scripts")
    assert made.code == 0
    played = uimkit("play", "scripts/89860326900100000016.json", "sim:card.uim", "--verify", "built.uim")
    assert played.code == 0, played.err
    assert "as the image says" in played.out
    refused = uimkit("card", "build", "factory.toml", "--empty", "--data", "cards.csv", "-o", "other.uim")
    assert refused.code == 2
    assert "takes no data" in refused.err
    assert uimkit("card", "build", "plain-ruim", "--empty", "-o", "other.uim").code == 2
