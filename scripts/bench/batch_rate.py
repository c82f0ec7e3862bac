"""Cards per second of a batch's workers, beside plain Python that emits the same bytes. ``batch_rate.py [CARDS]``

The yardstick is what somebody would write for this one order: rows in a list, check digits, hashes and swapped digits
worked out in place, one f-string a card, and one write a chunk. It checks, stores, hashes and syncs nothing.
Its bytes are compared with those of the batch. All are timed in turns: rates are the best of them, ratios the medians.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from statistics import median

from uimkit.perso.batch.executors import Executor, executor
from uimkit.perso.batch.job import Chunk, Job
from uimkit.perso.batch.order import parse_order
from uimkit.perso.batch.source import Source
from uimkit.perso.steps import PLACEHOLDER

KEYS = ("AKEY", "KI", "PIN1", "PIN2", "PUK1", "PUK2", "ADM")
CHUNK, TURNS = 1000, 11
ORDER = """order = "B"
customer = "Footel"
profile = "china-telecom-oneway"
[input]
file = "cards.csv"
[keys]
seed = "env:BENCH_SEED"
work = "env:BENCH_WORK"
policy = {{ {policy} }}
[outputs]
dialects = ["scriptor"]
flattened = {flattened}
"""
Work = tuple[Path, int, Sequence[tuple[str, ...]]]


def table(count: int) -> list[tuple[str, ...]]:
    """ICCIDs without check digits, IMSIs and keys of this many cards."""
    rows = []
    for at in range(count):
        digest = hashlib.sha256(str(at).encode()).hexdigest().upper()
        digits = f"{int(digest, 16):080}"
        pins = digits[:4], digits[4:8], digits[8:16], digits[16:24]
        rows.append((f"8986032600100{at:06}", f"460030123{at:06}", f"001010123{at:06}", digest[:16], digest[16:48],
                     *pins, digest[48:56]))  # fmt: skip
    return rows


def luhn(number: str) -> str:
    """The number with its check digit behind it."""
    total = 0
    for at, digit in enumerate(reversed(number)):
        value = int(digit) * (2 - at % 2)
        total += value - 9 if value > 9 else value
    return number + str(-total % 10)


@lru_cache(2000)
def group(digits: str) -> int:
    """A group of digits of IMSI_M, each 0 counted as 10."""
    number = 0
    for digit in digits:
        number = number * 10 + (int(digit) or 10)
    return number - int("1" * len(digits))


def imsi_m(imsi: str) -> str:
    """EF_IMSI_M in hex digits."""
    s1 = group(imsi[8:11]) << 14 | (int(imsi[11]) or 10) << 10 | group(imsi[12:])
    return (b"\0" + group(imsi[5:8]).to_bytes(2, "little") + s1.to_bytes(3, "little")
            + bytes((group(imsi[3:5]), 0x80)) + group(imsi[:3]).to_bytes(2, "little")).hex()  # fmt: skip


def swapped(digits: str) -> str:
    """Digits with the two of each octet turned."""
    return "".join([digits[at + 1] + digits[at] for at in range(0, len(digits), 2)])


@lru_cache(1)
def emitter(template: str) -> Callable[..., str]:
    """One f-string for the whole script; the columns are its variables."""
    text = template.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    names = dict.fromkeys(match[1] for match in PLACEHOLDER.finditer(text))
    variables = {name: re.sub(r"\W", "_", name) for name in names}
    body = PLACEHOLDER.sub(lambda match: "{" + variables[match[1]] + "}", text)
    scope: dict[str, Callable[..., str]] = {}
    exec(f'def emit({", ".join(variables.values())}):\n    return f"""{body}"""', scope)
    return scope["emit"]


def plain(template: str, work: Work) -> int:
    """The yardstick: a file of cards."""
    folder, start, rows = work
    emit = emitter(template)
    lines = []
    for body, imsi, imsig, akey, ki, pin1, pin2, puk1, puk2, adm in rows:
        iccid = luhn(body)
        uimid = hashlib.sha1(bytes.fromhex(iccid)).digest()[-1:-4:-1].hex().upper()
        m = imsi_m(imsi).upper()
        user = f"{imsi}@mycdma.cn".encode().hex().upper()
        lines.append(f"# card {iccid}\n" + emit(
            ICCID=swapped(iccid), SMSP="F" * 80, IMSIG="08" + swapped("9" + imsig), KI=ki,
            ACC=f"{1 << int(imsig[-1]):04X}", AKEY=akey, HRPDSS="F" * 34, IMSI=m, IMSI_T=m, SID_NID="0036FFFF00",
            ACCOLC=f"0{imsi[-1]}", UIMID=f"04{uimid}80000000", MDN="F" * 22, SPCS="00", SIPSS="0" * 128,
            HRPDUPP=f"1B19{user}10".ljust(128, "F"), PIN1=pin1.encode().hex() + "F" * 8,
            PUK1=puk1.encode().hex(), PIN2=pin2.encode().hex() + "F" * 8, PUK2=puk2.encode().hex(),
            ADM=adm.encode().hex().upper(),
        ))  # fmt: skip
    (folder / f"plain-{start}").write_text("".join(lines))
    return len(rows)


class Plain:
    """The yardstick for a template, as a process can be given it."""

    def __init__(self, template: str) -> None:
        self.template = template

    def __call__(self, work: Work) -> int:
        return plain(self.template, work)


def job(folder: Path, rows: Sequence[tuple[str, ...]], source: str, *, flattened: bool = True, verify: int = 0) -> Job:
    """A job on these cards; with ``source`` given the keys are in the file, else they are drawn."""
    folder.mkdir()
    for name in ("chunks", "vault"):
        (folder / name).mkdir()
    names = ("ICCID", "IMSI", "IMSIG", *(KEYS if source == "given" else ()), "SID")
    lines = (",".join((luhn(row[0]), *row[1 : len(names) - 1], "3600")) for row in rows)
    (folder / "cards.csv").write_text("\n".join((",".join(names), *lines, "")))
    policy = ", ".join(f'{name} = "{source}"' for name in KEYS)
    order = parse_order(ORDER.format(policy=policy, flattened=str(flattened).lower()).encode(), "bench")
    return Job(order, folder, "china-telecom-oneway", names, Source(order.input, folder).reading, len(rows), verify)


def chunks(made: Job) -> list[Chunk]:
    """The rows of a job as a worker gets them."""
    rows = list(Source(made.order.input, made.folder).good_rows())
    return [Chunk(at, tuple(rows[at : at + CHUNK])) for at in range(0, len(rows), CHUNK)]


def seconds(apply: Executor, function: Callable[[object], object], items: Sequence[object]) -> float:
    """The wall time of all items."""
    start = time.perf_counter()
    for _ in apply(function, items):
        pass
    return time.perf_counter() - start


def forget(folder: Path) -> None:
    """Let random keys be drawn again."""
    for path in folder.glob("random/vault/*"):
        path.unlink()


def main() -> None:
    os.environ.setdefault("BENCH_SEED", "5A" * 32)
    os.environ.setdefault("BENCH_WORK", "5B" * 16)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows = table(count)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jobs = {
            "flattened, keys given": job(folder / "given", rows, "given"),
            "flattened, keys derived": job(folder / "derived", rows, "derived"),
            "flattened, keys random": job(folder / "random", rows, "random"),
            "electrical data only": job(folder / "data", rows, "given", flattened=False),
        }
        template = jobs["flattened, keys given"].outputs.templates["scriptor"]
        tasks: dict[str, tuple[Callable[[object], object], Sequence[object]]] = {
            "f-strings": (Plain(template), [(folder, at, rows[at : at + CHUNK]) for at in range(0, count, CHUNK)]),
            **{title: (made, chunks(made)) for title, made in jobs.items()},
        }
        checked = job(folder / "verify", rows[: 2 * CHUNK], "given", verify=1)
        tasks["flattened and verified"] = (checked, chunks(checked))
        spent: dict[tuple[str, int], list[float]] = {}
        with executor("process", 2) as two:
            for function, items in tasks.values():  # in each worker what is made once
                list(two(function, items[:4]))
            for turn in range(TURNS):
                for title, (function, items) in tasks.items():
                    for workers, apply in ((1, map), (2, two)):
                        if turn and title == "flattened and verified":
                            continue
                        forget(folder)
                        wall = seconds(apply, function, items) / (len(items) * CHUNK)
                        spent.setdefault((title, workers), []).append(wall)
        same(folder, jobs["flattened, keys given"])
    tell(spent)


def same(folder: Path, made: Job) -> None:
    """See that the yardstick has written the bytes of the batch."""
    for chunk in sorted(folder.glob("plain-*")):
        start = int(chunk.name.removeprefix("plain-"))
        (script,) = (made.folder / "chunks" / f"{start:08}").glob("scripts@*")
        if script.read_bytes() != chunk.read_bytes():
            sys.exit(f"the yardstick and the batch differ from card {start + 1} on")


def tell(spent: dict[tuple[str, int], list[float]]) -> None:
    """Print the best rates; and the medians, over the turns, of the ratios to the yardstick and to one worker."""

    def ratio(one: tuple[str, int], other: tuple[str, int]) -> float:
        return median(a / b for a, b in zip(spent[one], spent[other], strict=False))

    scaling = ratio(("f-strings", 1), ("f-strings", 2))
    for (title, workers), turns in spent.items():
        line = f"{title}, {workers} {'worker' if workers == 1 else 'workers'}: {1 / min(turns):,.0f} cards/s"
        line += f", {ratio(('f-strings', workers), (title, workers)):.2f} of the f-strings"
        if workers == 2:
            own = ratio((title, 1), (title, 2))
            line += f"; {own:.2f} times one worker, {own / scaling:.2f} of the f-strings' {scaling:.2f}"
        print(line)


if __name__ == "__main__":
    main()
