"""An exchange in words: the command's name, the file, the answer's meaning, and decoded contents of a READ."""

from __future__ import annotations

from uimkit.apdu import INS, describe_sw
from uimkit.coding.errors import CodecError
from uimkit.files import catalogue
from uimkit.files.spec import Value
from uimkit.files.words import in_words
from uimkit.simulator.commands.table import command_name, presents_code
from uimkit.trace.replay import Exchange

_WIDTH = 72


def masked(command: bytes) -> str:
    """A command in hex; the value of a CHV command is masked."""
    if len(command) > 5 and presents_code(command):
        return command[:5].hex().upper() + "*" * 2 * (len(command) - 5)
    return command.hex().upper()


def content(exchange: Exchange) -> Value:
    """The decoded record or body that was read or written, None when it is blank or can not be decoded."""
    ins, at_start = exchange.command[1], exchange.command[2:4] == b"\0\0"
    if ins == INS.READ_RECORD or (ins == INS.READ_BINARY and at_start):
        data = exchange.response.data
    elif ins == INS.UPDATE_RECORD or (ins == INS.UPDATE_BINARY and at_start):
        data = exchange.command[5:]
    else:
        return None
    spec = catalogue.by_path(exchange.path)
    if spec is None or spec.codec is None or not data:
        return None
    try:
        return spec.codec.decode(data)
    except CodecError:
        return None


def exchange_row(exchange: Exchange) -> dict[str, Value]:
    """An exchange for programs."""
    return {
        "step": exchange.step,
        "note": exchange.note,
        "path": exchange.path,
        "command": masked(exchange.command),
        "response": str(exchange.response),
        "meaning": describe_sw(exchange.response.sw),
        "content": content(exchange),
    }


def exchange_line(exchange: Exchange) -> str:
    """An exchange on one line: what was sent, what came back, and what it means."""
    spec = catalogue.by_path(exchange.path)
    name = spec.name if spec else exchange.path
    value = content(exchange)
    meaning = describe_sw(exchange.response.sw) if value is None else in_words(value)
    sent = f"{command_name(exchange.command):14} {name:14} {_short(masked(exchange.command)):24}"
    return f"{exchange.step:3} {sent} {_short(str(exchange.response))}  {_cut(meaning)}"


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 8]}...{text[-5:]}"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
