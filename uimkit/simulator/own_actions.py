"""What the card does by itself when a file is selected: FDN and the packet data capability of the ME."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uimkit.simulator.card import Card

_EF_ADN = "3F00/7F10/6F3A"
_DF_CDMA, _EF_ME3GPDOPC = "3F00/7F25", "3F00/7F25/6F48"
_ADN, _FDN = 2, 3


@dataclass(frozen=True, slots=True)
class FixedDialling:
    """FDN of one application: its service table, and the EFs the card invalidates together, once per session."""

    service_table: str
    triggers: tuple[str, ...]
    looks_at_mirror: bool
    """FDN of DF_GSM goes by the mirror's invalidation flag of EF_ADN, FDN of DF_CDMA by the real one (V7)."""


_FIXED_DIALLING = (
    FixedDialling("3F00/7F20/6F38", ("3F00/7F20/6F07", "3F00/7F20/6F7E"), looks_at_mirror=True),
    FixedDialling("3F00/7F25/6F32", ("3F00/7F25/6F22", "3F00/7F25/6F23", "3F00/7F25/6F24"), looks_at_mirror=False),
)
"""GSM 11.11 10.3.7 and 11.5.1; C.S0023-C 2.7 note 2 and 3.4.18."""


def acts_on_select(path: str) -> bool:
    """Whether selecting the file makes the card do anything."""
    return path == _DF_CDMA or any(path in application.triggers for application in _FIXED_DIALLING)


def on_select(card: Card, position: int) -> None:
    """Called after a successful SELECT, before its answer is made."""
    path = card.product.definition.files[position].path
    if path == _DF_CDMA:
        _clear_packet_data_capability(card)
    for application in _FIXED_DIALLING:
        if path in application.triggers:
            _invalidate_identity(card, application)


def _clear_packet_data_capability(card: Card) -> None:
    """The card sets EF_ME3GPDOPC to 00 when DF_CDMA is selected at initialisation (C.S0023-C 3.4.38)."""
    position = card.product.definition.index.get(_EF_ME3GPDOPC)
    if position is None or _EF_ME3GPDOPC in card.session.done:
        return
    card.session.done |= {_EF_ME3GPDOPC}
    if card.memory.contents[position] != b"\0":
        card.memory.write(position, 0, b"\0")


def _invalidate_identity(card: Card, application: FixedDialling) -> None:
    if application.service_table in card.session.done:
        return
    card.session.done |= {application.service_table}
    if not _fixed_dialling_on(card, application):
        return
    index = card.product.definition.index
    for path in application.triggers:
        if path in index and card.sides.view(index[path]).valid:
            card.sides.view(index[path]).set_valid(False)


def _fixed_dialling_on(card: Card, application: FixedDialling) -> bool:
    index = card.product.definition.index
    table = index.get(application.service_table)
    if table is None or not _active(card.memory.contents[table], _FDN):
        return False
    adn = index.get(_EF_ADN)
    if adn is None or not _active(card.memory.contents[table], _ADN):
        return True
    view = card.sides.mirror(adn) if application.looks_at_mirror else card.sides.real(adn)
    return not view.valid


def _active(service_table: bytes, number: int) -> bool:
    """Service allocated and activated, two bits each (GSM 11.11 10.3.7)."""
    byte, shift = divmod(number - 1, 4)
    return len(service_table) > byte and service_table[byte] >> 2 * shift & 3 == 3
