"""A folder to work in with a card, its data and a phone's contacts; and the command line, run in process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from uimkit.cli.main import run

CARDS = """ICCID,IMSI,SID,AKEY,PIN1,PUK1,PIN2,PUK2,ADM,IMSIG,KI,MDN
89860326900100000016,460030123456789,3600,0102030405060708,1234,11112222,4321,33334444,A1B2C3D4,001010123456789,\
000102030405060708090A0B0C0D0E0F,13301234567
89860326900100000024,460030123456790,3600,1102030405060708,1234,21112222,4321,43334444,B1B2C3D4,001010123456790,\
100102030405060708090A0B0C0D0E0F,13301234568
"""
ORDER = """order = "A-1"
customer = "Footel"
profile = "china-telecom-oneway"

[input]
file = "cards.csv"

[outputs]
dialects = ["scriptor"]
flattened = true
"""
PHONE = "name,number\nLi Ming,13800138000\n张三,+8613800138001\n"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cards.csv").write_text(CARDS, encoding="utf-8")
    (tmp_path / "order.toml").write_text(ORDER, encoding="utf-8")
    (tmp_path / "contacts.csv").write_text(PHONE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def uimkit(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs a command line; stdout, stderr and the exit code."""

    def call(*arguments: str) -> Done:
        capsys.readouterr()
        code = run(list(arguments))
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return call


@pytest.fixture
def card(uimkit: Callable[..., Done]) -> str:
    """A built one-way card with two contacts that a GSM phone copied in."""
    assert uimkit("card", "build", "china-telecom-oneway", "-o", "card.uim").code == 0
    assert uimkit("contacts", "import", "sim:card.uim", "contacts.csv", "--as", "gsm").code == 0
    return "sim:card.uim"
