"""The order of errors: what a command is asked for, one demand after the other, and how a failed one is answered.

The standards list status words and give no order (GSM 11.11 clause 9.4); this is the one table of it. ``dispatch`` goes
through it, and docs/simulator.md shows it. What a command finds itself comes after all of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from uimkit.apdu import CLA_GSM, SW
from uimkit.oneway.view import View
from uimkit.simulator.answers import status, wrong_length
from uimkit.simulator.chip import CHV1_BIT, Chip
from uimkit.simulator.commands.declaration import CardCommand, Command, FileCommand
from uimkit.simulator.commands.table import commands_of

HEADER = 5
"""CLA, INS, P1, P2, P3."""


class Question:
    """A command on its way through the demands; what is known of it grows with them."""

    __slots__ = ("apdu", "candidates", "chip", "command", "position", "view")

    candidates: Sequence[Command]
    command: Command
    position: int
    view: View

    def __init__(self, chip: Chip, apdu: bytes) -> None:
        self.chip = chip
        self.apdu = apdu

    @property
    def keeps_pending(self) -> bool:
        """Whether the command is one that leaves what waits for GET RESPONSE; False while it is not known."""
        return bool(getattr(self, "command", None)) and self.command.keeps_pending


class Demand(NamedTuple):
    """``refusal`` gives the answer when the demand fails, None when it is met. ``sw`` and ``what`` are for the page."""

    what: str
    sw: str
    refusal: Callable[[Question], bytes | None]


def _length(asked: Question) -> bytes | None:
    return wrong_length() if len(asked.apdu) < HEADER else None


def _class_and_instruction(asked: Question) -> bytes | None:
    cla, ins = asked.apdu[0], asked.apdu[1]
    found = commands_of(cla, ins, administrative=asked.chip.product.blueprint is not None)
    if not found:
        return status(SW.UNKNOWN_INS if cla == CLA_GSM else SW.WRONG_CLASS)
    asked.candidates = found
    return None


def _directory(asked: Question) -> bytes | None:
    definition, session = asked.chip.product.definition, asked.chip.session
    for command in asked.candidates:
        if command.directory is None or definition.under(session.directory, command.directory):
            asked.command = command
            return None
    return status(definition.choices.wrong_directory_sw)


def _parameters(asked: Question) -> bytes | None:
    accepted = asked.command.accepts(asked.apdu[2], asked.apdu[3])
    return None if accepted else status(SW.WRONG_PARAMETERS)


def _p3(asked: Question) -> bytes | None:
    fits = asked.command.fits(asked.apdu[4], len(asked.apdu) - HEADER)
    return None if fits else wrong_length(asked.command.p3 or 0)


def _ef(asked: Question) -> bytes | None:
    if isinstance(asked.command, FileCommand):
        position = asked.chip.session.ef
        if position is None:
            return status(SW.NO_EF_SELECTED)
        asked.position = position
        asked.view = asked.chip.sides.views[position]
    return None


def _structure(asked: Question) -> bytes | None:
    command = asked.command
    if isinstance(command, FileCommand):
        file = asked.chip.product.definition.files[asked.position]
        return None if file.structure in command.structures else status(SW.INCONSISTENT_FILE)
    return None


def _invalidation(asked: Question) -> bytes | None:
    command = asked.command
    if not isinstance(command, FileCommand) or asked.view.valid is command.wants_valid:
        return None
    file = asked.chip.product.definition.files[asked.position]
    usable = command.usable_invalidated and file.usable_invalidated
    return None if usable else status(SW.INVALIDATION_CONTRADICTION)


def _access(asked: Question) -> bytes | None:
    command, chip = asked.command, asked.chip
    if isinstance(command, CardCommand):
        denied = command.under_chv1 and not chip.session.granted & CHV1_BIT
        return status(SW.ACCESS_DENIED) if denied else None
    if not isinstance(command, FileCommand):
        return None
    if _allowed(chip, asked.position, command.right) and (command.right != "read" or asked.view.readable):
        return None
    choices = chip.product.definition.choices
    return status(choices.increase_without_right_sw if command.right == "increase" else SW.ACCESS_DENIED)


def _allowed(chip: Chip, position: int, right: str) -> bool:
    if right == "update":
        if chip.sides.unlocked:
            return True
        if position == chip.product.lifecycle and not chip.sides.personalising:
            return False  # the end of personalisation is a one-way step (S3)
    return bool(chip.product.masks[position][right] & chip.session.granted)


OF_THE_COMMAND = (
    Demand("at least five bytes", "67 00", _length),
    Demand(
        "a class of the card (A0; 80 for COMPUTE IP AUTHENTICATION), and an instruction of it",
        "6E 00, 6D 00",
        _class_and_instruction,
    ),
    Demand("its application's directory is current, or above the current one", "94 08 (choice)", _directory),
    Demand("P1 and P2", "6B 00", _parameters),
    Demand("P3, and as many data bytes as it says", "67 XX, the right P3 where it is fixed, else 00", _p3),
)
"""What a command fulfils or not whatever the state of the card is, but for the current directory."""

OF_THE_CARD = (
    Demand("an EF is current", "94 00", _ef),
    Demand("the structure of the EF fits", "94 08", _structure),
    Demand("the EF is not invalidated (REHABILITATE: is invalidated)", "98 10", _invalidation),
    Demand("the access condition of the EF, or CHV1", "98 04 (INCREASE: choice)", _access),
)
"""What depends on the state of the card. A command that is not about an EF is asked the last one only."""


def first_refusal(asked: Question, demands: Sequence[Demand]) -> bytes | None:
    """The answer of the first demand that is not met, None when all are."""
    for demand in demands:
        refusal = demand.refusal(asked)
        if refusal is not None:
            return refusal
    return None
