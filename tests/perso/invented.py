"""Invented cards: no number, name or key here is anybody's."""

from __future__ import annotations

import random

from uimkit.coding.identity import luhn_digit
from uimkit.perso.fields import ROW_NAMES

AREAS = ("010", "021", "025", "510", "731", "755", "571")
PRL = "00220065000080044CC446C64B600200005B083FFFFC02020000800007400000C250"
SIP_BLOCK = "23200F6374776170406D7963646D612E636E210F63746E6574406D7963646D612E636E20"


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def key(rng: random.Random, octets: int) -> str:
    return rng.randbytes(octets).hex().upper()


def card(rng: random.Random, *, roaming: bool = True) -> dict[str, str]:
    """The fields of one row. Without ``roaming`` those of the GSM subscription are empty."""
    body = f"8986{rng.choice(('03', '11'))}{digits(rng, 4)}{rng.choice(AREAS)}{digits(rng, 6)}"
    imsi = "46003" + digits(rng, 10)
    row = dict.fromkeys(ROW_NAMES, "")
    row |= {
        "ICCID": body + luhn_digit(body),
        "IMSI": imsi,
        "SID": f"{rng.randrange(0x3500, 0x3800):04X}",
        "NID": "FFFF",
        "AKEY": key(rng, 8),
        "PIN1": digits(rng, rng.randrange(4, 9)),
        "PIN2": digits(rng, 8),
        "PUK1": digits(rng, 8),
        "PUK2": digits(rng, 8),
        "ADM": key(rng, 4),
        "HRPDUPP": f"{imsi}@mycdma.cn",
        "HRPDSS": key(rng, 8),
        "SIPUPP": rng.choice((SIP_BLOCK, f"{imsi}@mycdma.cn", "ctwap@mycdma.cn;ctnet@mycdma.cn")),
        "SIPSS": rng.choice(("vnet.mobi", "766E65742E6D6F626900000000000000")),
        "MIPUPP": f"{imsi}@mycdma.cn",
        "MNHASS": ";".join(key(rng, 8) for _ in range(3)),
        "MNAAASS": ";".join(key(rng, 8) for _ in range(3)),
    }
    if roaming:
        imsig = "00101" + digits(rng, 10)
        row |= {"IMSIG": imsig, "ACC": imsig[-1], "KI": key(rng, 16), "SMSP": f"+88299{digits(rng, 7)}"}
        row["OPC_G"] = key(rng, 16)
    return row


def line(row: dict[str, str]) -> str:
    return ",".join(row[name] for name in ROW_NAMES)
