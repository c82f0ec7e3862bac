"""Cards per second of a batch, beside f-strings that emit the same bytes. ``batch_rate.py [CARDS]``"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from uimkit.perso.batch.gate import cards
from uimkit.perso.batch.job import Chunk, Job
from uimkit.perso.batch.order import Order, parse_order

ORDER = """order = "B"
customer = "Footel"
profile = "china-telecom-oneway"
[input]
count = {count}
ranges = {{ ICCID = "8986032600100000100", IMSI = "460030123000000", IMSIG = "001010123000000" }}
fields = {{ SID = "3600" }}
[keys]
seed = "env:BENCH_SEED"
policy = {{ {policy} }}
[outputs]
dialects = {dialects}
flattened = {flattened}
"""
CHUNK = 500


def job(count: int, folder: Path, *, flattened: bool, verify: int = 0) -> tuple[Job, list[Chunk]]:
    """A job and its chunks."""
    policy = ", ".join(f'{name} = "derived"' for name in ("AKEY", "PIN1", "PIN2", "PUK1", "PUK2", "ADM", "KI"))
    text = ORDER.format(count=count, policy=policy, dialects='["scriptor"]', flattened=str(flattened).lower())
    order: Order = parse_order(text.encode(), "bench")
    rows = list(cards(order, folder))
    (folder / "chunks").mkdir(exist_ok=True)
    made = Job(order, folder, "china-telecom-oneway", rows[0].columns, count, verify)
    return made, [Chunk(at, tuple(rows[at : at + CHUNK])) for at in range(0, count, CHUNK)]


def plain(work: tuple[Path, int, int]) -> int:
    """The yardstick: cards of about the same bytes by one f-string each, and their write."""
    folder, start, count = work
    body = "# step write 3F00/7F25/6F22 EF_IMSI_M (IMSI)\n# expect 9000\n" * 110
    lines = [f"# card {start + i:020}\n{body}A0D600000A{start + i:020}\n" for i in range(count)]
    (folder / f"plain-{start}").write_text("".join(lines))
    return count


def rate(function: object, items: list[object], workers: int) -> float:
    """Items times CHUNK per second."""
    start = time.perf_counter()
    if workers == 1:
        for item in items:
            function(item)
    else:
        with ProcessPoolExecutor(workers) as pool:
            for _ in pool.map(function, items):
                pass
    return len(items) * CHUNK / (time.perf_counter() - start)


def main() -> None:
    os.environ.setdefault("BENCH_SEED", "5A" * 32)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for workers in (1, 2):
            yard = rate(plain, [(folder, at, CHUNK) for at in range(0, count, CHUNK)], workers)
            print(f"{workers} workers: f-strings {yard:,.0f} cards/s")
            for title, flattened, verify in (("data", False, 0), ("flattened", True, 0), ("with verify", True, 1)):
                made, chunks = job(count if not verify else CHUNK * 2, folder, flattened=flattened, verify=verify)
                found = rate(made, list(chunks), workers)
                print(f"{workers} workers: {title} {found:,.0f} cards/s, {found / yard:.2f} of the f-strings")


if __name__ == "__main__":
    main()
