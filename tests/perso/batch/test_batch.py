"""Whole orders: equal output however they are worked on, also after a kill; what is refused; what verify finds."""

from __future__ import annotations

import importlib.util
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.perso.batch.conftest import given_order, rows
from uimkit.errors import InputError, SurroundingsError, UimkitError
from uimkit.perso.batch import audit_log
from uimkit.perso.batch.executors import Kind
from uimkit.perso.batch.files import locked
from uimkit.perso.batch.run import Options, run, status
from uimkit.perso.batch.verify import Options as Verify
from uimkit.perso.batch.verify import verify

ORDER = """order = "{order}"
customer = "Footel"
profile = "china-telecom-oneway"

[input]
count = {count}
ranges = {{ ICCID = "{iccid}", IMSI = "{imsi}", IMSIG = "{imsig}" }}
fields = {{ SID = "3600" }}

[keys]
seed = "env:TEST_SEED"
work = "env:TEST_WORK"
policy = {{ {policy} }}

[transport]
source = "env:TEST_TRANSPORT"

[outputs]
dialects = ["json", "scriptor", "pysim"]
flattened = true
cards_per_file = 8
response = "{response}"
laser = ["ICCID", "PIN1"]
qc_every = 5
"""
SECRETS = ("AKEY", "PIN1", "PIN2", "PUK1", "PUK2", "ADM", "KI")


def write_order(
    folder: Path,
    source: str = "derived",
    *,
    count: int = 20,
    order: str = "A-1",
    response: str = "var_out",
    first: int = 100,
    imsi: int = 0,
) -> Path:
    path = folder / f"{order}-{source}.toml"
    policy = ", ".join(f'{name} = "{source}"' for name in SECRETS)
    start, tail = f"8986032600100{first:06}", f"{imsi:05}"
    path.write_text(
        ORDER.format(
            order=order,
            count=count,
            iccid=start,
            policy=policy,
            response=response,
            imsi=f"4600301234{tail}",
            imsig=f"0010101234{tail}",
        )
    )
    return path


def options(**more: object) -> Options:
    return Options(**{"clock": lambda: "2009-01-01T00:00:00+00:00", "chunk": 7, **more})


def outputs(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".batch" not in path.parts and path.name != "audit.jsonl"
    }


@pytest.mark.parametrize(("executor", "workers", "chunk"), [("serial", 1, 1), ("process", 2, 3), ("dask", 2, 9)])
def test_chunks_and_workers_change_no_byte(tmp_path: Path, executor: Kind, workers: int, chunk: int) -> None:
    if executor == "dask" and importlib.util.find_spec("distributed") is None:
        pytest.skip("distributed is not installed (uimkit[dask])")
    order = write_order(tmp_path)
    run(order, tmp_path / "a", options(chunk=1000))
    run(order, tmp_path / "b", options(executor=executor, workers=workers, chunk=chunk))
    assert outputs(tmp_path / "a") == outputs(tmp_path / "b")
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "a").rglob("*"))


@pytest.mark.slow
@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize(("source", "workers"), [("given", 2), ("derived", 1), ("random", 2)])
def test_a_killed_run_goes_on(tmp_path: Path, source: str, workers: int) -> None:
    """Killed again and again after some more chunks: byte by byte what an uninterrupted run makes, or, of random keys,
    what the stored keys make again."""
    made, rng = tmp_path / "b", random.Random(5)
    order = given_order(tmp_path, rows(600)) if source == "given" else write_order(tmp_path, source, count=600)
    line = ("batch", "run", str(order), "-o", str(made), "--chunk", "10", "--workers", str(workers))
    kills = 0
    while not (made / "manifest.json").exists():
        before = chunks_of(made)
        process = subprocess.Popen([sys.executable, "-m", "uimkit", *line], stdout=subprocess.DEVNULL)
        wanted = before + rng.randrange(1, 15)
        while process.poll() is None and chunks_of(made) < wanted:
            time.sleep(0.001)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills >= 3
    assert verify(made, Verify(sample=50)).cards == 600
    if source != "random":
        run(order, tmp_path / "a", options(chunk=64))
        assert outputs(tmp_path / "a") == outputs(made)
        return
    first = outputs(made)
    for path in [path for path in made.rglob("*") if path.is_file() and ".batch" not in path.parts]:
        path.unlink()
    run(order, made, options())
    assert outputs(made) == first


def chunks_of(folder: Path) -> int:
    return sum(path.name.isdecimal() for path in folder.glob(".batch/chunks/*"))


def test_random_keys_are_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = write_order(tmp_path, "random")

    def stop(done: int, total: int) -> None:
        if done >= 14:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(order, tmp_path / "a", options(progress=stop))
    (tmp_path / "a" / ".batch" / "journal.jsonl").unlink()
    pieces = sorted((tmp_path / "a" / ".batch" / "chunks").glob("*/data.csv"))
    before = [path.read_bytes() for path in pieces]
    run(order, tmp_path / "a", options())
    assert before
    assert b"".join(before) in (tmp_path / "a" / "data.csv").read_bytes()


