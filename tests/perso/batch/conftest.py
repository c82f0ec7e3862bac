"""Orders of invented cards, for the tests of batches."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.perso import invented
from uimkit.coding.identity import luhn_digit
from uimkit.perso.fields import FIELDS, ROW_NAMES

SEED, WORK, TRANSPORT, REGISTER = "5EED" * 16, "B2D4" * 8, "C3A5" * 8, "D4E7" * 8


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys that the orders of `test_batch` name."""
    monkeypatch.setenv("TEST_SEED", "A1" * 32)
    monkeypatch.setenv("TEST_WORK", "B2" * 16)
    monkeypatch.setenv("TEST_TRANSPORT", "C3" * 16)


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment variables with the keys of the orders."""
    found = {"T_SEED": SEED, "T_WORK": WORK, "T_TRANSPORT": TRANSPORT, "T_REGISTER": REGISTER}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def rows(count: int, seed: int = 7) -> list[dict[str, str]]:
    """Rows of 28 fields whose secrets are so long that none stands anywhere by accident."""
    rng, made = random.Random(seed), []
    for position in range(count):
        body = f"8986032600100{seed:02}{position:04}"
        row = invented.card(rng) | {"ICCID": body + luhn_digit(body)}
        row |= {name: invented.digits(rng, 8) for name in ("PIN1", "PIN2", "PUK1", "PUK2")}
        made.append(row | {"SIPSS": invented.key(rng, 8), "HRPDUPP": f"{row['IMSI']}@mycdma.cn"})
    return made


def write_rows(path: Path, made: list[dict[str, str]]) -> None:
    path.write_text("".join(",".join(row[name] for name in ROW_NAMES) + "\n" for row in made))


def secrets_of(made: list[dict[str, str]]) -> set[str]:
    """Every secret of the rows, lists taken apart."""
    values = [row[name] for row in made for name in row if FIELDS[name].secret and row[name]]
    return {item for value in values for item in value.split(";")}


ORDER = """order = "{order}"
customer = "Footel"
profile = "china-telecom-oneway"

[input]
{input}

[keys]
work = "env:T_WORK"
seed = "env:T_SEED"
register = "env:T_REGISTER"
{keys}

[transport]
source = "env:T_TRANSPORT"
wrap = "aes-gcm"

[outputs]
dialects = ["json", "scriptor"]
flattened = true
cards_per_file = 8
response = "var_out"
laser = ["ICCID", "PIN1", "PUK1"]
qc_every = 5
"""
RANGES = """count = {count}
ranges = {{ ICCID = "898603260010{iccid:07}", IMSI = "46003012{imsi:07}", IMSIG = "00101012{imsi:07}" }}
fields = {{ SID = "3600" }}"""
DRAWN = ("AKEY", "KI", "ADM", "PUK1", "PUK2")


def given_order(folder: Path, made: list[dict[str, str]], order: str = "G-1") -> Path:
    """An order whose file has all secrets."""
    write_rows(folder / f"{order}.txt", made)
    path = folder / f"{order}.toml"
    path.write_text(ORDER.format(order=order, input=f'file = "{order}.txt"', keys=""))
    return path


def drawn_order(folder: Path, source: str, *, order: str = "D-1", count: int = 20, first: int = 100) -> Path:
    """An order of ranges whose secrets are random or derived."""
    words = [f'{name} = "{source}"' for name in DRAWN] + [f'{name} = "{source}:8"' for name in ("PIN1", "PIN2")]
    path = folder / f"{order}.toml"
    ranges = RANGES.format(count=count, iccid=first, imsi=first)
    path.write_text(ORDER.format(order=order, input=ranges, keys=f"policy = {{ {', '.join(words)} }}"))
    return path
