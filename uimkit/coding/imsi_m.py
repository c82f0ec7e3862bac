"""The digits of IMSI_M and IMSI_T in binary (TIA-95-B 6.3.1, C.S0023 3.4.2): in every code the digit 0 counts as 10."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.coding.errors import CodecError, shown


def _code(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 10 + (int(digit) or 10)
    return number - int("1" * len(digits))


_CODES = {
    digits: _code(digits)
    for digits in (*(f"{number:02}" for number in range(100)), *(f"{number:03}" for number in range(1000)))
}


def encode_group(digits: str) -> int:
    """The code of three digits (10 bits: S2, MCC, parts of S1) or of two (7 bits: 11_12)."""
    try:
        return _CODES[digits]
    except KeyError:
        raise CodecError(f"expected two or three digits, found {shown(digits)}") from None


def decode_group(code: int, count: int) -> str:
    """The ``count`` digits of a code; raises CodecError for a code beyond 999, or 99."""
    if not 0 <= code < 10**count:
        raise CodecError(f"code {code} stands for no {count} digits")
    return "".join(str((int(digit) + 1) % 10) for digit in f"{code:0{count}}")


def encode_s1(digits: str) -> int:
    """The 24-bit code of the last seven digits of a MIN."""
    if len(digits) != 7 or not (digits.isascii() and digits.isdecimal()):
        raise CodecError(f"expected seven digits, found {shown(digits)}")
    return encode_group(digits[:3]) << 14 | (int(digits[3]) or 10) << 10 | encode_group(digits[4:])


def decode_s1(code: int) -> str:
    """The last seven digits of a MIN; raises CodecError for a code that stands for none."""
    middle = code >> 10 & 15
    if not 1 <= middle <= 10:
        raise CodecError(f"code {middle} stands for no digit")
    return decode_group(code >> 14, 3) + str(middle % 10) + decode_group(code & 0x3FF, 3)


@dataclass(frozen=True, slots=True)
class ImsiM:
    """The contents of EF_IMSI_M or EF_IMSI_T (C.S0023 3.4.2): an IMSI of class 0 has 15 digits."""

    imsi: str
    imsi_class: int = 0
    addr_num: int = 0
    programmed: bool = True

    @property
    def min(self) -> str:
        """The mobile identification number: the last ten digits."""
        return self.imsi[-10:]


def encode_imsi_m(identity: ImsiM) -> bytes:
    """The 10 bytes of the file; raises CodecError unless the IMSI has 15 digits."""
    return packed(identity.imsi, identity.imsi_class, identity.addr_num, programmed=identity.programmed)


def packed(imsi: str, imsi_class: int = 0, addr_num: int = 0, *, programmed: bool = True) -> bytes:
    """What `encode_imsi_m` gives, from the parts of an `ImsiM`."""
    if len(imsi) != 15 or not (imsi.isascii() and imsi.isdecimal()):
        raise CodecError(f"expected an IMSI of 15 digits, found {shown(imsi)}")
    if not (0 <= imsi_class <= 1 and 0 <= addr_num <= 7):
        raise CodecError("the class is 0 or 1, ADDR_NUM 0 to 7")
    s1 = _CODES[imsi[8:11]] << 14 | (int(imsi[11]) or 10) << 10 | _CODES[imsi[12:]]
    rest = _CODES[imsi[3:5]] | (addr_num | (0x80 if programmed else 0)) << 8 | _CODES[imsi[:3]] << 16
    return (imsi_class | _CODES[imsi[5:8]] << 8 | s1 << 24 | rest << 48).to_bytes(10, "little")


def decode_imsi_m(data: bytes) -> ImsiM:
    """What the 10 bytes say; raises CodecError for codes that stand for no digits. Reserved bits are ignored."""
    if len(data) != 10:
        raise CodecError(f"expected 10 bytes, found {len(data)}")
    mcc = decode_group(int.from_bytes(data[8:10], "little") & 0x3FF, 3)
    eleven_twelve = decode_group(data[6] & 0x7F, 2)
    s2 = decode_group(int.from_bytes(data[1:3], "little") & 0x3FF, 3)
    s1 = decode_s1(int.from_bytes(data[3:6], "little"))
    return ImsiM(mcc + eleven_twelve + s2 + s1, data[0] & 1, data[7] & 7, bool(data[7] & 0x80))
