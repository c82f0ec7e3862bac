"""Long random sessions with the small card, and what the card is after each command when nothing goes wrong."""

from __future__ import annotations

import random
from typing import NamedTuple

from tests.store.cards import make_memory, make_product
from uimkit.apdu import INS, command
from uimkit.card.codes import Code, chv_bytes, unblock_bytes
from uimkit.card.memory import Contents, Snapshot
from uimkit.simulator.card import Card
from uimkit.transport import Transport

RESET: None = None
_VALUES = (chv_bytes("1234"), chv_bytes("0000"))
_UNBLOCK = unblock_bytes("87654321")
_NOTE, _ADN, _COUNTER = ("2F01",), ("7F10", "6F3A"), ("7F10", "6F39")


class Outcome(NamedTuple):
    """The answer of one step (the ATR for a reset), and the memory after it."""

    answer: bytes
    memory: Snapshot


def random_session(seed: int, length: int) -> list[bytes | None]:
    """Commands that mostly write, and resets (None)."""
    dice = random.Random(seed)
    steps: list[bytes | None] = []
    while len(steps) < length:
        steps += _chapter(dice)
    return steps[:length]


def _chapter(dice: random.Random) -> list[bytes | None]:
    """A few commands that belong together."""
    kind = dice.randrange(9)
    if kind == 0:
        return [RESET]
    if kind <= 3:
        return [_presentation(dice)]
    path, commands = dice.choice(
        (
            (_NOTE, [_note(dice) for _ in range(8)]),
            (_NOTE, [_note(dice) for _ in range(8)]),
            (_NOTE, [command(ins, length=0) for ins in (INS.INVALIDATE, INS.REHABILITATE)]),
            (_ADN, [command(INS.UPDATE_RECORD, number, 4, dice.randbytes(30)) for number in (1, 2, 3)]),
            (_COUNTER, [command(INS.UPDATE_RECORD, 0, 3, b"\0" + dice.randbytes(2)) for _ in range(4)]),
            (_COUNTER, [command(INS.INCREASE, 0, 0, b"\0\0" + dice.randbytes(1)) for _ in range(4)]),
        )
    )
    return [*(command(INS.SELECT, data=bytes.fromhex(fid)) for fid in ("3F00", *path)), *commands]


def _note(dice: random.Random) -> bytes:
    return command(INS.UPDATE_BINARY, 0, dice.randrange(100), dice.randbytes(dice.randrange(1, 140)))


def _presentation(dice: random.Random) -> bytes:
    value, other = dice.choice(_VALUES), dice.choice(_VALUES)
    return dice.choice(
        (
            command(INS.VERIFY_CHV, 0, 1, value),
            command(INS.VERIFY_CHV, 0, 1, value),
            command(INS.CHANGE_CHV, 0, 1, value + other),
            command(INS.DISABLE_CHV, 0, 1, value),
            command(INS.ENABLE_CHV, 0, 1, value),
            command(INS.UNBLOCK_CHV, 0, 0, dice.choice((_UNBLOCK, _UNBLOCK, _UNBLOCK, other)) + other),
        )
    )


def play(card: Card, steps: list[bytes | None]) -> list[Outcome]:
    """What a card without a file answers, and becomes."""
    return [Outcome(one_step(card, step), card.memory.snapshot()) for step in steps]


def one_step(card: Transport, step: bytes | None) -> bytes:
    """Anything with ``transmit`` and ``reset`` does one step."""
    return card.reset() if step is None else card.transmit(step)


def fresh_card() -> Card:
    product = make_product()
    return Card(product, make_memory(product))


def counters(memory: Contents | Snapshot) -> tuple[int, int]:
    """False presentations left of the CHV and of its UNBLOCK."""
    contents = memory[0] if isinstance(memory, tuple) else memory.contents
    code = Code.from_bytes(contents[5])
    return code.tries, code.unblock_tries
