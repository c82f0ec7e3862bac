"""One card in a reader of pcscd, met by the programs and libraries people use."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.pcsc.cards import CONVERSATION, conversation, in_process, make_card
from tests.pcsc.conftest import InsertedCard, ReaderSlots
from uimkit.errors import SurroundingsError
from uimkit.transport import pcsc

pytestmark = pytest.mark.pcsc


@pytest.fixture(scope="module")
def inserted(reader_slot: ReaderSlots) -> Iterator[InsertedCard]:
    with reader_slot.insert(make_card()) as card:
        yield card


def output_of(slots: ReaderSlots, *command: str, text: str = "") -> str:
    done = subprocess.run(
        command,
        input=text,
        env=slots.pcscd.client_environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


@pytest.mark.usefixtures("inserted")
def test_our_transport_gets_the_answers_the_card_gives() -> None:
    with pcsc.open_reader() as card:
        card.reset()
        assert conversation(card) == in_process(make_card())


@pytest.mark.usefixtures("inserted")
@pytest.mark.parametrize("cold", [True, False])
def test_a_reset_gives_the_atr_and_a_new_card_session(cold: bool) -> None:
    twin = make_card()
    twin.reset()
    with pcsc.open_reader() as card:
        card.transmit(CONVERSATION[0])
        assert card.reset(cold=cold) == twin.reset()
        assert card.transmit(CONVERSATION[1]) == twin.transmit(CONVERSATION[1])


@pytest.mark.usefixtures("inserted")
def test_closing_ends_the_card_session() -> None:
    with pcsc.open_reader() as card:
        card.transmit(CONVERSATION[0])
    twin = make_card()
    twin.reset()
    with pcsc.open_reader() as card:
        assert card.transmit(CONVERSATION[1]) == twin.transmit(CONVERSATION[1])


@pytest.mark.usefixtures("inserted")
def test_opensc_tool_sends_apdus(reader_slot: ReaderSlots) -> None:
    apdus = [argument for command in CONVERSATION[:2] for argument in ("-s", command.hex())]
    output = output_of(reader_slot, "opensc-tool", "-r", "0", "-c", "default", *apdus)
    answers = in_process(make_card())
    received = re.findall(r"SW1=0x(..), SW2=0x(..)", output)
    assert [bytes.fromhex(a + b) for a, b in received] == [answer[-2:] for answer in answers[:2]]
    dumped = "".join(re.findall(r"^((?:[0-9A-F]{2} )+)", output.rpartition("Received")[2], re.MULTILINE))
    assert bytes.fromhex(dumped) == answers[1][:-2]


@pytest.mark.usefixtures("inserted")
def test_opensc_tool_shows_the_atr(reader_slot: ReaderSlots) -> None:
    output = output_of(reader_slot, "opensc-tool", "-r", "0", "--atr")
    assert bytes.fromhex(output.strip().replace(":", "")) == make_card().reset()


def test_scriptor_plays_a_script(reader_slot: ReaderSlots, inserted: InsertedCard) -> None:
    script = "reset\n" + "".join(command.hex(" ").upper() + "\n" for command in CONVERSATION)
    output = output_of(reader_slot, "scriptor", "-r", inserted.name, "-p", "T=0", text=script)
    received = re.findall(r"^< ((?:[0-9A-F]{2}\s+)+):", output, re.MULTILINE)
    assert [bytes.fromhex(line) for line in received[-len(CONVERSATION) :]] == in_process(make_card())


@pytest.mark.usefixtures("inserted")
def test_a_trailing_le_on_select_is_forgiven() -> None:
    with pcsc.open_reader() as card:
        assert card.transmit(CONVERSATION[0] + b"\x00") == in_process(make_card())[0]


@pytest.mark.usefixtures("inserted")
def test_an_open_card_belongs_to_one_program() -> None:
    busy = pytest.raises(SurroundingsError, match="another program uses the card")
    with pcsc.open_reader(), busy:
        pcsc.open_reader()


@pytest.mark.usefixtures("inserted")
def test_a_closed_card_says_so() -> None:
    card = pcsc.open_reader()
    card.close()
    card.close()
    with pytest.raises(SurroundingsError, match="closed"):
        card.transmit(CONVERSATION[0])
