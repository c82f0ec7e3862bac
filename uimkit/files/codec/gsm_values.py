"""Kinds of the files under DF_GSM that the common parts do not cover."""

from __future__ import annotations

from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import Code, Hex, Kind
from uimkit.files.codec.base import check_width, items, members, octets, whole
from uimkit.files.codec.lists import inside
from uimkit.files.spec import FieldDoc, Value


class OperationMode(Kind):
    """Bytes 1 to 3 of EF_AD (10.3.18): the mode, and what bytes 2 and 3 mean in it."""

    width = 3
    keys = ("mode", "ciphering_indicator", "additional")
    _MODE = Code(
        {
            0x00: "normal",
            0x80: "type approval",
            0x01: "normal, specific facilities",
            0x81: "type approval, specific facilities",
            0x02: "maintenance",
            0x04: "cell test",
        }
    )

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("mode", "operation mode of the phone", self._MODE.coding),
            FieldDoc("ciphering_indicator", "OFM: the ciphering indicator is enabled", "b1 of byte 3, if b1 of byte 1"),
            FieldDoc("additional", "data of the manufacturer, in all modes but specific facilities", "2 bytes"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        found: dict[str, Value] = {"mode": self._MODE.unpack(data[:1])}
        if data[0] & 1:
            found["ciphering_indicator"] = bool(data[2] & 1)
        if data[1:] not in (b"\0\0", bytes([0, data[0] & data[2] & 1])):
            found["additional"] = data[1:].hex().upper()
        return found

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        with inside("mode"):
            mode = self._MODE.pack(given.get("mode"), 1)
        indicator = given.get("ciphering_indicator", False)
        if not isinstance(indicator, bool) or (indicator and not mode[0] & 1):
            raise CodecError("expected true or false, true only with specific facilities", "ciphering_indicator")
        additional = octets(given.get("additional", "0001" if indicator else "0000"))
        if len(additional) != 2 or (mode[0] & 1 and bool(additional[1] & 1) is not indicator):
            raise CodecError("expected 2 bytes that agree with the ciphering indicator", "additional")
        return mode + additional


class LowNibble(Kind):
    """A number in b4 to b1 of a byte whose other bits are reserved (0)."""

    width = 1
    coding = "b4-b1 of 1 byte"

    def unpack(self, data: bytes) -> Value:
        check_width(data, 1)
        return data[0] & 0x0F

    def pack(self, value: Value, length: int | None) -> bytes:
        if not 0 <= whole(value) <= 15:
            raise CodecError(f"{shown(value)} does not fit in 4 bits (0 to 15)")
        return bytes([whole(value)])


class UnitPrice(Kind):
    """Bytes 4 and 5 of EF_PUCT (10.3.12): the price of a unit is ``eppu`` times ten to the ``exponent``."""

    width = 2
    keys = ("eppu", "exponent")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("eppu", "elementary price per unit", "12 bits: byte 4, then b4-b1 of byte 5"),
            FieldDoc("exponent", "decimal exponent of the price, -7 to 7", "b5 of byte 5 the sign, b8-b6 the value"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        exponent = data[1] >> 5
        return {"eppu": data[0] << 4 | data[1] & 0x0F, "exponent": -exponent if data[1] & 0x10 else exponent}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        with inside("eppu"):
            eppu = whole(given.get("eppu"))
        with inside("exponent"):
            exponent = whole(given.get("exponent", 0))
        if not 0 <= eppu <= 0xFFF:
            raise CodecError(f"{shown(eppu)} does not fit in 12 bits (0 to 4095)", "eppu")
        if not -7 <= exponent <= 7:
            raise CodecError(f"{shown(exponent)} is not in -7 to 7", "exponent")
        return bytes([eppu >> 4, abs(exponent) << 5 | (0x10 if exponent < 0 else 0) | eppu & 0x0F])


_BIT_MAP, _VARIABLE = "bit map 0", "variable bit map"
_RANGES = {0b10_000: "1024 range", 0b10_100: "512 range", 0b10_101: "256 range", 0b10_110: "128 range"}
_CHANNELS = 1024


class NeighbourCells(Kind):
    """Octets 2 to 17 of the neighbour cells description of 04.08 (10.5.2.22).

    The bit map formats show as a list of channels, of which a variable bit map names its origin first. The range
    formats, which pack the channels into a tree of differences, keep their octets.
    """

    width = 16
    keys = ("format", "extension", "ba_indicator", "channels", "octets")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        formats = ", ".join((_BIT_MAP, _VARIABLE, *_RANGES.values()))
        return (
            FieldDoc("format", "format of the list", f"b8, b7, b4-b2 of byte 1: {formats}"),
            FieldDoc("extension", "EXT-IND: the list is only part of the neighbours", "b6 of byte 1"),
            FieldDoc("ba_indicator", "BA-IND: toggles with every change of the list", "b5 of byte 1"),
            FieldDoc("channels", "ARFCN of the carriers, in the bit map formats", "124 bits, or origin and 111 bits"),
            FieldDoc("octets", "carriers in the range formats", "bytes"),
        )

    def unpack(self, data: bytes) -> Value:
        check_width(data, self.width)
        number = int.from_bytes(data, "big")
        found: dict[str, Value] = {
            "format": self._format(data[0]),
            "extension": bool(data[0] & 0x20),
            "ba_indicator": bool(data[0] & 0x10),
        }
        if found["format"] == _BIT_MAP:
            return {**found, "channels": [n for n in range(1, 125) if number >> n - 1 & 1]}
        if found["format"] == _VARIABLE:
            origin = number >> 111 & 0x3FF
            return {**found, "channels": [origin, *self._relative(origin, number)]}
        return {**found, "octets": data.hex().upper()}

    @staticmethod
    def _format(first: int) -> str:
        if first & 0xC0 == 0:
            return _BIT_MAP
        code = first >> 6 << 3 | first >> 1 & 7
        if code == 0b10_111:
            return _VARIABLE
        return _RANGES.get(code if code & 4 else code & 0b11_100, "reserved")

    @staticmethod
    def _relative(origin: int, number: int) -> list[Value]:
        return [(origin + n) % _CHANNELS for n in range(1, 112) if number >> 111 - n & 1]

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        number = self._carriers(given, given.get("format", _BIT_MAP))
        for key, bit in (("extension", 125), ("ba_indicator", 124)):
            if not isinstance(given.get(key, False), bool):
                raise CodecError("expected true or false", key)
            number |= int(given.get(key, False) is True) << bit
        return number.to_bytes(16, "big")

    def _carriers(self, given: dict[str, Value], kind: Value) -> int:
        mapped = kind in (_BIT_MAP, _VARIABLE)
        if ("octets" if mapped else "channels") in given:
            raise CodecError(f"expected {'channels' if mapped else 'octets'} in the format {shown(kind)}")
        if mapped:
            with inside("channels"):
                channels = [whole(item) for item in items(given.get("channels"))]
            return self._bit_map(channels) if kind == _BIT_MAP else self._variable(channels)
        with inside("octets"):
            data = Hex(16).pack(given.get("octets"), 16)
        if self._format(data[0]) != kind:
            raise CodecError(f"the octets are of the format {self._format(data[0])}, not {shown(kind)}", "octets")
        return int.from_bytes(data, "big") & ~(0b11 << 124)

    @staticmethod
    def _bit_map(channels: list[int]) -> int:
        if any(not 1 <= channel <= 124 for channel in channels):
            raise CodecError("bit map 0 holds channels 1 to 124 only", "channels")
        return sum(1 << channel - 1 for channel in set(channels))

    @staticmethod
    def _variable(channels: list[int]) -> int:
        if not channels or not 0 <= channels[0] < _CHANNELS:
            raise CodecError("a variable bit map begins with a channel of 0 to 1023", "channels")
        offsets = {(channel - channels[0]) % _CHANNELS if 0 <= channel < _CHANNELS else 0 for channel in channels[1:]}
        if any(not 1 <= offset <= 111 for offset in offsets):
            raise CodecError("the channels of a variable bit map are 1 to 111 above the first", "channels")
        return 0b10 << 126 | 0b111 << 121 | channels[0] << 111 | sum(1 << 111 - offset for offset in offsets)
