"""The Simple IP user profile block of C.S0016 3.5.8.6, as far as card data need it."""

from __future__ import annotations

from uimkit.coding.bits import BitReader
from uimkit.coding.errors import CodecError

_INDEX_BITS, _AUTHENTICATION_BITS, _PAD_BITS = 4, 4, 8


def profile_indexes(block: bytes) -> list[int]:
    """NAI_ENTRY_INDEX of each profile in a block without its length octet.

    Raises CodecError when the block is not filled by its profiles and less than one octet of padding.
    """
    reader = BitReader(block)
    indexes = []
    for _ in range(reader.take(4)):
        indexes.append(reader.take(_INDEX_BITS))
        reader.take(8 * reader.take(8) + _AUTHENTICATION_BITS)
    if reader.left >= _PAD_BITS:
        raise CodecError(f"the block goes on for {reader.left} bits behind its last profile")
    return indexes
