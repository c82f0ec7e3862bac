"""What the register refuses, in which words, and that it holds keys as keyed hashes only."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.perso.batch.conftest import drawn_order, given_order, rows, secrets_of
from uimkit.errors import InputError, InputErrors
from uimkit.perso.batch.run import Options, run

pytestmark = pytest.mark.usefixtures("sources")


def options(**more: object) -> Options:
    return Options(**{"clock": lambda: "2009-01-01T00:00:00+00:00", "chunk": 7, **more})


def outputs(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".batch", "audit.jsonl"}


def entries(register: Path) -> list[tuple[str, str, str, str]]:
    with sqlite3.connect(register) as connection:
        return connection.execute("SELECT * FROM taken").fetchall()


@pytest.mark.parametrize("name", ["AKEY", "KI"])
def test_a_key_on_two_cards_of_a_batch_is_refused_with_both_cards(name: str, tmp_path: Path) -> None:
    made = rows(20)
    made[12][name] = made[3][name]
    with pytest.raises(InputError) as caught:
        run(given_order(tmp_path, made), tmp_path / "a", options())
    told = str(caught.value)
    assert f"{name}: this key is that of" in told
    assert "13" in told.partition(f"{name}: ")[0], "the second card is named"
    assert "4" in told.partition(f"{name}: ")[2], "the first card is named"
    assert "\n" not in told
    assert not any(secret in told for secret in secrets_of(made))
    assert outputs(tmp_path / "a") == set()


@pytest.mark.parametrize("name", ["AKEY", "KI"])
def test_a_key_of_a_former_batch_is_refused_with_that_batch(name: str, tmp_path: Path) -> None:
    register = tmp_path / "register.sqlite"
    first, second = rows(10), rows(10, seed=8)
    run(given_order(tmp_path, first, "F-1"), tmp_path / "a", options(register=register))
    second[8][name] = first[4][name]
    with pytest.raises(InputError, match=rf"{name}: this key is that of .*5 of batch F-1") as caught:
        run(given_order(tmp_path, second, "F-2"), tmp_path / "b", options(register=register))
    assert first[4][name] not in str(caught.value)
    assert outputs(tmp_path / "b") == set()


def test_a_key_that_is_fixed_on_all_cards_is_no_collision(tmp_path: Path) -> None:
    order = drawn_order(tmp_path, "random", count=3)
    text = order.read_text().replace('KI = "random"', 'KI = "fixed"')
    order.write_text(text.replace("policy =", f'fixed = {{ KI = "{"0F1E" * 8}" }}\npolicy ='))
    assert run(order, tmp_path / "a", options()).cards == 3


def test_the_register_has_keys_as_hashes_that_depend_on_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, hashes = rows(10), []
    for name, key in (("a", "D4E7"), ("b", "D4E8")):
        monkeypatch.setenv("T_REGISTER", key * 8)
        run(given_order(tmp_path, made), tmp_path / name, options(register=tmp_path / f"{name}.sqlite"))
        raw = (tmp_path / f"{name}.sqlite").read_bytes()
        assert not any(secret.encode() in raw for secret in secrets_of(made))
        assert not any(bytes.fromhex(row["KI"]) in raw for row in made)
        hashes.append({value for kind, value, *_ in entries(tmp_path / f"{name}.sqlite") if kind in ("AKEY", "KI")})
    assert len(hashes[0]) == len(hashes[1]) == 20
    assert not hashes[0] & hashes[1]


def test_a_register_of_another_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With it no key would ever be found again, in silence."""
    register = tmp_path / "register.sqlite"
    run(given_order(tmp_path, rows(10), "F-1"), tmp_path / "a", options(register=register))
    monkeypatch.setenv("T_REGISTER", "D4E8" * 8)
    with pytest.raises(InputError, match=r"register\.sqlite: .*another register key") as caught:
        run(given_order(tmp_path, rows(10, seed=8), "F-2"), tmp_path / "b", options(register=register))
    assert "\n" not in str(caught.value)
    assert len(entries(register)) == len({row[:2] for row in entries(register)})
    assert not any("F-2" in batch for _, _, batch, _ in entries(register)), "nothing of the second batch is claimed"


def test_without_a_register_key_the_cards_of_one_batch_are_compared_all_the_same(tmp_path: Path) -> None:
    made = rows(20)
    made[12]["KI"] = made[3]["KI"]
    order = given_order(tmp_path, made)
    order.write_text(order.read_text().replace('work = "env:T_WORK"', "").replace('register = "env:T_REGISTER"', ""))
    with pytest.raises(InputError, match="KI: this key is that of"):
        run(order, tmp_path / "a", options())


def test_a_register_of_all_batches_needs_a_key(tmp_path: Path) -> None:
    order = given_order(tmp_path, rows(3))
    order.write_text(order.read_text().replace('work = "env:T_WORK"', "").replace('register = "env:T_REGISTER"', ""))
    with pytest.raises(InputError, match=r"keys\.register"):
        run(order, tmp_path / "a", options(register=tmp_path / "register.sqlite"))


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("T_ADM", "fixed ADM"),
        ("T_WORK", "work key"),
        ("T_SEED", "seed"),
        ("T_TRANSPORT", "transport key"),
        ("T_REGISTER", "register key"),
    ],
)
def test_a_batch_does_not_go_on_with_another_key(
    variable: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one half of a file is wrapped under one key, the other under another one; and keys are stored under both."""

    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    monkeypatch.setenv("T_ADM", "ABCDEF01")
    order = drawn_order(tmp_path, "derived")
    text = order.read_text().replace('KI = "derived"', 'KI = "random"').replace('ADM = "derived"', 'ADM = "fixed"')
    order.write_text(text.replace("[transport]", '[keys.fixed]\nADM = "env:T_ADM"\n\n[transport]'))
    with pytest.raises(KeyboardInterrupt):
        run(order, tmp_path / "a", options(progress=stop))
    stored = {path.name: path.read_bytes() for path in (tmp_path / "a" / ".batch" / "vault").iterdir()}
    with monkeypatch.context() as patch:
        patch.setenv(variable, "7F6E" * (4 if variable == "T_ADM" else 16))
        with pytest.raises(InputError, match=f"the {told} has changed since this batch was begun"):
            run(order, tmp_path / "a", options())
    assert {path.name: path.read_bytes() for path in (tmp_path / "a" / ".batch" / "vault").iterdir()} == stored
    assert run(order, tmp_path / "a", options()).cards == 20


def test_a_given_key_that_stands_twice_is_told_before_anything_is_made(tmp_path: Path) -> None:
    made = rows(20)
    made[12]["KI"] = made[3]["KI"]
    made[15]["AKEY"] = made[4]["AKEY"]
    with pytest.raises(InputErrors) as caught:
        run(given_order(tmp_path, made), tmp_path / "a", options())
    assert [line.replace("column ", "") for line in caught.value.lines] == [
        "G-1.txt:13: 22 KI: this key is that of G-1.txt:4 of this batch",
        "G-1.txt:16: 7 AKEY: this key is that of G-1.txt:5 of this batch",
    ]
    assert not list((tmp_path / "a" / ".batch" / "chunks").iterdir())
