"""What every output must say, and what is put beside the cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.perso.batch.test_batch import options, outputs, write_order
from uimkit.perso.batch.run import run
from uimkit.perso.keys.policy import DERIVED_NOTICE

COLLIDING = 4076, 4820
"""Serial numbers of two ICCIDs with the same pseudo-UIMID."""
SILENT = {"order.toml", "qc.csv", "warnings.txt"}
"""The order, which says which keys are derived, and outputs that have to do with no key."""


@pytest.mark.parametrize("response", ["var_out", "china-telecom"])
def test_every_output_of_derived_keys_says_so(tmp_path: Path, response: str) -> None:
    order = write_order(tmp_path, response=response)
    order.write_text(order.read_text().replace('"pysim"', '"pysim", "pcom", "gpshell", "jcshell"'))
    run(order, tmp_path / "a", options())
    for name, content in outputs(tmp_path / "a").items():
        assert name in SILENT or "derived-keys" in name or DERIVED_NOTICE.encode() in content, name


def test_no_output_of_random_keys_says_that_they_are_derived(tmp_path: Path) -> None:
    run(write_order(tmp_path, "random"), tmp_path / "a", options())
    for name, content in outputs(tmp_path / "a").items():
        assert "derived-keys" not in name
        assert DERIVED_NOTICE.encode() not in content, name


def test_pseudo_uimids_that_collide_are_warnings(tmp_path: Path) -> None:
    first, second = COLLIDING
    register = tmp_path / "register.sqlite"
    said = "UIMID: 80C35ECF is also that of card 1 of"
    made = run(write_order(tmp_path, count=second - first + 1, first=first), tmp_path / "a", options(register=register))
    line = f"card {second - first + 1}: {said} this batch: pseudo-UIMIDs have 24 bits and collide\n"
    assert (tmp_path / "a" / "warnings.txt").read_text() == line
    assert made.warnings == 1


def test_pseudo_uimids_collide_with_those_of_former_batches(tmp_path: Path) -> None:
    register = tmp_path / "register.sqlite"
    for number, (first, imsi) in enumerate(zip(COLLIDING, (0, 1), strict=True), 1):
        order = write_order(tmp_path, count=1, first=first, imsi=imsi, order=f"A-{number}")
        assert run(order, tmp_path / f"{number}", options(register=register)).warnings == number - 1
    assert "UIMID: 80C35ECF is also that of card 1 of batch A-1" in (tmp_path / "2" / "warnings.txt").read_text()
