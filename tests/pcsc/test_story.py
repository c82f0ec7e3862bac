"""The main job through a real PC/SC stack: other people's clients, a GSM phone, a CDMA phone, the command line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pcsc.conftest import ReaderSlots
from tests.pcsc.test_readers import output_of
from uimkit.contacts import Contact
from uimkit.contacts.copy_in import add
from uimkit.contacts.phonebook import load
from uimkit.profile.build import personalised
from uimkit.profile.load import load_profile
from uimkit.simulator.card import Card
from uimkit.store.file_card import FileCard, save_card
from uimkit.trace.model import read_trace, shipped_traces
from uimkit.trace.replay import replay
from uimkit.transport import pcsc
from uimkit.transport.terminal import Terminal

pytestmark = pytest.mark.pcsc

ICCID = "98683062091000000061"
CONTACTS = [Contact("Li Ming", "13800138000"), Contact("张三", "+8613800138001"), Contact("王懿", "10086")]


def one_way_card() -> Card:
    profile = load_profile("china-telecom-oneway")
    memory = profile.fresh_memory()
    personalised(profile.definition, memory)
    return Card(profile.product, memory)


def test_opensc_tool_reads_the_iccid(reader_slot: ReaderSlots) -> None:
    with reader_slot.insert(one_way_card()):
        apdus = ["A0A40000023F00", "A0A40000022FE2", "A0B000000A"]
        output = output_of(
            reader_slot, "opensc-tool", "-r", "0", "-c", "default", *[a for apdu in apdus for a in ("-s", apdu)]
        )
    dumped = "".join(re.findall(r"^((?:[0-9A-F]{2} )+)", output.rpartition("Received")[2], re.MULTILINE))
    assert dumped.replace(" ", "") == ICCID


def test_scriptor_reads_the_iccid(reader_slot: ReaderSlots) -> None:
    with reader_slot.insert(one_way_card()) as card:
        script = "reset\nA0A40000023F00\nA0A40000022FE2\nA0B000000A\n"
        output = output_of(reader_slot, "scriptor", "-r", card.name, "-p", "T=0", text=script)
    assert ICCID in re.sub(r"\s", "", output)


def test_a_gsm_phone_copies_in_and_reads_blanks_and_a_cdma_phone_reads_all(reader_slot: ReaderSlots) -> None:
    with reader_slot.insert(one_way_card()):
        with pcsc.open_reader() as gsm:
            assert len(add(Terminal(gsm), CONTACTS, "gsm").added) == len(CONTACTS)
        with pcsc.open_reader() as gsm:
            book = load(Terminal(gsm), "gsm")
            assert not book.entries
            assert len(book.free) == 250
        with pcsc.open_reader() as cdma:
            assert [(e.name, e.number) for e in load(Terminal(cdma), "cdma").entries] == [
                (c.name, c.number) for c in CONTACTS
            ]


@pytest.mark.parametrize("name", sorted(shipped_traces()))
def test_every_sequence_has_its_outcome_through_a_reader(reader_slot: ReaderSlots, name: str) -> None:
    card = one_way_card()
    with reader_slot.insert(card), pcsc.open_reader() as reader:
        add(Terminal(reader), CONTACTS, "gsm")
        result = replay(read_trace(name), reader)
    assert result.failure is None
    assert result.trace.outcome is not None
    assert result.book == result.trace.outcome.book


def uimkit(slots: ReaderSlots, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uimkit", *arguments],
        env=slots.pcscd.client_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_line_on_a_card_in_a_reader(reader_slot: ReaderSlots, tmp_path: Path) -> None:
    image = tmp_path / "card.uim"
    card = one_way_card()
    save_card(image, card.product, card.memory)
    phone = tmp_path / "phone.csv"
    phone.write_text("name,number\nAnna,12345\n张三,10086\n", encoding="utf-8")
    with FileCard(image) as inserted, reader_slot.insert(inserted) as slot:
        assert slot.name in uimkit(reader_slot, "reader", "list").stdout
        assert uimkit(reader_slot, "contacts", "import", "pcsc", str(phone), "--as", "gsm").returncode == 0
        gsm = uimkit(reader_slot, "contacts", "list", "pcsc:0", "--as", "gsm", "--json")
        assert json.loads(gsm.stdout) == [], gsm.stderr
        cdma = uimkit(reader_slot, "contacts", "list", f"pcsc:{slot.name[7:]}", "--json")
        assert cdma.returncode == 0, cdma.stderr
        assert [row["name"] for row in json.loads(cdma.stdout)] == ["Anna", "张三"]
        probe = json.loads(uimkit(reader_slot, "probe", "pcsc", "--json").stdout)
        assert probe["one_way"]["verdict"] == "pass"
        assert probe["iccid"] == "89860326900100000016"
    gone = uimkit(reader_slot, "probe", "pcsc")
    assert gone.returncode == 3
    assert len(gone.stderr.strip().splitlines()) == 1
    stored = subprocess.run(
        [sys.executable, "-m", "uimkit", "contacts", "list", f"sim:{image}", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(json.loads(stored.stdout)) == 2
