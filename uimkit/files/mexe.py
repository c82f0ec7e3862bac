"""The files of DF_MExE: root public keys of the mobile execution environment (GSM 11.11 10.4.2)."""

from __future__ import annotations

from uimkit.coding.errors import CodecError
from uimkit.files.codec import BitField, Bits, Code, Field, Flag, Hex, Kind, Number, Prefixed, Struct, spare
from uimkit.files.codec.asn1 import Asn1
from uimkit.files.codec.base import members, padded
from uimkit.files.codec.checked import OrOctets
from uimkit.files.codec.lists import inside
from uimkit.files.codec.services import ServiceTable
from uimkit.files.declare import gsm, linear, sized, transparent
from uimkit.files.spec import Example, FieldDoc, FileSpec, Value

_PATH = "3F00/7F20/5F3C/"
_ISSUER = "CHV1 ADM - ADM ADM"
SERVICES = {
    1: "operator root public key",
    2: "administrator root public key",
    3: "third party root public key",
}
"""The services of EF_MExE-ST (10.4.2.1)."""


class Identifiers(Kind):
    """Hex digits of several identifiers, each behind its length byte; what is left of the record is FF."""

    _BLOCK = Prefixed(Hex(fill=None))

    def __init__(self, **descriptions: str) -> None:
        self.keys = tuple(descriptions)
        self._descriptions = descriptions

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return tuple(FieldDoc(key, text, self._BLOCK.coding) for key, text in self._descriptions.items())

    def unpack(self, data: bytes) -> Value:
        found: dict[str, Value] = {}
        for key in self.keys:
            with inside(key):
                found[key] = self._BLOCK.unpack(data)
            data = data[1 + data[0] :]
        return found

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        data = b""
        for key in self.keys:
            with inside(key):
                if key not in given:
                    raise CodecError("is missing")
                data += self._BLOCK.pack(given[key], None)
        return padded(data, length)


def _key_descriptor(**identifiers: str) -> Struct:
    return Struct(
        Bits(1, BitField("valid", Flag(inverted=True), "the descriptor may be used"), spare(7, 0x7F)),
        Bits(1, BitField("authority", Flag(), "the key belongs to an authority")),
        Field("certificate_type", Code({0: "WTLS", 1: "X.509", 2: "X9.68"}), "kind of the certificate"),
        Field("data_file", Hex(2), "identifier of the file with the key or certificate"),
        Field("offset", Number(2), "place in that file, bytes"),
        Field("length", Number(2), "length in that file, bytes"),
        Identifiers(**identifiers),
    )


def _descriptor(data_file: str, **more: Value) -> Value:
    return {
        "valid": True,
        "authority": True,
        "certificate_type": "X.509",
        "data_file": data_file,
        "offset": 0,
        "length": 512,
        "key_identifier": "0102030405060708",
        **more,
    }


FILES: tuple[FileSpec, ...] = (
    transparent(
        _PATH + "4F40",
        "EF_MExE-ST",
        "MExE service table",
        gsm("10.4.2.1", "O; SST n49", 49),
        size=sized("X (X>=1)", 1, 1),
        access=_ISSUER,
        fill="(00)*",
        kind=Struct(Field("services", ServiceTable(SERVICES), "state of each service the card has")),
        examples=(
            Example("33", {"services": {name: "activated" for n, name in SERVICES.items() if n != 2}}),
            Example("04", {"services": {"administrator root public key": "allocated"}}),
        ),
    ),
    linear(
        _PATH + "4F41",
        "EF_ORPK",
        "Operator root public key descriptors",
        gsm("10.4.2.2", "O; SST n49 and MExE-ST n1", 49),
        size=sized("X+10 (X>=1)", 30, 11, records=2),
        access=_ISSUER,
        kind=_key_descriptor(key_identifier="identifier of the key"),
        examples=(Example("FE01014F5000000200080102030405060708", _descriptor("4F50")),),
    ),
    linear(
        _PATH + "4F42",
        "EF_ARPK",
        "Administrator root public key descriptor",
        gsm("10.4.2.3", "O; SST n49 and MExE-ST n2", 49),
        size=sized("X+10 (X>=1), one record only", 30, 11, records=1),
        access=_ISSUER,
        kind=_key_descriptor(key_identifier="identifier of the key"),
        examples=(Example("FE01014F5100000200080102030405060708", _descriptor("4F51")),),
    ),
    linear(
        _PATH + "4F43",
        "EF_TPRPK",
        "Third party root public key descriptors",
        gsm("10.4.2.4", "O; SST n49 and MExE-ST n3", 49),
        size=sized("X+Y+11 (X>=1, Y>=1)", 50, 13, records=2),
        access=_ISSUER,
        kind=_key_descriptor(
            key_identifier="identifier of the key", certificate_identifier="identifier of the certificate"
        ),
        examples=(
            Example(
                "FE01014F520000020008010203040506070803AABBCC", _descriptor("4F52", certificate_identifier="AABBCC")
            ),
        ),
    ),
    transparent(
        _PATH + "4FXX",
        "EF_MEXE_DATA",
        "Key and certificate bodies; XX from 20..FF, unique",
        gsm("10.4.2.5", "O; SST n49", 49),
        size=sized("Y", 1024, 1),
        access=_ISSUER,
        kind=OrOctets(Struct(Field("objects", Asn1(), "certificates or parts of them, as ASN.1"))),
        examples=(
            Example("3082", {"octets": "3082"}, "the beginning of an X.509 certificate"),
            Example(
                "301306035504030C0C4578616D706C6520526F6F74FFFF",
                {"objects": [{"SEQUENCE": [{"OBJECT IDENTIFIER": "2.5.4.3"}, {"UTF8String": "Example Root"}]}]},
                "a name as it stands in a certificate",
            ),
        ),
    ),
)
