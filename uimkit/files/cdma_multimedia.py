"""IMS, BCMCS and multimedia messages of DF_CDMA (C.S0023-C 3.4.61 to 3.4.71)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import ClassVar

from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import (
    BitField,
    Bits,
    Code,
    Enum,
    Field,
    Flag,
    Hex,
    Kind,
    Prefixed,
    RecordNumber,
    Struct,
    Text,
    Tlv,
    reserved,
)
from uimkit.files.codec.base import members, octets, padded, text
from uimkit.files.codec.checked import OrOctets
from uimkit.files.codec.lists import inside
from uimkit.files.codec.values import code_name, code_number
from uimkit.files.declare import cyclic, linear, ruim, sized, transparent
from uimkit.files.spec import Example, FieldDoc, Value


def _identity(name: str, description: str) -> OrOctets:
    """Data objects of tag 80, in UTF-8."""
    return OrOctets(
        Struct(Field("objects", Tlv({0x80: Field(name, Text(encoding="utf-8"), description)}), "data objects"))
    )


class ProxyAddress(Kind):
    """Tag 80, length in two bytes, type of address, length of the address, address."""

    keys = ("type", "address")
    coding = "tag 80, length in 2 bytes, type, length, address"
    _types: ClassVar[dict[int, str]] = {0: "FQDN", 1: "IPv4", 2: "IPv6"}

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("type", "type of address", Code(self._types).coding),
            FieldDoc("address", "name in UTF-8 or address; hex digits for another type", "length and bytes"),
        )

    def unpack(self, data: bytes) -> Value:
        size = int.from_bytes(data[1:3], "big")
        address = data[5 : 3 + size]
        if len(data) < 5 or data[0] != 0x80 or size < 2 or len(address) != size - 2 or data[4] != size - 2:
            raise CodecError("expected tag 80, a length of 2 bytes, and an address that fills it")
        return {"type": code_name(self._types, data[3]), "address": self._shown(data[3], address)}

    def _shown(self, kind: int, address: bytes) -> str:
        try:
            if kind == 0:
                return address.decode()
            if kind in self._types:
                return str(IPv4Address(address) if kind == 1 else IPv6Address(address))
        except ValueError:
            raise CodecError(f"{address.hex().upper()} is no address of type {self._types[kind]}", "address") from None
        return address.hex().upper()

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        with inside("type"):
            kind = code_number(self._types, given.get("type"))
        with inside("address"):
            address = self._address(kind, given.get("address"))
            if not (0 <= kind <= 0xFF and len(address) <= 0xFF):
                raise CodecError(f"type {kind} or the length {len(address)} does not fit in one byte")
        inner = bytes([kind, len(address)]) + address
        return padded(b"\x80" + len(inner).to_bytes(2, "big") + inner, length)

    def _address(self, kind: int, value: Value) -> bytes:
        if kind not in self._types:
            return octets(value)
        try:
            if kind == 0:
                return text(value).encode()
            address = ip_address(text(value))
        except ValueError:
            raise CodecError(f"expected an address of type {self._types[kind]}, found {shown(value)}") from None
        if address.version != (4 if kind == 1 else 6):
            raise CodecError(f"{address} is not of type {self._types[kind]}")
        return address.packed


class LengthValues(Kind):
    """Fields in a row, each behind its length in one byte."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names
        self.keys = tuple(names)

    @property
    def coding(self) -> str:
        return "fields behind their lengths"

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return tuple(FieldDoc(name, line, "length in 1 byte, then hex digits") for name, line in self._names.items())

    def unpack(self, data: bytes) -> Value:
        found: dict[str, Value] = {}
        at = 0
        for name in self._names:
            end = at + 1 + data[at] if at < len(data) else len(data) + 1
            if end > len(data):
                raise CodecError("does not end within the record", name)
            found[name] = data[at + 1 : end].hex().upper()
            at = end
        return found

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        packed = b""
        for name in self._names:
            with inside(name):
                if name not in given:
                    raise CodecError("is missing")
                packed += Prefixed(Hex(fill=None)).pack(given[name], None)
        return padded(packed, length)


ACCESS_KEY = OrOctets(
    LengthValues(
        {
            "bcmcs_flow_id": "flow the key is for",
            "bak_id": "identifier of the broadcast access key",
            "bak_expire": "end of the life of the key, as the network gives it",
        }
    )
)
_URI_EXAMPLE = Example("80137369703A696D732E6578616D706C652E6E6574", {"objects": [{"uri": "sip:ims.example.net"}]})

