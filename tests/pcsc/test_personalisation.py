"""A personalisation script played through a real PC/SC stack gives the card that ``card build`` gives."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.pcsc.conftest import ReaderSlots
from uimkit.card.difference import differences
from uimkit.perso.audit import audit
from uimkit.perso.compare import compare_card
from uimkit.perso.emit import write_scripts
from uimkit.perso.plan import Plan
from uimkit.perso.play import load_script, play
from uimkit.perso.rows import card_data
from uimkit.profile.load import load_profile
from uimkit.simulator.card import Card
from uimkit.transport import pcsc

pytestmark = pytest.mark.pcsc

ICCID = "89860326900100000016"
DATA = card_data(
    {
        "ICCID": ICCID,
        "IMSI": "460030123456789",
        "SID": "3600",
        "AKEY": "0102030405060708",
        "PIN1": "1234",
        "PUK1": "11112222",
        "PIN2": "4321",
        "PUK2": "33334444",
        "ADM": "A1B2C3D4",
        "IMSIG": "001010123456789",
        "KI": "000102030405060708090A0B0C0D0E0F",
        "MDN": "13301234567",
    }
)


@pytest.fixture
def plan() -> Plan:
    return Plan(load_profile("china-telecom-oneway"))


def blank(plan: Plan) -> Card:
    return Card(plan.profile.product, plan.profile.fresh_memory())


def assert_built(plan: Plan, card: Card) -> None:
    definition = plan.profile.definition
    assert not differences((definition, card.memory), (definition, plan.memory(DATA)))


def test_our_player_through_a_reader(reader_slot: ReaderSlots, plan: Plan, tmp_path: Path) -> None:
    write_scripts(plan, [DATA], "json", tmp_path / "json", per_card=True)
    card = blank(plan)
    with reader_slot.insert(card), pcsc.open_reader() as reader:
        assert play(load_script(tmp_path / "json" / f"{ICCID}.json").steps, reader).ok
        assert not compare_card(reader, plan.profile.product, plan.memory(DATA)).differences
        assert all(finding.ok for finding in audit(reader, plan, plan.resolve(DATA).values))
    assert_built(plan, card)


def test_scriptor_which_no_one_here_wrote(reader_slot: ReaderSlots, plan: Plan, tmp_path: Path) -> None:
    write_scripts(plan, [DATA], "scriptor", tmp_path / "scriptor", per_card=True)
    card = blank(plan)
    with reader_slot.insert(card) as slot:
        subprocess.run(
            ["scriptor", "-r", slot.name, "-p", "T=0", str(tmp_path / "scriptor" / f"{ICCID}.scriptor")],
            env=reader_slot.pcscd.client_environment(),
            capture_output=True,
            timeout=60,
            check=True,
        )
    assert_built(plan, card)
