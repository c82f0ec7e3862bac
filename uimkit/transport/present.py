"""Presenting a code on a card of any maker, without blocking it by accident."""

from __future__ import annotations

from uimkit.apdu import INS, SW, command
from uimkit.card.codes import adm_bytes, chv_bytes
from uimkit.errors import InputError, UimkitError
from uimkit.transport.terminal import CardRefused, Terminal

CHV1_NUMBER = 1
_APPLICATIONS = ("3F00/7F25", "3F00/7F20", "3F00")
"""Where CHV states are asked for: an application directory before the MF (GSM 11.11 9.2.1 note 2)."""
_FEW = 2


def present_chv1(terminal: Terminal, digits: str, *, last_tries: bool = False) -> None:
    """VERIFY CHV1, unless it is disabled. Raises UimkitError when it is wrong, or when fewer than two tries are left.

    The error says how many tries are left; ``last_tries`` presents it even then.
    """
    try:
        value = chv_bytes(digits)
    except ValueError as error:
        raise InputError(f"expected {error}", "--chv1") from None
    path = next((path for path in _APPLICATIONS if terminal.exists(path)), "3F00")
    header = terminal.select(path)
    if header.chv1_enabled is False:
        return
    left = header.chv_tries[0]
    if left is not None and left < _FEW and not last_tries:
        raise UimkitError(f"CHV1 has {left} tries left; not presented (--last-tries presents it all the same)")
    response = terminal.present(CHV1_NUMBER, value)
    if not response.ok:
        left = terminal.select(path).chv_tries[0]
        raise CardRefused(command(INS.VERIFY_CHV), response.sw, f"CHV1 is not accepted, {left} tries left")


def present_adm(terminal: Terminal, text: str, number: int) -> None:
    """VERIFY of an administrative code by its number P2. Raises UimkitError when the card refuses it."""
    try:
        value = adm_bytes(text)
    except ValueError as error:
        raise InputError(f"expected {error}", "--adm") from None
    response = terminal.present(number, value)
    if response.sw != SW.OK:
        raise CardRefused(command(INS.VERIFY_CHV), response.sw, "the administrative code is not accepted")