IMS = (
    transparent(
        "3F00/7F25/6F5F",
        "EF_IMPI",
        "IMS private user identity, TLV 80",
        ruim("3.4.61", "O: n7", 7),
        size=sized("X", 128, 2),
        access="CHV1 ADM - ADM ADM",
        kind=_identity("nai", "private user identity (RFC 2486)"),
        examples=(
            Example(
                "801A3436303033313233343540696D732E6578616D706C652E6E6574",
                {"objects": [{"nai": "4600312345@ims.example.net"}]},
            ),
        ),
    ),
    transparent(
        "3F00/7F25/6F60",
        "EF_DOMAIN",
        "Home network domain name, TLV 80",
        ruim("3.4.62", "O: n7", 7),
        size=sized("X", 128, 2),
        access="CHV1 ADM - ADM ADM",
        kind=_identity("uri", "domain of the home network (RFC 3261)"),
        examples=(_URI_EXAMPLE,),
    ),
    linear(
        "3F00/7F25/6F61",
        "EF_IMPU",
        "IMS public user identities, TLV 80 per record",
        ruim("3.4.63", "O: n7", 7),
        size=sized("X", 128, 2, records=4),
        access="CHV1 ADM - ADM ADM",
        kind=_identity("uri", "public user identity, SIP or tel (RFC 3261)"),
        examples=(
            Example(
                "80197369703A616C69636540696D732E6578616D706C652E6E6574FFFFFFFFFF",
                {"objects": [{"uri": "sip:alice@ims.example.net"}]},
            ),
        ),
    ),
    linear(
        "3F00/7F25/6F62",
        "EF_PCSCF",
        "P-CSCF addresses, first record has highest priority",
        ruim("3.4.64", "O: n7", 7),
        size=sized("X", 64, 5, records=2),
        access="CHV1 ADM - ADM ADM",
        kind=OrOctets(ProxyAddress()),
        examples=(
            Example("8000060104C0000201", {"type": "IPv4", "address": "192.0.2.1"}),
            Example("800013001170637363662E6578616D706C652E6E6574", {"type": "FQDN", "address": "pcscf.example.net"}),
        ),
    ),
)

BROADCAST_KEYS = (
    linear(
        "3F00/7F25/6F63",
        "EF_BAKPARA",
        "BCMCS access keys in use: flow id, key id, expiry",
        ruim("3.4.65", "O: n39", 39),
        size=sized("X+Y+Z+3", 16, 3, records=10),
        access="CHV1 ADM - ADM ADM",
        activity="high",
        kind=ACCESS_KEY,
        examples=(
            Example("030A0B0C0101045F5E1000", {"bcmcs_flow_id": "0A0B0C", "bak_id": "01", "bak_expire": "5F5E1000"}),
        ),
    ),
    cyclic(
        "3F00/7F25/6F64",
        "EF_UpBAKPARA",
        "BCMCS access keys delivered but not yet used",
        ruim("3.4.66", "O: n39", 39),
        size=sized("X+Y+Z+3", 16, 3, records=10),
        access="CHV1 ADM - ADM ADM",
        activity="high",
        kind=ACCESS_KEY,
        examples=(
            Example("030A0B0C0102045F5E2000", {"bcmcs_flow_id": "0A0B0C", "bak_id": "02", "bak_expire": "5F5E2000"}),
        ),
    ),
)

IMPLEMENTATION = Field(
    "implementation",
    Bits(
        1,
        BitField("wap", Flag(), "WAP"),
        BitField("m_imap", Flag(), "M-IMAP", False),
        BitField("sip", Flag(), "SIP", False),
    ),
    "implementation of multimedia messages",
)
MECHANISMS = {
    0: "CRAM-MD5",
    1: "HTTP Digest MD5",
    2: "HTTP Digest MD5-session",
    3: "HTTP Digest AKAv1-MD5",
    4: "HTTP Digest AKAv1-MD5-session",
    5: "SASL DIGEST-MD5",
    6: "SASL OTP",
    7: "SASL GSSAPI",
}
CONNECTIVITY = OrOctets(
    Struct(
        Field(
            "sets",
            Tlv(
                {
                    0xAB: Field(
                        "parameters",
                        Tlv(
                            {
                                0x80: IMPLEMENTATION,
                                0x81: Field("relay_server", Text(encoding="utf-8"), "address of relay or server, URI"),
                                0x82: Field("bearer", Hex(fill=None), "interface to core network and bearer"),
                                0x83: Field("gateway", Hex(fill=None), "gateway"),
                                0x84: Field("authentication", Code(MECHANISMS), "authentication mechanism"),
                                0x85: Field("login", Text(encoding="utf-8"), "authentication identifier"),
                            }
                        ),
                        "a set of connectivity parameters",
                    )
                }
            ),
            "sets of parameters, the first one is the default",
        )
    )
)

