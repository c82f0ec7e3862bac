"""Which status words a command may answer: table 11 of GSM 11.11, and the same for the R-UIM's STORE ESN_MEID_ME."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from uimkit.apdu import INS
from uimkit.card.definition import Choices

_DATA = Path(__file__).parent.parent / "data"
_ANY_SW2 = ("67", "6B", "6D", "6E", "6F", "91", "9E", "9F")
_INS = {0xC2: "ENVELOPE", 0x12: "FETCH", 0x14: "TERMINAL RESPONSE"} | {int(i): i.name.replace("_", " ") for i in INS}


@cache
def allowed() -> Mapping[str, frozenset[str]]:
    """Name of a command to the words it may answer; XX stands for any second byte, 0X for 00 to 0F."""
    found: dict[str, set[str]] = {}
    for name in ("gsm-sw-matrix.csv", "ruim-sw-matrix.csv"):
        with (_DATA / name).open(newline="") as file:
            for row in csv.DictReader(file):
                words = found.setdefault(row["command"], set())
                if row["allowed"] == "1":
                    words.add(row["sw"])
    return {name: frozenset(words) for name, words in found.items()}


def word(answer: bytes) -> str:
    """The status word of an answer as the matrix writes it."""
    text = answer[-2:].hex().upper()
    if text[:2] in _ANY_SW2:
        return text[:2] + "XX"
    return "920X" if text[:3] == "920" else text


def forbidden(command: bytes, answer: bytes, choices: Choices) -> str | None:
    """What is wrong with this answer by the matrix, or None.

    Exceptions, and why:

    - 6D XX stands for no command in table 11, since it belongs to an unknown INS. ENVELOPE, FETCH and TERMINAL
      RESPONSE are in the table but unknown to this card (no toolkit, 11.6.3).
    - A command of one application outside its directory: with the choice ``wrong_directory_sw = 6D00`` the card treats
      it as unknown there (open point A23).
    - Commands of fewer than five bytes are no commands of the table.
    """
    if len(command) < 5:
        return None
    name = _INS.get(command[1], "")
    given = word(answer)
    if given in allowed().get(name, {given}):
        return None
    if given == "6DXX" and command[1] in (0xC2, 0x12, 0x14):
        return None
    if answer == choices.wrong_directory_sw.to_bytes(2, "big") == b"\x6d\0" and command[1] in (
        INS.RUN_GSM_ALGORITHM,
        INS.STORE_ESN_MEID_ME,
    ):
        return None
    return f"{name} answered {given}, which the matrix forbids"
