"""Choosing a reader, and the one line a user reads when PC/SC does not play along. No reader is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from uimkit.errors import InputError, SurroundingsError
from uimkit.transport import pcsc
from uimkit.transport.pcsc import ReaderInfo, choose

ATR = bytes.fromhex("3B0255AA")
EMPTY = ReaderInfo(0, "Acme Reader 00 00", None)
FULL = ReaderInfo(1, "Other Reader 01 00", ATR)
THIRD = ReaderInfo(2, "Other Reader 01 00 Contactless", ATR)


@pytest.mark.parametrize(
    ("selector", "readers", "chosen"),
    [
        (None, [EMPTY, FULL], FULL),
        ("1", [EMPTY, FULL, THIRD], FULL),
        ("other", [EMPTY, FULL], FULL),
        ("CONTACTLESS", [EMPTY, FULL, THIRD], THIRD),
        ("Other Reader 01 00", [EMPTY, FULL, THIRD], FULL),  # a full name goes before a part of another
    ],
)
def test_a_reader_is_chosen_by_card_number_or_name(
    selector: str | None, readers: list[ReaderInfo], chosen: ReaderInfo
) -> None:
    assert choose(readers, selector) == chosen


@pytest.mark.parametrize("selector", [None, "reader 01"])
def test_an_ambiguous_choice_lists_the_readers_that_match(selector: str | None) -> None:
    with pytest.raises(InputError, match=r"several readers .*1: Other Reader 01 00 \(3B0255AA\); 2: "):
        choose([EMPTY, FULL, THIRD], selector)


@pytest.mark.parametrize(
    ("selector", "readers", "line"),
    [
        (None, [], "no reader is connected"),
        (None, [EMPTY], r"no card in any reader; there are 0: Acme Reader 00 00 \(no card\)"),
        ("0", [EMPTY, FULL], "no card in the reader"),
        ("7", [EMPTY, FULL], "no reader '7'; there are 0: Acme"),
        ("nobody", [EMPTY, FULL], "no reader 'nobody'; there are 0: Acme"),
    ],
)
def test_a_choice_that_is_not_there_says_what_is(selector: str | None, readers: list[ReaderInfo], line: str) -> None:
    with pytest.raises(SurroundingsError, match=line):
        choose(readers, selector)


class RefusingScard:
    """PC/SC whose one call answers a return code, as `smartcard.scard` does (also as a negative number)."""

    def __init__(self, code: int) -> None:
        self._code = code

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        return self._code, 0


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (0x8010001D, "pcscd is not running: systemctl start pcscd"),
        (0x8010001D - (1 << 32), "pcscd is not running"),
        (0x8010006A, "polkit"),
        (0x801000FF, "PC/SC error 801000FF"),
    ],
)
def test_a_refusal_of_pcsc_is_one_line_that_tells_what_to_do(
    monkeypatch: pytest.MonkeyPatch, code: int, line: str
) -> None:
    monkeypatch.setitem(sys.modules, "smartcard", object())
    monkeypatch.setitem(sys.modules, "smartcard.scard", RefusingScard(code))
    with pytest.raises(SurroundingsError, match=line) as caught:
        pcsc.list_readers()
    assert "\n" not in str(caught.value)


def test_without_pyscard_the_line_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(SurroundingsError, match=r"libpcsclite-dev python3-dev gcc.*uimkit\[pcsc\]"):
        pcsc.open_reader()


def test_importing_the_transports_does_not_import_pyscard() -> None:
    code = "import sys, uimkit.transport.pcsc, uimkit.transport.vpcd; sys.exit('smartcard' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