@pytest.mark.parametrize("response", ["var_out", "china-telecom"])
def test_verify_reads_what_was_made_and_finds_a_changed_byte(tmp_path: Path, response: str) -> None:
    made = tmp_path / "a"
    run(write_order(tmp_path, response=response), made, options(verify=1))
    found = verify(made)
    assert (found.cards, found.played, found.compared["IMSI"], found.compared["KI"]) == (
        20,
        20,
        "the order",
        "the seed",
    )
    assert status(made)["state"] == "finished"
    path = made / "scripts" / "00000009-00000016.scriptor"
    path.write_bytes(path.read_bytes().replace(b"9000", b"9001", 1))
    with pytest.raises(UimkitError, match="not as the manifest says"):
        verify(made)


def test_the_operators_file_shows_no_secret(tmp_path: Path) -> None:
    run(write_order(tmp_path), tmp_path / "a", options())
    pins = [line.split(",")[1] for line in (tmp_path / "a" / "laser.csv").read_text().splitlines()[1:]]
    keys = [line.split(",") for line in (tmp_path / "a" / "data.csv").read_text().splitlines()]
    column = keys[0].index("KI")
    for name in ("response.txt", "report.html", "manifest.json", "audit.jsonl", "qc.csv", "warnings.txt"):
        text = (tmp_path / "a" / name).read_text()
        assert not any(row[column] in text for row in keys[1:])
        if name == "response.txt":
            assert not any(f" {pin} " in text for pin in pins)


def test_a_changed_order_and_a_second_process_are_refused(tmp_path: Path) -> None:
    order = write_order(tmp_path)
    run(order, tmp_path / "a", options())
    order.write_text(order.read_text().replace("Footel", "Bartel"))
    with pytest.raises(InputError, match="the order has changed"):
        run(order, tmp_path / "a", options())
    with locked(tmp_path / "a" / ".batch" / "lock", "a"), pytest.raises(SurroundingsError, match="another process"):
        run(order, tmp_path / "a", options())


def test_a_second_batch_with_a_known_iccid_is_refused_with_both_rows(tmp_path: Path) -> None:
    register = tmp_path / "register.sqlite"
    run(write_order(tmp_path), tmp_path / "a", options(register=register))
    second = write_order(tmp_path, order="A-2", first=119, imsi=500)
    with pytest.raises(InputError, match=r"card 1: ICCID: \d+ is that of card 20 of batch A-1"):
        run(second, tmp_path / "b", options(register=register))
    assert outputs(tmp_path / "b") == {}


def test_a_changed_audit_log_is_found(tmp_path: Path) -> None:
    for number in range(3):
        audit_log.append(tmp_path / "log", "now", "chunk", number=number)
    assert audit_log.check(tmp_path / "log") == 3
    (tmp_path / "log").write_bytes((tmp_path / "log").read_bytes().replace(b'"number": 1', b'"number": 7'))
    with pytest.raises(UimkitError, match=":3: the chain"):
        audit_log.check(tmp_path / "log")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"json"', '"yson"', "outputs.dialects: found 'yson'"),
        ("count = 20", "count = 0", "input.count: "),
        ("[transport]", "[transports]", "transports"),
        ('work = "env:TEST_WORK"', "", "keys.work: random keys need a work key"),
    ],
)
def test_an_order_that_is_wrong_gets_one_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    order = write_order(tmp_path, "random")
    order.write_text(order.read_text().replace(old, new))
    with pytest.raises(InputError, match=expected) as caught:
        run(order, tmp_path / "a", options())
    assert "\n" not in str(caught.value)


def test_every_bad_row_is_told_and_nothing_made(tmp_path: Path) -> None:
    (tmp_path / "cards.csv").write_text("ICCID,IMSI,SID\n89860326900100000016,460030123456789,3600\n")
    order = write_order(tmp_path)
    text = order.read_text()
    begin, end = text.index("count ="), text.index("[keys]")
    order.write_text(text[:begin] + 'file = "cards.csv"\n' + text[end:])
    with pytest.raises(InputError, match=r"cards.csv:2: .*IMSIG"):
        run(order, tmp_path / "a", options())
    assert outputs(tmp_path / "a") == {}


def test_pieces_that_a_kill_at_the_very_end_has_left_are_removed(tmp_path: Path) -> None:
    order, left = write_order(tmp_path), tmp_path / "a" / ".batch" / "chunks" / "00000000"
    run(order, tmp_path / "a", options())
    assert not list(left.parent.iterdir())
    left.mkdir()
    (left / "data.csv").write_text("secrets")
    run(order, tmp_path / "a", options())
    assert not left.exists()
