"""The key objects that a card may have, by name, and their bytes."""

from __future__ import annotations

from uimkit.crypto import cave, gsm

KI, OPC, AKEY, SSD = "ki", "opc", "akey", "ssd"
HRPD_SS, SIP_CHAP_SS, MN_HA_SS, MN_AAA_SS = "hrpd_ss", "sip_chap_ss", "mn_ha_ss", "mn_aaa_ss"
IP_SECRET_LENGTH, NAIS = 17, 16
"""A length byte and up to 16 bytes; as many NAIs as an index of four bits tells apart (ASSUMPTION)."""
KEY_LENGTHS = {
    KI: gsm.KI_LENGTH,
    OPC: gsm.OPC_LENGTH,
    AKEY: cave.KEY_LENGTH,
    SSD: cave.SSD_LENGTH,
    HRPD_SS: IP_SECRET_LENGTH,
    SIP_CHAP_SS: NAIS * IP_SECRET_LENGTH,
    MN_HA_SS: NAIS * IP_SECRET_LENGTH,
    MN_AAA_SS: NAIS * IP_SECRET_LENGTH,
}
"""The key objects the simulator works with, and their bytes."""
