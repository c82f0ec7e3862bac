"""Authentication is the same on both sides and no evidence of CDMA: it says nothing about contacts (S1, P1)."""

from __future__ import annotations

import random

from tests.oneway.twins import Twins
from uimkit.oneway.policy import Side

DF_CDMA, DF_GSM = "A0A40000027F25", "A0A40000027F20"


def test_twins_draw_the_same_stream_and_stay_restricted() -> None:
    twins = Twins()
    draw = random.Random(34)
    seen = set()
    for number in range(300):
        script = [
            "A0A40000023F00",
            DF_CDMA,
            "A08A000004" + draw.randbytes(4).hex(),
            "A0C0000004",
            "A08400000F" + draw.randbytes(15).hex(),
            "A082000003" + draw.randbytes(3).hex(),
            "A088000011" + "00" + draw.randbytes(16).hex(),
            "A0C0000003",
            "A08E000002FFFF",
            "808004000411223344",
            DF_GSM,
            "A088000010" + draw.randbytes(16).hex(),
            "A0C000000C",
            "A0A40000027F10",
            "A0A40000026F3A",
            "A0B201041C",
        ]
        if number % 3:
            draw.shuffle(script)
        for command in script:
            seen.add((command[:8], twins.transmit(bytes.fromhex(command))[-2:].hex()))
        assert twins.a.side is twins.b.side is Side.RESTRICTED
    assert {("A08A0000", "9f04"), ("A0840000", "9000"), ("A0840000", "9834"), ("A0820000", "9804")} <= seen


def test_an_answer_that_waits_is_dropped_by_the_next_command_as_any_other() -> None:
    twins = Twins()
    twins.transmit(bytes.fromhex(DF_CDMA))
    assert twins.transmit(bytes.fromhex("A08A00000401020304")).hex() == "9f04"
    twins.transmit(bytes.fromhex("A0F2000001"))
    assert twins.transmit(bytes.fromhex("A0C0000004")).hex() == "6f00"
