"""Which SELECTs make the card do something by itself: fixed dialling, the packet data capability of the ME."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.oneway.policy import DF_CDMA, Side

EF_ME3GPDOPC = "3F00/7F25/6F48"


@dataclass(frozen=True, slots=True)
class FixedDialling:
    """FDN of one application: its service table, and the EFs the card invalidates together, once per session."""

    service_table: str
    triggers: tuple[str, ...]
    looks_at: Side
    """FDN of DF_GSM goes by the mirror's invalidation flag of EF_ADN, FDN of DF_CDMA by the real one (V7)."""


FIXED_DIALLING = (
    FixedDialling("3F00/7F20/6F38", ("3F00/7F20/6F07", "3F00/7F20/6F7E"), Side.RESTRICTED),
    FixedDialling("3F00/7F25/6F32", ("3F00/7F25/6F22", "3F00/7F25/6F23", "3F00/7F25/6F24"), Side.CDMA),
)
"""GSM 11.11 10.3.7 and 11.5.1; C.S0023-C 2.7 note 2 and 3.4.18."""


def acts_on_select(path: str) -> bool:
    """Whether selecting the file makes the card do anything."""
    return path == DF_CDMA or any(path in application.triggers for application in FIXED_DIALLING)
