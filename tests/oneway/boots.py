"""Boot sequences of phones without evidence, and the noise that real life adds to them."""

from __future__ import annotations

import random
from functools import cache

from tests.oneway.account import EVIDENCE
from tests.oneway.bursts import SELECT_ADN, some
from tests.oneway.twins import NAMES_A, NAMES_B, RECORD, card, gsm_record, variant
from tests.simulator.shrinking import RESET
from uimkit.apdu import INS
from uimkit.simulator.card import Card
from uimkit.trace.model import Step, Trace, read_trace, shipped_traces
from uimkit.trace.replay import replay


def is_evidence(step: Step, path: str | None) -> bool:
    """Whether this step of a sequence, on the file selected last, is on P5's list."""
    return step.ins == f"{INS.STORE_ESN_MEID_ME:02X}" or (step.ins == f"{INS.READ_BINARY:02X}" and path in EVIDENCE)


def without_evidence(trace: Trace) -> list[Step]:
    """The sequence less its evidence; what it then does with the phone book stays."""
    kept, path = [], None
    for step in trace.steps:
        path = step.select or path
        if not is_evidence(step, path):
            kept.append(step)
    return kept


@cache
def boots(name: str) -> tuple[tuple[bytes, ...], ...]:
    """The APDUs of each shipped sequence as its phone sends them to a card of this variant."""
    return tuple(_apdus(trace, card(0, base=variant(name))) for trace in map(read_trace, sorted(shipped_traces())))


def _apdus(trace: Trace, on: Card) -> tuple[bytes, ...]:
    trace.steps = without_evidence(trace)
    played = replay(trace, on)
    assert played.side == "restricted", f"{trace.id} still holds evidence"
    assert len(played.exchanges) >= 10, f"{trace.id} stopped early: {played.failure}"
    return tuple(exchange.command for exchange in played.exchanges)


def noisy_boot(seed: int, length: int, name: str) -> list[bytes]:
    """``length`` APDUs: boots one after the other with commands inserted, dropped, repeated and resets in between.

    After most boots the phone copies some contacts, with looks in between as phones take them.
    """
    draw = random.Random(seed)
    script: list[bytes] = []
    while len(script) < length:
        boot = list(draw.choice(boots(name)))
        if len(boot) > 200 and draw.random() < 0.8:
            boot = boot[: draw.randrange(20, 200)]  # most phones are switched off before they have read 250 records
        noise = draw.choice((0.0, 0.03, 0.15))
        for apdu in boot:
            script.extend(_disturbed(draw, apdu, noise))
        if draw.random() < 0.8:
            script.extend(_copying(draw, noise))
        if draw.random() < 0.7:
            script.append(RESET)
    return script[:length]


def _disturbed(draw: random.Random, apdu: bytes, noise: float) -> list[bytes]:
    if draw.random() >= noise:
        return [apdu]
    kind = draw.randrange(8)
    if kind == 0:
        return []
    if kind == 1:
        return [apdu, apdu]
    if kind == 2:
        return [RESET, apdu]
    if kind == 3:
        return [apdu[:3] + bytes((draw.randrange(256),)) + apdu[4:]]
    if kind == 4:
        return [apdu, *late_evidence(draw)]
    return [apdu, *some(draw)]


def late_evidence(draw: random.Random) -> list[bytes]:
    """What a CDMA phone does first; in a session that has used a mirror it comes too late (S2)."""
    fids = draw.choice((("3F00", "7F25", "6F32"), ("3F00", "7F25", "6F22"), ("3F00", "7F25")))
    selects = [bytes((0xA0, INS.SELECT, 0, 0, 2)) + bytes.fromhex(fid) for fid in fids]
    last = "A0DE0000080412345678000000" if len(fids) == 2 else "A0B0000001"
    return [*selects, bytes.fromhex(last), *SELECT_ADN]


def _copying(draw: random.Random, noise: float) -> list[bytes]:
    """A phone copies contacts by its own rule for free records, edits some, deletes some."""
    first = draw.choice((1, 1, 1, 100, 250))
    script = list(SELECT_ADN)
    for number in range(first, min(first + draw.randrange(1, 12), 251)):
        name = draw.choice((*NAMES_A, *NAMES_B))
        record = gsm_record(name, str(10 ** draw.randrange(2, 12) + number), draw.choice((0xFF, 0xFF, 0xFF, 1, 2)))
        write = bytes((0xA0, INS.UPDATE_RECORD, number, 4, RECORD)) + record
        look = bytes((0xA0, INS.READ_RECORD, number, 4, RECORD))
        erase = write[:5] + b"\xff" * RECORD
        edit = write[:5] + gsm_record(name, str(number), record[-1])
        script += draw.choice(
            ([write], [write], [write, look], [look, write, look, write], [write, edit], [write, erase, write],
             [write, look, edit], [write, look, erase, edit, edit])
        )  # fmt: skip
    return [made for apdu in script for made in _disturbed(draw, apdu, noise)]
