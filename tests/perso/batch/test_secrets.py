"""No secret of a card, and no key, is in anything that a batch writes, prints or raises, but where it must be.

It must be in ``data.csv``, ``scripts/`` and ``laser.csv`` and, while a batch is made, in the pieces of those.
"""

from __future__ import annotations

import base64
import logging
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.perso.batch.conftest import SEED, TRANSPORT, WORK, drawn_order, given_order, rows, secrets_of
from uimkit.cli.main import run as command_line
from uimkit.errors import UimkitError
from uimkit.perso.batch.job import Chunk, Done, Job
from uimkit.perso.batch.order import load_order
from uimkit.perso.batch.run import Options, run
from uimkit.perso.batch.verify import verify
from uimkit.perso.fields import FIELDS
from uimkit.perso.inputs import USUAL
from uimkit.perso.keys.provider import load_key
from uimkit.perso.keys.wrapping import field_value, wrapper
from uimkit.perso.operator_file import Row
from uimkit.perso.resolve import Resolver
from uimkit.perso.rows import card_data

CLEAR = ("data", "laser", "scripts")
"""How the names of files and directories begin that hold secrets in the clear."""


def swapped(digits: str) -> str:
    return "".join(digits[i + 1] + digits[i] for i in range(0, len(digits), 2))


def forms(secret: str) -> Iterator[bytes]:
    """A secret in all the ways it may be written. Fewer than six octets as such stand anywhere by accident."""
    text = secret.encode()
    for written in (text, base64.b64encode(text).rstrip(b"="), text.hex().encode()):
        yield from (written.upper(), written.lower(), written)
    if len(secret) % 2 == 0 and set(secret.upper()) <= set("0123456789ABCDEF"):
        for digits in (secret, swapped(secret)):
            octets = bytes.fromhex(digits)
            yield from (digits.upper().encode(), digits.lower().encode())
            if len(octets) >= 6:
                yield from (octets, base64.b64encode(octets).rstrip(b"="))


def found_in(raw: bytes | str, secrets: Iterable[str]) -> list[str]:
    octets = raw.encode() if isinstance(raw, str) else raw
    return [secret for secret in secrets if any(form in octets for form in forms(secret))]


def test_the_search_finds_a_secret_however_it_is_written() -> None:
    key = "0F1E2D3C4B5A6978"
    octets = bytes.fromhex(key)
    for written in (
        key,
        key.lower(),
        "F0E1D2C3B4A59687",
        key.encode().hex(),
        octets,
        b"-" + bytes.fromhex(swapped(key)),
    ):
        assert found_in(written, [key]) == [key]
    assert found_in("37193719", ["73917391"])
    assert found_in("3733393137333931", ["73917391"])
    assert not found_in(key[1:], [key])


def is_clear(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder).parts
    if inside[0] == ".batch":
        return inside[1] == "chunks" and path.name.startswith(CLEAR)
    return inside[0].startswith(CLEAR)


def leaks(folder: Path, secrets: set[str]) -> dict[str, list[str]]:
    """Every file of a batch that shows a secret and need not."""
    files = [path for path in folder.rglob("*") if path.is_file() and not is_clear(path, folder)]
    found = {str(path): found_in(path.read_bytes(), secrets) for path in files}
    return {name: shown for name, shown in found.items() if shown}


def secrets_made(folder: Path) -> set[str]:
    """All secrets of a finished batch, out of the operator's file; the profile's SPC of zeros is none."""
    lines = (folder / "response.txt").read_text().splitlines()
    (start,) = [number for number, line in enumerate(lines) if line.startswith("var_Out: ")]
    names, transport = (
        lines[start].removeprefix("var_Out: ").split("/"),
        wrapper("aes-gcm", load_key("env:T_TRANSPORT"), 1),
    )
    found: set[str] = set()
    for line in lines[start + 1 :]:
        cells = dict(zip(names, line.split(" "), strict=True))
        for name, cell in cells.items():
            if FIELDS[name].secret and cell != "-":
                found |= set(field_value(name, transport.unwrap(bytes.fromhex(cell), name, cells["ICCID"])).split(";"))
    return found - {"000000"}


