"""What the card does by itself when a file is selected: fixed dialling (FDN), packet data capability of the ME."""

from __future__ import annotations

from uimkit.oneway.policy import DF_CDMA, EF_ADN
from uimkit.simulator.acts_on_select import EF_ME3GPDOPC, FIXED_DIALLING, FixedDialling
from uimkit.simulator.chip import Chip

_ADN, _FDN = 2, 3
"""Service numbers of EF_SST and EF_CST alike (GSM 11.11 10.3.7, C.S0023-C 3.4.18)."""


def on_select(chip: Chip, position: int) -> None:
    """Called after a successful SELECT, before its answer is made."""
    path = chip.product.definition.files[position].path
    if path == DF_CDMA:
        _clear_packet_data_capability(chip)
    for application in FIXED_DIALLING:
        if path in application.triggers:
            _invalidate_identity(chip, application)


def _clear_packet_data_capability(chip: Chip) -> None:
    """The card sets EF_ME3GPDOPC to 00 when DF_CDMA is selected at initialisation (C.S0023-C 3.4.38)."""
    position = chip.product.definition.index.get(EF_ME3GPDOPC)
    if position is None or EF_ME3GPDOPC in chip.session.done:
        return
    chip.session.done |= {EF_ME3GPDOPC}
    if chip.memory.contents[position] != b"\0":
        chip.memory.write(position, 0, b"\0")


def _invalidate_identity(chip: Chip, application: FixedDialling) -> None:
    if application.service_table in chip.session.done:
        return
    chip.session.done |= {application.service_table}
    if not _fixed_dialling_on(chip, application):
        return
    index = chip.product.definition.index
    for path in application.triggers:
        if path in index and chip.sides.view(index[path]).valid:
            chip.sides.view(index[path]).set_valid(False)


def _fixed_dialling_on(chip: Chip, application: FixedDialling) -> bool:
    """FDN is active while EF_ADN is not: not activated, or invalidated (GSM 11.11 11.5.1)."""
    table = chip.body(application.service_table)
    if not _active(table, _FDN):
        return False
    adn = chip.product.definition.index.get(EF_ADN)
    return adn is None or not _active(table, _ADN) or not chip.sides.is_valid(adn, application.looks_at)


def _active(service_table: bytes, number: int) -> bool:
    """Service allocated and activated, two bits each (GSM 11.11 10.3.7)."""
    byte, shift = divmod(number - 1, 4)
    return len(service_table) > byte and service_table[byte] >> 2 * shift & 3 == 3
