"""Group identifiers of a card (GSM 11.11 10.3.9, C.S0023 3.4.75)."""

from __future__ import annotations

from uimkit.files.codec import Field, Hex, RecordNumber, Struct


def group_identifier(name: str, description: str) -> Struct:
    """EF_GID1, EF_GID2: byte 1 is the code phones are personalised to (GSM 02.22), the issuer chooses what follows."""
    return Struct(
        Field(name, RecordNumber(), f"{description} that phones are personalised to, null for none"),
        Field("more", Hex(), "further identifiers of the issuer", ""),
    )
