"""The built wheel works in an empty environment outside the checkout: profiles and sequences are inside."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def pip(*arguments: str, python: str = sys.executable) -> None:
    """Needs the package index, as make test does; without it there is nothing to prove here, but CI has it."""
    done = subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and os.environ.get("CI") != "true":
        pytest.skip(f"pip: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_wheel_builds_a_card_in_an_empty_environment(tmp_path: Path) -> None:
    pip("wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT))
    (wheel,) = tmp_path.glob("uimkit-*.whl")
    environment = tmp_path / "env"
    venv.create(environment, with_pip=True)
    pip("install", str(wheel), python=str(environment / "bin" / "python"))
    uimkit = str(environment / "bin" / "uimkit")

    def run(*arguments: str) -> str:
        clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        return subprocess.run(
            [uimkit, *arguments], cwd=tmp_path, env=clean, capture_output=True, text=True, check=True
        ).stdout

    assert "china-telecom-oneway" in run("profile", "list")
    run("card", "build", "china-telecom-oneway", "-o", "card.uim")
    assert "as expected" in run("replay", "multimode-as-gsm", "sim:card.uim")
    assert '"sid": 13824' in run("ef", "decode", "EF_CDMAHOME", "0036FFFF00")
    missing = subprocess.run([uimkit, "reader", "list"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert missing.returncode == 3
    assert "uimkit[pcsc]" in missing.stderr
