"""Reads scripts of other players: what they send, and what of their expectations can be compared.

Each reader knows the part of the language that sends APDUs and resets. What it can not do as the player would is
refused with the line, never passed over.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from uimkit.errors import InputError
from uimkit.perso.dialects.notes import Notes, joined_lines
from uimkit.perso.script import Script
from uimkit.perso.steps import PLACEHOLDER

Include = Callable[[str, str], str]
"""The text of the file of that name, called at that FILE:LINE. Raises InputError, SurroundingsError."""

_DEPTH, _LONGEST = 20, 4096
_PCOM_APDU = re.compile(r"(?P<apdu>[^\[(]+)(?:\[(?P<data>[^\]]*)\]\s*)?(?:\((?P<sw>[^)]*)\))?")
_VARIABLE = re.compile(r"%(\w+)")
_VALUE = re.compile(f"(?:[0-9A-F]{{2}}|{PLACEHOLDER.pattern})*")
_PATTERN = re.compile("(?:[0-9A-FX]{2})*")
_SW = re.compile("[0-9A-FX]{4}")
_PASSED_OVER = (".INSERT", ".STEP_ON", ".STEP_OFF")
_SILENT = ("establish_context", "card_disconnect", "release_context", "enable_trace", "enable_timer")


def pcom(text: str, where: str, include: Include | None = None) -> Script:
    """PCOM: APDUs with ``(SW)`` and ``[DATA]``, ``.DEFINE``, ``.CALL``, ``.ALLUNDEFINE``, ``.POWER_ON``.

    Raises InputError with FILE:LINE for anything else, as the bytes of a last response.
    """
    reader = _Pcom(include)
    reader.read(text, where, ())
    return reader.notes.script


class _Pcom:
    def __init__(self, include: Include | None) -> None:
        self.notes = Notes()
        self._include = include
        self._variables: dict[str, str] = {}
        self._is_off = False

    def read(self, text: str, shown: str, callers: tuple[str, ...]) -> None:
        for number, raw in joined_lines(text.replace("\r\n", "\n")):
            where = f"{shown}:{number}"
            line, mark, comment = raw.partition(";")
            if line.strip():
                self._line(line.strip(), where, callers)
            elif mark:
                self.notes.note(comment.strip())

    def _line(self, line: str, where: str, callers: tuple[str, ...]) -> None:
        if not line.startswith("."):
            self._apdu(line, where)
            return
        word, *arguments = line.split()
        directive = word.upper()
        if directive == ".DEFINE" and len(arguments) > 1 and arguments[0].startswith("%"):
            self._variables[arguments[0][1:]] = self._value("".join(arguments[1:]), where)
        elif directive == ".CALL" and len(arguments) == 1:
            self._call(arguments[0], where, callers)
        elif directive == ".ALLUNDEFINE":
            self._variables.clear()
        elif directive == ".POWER_ON":
            self._is_off = False
            self.notes.reset()
        elif directive == ".POWER_OFF":
            self._is_off = True
        elif directive not in _PASSED_OVER:
            raise _unplayable("PCOM", word, "APDUs, .DEFINE %NAME HEX, .CALL FILE and .POWER_ON", where)

    def _call(self, name: str, where: str, callers: tuple[str, ...]) -> None:
        if self._include is None:
            raise InputError("the script calls another file, expected one that is whole", where)
        if name in callers or len(callers) >= _DEPTH:
            raise InputError(f"{name[:40]!a} is called from itself, or too deep", where)
        self.read(self._include(name, where), name, (*callers, name))

    def _apdu(self, line: str, where: str) -> None:
        if self._is_off:
            raise InputError("the card is off since .POWER_OFF, expected .POWER_ON", where)
        match = _PCOM_APDU.fullmatch(line)
        if match is None:
            # W(pos;len) has been cut at its semicolon
            raise _unplayable("PCOM", "this line", "an APDU in hex, [DATA], (SW)", where)
        data = self._value(match["data"], where, pattern=True) if match["data"] is not None else None
        sw = match["sw"].strip().upper() if match["sw"] is not None else None
        if sw is not None and not _SW.fullmatch(sw):
            raise InputError("expected a status word of four digits, X for any", where)
        self.notes.fetched_apdu(self._value(match["apdu"], where), where, sw, data, is_prefix=True)

    def _value(self, text: str, where: str, *, pattern: bool = False) -> str:
        def variable(match: re.Match[str]) -> str:
            if match[1] not in self._variables:
                raise InputError(f"the variable %{match[1][:40]} is not defined", where)
            return self._variables[match[1]]

        value = _uppercase(re.sub(r"\s", "", _VARIABLE.sub(variable, text)))
        if len(value) > _LONGEST:
            raise InputError(f"the value is too long, expected at most {_LONGEST} digits", where)
        if not (_PATTERN if pattern else _VALUE).fullmatch(value):
            raise InputError("expected hex digits and variables" + (", X for any digit" if pattern else ""), where)
        return value


def pysim(text: str, where: str) -> Script:
    """pySim-shell: ``apdu`` with its options, ``reset``. Raises InputError with FILE:LINE for other commands."""
    notes = Notes()
    for place, line in _lines(text, where, "#", notes):
        words = _words(line, place)
        if words == ["reset"]:
            notes.reset()
        elif words[0] == "apdu" and len(words) > 1:
            sw, data, is_prefix = _pysim_options(words[2:], place)
            notes.fetched_apdu(words[1], place, sw, data, is_prefix=is_prefix)
        elif words != ["set", "apdu_strict", "false"]:
            raise _unplayable("pySim-shell", words[0], "apdu and reset", place)
    return notes.script


def _pysim_options(words: list[str], where: str) -> tuple[str | None, str | None, bool]:
    """Status word, data, and whether these are only how the answer begins."""
    sw, data, is_prefix = None, None, False
    rest = iter(words)
    for option in rest:
        value = next(rest, "")
        if option == "--expect-sw" and re.fullmatch("[0-9a-f?x]{4}", value):
            sw = value.upper().replace("?", "X")
        elif option == "--expect-response-regex" and re.fullmatch(r"([0-9a-f.]{2})*\$?", value):
            data, is_prefix = value.removesuffix("$").upper().replace(".", "X"), not value.endswith("$")
        else:
            raise InputError(
                "expected --expect-sw with four lower-case digits, --expect-response-regex with digits and dots", where
            )
    return sw, data, is_prefix


def gpshell(text: str, where: str) -> Script:
    """GPShell: ``send_apdu`` without secure channel, ``card_connect`` as a reset. Raises InputError with FILE:LINE."""
    notes = Notes()
    for place, line in _lines(text, where, "#", notes):
        words = line.split()
        if words[0] == "card_connect":
            notes.reset()
        elif words[0] in ("send_apdu", "send_apdu_nostop"):
            notes.apdu(_gpshell_apdu(words[1:], place), place)
        elif words[0] not in _SILENT and not line.startswith(("//", "mode_")):
            raise _unplayable("GPShell", words[0], "card_connect and send_apdu", place)
    return notes.script


def _gpshell_apdu(words: list[str], where: str) -> str:
    options = dict(zip(words[::2], words[1::2], strict=False))
    if len(words) % 2 or not options.keys() <= {"-sc", "-APDU"} or "-APDU" not in options:
        raise InputError("expected send_apdu -sc 0 -APDU HEX", where)
    if options.get("-sc", "0") != "0":
        raise InputError("a secure channel can not be played here, expected -sc 0", where)
    return options["-APDU"]


def jcshell(text: str, where: str) -> Script:
    """JCShell: ``/send HEX``, with what is expected (data and status word) behind it or not; ``/atr`` as a reset.

    Raises InputError with FILE:LINE.
    """
    notes = Notes()
    for number, raw in enumerate(text.splitlines(), 1):
        place, words = f"{where}:{number}", raw.split()
        if not words:
            continue
        if words[0] in ("/atr", "/card") and len(words) == 1:
            notes.reset()
        elif words[0] == "/send" and len(words) in (2, 3):
            expected = words[2].upper() if len(words) == 3 else None
            if expected is not None and not re.fullmatch("([0-9A-FX]{2}){2,}", expected):
                raise InputError("expected the response in hex, status word included", place)
            notes.apdu(words[1], place, expected and expected[-4:], expected and (expected[:-4] or None))
        else:
            raise _unplayable("JCShell", words[0], "/atr and /send HEX, unspaced", place)
    return notes.script


def _lines(text: str, where: str, mark: str, notes: Notes) -> Iterator[tuple[str, str]]:
    """FILE:LINE and text of the lines that are no comments; comments go to ``notes``."""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line.startswith(mark):
            notes.note(line.removeprefix(mark).strip())
        elif line:
            yield f"{where}:{number}", line


def _words(line: str, where: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        raise InputError("a quotation mark is not closed", where) from None


def _uppercase(text: str) -> str:
    """Hex digits in capitals; the columns of placeholders have them already."""
    return text if "{" in text else text.upper()


def _unplayable(player: str, found: str, playable: str, where: str) -> InputError:
    word = found if found == "this line" else f"{found[:20]!a}"
    return InputError(f"{word} of this {player} script can not be played here, only {playable}", where)
