"""Secrets that come wrapped: unwrapped as they are read, every misfit told by its place, none of them by its value."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.perso.invented import card, line
from uimkit.cli.batch import command
from uimkit.errors import InputError, InputErrors
from uimkit.perso import inputs
from uimkit.perso.batch.run import Options, run
from uimkit.perso.batch.verify import Options as Verify
from uimkit.perso.batch.verify import verify
from uimkit.perso.emit import read_data
from uimkit.perso.fields import FIELDS, ROW_NAMES
from uimkit.perso.input_gate import check_input
from uimkit.perso.inputs import FINISHED_NAMES, USUAL, Reading, Scan, input_columns, read_input
from uimkit.perso.keys.policy import Source, key_policy
from uimkit.perso.keys.provider import SoftwareKey
from uimkit.perso.keys.unwrapping import SECRET_FIELDS, Wrapped
from uimkit.perso.keys.wrapping import WRAPPINGS, field_octets, wrapper
from uimkit.perso.rows import line_text

KEY = SoftwareKey(bytes.fromhex("000102030405060708090A0B0C0D0E0F"))
OTHER = SoftwareKey(bytes.fromhex("0F0102030405060708090A0B0C0D0E0F"))
NAMES = ("ICCID", "IMSI", "SID", "AKEY", "PIN1", "PIN2", "PUK1", "PUK2", "ADM", "IMSIG", "KI", "SIPSS", "MNHASS")

Row = Mapping[str, str]


@pytest.fixture
def rows(rng: random.Random) -> list[dict[str, str]]:
    return [card(rng) for _ in range(4)]


def hidden(row: Row, name: str = "aes-kw", fields: tuple[str, ...] = SECRET_FIELDS) -> dict[str, str]:
    made = wrapper(name, KEY, 1)
    return {
        field: made.wrap(field_octets(field, value), field, row["ICCID"]).hex().upper()
        if field in fields and value
        else value
        for field, value in row.items()
    }


def operator(path: Path, rows: list[Row], header: str = "", names: tuple[str, ...] = NAMES) -> Path:
    body = "".join(" ".join(row[name] for name in names) + "\n" for row in rows)
    path.write_text(f"Customer: Footel\nQuantity: {len(rows)}\n{header}var_Out: {'/'.join(names)}\n{body}")
    return path


def csv(path: Path, rows: list[Row]) -> Path:
    path.write_text(",".join(NAMES) + "\n" + "".join(",".join(row[name] for name in NAMES) + "\n" for row in rows))
    return path


def card_rows(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(line(dict(row)) + "\n" for row in rows))
    return path


def values(rows: list[dict[str, str]], names: tuple[str, ...] = NAMES) -> list[dict[str, str]]:
    return [{name: FIELDS[name].checked(row[name]) for name in names if row[name]} for row in rows]


def passed(path: Path, reading: Reading = USUAL) -> Scan:
    """What the gate lets through."""
    scan = Scan(path, "auto", reading)
    assert check_input(scan.rows(), reading, lambda cards: []) == scan.cards
    return scan


def told(path: Path, wrapped: Wrapped | None) -> list[str]:
    with pytest.raises(InputErrors) as caught:
        passed(path, Reading(wrapped=wrapped))
    return [error.removeprefix(f"{path}") for error in caught.value.lines]


@pytest.mark.parametrize("name", list(WRAPPINGS))
@pytest.mark.parametrize("write", [operator, csv, card_rows])
def test_wrapped_secrets_of_every_format_are_read_as_plain_ones(
    name: str, write: Callable[[Path, list[Row]], Path], rows: list[dict[str, str]], tmp_path: Path
) -> None:
    path = write(tmp_path / "in", [hidden(row, name) for row in rows])
    reading = Reading(wrapped=Wrapped(KEY, name, kcv=wrapper(name, KEY, 1).kcv.lower()))
    names = ROW_NAMES if write is card_rows else NAMES
    assert [dict(data.values) for data in read_input(path, reading=reading)] == values(rows, names)
    assert passed(path, reading).cards == 4


def test_only_the_named_fields_are_wrapped(rows: list[dict[str, str]], tmp_path: Path) -> None:
    path = csv(tmp_path / "in", [hidden(row, fields=("KI",)) for row in rows])
    reading = Reading(wrapped=Wrapped(KEY, "aes-kw", fields=("KI",)))
    assert [dict(data.values) for data in read_input(path, reading=reading)] == values(rows)


def test_each_secret_of_a_list_may_be_wrapped_alone(rows: list[dict[str, str]], tmp_path: Path) -> None:
    made = wrapper("aes-kw", KEY, 1)
    cells = []
    for row in rows:
        parts = [made.wrap(part.encode(), "MNHASS", row["ICCID"]).hex() for part in row["MNHASS"].split(";")]
        cells.append(hidden(row) | {"MNHASS": ";".join(parts)})
    reading = Reading(wrapped=Wrapped(KEY, "aes-kw"))
    assert [dict(d.values) for d in read_input(csv(tmp_path / "in", cells), reading=reading)] == values(rows)


@pytest.mark.parametrize("name", list(WRAPPINGS))
def test_secrets_of_a_list_may_be_wrapped_as_octets(name: str, rows: list[dict[str, str]], tmp_path: Path) -> None:
    made = wrapper(name, KEY, 1)
    row = rows[0] | {"MNHASS": "0123456789ABCD00;FEDCBA9876543210", "SIPSS": "FEDCBA98765432100123456789ABCD00"}
    cells = {
        field: ";".join(made.wrap(bytes.fromhex(p), field, row["ICCID"]).hex() for p in row[field].split(";"))
        for field in ("MNHASS", "SIPSS")
    }
    path = csv(tmp_path / "in", [hidden(row, name) | cells])
    reading = Reading(wrapped=Wrapped(KEY, name))
    assert [dict(data.values) for data in read_input(path, reading=reading)] == values([row])


def test_the_header_says_how_and_under_which_key(rows: list[dict[str, str]], tmp_path: Path) -> None:
    header = f"Transport_key: 01\nTransport_wrap: aes-gcm\nTransport_kcv: {wrapper('aes-gcm', KEY, 1).kcv}\n"
    path = operator(tmp_path / "in", [hidden(row, "aes-gcm") for row in rows], header)
    for wrapped in (Wrapped(KEY), Wrapped(KEY, "aes-gcm", index=1)):
        assert passed(path, Reading(wrapped=wrapped)).cards == 4
    assert [dict(d.values) for d in read_input(path, reading=Reading(wrapped=Wrapped(KEY)))] == values(rows)


@pytest.mark.parametrize(
    ("header", "wrapped", "expected"),
    [
        ("", Wrapped(KEY, "aes-kw", kcv="123456"), "the order says key check value '123456', but that of this key is "),
        ("Transport_kcv: 123456\n", Wrapped(KEY, "aes-kw"), "the header says key check value '123456', but that of "),
        ("Transport_wrap: aes-gcm\n", Wrapped(KEY, "aes-kw"), "the header says wrapping 'aes-gcm', the order 'aes-kw'"),
        ("Transport_wrap: rot-13\n", Wrapped(KEY), "wrapping 'rot-13': unknown, expected one of aes-kw"),
        (
            "Transport_wrap: 3des-ecb\n",
            Wrapped(KEY),
            "the header says 3des-ecb, a legacy wrapping: the order must name",
        ),
        ("Transport_key: 2\n", Wrapped(KEY, "aes-kw", index=1), "the header says key index 2, the order 1"),
        ("Transport_key: 0\n", Wrapped(KEY, "aes-kw"), "the header says transport_key 0, that is not wrapped, but"),
        ("Transport_key: A\n", Wrapped(KEY, "aes-kw"), "transport_key: expected 0 to 99 in the header"),
        ("", Wrapped(KEY), "expected how the secrets are wrapped: aes-kw, aes-gcm, 3des-ecb"),
        ("Transport_wrap: aes-kw\n", None, "the header says that secrets are wrapped ('aes-kw'): expected [input.wra"),
    ],
)
def test_what_does_not_fit_the_key_is_told_once_before_any_row(
    header: str, wrapped: Wrapped | None, expected: str, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    path = operator(tmp_path / "in", [hidden(row) for row in rows], header)
    (error,) = told(path, wrapped)
    assert error.startswith(f": {expected}")


def test_every_cell_that_does_not_unwrap_is_told_without_its_value(rows: list[dict[str, str]], tmp_path: Path) -> None:
    cells = [hidden(row, "aes-gcm") for row in rows]
    cells[0]["KI"] = cells[1]["KI"]
    cells[2]["PIN1"] = rows[2]["PIN1"] + "x"
    cells[2]["IMSI"] = "46003"
    made = wrapper("aes-gcm", KEY, 1)
    cells[3]["ADM"] = made.wrap(b"short", "ADM", rows[3]["ICCID"]).hex()
    path = operator(tmp_path / "in", cells)
    errors = told(path, Wrapped(KEY, "aes-gcm"))
    assert errors == [
        ":4: column 11 KI: does not fit the key: another key, or changed data",
        f":6: column 5 PIN1: found {len(cells[2]['PIN1'])} characters, expected the hex digits of a wrapped value",
        ':6: column 2 IMSI: found "46003", expected 15 digits',
        ":7: column 9 ADM: what was unwrapped is no value of this field",
    ]
    every = told(path, Wrapped(OTHER, "aes-gcm"))
    assert sum("does not fit the key" in error for error in every) > 30
    assert not any(cell in "\n".join(every + errors) for row in (*rows, *cells) for cell in (row["KI"], row["AKEY"]))


def test_a_range_needs_no_key_and_a_header_of_the_response_does_not_matter(tmp_path: Path) -> None:
    head = "Quantity: 2\nTransport_key: 1\nTransport_wrap: aes-kw\n"
    (tmp_path / "in").write_text(f"{head}var_In:\nICCID: 8986032690010000001\nIMSI: 460030123456789\n")
    assert passed(tmp_path / "in").cards == 2


ORDER = """order = "{name}"
customer = "Footel"
profile = "china-telecom-oneway"
[input]
{input}
[keys]
work = "env:TEST_WORK"
{keys}
[transport]
source = "env:TEST_TRANSPORT"
wrap = "{wrap}"
[outputs]
response = "var_out"
"""
RANGE = """count = 6
ranges = { ICCID = "8986032600100000100", IMSI = "460030123400000", IMSIG = "001010123400000" }
fields = { SID = "3600" }"""


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_WORK", "B2" * 16)
    monkeypatch.setenv("TEST_TRANSPORT", "C3" * 16)
    monkeypatch.setenv("TEST_WRONG", "C4" * 16)


def order(folder: Path, name: str, text: str, wrap: str = "aes-gcm", keys: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(ORDER.format(name=name, input=text, wrap=wrap, keys=keys))
    return path


def options() -> Options:
    return Options(clock=lambda: "now", chunk=4)


@pytest.mark.usefixtures("keys")
def test_a_response_is_the_input_of_another_order_and_gives_the_same_cards(tmp_path: Path) -> None:
    run(order(tmp_path, "A", RANGE, keys='policy = { KI = "random" }'), tmp_path / "a", options())
    again = 'file = "a/response.txt"\nwrapped = { source = "env:TEST_TRANSPORT" }'
    run(order(tmp_path, "B", again), tmp_path / "b", options())
    found = verify(tmp_path / "b", Verify(input=tmp_path / "a" / "response.txt"))
    assert (found.cards, found.compared["KI"]) == (6, "the input file")
    first, second = (list(read_data(tmp_path / name / "data.csv")) for name in ("a", "b"))
    assert [row | old for row, old in zip(second, first, strict=True)] == second
    with pytest.raises(InputError, match=r"response\.txt: the header says key check value '\w{6}', but that of this"):
        run(order(tmp_path, "C", again.replace("TRANSPORT", "WRONG")), tmp_path / "c", options())
    with pytest.raises(InputError, match=r"response\.txt: the header says that secrets are wrapped"):
        run(order(tmp_path, "D", 'file = "a/response.txt"'), tmp_path / "d", options())


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (RANGE + '\nwrapped = { source = "env:X" }', "input.wrapped: belongs to a file: a range has no secrets"),
        ('file = "x"\nwrapped = { source = "env:X", fields = ["IMSI"] }', "input.wrapped.fields: found 'IMSI', exp"),
        ('file = "x"\nwrapped = { source = "env:X", kcv = "12" }', "input.wrapped.kcv"),
        ('file = "x"\nwrapped = { source = "env:X", wrap = "rot-13" }', "input.wrapped.wrap"),
    ],
)
def test_an_order_that_declares_it_wrongly_gets_one_line(text: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        run(order(tmp_path, "A", text), tmp_path / "a", options())
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


FORMATS: Mapping[str, tuple[str, frozenset[str]]] = {
    "row": ("{row}\n", frozenset({"AKEY", "PIN1", "PIN2", "PUK1", "PUK2", "ADM"})),
    "csv": ("PIN1,ICCID,IMSI\n{PIN1},{ICCID},{IMSI}\n", frozenset({"PIN1"})),
    "finished": ("{finished}\n", frozenset({"PIN1", "PIN2", "PUK1", "PUK2"})),
    "operator": ("Quantity: 1\nvar_Out: ICCID/ADM1/AKEY\n{ICCID} {ADM} {AKEY}\n", frozenset({"ADM", "AKEY"})),
    "range": ("Quantity: 2\nvar_In:\nICCID: 8986032690010000001\nIMSI: 460030123456789\n", frozenset()),
}
REQUIRED = frozenset(name for name in SECRET_FIELDS if FIELDS[name].required)


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_policy_goes_by_the_columns_of_every_format(name: str, rows: list[dict[str, str]], tmp_path: Path) -> None:
    text, given = FORMATS[name]
    row = rows[0]
    finished = " ".join(row.get(column) or "#" for column in FINISHED_NAMES)
    path = tmp_path / "in"
    path.write_text(text.format(row=line(row), finished=finished, **row))
    columns = input_columns(path)
    assert columns == passed(path).columns == next(read_input(path)).columns
    policy = key_policy({}, fixed={}, seed=None, columns=columns)
    assert policy.sources == {
        name: Source.GIVEN if name in given else Source.RANDOM for name in SECRET_FIELDS if name in REQUIRED
    }


def test_columns_are_known_though_the_first_card_is_wrong(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    first = line(rows[0] | {"IMSI": "46003"})
    (tmp_path / "in").write_text(f"{first}\n{line(rows[1])}\n")
    assert input_columns(tmp_path / "in") == ROW_NAMES
    (tmp_path / "none").write_text("\n")
    assert input_columns(tmp_path / "none") == ()


def test_columns_are_known_without_reading_on(
    tmp_path: Path, rows: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    card_rows(tmp_path / "in", rows)
    read: list[int] = []

    def counted(raw: bytes, number: int, shown: str) -> str:
        read.append(number)
        return line_text(raw, number, shown)

    monkeypatch.setattr(inputs, "line_text", counted)
    assert input_columns(tmp_path / "in") == ROW_NAMES
    assert read == [1]


def test_rows_of_a_file_do_not_change_their_columns(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    short = ",".join(line(rows[1]).split(",")[:23])
    (tmp_path / "in").write_text(f"{line(rows[0])}\n{short}\n")
    assert told(tmp_path / "in", None)[0].startswith(":2: found 23 fields, expected 28")


@pytest.mark.usefixtures("keys")
def test_all_bad_rows_are_told_also_when_the_first_is_one(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    bad = [line(row | {"SID": "zz"}) for row in rows]
    (tmp_path / "cards.txt").write_text("\n".join(bad) + "\n")
    with pytest.raises(InputErrors) as caught:
        run(order(tmp_path, "A", 'file = "cards.txt"'), tmp_path / "a", options())
    assert len(caught.value.lines) == 4
    (tmp_path / "cards.txt").write_text("ICCID,IMSI\n")
    with pytest.raises(InputError, match="found no card"):
        run(order(tmp_path, "A", 'file = "cards.txt"'), tmp_path / "b", options())


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("place", ["response", "input", None])
def test_a_legacy_wrapping_is_warned_of_wherever_somebody_looks(
    place: str | None, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    key = SoftwareKey(bytes.fromhex("C3" * 16))
    made = wrapper("3des-ecb" if place == "input" else "aes-kw", key, 1)
    cells = [
        row | {"KI": made.wrap(field_octets("KI", row["KI"]), "KI", row["ICCID"]).hex(), "SIPSS": "", "MNHASS": ""}
        for row in rows
    ]
    csv(tmp_path / "cards.csv", cells)
    text = f'file = "cards.csv"\nwrapped = {{ source = "env:TEST_TRANSPORT", wrap = "{made.name}", fields = ["KI"] }}'
    path = order(tmp_path, "A", text, wrap="3des-ecb" if place == "response" else "aes-kw")
    ran = CliRunner().invoke(command, ["run", str(path), "-o", str(tmp_path / "a")])
    assert ran.exit_code == 0, ran.output
    told = [ran.stderr, *((tmp_path / "a" / name).read_text() for name in ("warnings.txt", "report.html"))]
    assert ["3des-ecb is a legacy wrapping" in text for text in told] == [place is not None] * 3
    assert ran.stderr.startswith("warning: 3des-ecb") is (place is not None)
    assert verify(tmp_path / "a").cards == 4
    assert "1 warnings" in ran.stdout or place is None


@pytest.mark.usefixtures("keys")
def test_random_keys_that_nobody_named_need_a_work_key_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text("ICCID,IMSI,AKEY\nthis is no card\n")
    path = order(tmp_path, "A", 'file = "cards.csv"')
    path.write_text(path.read_text().replace('work = "env:TEST_WORK"', ""))
    with pytest.raises(InputError, match=r"^keys\.work: random keys \(PIN1, PIN2, PUK1, PUK2, ADM\) need a work key"):
        run(path, tmp_path / "a", options())