class Watch:
    """What is written while it is looked at: names of files, and the contents that are renamed or removed."""

    def __init__(self) -> None:
        self.active = False
        self.written: set[Path] = set()
        self.contents: list[tuple[Path, bytes]] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.active or event not in ("open", "os.rename", "os.remove"):
            return
        self.active = False  # what follows opens files itself
        try:
            if not isinstance(arguments[0], str | bytes | os.PathLike):
                return
            path = Path(os.fsdecode(arguments[0])).absolute()
            if event == "os.remove" and isinstance(arguments[1], int) and arguments[1] >= 0:
                path = Path(f"/proc/self/fd/{arguments[1]}").resolve() / os.fsdecode(arguments[0])
            if event != "open":
                self.contents.append((path, path.read_bytes() if path.is_file() else b""))
            elif isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
                self.written.add(path)
        finally:
            self.active = True


_WATCH = Watch()
sys.addaudithook(_WATCH)


@contextmanager
def watched() -> Iterator[Watch]:
    """An audit hook can not be taken away again, so there is one, which sleeps."""
    _WATCH.written, _WATCH.contents, _WATCH.active = set(), [], True
    try:
        yield _WATCH
    finally:
        _WATCH.active = False


def options(**more: object) -> Options:
    return Options(**{"clock": lambda: "2009-01-01T00:00:00+00:00", "chunk": 7, **more})


def order_of(folder: Path, source: str, count: int = 20) -> Path:
    return given_order(folder, rows(count)) if source == "given" else drawn_order(folder, source, count=count)


