"""Bit fields in the two orders of the standards.

*Big*: packed from b8 of the first byte (the blocks of C.S0016). *Little*: one number with the lowest-order
byte first, fields counted from b1 of the first byte (the files of C.S0023 clause 3.4).
"""

from __future__ import annotations

from enum import StrEnum

from uimkit.coding.errors import CodecError, shown


class BitOrder(StrEnum):
    """Where the first field of a block of bits lies."""

    BIG = "big"
    LITTLE = "little"


class BitReader:
    """Takes fields off a block of bytes; raises CodecError when the block ends too soon."""

    def __init__(self, data: bytes, order: BitOrder = BitOrder.BIG) -> None:
        self._number = int.from_bytes(data, order.value)
        self._order = order
        self.left = len(data) * 8

    def take(self, bits: int) -> int:
        """The next field of ``bits`` bits, most significant bit first."""
        if bits > self.left:
            raise CodecError(f"the block ends {bits - self.left} bits too soon")
        self.left -= bits
        mask = (1 << bits) - 1
        if self._order is BitOrder.BIG:
            return self._number >> self.left & mask
        field = self._number & mask
        self._number >>= bits
        return field

    def take_bytes(self, count: int) -> bytes:
        """The next ``count`` octets, which need not begin at an octet boundary."""
        return self.take(count * 8).to_bytes(count, "big")


class BitWriter:
    """Collects fields; the counterpart of BitReader."""

    def __init__(self, order: BitOrder = BitOrder.BIG) -> None:
        self._number = 0
        self._order = order
        self.bits = 0

    def put(self, value: int, bits: int) -> None:
        """Append a field; raises CodecError when the value needs more than ``bits`` bits."""
        if not 0 <= value < 1 << bits:
            raise CodecError(f"{shown(value)} does not fit in {bits} bits (0 to {(1 << bits) - 1})")
        if self._order is BitOrder.BIG:
            self._number = self._number << bits | value
        else:
            self._number |= value << self.bits
        self.bits += bits

    def put_bytes(self, data: bytes) -> None:
        """Append whole octets."""
        self.put(int.from_bytes(data, "big"), len(data) * 8)

    def getvalue(self) -> bytes:
        """The block, filled with zero bits to the end of its last octet."""
        size = (self.bits + 7) // 8
        pad = size * 8 - self.bits if self._order is BitOrder.BIG else 0
        return (self._number << pad).to_bytes(size, self._order.value)