MESSAGES = (
    linear(
        "3F00/7F25/6F65",
        "EF_MMSN",
        "MMS notifications",
        ruim("3.4.67", "O: n40", 40),
        size=sized("4+X", 104, 4, records=5),
        access="CHV1 CHV1 - ADM ADM",
        fill="000000(FF)*",
        kind=Struct(
            Bits(
                1,
                BitField("used", Flag(), "the record is in use"),
                BitField("read", Flag(), "the notification was read"),
                BitField(
                    "status",
                    Enum(2, {0: "not retrieved", 1: "retrieved", 2: "rejected", 3: "forwarded"}),
                    "what became of the message",
                ),
            ),
            reserved(1),
            IMPLEMENTATION,
            Field("notification", Hex(), "notification as the network delivered it"),
            Field("ext", RecordNumber(), "record of EF_EXT8 with the rest", None, shown=True),
        ),
        examples=(
            Example(
                "070001112233FFFFFFFFFFFF",
                {
                    "used": True,
                    "read": True,
                    "status": "retrieved",
                    "implementation": {"wap": True},
                    "notification": "112233",
                    "ext": None,
                },
            ),
        ),
    ),
    linear(
        "3F00/7F25/6F66",
        "EF_EXT8",
        "Extension of MMS notifications",
        ruim("3.4.68", "O: n41", 41),
        size=sized("X+2", 13, 3, records=10),
        access="CHV1 CHV1 - ADM ADM",
        kind=Struct(
            Field("type", Code({2: "additional data"}), "what the record holds"),
            Field("data", Prefixed(Hex(fill=None)), "rest of the notification"),
            Field("next", RecordNumber(), "next record of the chain", None, shown=True),
        ),
        examples=(Example("0203445566FFFFFFFFFFFFFFFF", {"type": "additional data", "data": "445566", "next": None}),),
    ),
    transparent(
        "3F00/7F25/6F67",
        "EF_MMSICP",
        "MMS connectivity parameters of the issuer, TLV AB",
        ruim("3.4.69", "O: n40", 40),
        size=sized("X1+..+Xn", 256, 2),
        access="CHV1 ADM - ADM ADM",
        kind=CONNECTIVITY,
        examples=(
            Example(
                "AB2280010481137369703A6D6D73406578616D706C652E6E65748401018505616C696365",
                {
                    "sets": [
                        {
                            "parameters": [
                                {"implementation": {"wap": False, "sip": True}},
                                {"relay_server": "sip:mms@example.net"},
                                {"authentication": "HTTP Digest MD5"},
                                {"login": "alice"},
                            ]
                        }
                    ]
                },
            ),
        ),
    ),
    linear(
        "3F00/7F25/6F68",
        "EF_MMSUP",
        "MMS user preferences, TLVs 80 81 82",
        ruim("3.4.70", "O: n40", 40),
        size=sized("X", 64, 2, records=2),
        access="CHV1 CHV1 - ADM ADM",
        kind=OrOctets(
            Struct(
                Field(
                    "objects",
                    Tlv(
                        {
                            0x80: IMPLEMENTATION,
                            0x81: Field("profile", Text(), "name of the profile"),
                            0x82: Field("preferences", Hex(fill=None), "user preferences"),
                        }
                    ),
                    "data objects",
                )
            )
        ),
        examples=(
            Example(
                "8001018103537464820101FFFFFFFFFF",
                {"objects": [{"implementation": {"wap": True}}, {"profile": "Std"}, {"preferences": "01"}]},
            ),
        ),
    ),
    transparent(
        "3F00/7F25/6F69",
        "EF_MMSUCP",
        "MMS connectivity parameters of the user, TLV AB",
        ruim("3.4.71", "O: n40 and n42", 40, 42),
        size=sized("X1+..+Xn", 256, 2),
        access="CHV1 CHV1/CHV2 - ADM ADM",
        kind=CONNECTIVITY,
        examples=(
            Example(
                "AB158001018110687474703A2F2F6D2E6578616D706C65FFFFFFFFFFFFFFFFFF",
                {
                    "sets": [
                        {"parameters": [{"implementation": {"wap": True}}, {"relay_server": "http://m.example"}]},
                    ]
                },
            ),
        ),
    ),
)

FILES = IMS + BROADCAST_KEYS + MESSAGES
