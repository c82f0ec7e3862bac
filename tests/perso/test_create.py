"""The create style: an empty card, a script, and the card that `card build` makes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.perso.invented import card
from uimkit.apdu import INS, command
from uimkit.errors import InputError
from uimkit.perso.build import empty_card
from uimkit.perso.compare import compare_with_image
from uimkit.perso.create import create_template
from uimkit.perso.emit import write_scripts
from uimkit.perso.plan import Plan
from uimkit.perso.play import load_script, play
from uimkit.perso.rows import CardData, card_data
from uimkit.perso.steps import Step, filled
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card
from uimkit.store.file_card import FileCard, load_card, save_card

OPTION = '[administrative]\ncommands = "ts-102-222"\n'
SHIPPED = ("china-telecom-oneway", "china-telecom-oneway-session", "plain-ruim")


def plan_of(name: str, more: str = "") -> Plan:
    return Plan(parse_profile(f'extends = "{name}"\n{OPTION}{more}', "x.toml", "x"))


def data_of(name: str, rng: random.Random) -> CardData:
    return card_data(card(rng, roaming=name != "plain-ruim"))


def script(plan: Plan, data: CardData) -> list[Step]:
    return filled(create_template(plan, data.columns), plan.row(plan.resolve(data)))


@pytest.mark.parametrize("more", ["", "[oneway]\nphs_directory = true\n"])
@pytest.mark.parametrize("name", SHIPPED)
def test_a_created_card_is_the_built_one_in_everything(name: str, more: str, rng: random.Random) -> None:
    if more and name == "plain-ruim":
        return
    plan, data = plan_of(name, more), data_of(name, rng)
    created = Card(*empty_card(plan.profile))
    report = play(script(plan, data), created)
    assert report.ok, report.failed
    assert created.product == plan.profile.product
    assert created.memory.snapshot() == plan.memory(data).snapshot()


def test_contents_that_are_not_uniform_are_created_too(rng: random.Random) -> None:
    more = '[files."3F00/7F10/6F44"]\nrecords = ["01", "02"]\n[files."3F00/7F10/6F3A"]\nrecords = ["03", "04"]\n'
    plan, data = plan_of("plain-ruim", more), data_of("plain-ruim", rng)
    created = Card(*empty_card(plan.profile))
    assert play(script(plan, data), created).ok
    assert created.memory.snapshot() == plan.memory(data).snapshot()


@pytest.mark.parametrize("store", ["each-command", "power-off"])
@pytest.mark.parametrize("dialect", ["json", "scriptor"])  # what play reads
def test_a_script_file_played_on_an_image_makes_the_built_image(
    dialect: str, store: str, rng: random.Random, tmp_path: Path
) -> None:
    plan, data = plan_of("plain-ruim"), data_of("plain-ruim", rng)
    write_scripts(plan, [data], dialect, tmp_path / "out", per_card=True, style="create")
    (path,) = (tmp_path / "out").iterdir()
    save_card(tmp_path / "card.uim", *empty_card(plan.profile))
    save_card(tmp_path / "built.uim", plan.profile.product, plan.memory(data))
    with FileCard(tmp_path / "card.uim", store="each-command" if store == "each-command" else "power-off") as target:
        assert play(load_script(path).steps, target).ok
        assert not compare_with_image(target, tmp_path / "built.uim").differences
    found = load_card(tmp_path / "card.uim")
    assert found.product == plan.profile.product
    save_card(tmp_path / "again.uim", found.product, found.memory)
    assert (tmp_path / "again.uim").read_bytes() == (tmp_path / "built.uim").read_bytes()


def test_construction_goes_on_after_the_card_was_closed(tmp_path: Path) -> None:
    plan = plan_of("plain-ruim")
    steps = create_template(plan, ())
    present = next(step for step in steps if step.name.startswith("present"))
    directory = next(step for step in steps if step.name.startswith("create 3F00/7F10 "))
    inside = next(step for step in steps if step.name.startswith("create 3F00/7F10/"))
    save_card(tmp_path / "card.uim", *empty_card(plan.profile))
    with FileCard(tmp_path / "card.uim") as target:
        assert play([present, directory], target).ok
    with FileCard(tmp_path / "card.uim") as target:
        assert play([present, Step("select", command(INS.SELECT, data=b"\x7f\x10").hex()), inside], target).ok
    paths = set(load_card(tmp_path / "card.uim").product.definition.index)
    assert {"3F00/7F10", inside.name.split()[1]} <= paths
    with FileCard(tmp_path / "card.uim", dry_run=True) as target:
        assert play([present, next(s for s in steps if s.name.startswith("create 3F00/7F25 "))], target).ok
    assert set(load_card(tmp_path / "card.uim").product.definition.index) == paths


def test_a_create_script_on_a_card_that_has_files_stops_at_the_first(rng: random.Random) -> None:
    plan, data = plan_of("plain-ruim"), data_of("plain-ruim", rng)
    report = play(script(plan, data), Card(plan.profile.product, plan.profile.fresh_memory()))
    assert report.failed
    assert report.failed.got == "6A89"


def test_without_the_option_there_is_no_empty_card_and_no_create_script(rng: random.Random) -> None:
    plain = load_profile("plain-ruim")
    with pytest.raises(InputError, match="ts-102-222"):
        empty_card(plain)
    with pytest.raises(InputError, match="ts-102-222"):
        create_template(Plan(plain), data_of("plain-ruim", rng).columns)


def test_secrets_of_the_profile_are_masked_in_the_steps(rng: random.Random) -> None:
    plan = plan_of("plain-ruim")
    codes = [plan.profile.bodies[code.path].hex().upper() for code in plan.profile.definition.codes]
    for step in create_template(plan, data_of("plain-ruim", rng).columns):
        assert not any(code in step.shown for code in codes), step.name
