"""The least a card in Python can do: look the instruction up, call a bound method, answer constant bytes."""

from __future__ import annotations


class BareDispatch:
    """A card without a memory: the yardstick for the simulator in process."""

    def __init__(self, record: bytes) -> None:
        self._record = record
        self._handlers = {0xA4: self._select, 0xB2: self._read_record}

    def reset(self) -> bytes:
        return b"\x3b\x00"

    def transmit(self, command: bytes) -> bytes:
        return self._handlers[command[1]](command)

    def _select(self, command: bytes) -> bytes:
        return b"\x9f\x16"

    def _read_record(self, command: bytes) -> bytes:
        return self._record
