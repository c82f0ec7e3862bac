"""Command and response APDUs of class A0 and one of class 80, and the names of status words (GSM 11.11 clause 9).

``P3`` is the length byte as the card sees it under T=0: the number of data bytes that follow, or the
number of bytes wanted (00 = 256).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

CLA_GSM, CLA_IP_AUTHENTICATION = 0xA0, 0x80


class INS(IntEnum):
    """Instruction codes of GSM 11.11 table 9 and C.S0023-C clause 4 that uimkit names."""

    INVALIDATE = 0x04
    TERMINAL_PROFILE = 0x10
    VERIFY_CHV = 0x20
    CHANGE_CHV = 0x24
    DISABLE_CHV = 0x26
    ENABLE_CHV = 0x28
    UNBLOCK_CHV = 0x2C
    INCREASE = 0x32
    REHABILITATE = 0x44
    COMPUTE_IP_AUTHENTICATION = 0x80
    """Of class 80, the only one that is not of class A0."""
    CONFIRM_SSD = 0x82
    UPDATE_SSD = 0x84
    RUN_GSM_ALGORITHM = 0x88
    RUN_CAVE = 0x88
    """Same code: which of the two it is follows from the current directory (C.S0023-C 2.5)."""
    BASE_STATION_CHALLENGE = 0x8A
    GENERATE_KEY_VPM = 0x8E
    SEEK = 0xA2
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_RECORD = 0xB2
    GET_RESPONSE = 0xC0
    COMMIT = 0xCC
    UPDATE_BINARY = 0xD6
    UPDATE_RECORD = 0xDC
    STORE_ESN_MEID_ME = 0xDE
    STATUS = 0xF2
    SLEEP = 0xFA


class SW(IntEnum):
    """Status words of GSM 11.11 clause 9.4 and C.S0023-C clause 4; those with a variable SW2 stand with SW2 = 00.

    The ones that begin with 69 and 6A are those of the administrative commands (TS 102 222 clause 6, TS 102 221 10.2).
    """

    OK = 0x9000
    RESPONSE_READY = 0x9F00
    MEMORY_PROBLEM = 0x9240
    NO_EF_SELECTED = 0x9400
    OUT_OF_RANGE = 0x9402
    NOT_FOUND = 0x9404
    INCONSISTENT_FILE = 0x9408
    CHV_NOT_INITIALISED = 0x9802
    ACCESS_DENIED = 0x9804
    CHV_CONTRADICTION = 0x9808
    INVALIDATION_CONTRADICTION = 0x9810
    OUT_OF_SEQUENCE = 0x9834
    BLOCKED = 0x9840
    INCREASE_MAXIMUM = 0x9850
    WRONG_LENGTH = 0x6700
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    CONDITIONS_NOT_SATISFIED = 0x6985
    INCORRECT_DATA = 0x6A80
    FILE_NOT_FOUND = 0x6A82
    NOT_ENOUGH_MEMORY = 0x6A84
    FILE_EXISTS = 0x6A89
    WRONG_PARAMETERS = 0x6B00
    UNKNOWN_INS = 0x6D00
    WRONG_CLASS = 0x6E00
    TECHNICAL_PROBLEM = 0x6F00


_SW_TEXT: dict[int, str] = {
    SW.OK: "normal ending",
    SW.MEMORY_PROBLEM: "memory problem",
    SW.NO_EF_SELECTED: "no EF selected",
    SW.OUT_OF_RANGE: "out of range (invalid address)",
    SW.NOT_FOUND: "file or pattern not found",
    SW.INCONSISTENT_FILE: "file is inconsistent with the command",
    SW.CHV_NOT_INITIALISED: "no CHV initialised",
    SW.ACCESS_DENIED: "access condition not fulfilled, or wrong CHV",
    SW.CHV_CONTRADICTION: "in contradiction with CHV status",
    SW.INVALIDATION_CONTRADICTION: "in contradiction with invalidation status",
    SW.OUT_OF_SEQUENCE: "authentication command out of sequence",
    SW.BLOCKED: "CHV blocked, no try left",
    SW.INCREASE_MAXIMUM: "increase cannot be performed, maximum value reached",
    SW.SECURITY_STATUS_NOT_SATISFIED: "security status not satisfied",
    SW.CONDITIONS_NOT_SATISFIED: "conditions of use not satisfied",
    SW.INCORRECT_DATA: "incorrect parameters in the data field",
    SW.FILE_NOT_FOUND: "file not found",
    SW.NOT_ENOUGH_MEMORY: "not enough memory space",
    SW.FILE_EXISTS: "file identifier already exists",
}
_SW1_TEXT: dict[int, str] = {
    0x67: "wrong P3",
    0x6B: "wrong P1 or P2",
    0x6D: "unknown instruction",
    0x6E: "wrong class",
    0x6F: "technical problem",
    0x90: "normal ending",
    0x91: "normal ending, proactive command waiting",
    0x92: "done after internal retries",
    0x93: "toolkit busy",
    0x9E: "response data waiting, data download error",
    0x9F: "response data waiting",
}


def describe_sw(sw: int) -> str:
    """What a status word means, in a few words (clause 9.4); never fails on an unknown one."""
    text = _SW_TEXT.get(sw) or _SW1_TEXT.get(sw >> 8)
    if text is None:
        return "unknown status word"
    sw1, sw2 = sw >> 8, sw & 0xFF
    if sw1 in (0x9F, 0x91, 0x9E):
        return f"{text}: {sw2 or 256} bytes"
    if sw1 == 0x67 and sw2:
        return f"{text}, {sw2} is right"
    return text


@dataclass(frozen=True, slots=True)
class Response:
    """What the card answered: data and the status word SW1 SW2."""

    data: bytes
    sw: int

    @classmethod
    def parse(cls, raw: bytes) -> Response:
        """Split a raw answer; raises ValueError when it has no status word."""
        if len(raw) < 2:
            raise ValueError("an answer has at least the two bytes of the status word")
        return cls(raw[:-2], int.from_bytes(raw[-2:], "big"))

    @property
    def ok(self) -> bool:
        """True for 90 00, 91 XX, 92 0X and 9F XX: the command was carried out."""
        sw1 = self.sw >> 8
        return self.sw == SW.OK or sw1 in (0x91, 0x9F) or (sw1 == 0x92 and self.sw & 0xF0 == 0)

    def __str__(self) -> str:
        return f"{self.data.hex().upper() + ' ' if self.data else ''}{self.sw:04X}"


def command(ins: int, p1: int = 0, p2: int = 0, data: bytes = b"", *, length: int | None = None) -> bytes:
    """A class A0 command: with ``data`` P3 is its length, else P3 is ``length`` (256 is sent as 00).

    Raises ValueError when data is longer than 255 bytes or a length is beyond 256.
    """
    p3 = len(data) if length is None else length
    if len(data) > 255 or not 0 <= p3 <= 256:
        raise ValueError("an APDU of class A0 carries at most 255 bytes of data and asks for at most 256")
    return bytes((CLA_GSM, ins, p1, p2, p3 & 0xFF)) + data