KEYS = {SEED, WORK, TRANSPORT, "D4E7" * 8}


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("source", ["given", "random", "derived"])
def test_nothing_that_is_written_printed_or_logged_shows_a_secret(
    source: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    made, order = tmp_path / "made", order_of(tmp_path, source)
    with watched() as watch:
        for line in (
            ("run", str(order), "-o", str(made), "--chunk", "7", "--verify", "5"),
            ("run", str(order), "-o", str(made), "--json"),
            ("status", str(made)),
            ("status", str(made), "--json"),
            ("verify", str(made)),
            ("verify", str(made), "--json"),
        ):
            assert command_line(["batch", *line]) == 0
    secrets = secrets_made(made) | KEYS
    assert len(secrets) >= 20 * 7
    if source == "given":
        assert secrets > secrets_of(rows(20))
    out, err = capfd.readouterr()
    assert "A-1" not in out
    assert out
    assert not found_in(out + err + caplog.text, secrets)
    assert leaks(made, secrets) == {}
    assert not list((tmp_path / "tmp").iterdir())
    assert watch.contents
    for path in watch.written | {path for path, _ in watch.contents}:
        assert made in path.parents or path == Path(os.devnull), f"{path} is outside of the batch"
    for path, raw in watch.contents:
        assert is_clear(path, made) or not found_in(raw, secrets), path
    assert any(found_in(path.read_bytes(), secrets) for path in made.glob("scripts/*"))  # so the search works


@pytest.mark.slow
@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize(("source", "executor"), [("given", "serial"), ("random", "serial"), ("random", "process")])
def test_what_a_killed_run_leaves_shows_no_secret(
    source: str, executor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    made, order = tmp_path / "made", order_of(tmp_path, source, count=120)
    line = ("batch", "run", str(order), "-o", str(made), "--chunk", "2", "--executor", executor, "--workers", "2")
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    command = [sys.executable, "-m", "uimkit", *line]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    while process.poll() is None and len(list(made.glob(".batch/chunks/*/*"))) < 3:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)  # the workers too, so that the files stay as they are
    process.wait()
    left = {
        path: path.read_bytes()
        for place in (made, tmp_path / "tmp")
        for path in place.rglob("*")
        if path.is_file() and not (place == made and is_clear(path, made))
    }
    assert not (made / "manifest.json").exists(), "the run was over before it was killed"
    assert command_line(["batch", *line[1:]]) == 0
    secrets = secrets_made(made) | KEYS
    shown = {str(path): found_in(raw, secrets) for path, raw in left.items()}
    assert not {name: secrets for name, secrets in shown.items() if secrets}


def with_changed(made: list[dict[str, str]], **changed: str) -> list[dict[str, str]]:
    return [row | changed if number == 3 else dict(row) for number, row in enumerate(made)]


def bad_row(**changed: str) -> Callable[[Path, pytest.MonkeyPatch], None]:
    def work(folder: Path, _: pytest.MonkeyPatch) -> None:
        run(given_order(folder, with_changed(rows(20), **changed)), folder / "made", options())

    return work


def another_transport_key(folder: Path, patch: pytest.MonkeyPatch) -> None:
    run(given_order(folder, rows(20)), folder / "made", options())
    patch.setenv("T_TRANSPORT", "C4A5" * 8)
    verify(folder / "made")


def begun(order: Path, folder: Path) -> Path:
    """A batch that was broken off after its first chunk: the keys are stored, the pieces are to be made again."""

    def stop(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(order, folder / "made", options(progress=stop))
    (folder / "made" / ".batch" / "journal.jsonl").unlink()
    return folder / "made"


def another_work_key(folder: Path, patch: pytest.MonkeyPatch) -> None:
    order = drawn_order(folder, "random")
    made = begun(order, folder)
    patch.setenv("T_WORK", "B2D5" * 8)
    run(order, made, options())


def a_transport_key_that_is_none(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("T_TRANSPORT", TRANSPORT[:-1])
    run(given_order(folder, rows(20)), folder / "made", options())


def a_seed_that_is_none(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("T_SEED", SEED[:-1] + "x")
    run(drawn_order(folder, "derived"), folder / "made", options())


def a_changed_script(folder: Path, _: pytest.MonkeyPatch) -> None:
    made = folder / "made"
    run(given_order(folder, rows(20)), made, options())
    script = made / "scripts" / "00000001-00000008.json"
    script.write_text(script.read_text().replace("9000", "9001", 1))
    verify(made)


LONG_KEY = "0F1E2D3C4B5A69788796A5B4C3D2E1F0"
BAD: Mapping[str, tuple[Callable[[Path, pytest.MonkeyPatch], None], str]] = {
    "a Ki that is too short": (bad_row(KI=LONG_KEY[:-1]), "column 22 KI: found 31 characters"),
    "a Ki with a letter": (bad_row(KI=LONG_KEY[:-1] + "G"), "column 22 KI: found 32 characters"),
    "a PIN with a letter": (bad_row(PIN1="7391739x"), "column 8 PIN1: found 8 characters"),
    "a PUK that is too short": (bad_row(PUK2="7391739"), "column 11 PUK2: found 7 characters"),
    "an A-key with wrong check digits": (bad_row(AKEY="07391739173917391739000001"), "are not the check digits"),
    "an A-key of another length": (bad_row(AKEY=LONG_KEY), "column 7 AKEY: found 32 characters"),
    "a secret too many": (bad_row(MNHASS=LONG_KEY), "column 18 MNHASS: found 32 characters"),
    "a row with a comma in a secret": (bad_row(SIPSS="7391739,173917391"), "found 29 fields, expected 28"),
    "a Ki that another card has": (bad_row(KI=rows(20)[9]["KI"]), "KI: this key is that of"),
    "an A-key that another card has": (bad_row(AKEY=rows(20)[9]["AKEY"]), "AKEY: this key is that of"),
    "another transport key": (another_transport_key, 'expected "Transport_kcv: '),
    "a transport key that is none": (a_transport_key_that_is_none, "found 31 characters"),
    "another work key": (another_work_key, "key"),
    "a seed that is none": (a_seed_that_is_none, "hex digits"),
    "a changed script": (a_changed_script, "not as the manifest says"),
}


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize("name", BAD)
def test_what_is_raised_shows_no_secret(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even with the local variables of every frame, as some programs report crashes."""
    work, expected = BAD[name]
    with pytest.raises(UimkitError) as caught:
        work(tmp_path, monkeypatch)
    told: list[str] = [str(caught.value)]
    assert expected in told[0]
    link: BaseException | None = caught.value
    while link is not None:
        told += [repr(link), str(link), repr(link.args), repr(vars(link))]
        link = link.__cause__ or link.__context__
    # the frame of this test holds nothing secret, those of the work are behind it
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in report.stack if "tests" not in Path(frame.filename).parts]
    told += [f"{key}={value}" for frame in frames for key, value in (frame.locals or {}).items()]
    given = secrets_of(rows(20)) | KEYS | {LONG_KEY, LONG_KEY[:-1], "7391739"}
    assert frames
    assert not found_in("\n".join(told), given)


FIXED = {"PIN1": "73917391", "ADM": "B1C2D3E4", "KI": LONG_KEY}


@pytest.fixture
def fixed_order(tmp_path: Path, sources: dict[str, str]) -> Path:
    order = drawn_order(tmp_path, "random", count=7)  # one chunk
    text = order.read_text().replace('PIN1 = "random:8"', 'PIN1 = "fixed"')
    for name in ("KI", "ADM"):
        text = text.replace(f'{name} = "random"', f'{name} = "fixed"')
    values = ", ".join(f'{name} = "{value}"' for name, value in FIXED.items())
    order.write_text(text.replace("policy =", f"fixed = {{ {values} }}\npolicy ="))
    return order


def test_the_repr_of_an_order_shows_no_fixed_secret(fixed_order: Path) -> None:
    order, _ = load_order(fixed_order)
    assert order.keys.fixed == FIXED
    job = Job(order, fixed_order.parent, "china-telecom-oneway", ("ICCID",), USUAL, 7)
    for shown in (repr(order), repr(order.keys), repr(job), repr(job.policy), f"{job.policy.__dict__.keys()}"):
        assert not found_in(shown, FIXED.values())


@pytest.mark.usefixtures("sources")
def test_the_repr_of_what_is_handed_about_shows_no_secret() -> None:
    row = rows(1)[0]
    data = card_data(row, "cards.txt:1")
    done = Done(0, 1, {"data.csv": ("00", 1)}, (("KI", "0" * 64, 0),), 0)
    chunk = Chunk(0, (Row("cards.txt:1", tuple(row), list(row.values())),))
    software, transport = load_key("env:T_TRANSPORT"), wrapper("aes-gcm", load_key("env:T_TRANSPORT"), 1)
    for thing in (data, *chunk.rows, chunk, done, Resolver({})(data), software, transport):
        assert not found_in(repr(thing) + str(thing), secrets_of([row]) | KEYS)


@pytest.mark.slow
def test_what_dask_logs_of_a_chunk_that_failed_shows_no_secret(fixed_order: Path, tmp_path: Path) -> None:
    """Its workers log function and arguments of what failed."""
    pytest.importorskip("distributed", reason="distributed is not installed (uimkit[dask])")
    made = begun(fixed_order, tmp_path)
    (stored,) = (made / ".batch" / "vault").iterdir()
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-1] + bytes((whole[-1] ^ 1,)))
    line = ("batch", "run", str(fixed_order), "-o", str(made), "--executor", "dask")
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "uimkit", *line], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "do not open" in done.stderr
    stored.write_bytes(whole)
    assert command_line(["batch", "run", str(fixed_order), "-o", str(made)]) == 0
    assert not found_in(done.stdout + done.stderr, secrets_made(made) | KEYS)
    assert len(done.stderr.splitlines()) == 1, done.stderr
