"""The built wheel works in an empty environment outside the checkout: profiles and sequences are inside, the packages
it runs with come along, and what an extra brings is asked for in one line."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CARD = """ICCID,IMSI,SID,AKEY,PIN1,PUK1,PIN2,PUK2,ADM,IMSIG,KI
89860326900100000016,460030123456789,3600,0102030405060708,1234,11112222,4321,33334444,A1B2C3D4,001010123456789,\
000102030405060708090A0B0C0D0E0F
"""
ORDER = """order = "A-1"
customer = "Footel"
profile = "china-telecom-oneway"

[input]
file = "cards.csv"

[outputs]
flattened = true
"""
WRAPPED = """response = "var_out"

[transport]
source = "file:transport.key"
"""
FACTORY = 'extends = "china-telecom-oneway"\ntitle = "Factory"\n[administrative]\ncommands = "ts-102-222"\n'


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
    (tmp_path / "cards.csv").write_text(CARD)
    (tmp_path / "order.toml").write_text(ORDER)
    (tmp_path / "factory.toml").write_text(FACTORY)
    (tmp_path / "wrapped.toml").write_text(ORDER + WRAPPED)
    (tmp_path / "transport.key").write_text("C3" * 16)
    # FCP templates need pytlv, which a wheel of uimkit must bring
    run("script", "factory.toml", "--data", "cards.csv", "--style", "create", "--per-card", "-o", "created")
    run("card", "build", "factory.toml", "--empty", "-o", "empty.uim")
    assert "as expected" in run("play", "created/89860326900100000016.json", "sim:empty.uim")
    run("batch", "run", "order.toml", "-o", "made")
    assert "1 cards played" in run("batch", "verify", "made")
    for arguments, extra in (
        (("reader", "list"), "pcsc"),
        (("batch", "run", "wrapped.toml", "-o", "wrapped"), "keys"),
        (("batch", "run", "order.toml", "-o", "dask", "--executor", "dask"), "dask"),
    ):
        missing = subprocess.run([uimkit, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert missing.returncode == 3, missing.stderr
        assert f"uimkit[{extra}]" in missing.stderr
        assert len(missing.stderr.splitlines()) == 1
