"""The tables that say which services a card offers: EF_CST (C.S0023 3.4.18) and EF_SST (GSM 11.11 10.3.7)."""

from __future__ import annotations

from collections.abc import Mapping

from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import Kind
from uimkit.files.codec.base import padded
from uimkit.files.codec.values import code_number
from uimkit.files.spec import Value

STATES = {1: "allocated", 2: "activated without allocation", 3: "activated"}
"""b1 allocated, b2 activated; a service that is not allocated (00) is not in the value."""


class ServiceTable(Kind):
    """Two bits a service, service 1 in b1 and b2 of byte 1, as an object of states: ``{"ADN": "activated"}``.

    A service without a name is ``service N``; that also names any other service in a value to encode.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names
        self._numbers = {name: number for number, name in names.items()}

    @property
    def coding(self) -> str:
        services = ", ".join(f"{number} {name}" for number, name in self._names.items())
        return f"2 bits a service (allocated, activated), 4 services a byte: {services}"

    def unpack(self, data: bytes) -> Value:
        found: dict[str, Value] = {}
        for index in range(4 * len(data)):
            state = data[index // 4] >> index % 4 * 2 & 3
            if state:
                found[self._names.get(index + 1, f"service {index + 1}")] = STATES[state]
        return found

    def pack(self, value: Value, length: int | None) -> bytes:
        if not isinstance(value, dict):
            raise CodecError(f"expected an object of services and their states, found {shown(value)}")
        states = self._states(value)
        data = bytearray((max(states, default=0) + 3) // 4)
        for number, state in states.items():
            data[(number - 1) // 4] |= state << (number - 1) % 4 * 2
        return padded(bytes(data), length, 0x00)

    def _states(self, value: dict[str, Value]) -> dict[int, int]:
        states: dict[int, int] = {}
        for name, state in value.items():
            number = self._number(name)
            if number in states:
                raise CodecError("is given twice", name)
            try:
                states[number] = code_number(STATES, state)
            except CodecError as error:
                raise error.within(name) from None
            if states[number] not in STATES:
                raise CodecError(f"expected {', '.join(STATES.values())}, found {shown(state)}", name)
        return states

    def _number(self, name: str) -> int:
        if name in self._numbers:
            return self._numbers[name]
        digits = name.removeprefix("service ")
        if digits == name or not (digits.isascii() and digits.isdecimal() and len(digits) < 5 and int(digits)):
            raise CodecError(f"unknown service {shown(name)}, expected {', '.join(self._numbers)}, or service N")
        return int(digits)
