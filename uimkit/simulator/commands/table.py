"""All commands of the card, by class and instruction, and their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from uimkit.apdu import CLA_GSM
from uimkit.simulator.chip import Writes
from uimkit.simulator.commands import (
    binary,
    cave,
    chv,
    esn_me,
    get_response,
    increase,
    invalidation,
    ip_authentication,
    records,
    run_gsm_algorithm,
    seek,
    select,
    status,
    ts_102_222,
    without_effect,
)
from uimkit.simulator.commands.declaration import Command

Table = dict[tuple[int, int], tuple[Command, ...]]
"""Class and instruction to the commands that share them; the current directory tells which one is meant."""


def _by_class_and_instruction(commands: Iterable[Command]) -> Table:
    table: Table = {}
    for command in commands:
        key = command.cla, command.ins
        table[key] = (*table.get(key, ()), command)
    return table


COMMANDS = _by_class_and_instruction(
    (
        select.SELECT,
        status.STATUS,
        get_response.GET_RESPONSE,
        binary.READ_BINARY,
        binary.UPDATE_BINARY,
        records.READ_RECORD,
        records.UPDATE_RECORD,
        seek.SEEK,
        increase.INCREASE,
        chv.VERIFY_CHV,
        chv.CHANGE_CHV,
        chv.DISABLE_CHV,
        chv.ENABLE_CHV,
        chv.UNBLOCK_CHV,
        invalidation.INVALIDATE,
        invalidation.REHABILITATE,
        run_gsm_algorithm.RUN_GSM_ALGORITHM,
        cave.RUN_CAVE,
        cave.BASE_STATION_CHALLENGE,
        cave.UPDATE_SSD,
        cave.CONFIRM_SSD,
        cave.GENERATE_KEY_VPM,
        cave.COMMIT,
        esn_me.STORE_ESN_MEID_ME,
        without_effect.TERMINAL_PROFILE,
        without_effect.SLEEP,
        ip_authentication.COMPUTE_IP_AUTHENTICATION,
    )
)
"""What every card knows."""

ADMINISTRATIVE = _by_class_and_instruction(
    (
        ts_102_222.CREATE_FILE,
        ts_102_222.DELETE_FILE,
        ts_102_222.DEACTIVATE_FILE,
        ts_102_222.ACTIVATE_FILE,
        ts_102_222.TERMINATE_DF,
        ts_102_222.TERMINATE_EF,
        ts_102_222.TERMINATE_CARD_USAGE,
        ts_102_222.RESIZE_FILE,
    )
)
"""What a card with a blueprint knows besides."""


def commands_of(cla: int, ins: int, *, administrative: bool) -> Sequence[Command]:
    """The commands of a class and instruction, none when the card does not know it."""
    found = COMMANDS.get((cla, ins), ())
    return found or (ADMINISTRATIVE.get((cla, ins), ()) if administrative else ())


def command_name(apdu: bytes) -> str:
    """The name that the standard gives a command, ``INS XX`` of one that no card here knows; of two that share an
    instruction the one whose P3 is right.
    """
    if len(apdu) < 2:
        return "malformed"
    found = commands_of(apdu[0], apdu[1], administrative=True)
    fitting = [command for command in found if len(apdu) > 4 and command.p3 == apdu[4]]
    return (fitting or list(found))[0].name if found else f"INS {apdu[1]:02X}"


def presents_code(apdu: bytes) -> bool:
    """Whether a command carries the value of a code: what writes codes does, and so do those of other classes that
    share its instruction (00 20 of a UICC).
    """
    found = commands_of(CLA_GSM, apdu[1], administrative=False) if len(apdu) > 1 else ()
    return any(command.writes is Writes.CODES for command in found)
