"""Scripts of pcsc-tools' ``scriptor``: one unspaced APDU a line.

scriptor checks nothing and has no way to say what is expected, so expectations stand in comments that only our own
player reads: ``# step NAME``, ``# expect SW [DATA]``, ``# secret FROM TO``, each for the next APDU. What scriptor 1.6.2
trips over is kept out: carriage returns, a byte order mark, comments that do not begin in the first column, and the
two words it obeys even inside a comment or any line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from uimkit.apdu import INS, describe_command
from uimkit.errors import InputError
from uimkit.perso.script import Script
from uimkit.perso.steps import RESET, Step

_WORDS = re.compile("(exi|rese)(t)", re.IGNORECASE)
_UNSPACED = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}")
_SPACED = re.compile(r"[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){3,}")
_TEMPLATE = re.compile(r"[0-9A-F]{10}\{[^ ]*\}")
_EXPECT = re.compile(r"# expect ([0-9A-FX]{4})(?: ((?:[0-9A-FX]{2})+))?")
_SECRET = re.compile(r"# secret (\d{1,3}) (\d{1,3})")
_STEP, _PROFILE = "# step ", "# profile "
_PRESENTS_CODE = frozenset({INS.VERIFY_CHV, INS.CHANGE_CHV, INS.DISABLE_CHV, INS.ENABLE_CHV, INS.UNBLOCK_CHV})
_HEADER = 5


def dump(steps: Iterable[Step], profile: str) -> str:
    """The text of a script or template."""
    return "".join(f"{line}\n" for line in (_comment(_PROFILE + profile), *_lines(steps)))


def _lines(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if step.is_reset:
            yield "reset"
            continue
        yield _comment(_STEP + step.name)
        if step.sw is not None:
            yield f"# expect {step.sw}" + (f" {step.data}" if step.data else "")
        if step.secret is not None:
            yield f"# secret {step.secret[0]} {step.secret[1]}"
        yield step.apdu


def _comment(line: str) -> str:
    """The line in ASCII, the words that scriptor obeys taken apart."""
    printable = "".join(character if " " <= character <= "~" else "?" for character in line)
    return _WORDS.sub(r"\1-\2", printable).rstrip("\\")


def parse(text: str, where: str) -> Script:
    """Read a script by scriptor's rules. Raises InputError (FILE:LINE) for a line at which scriptor would give up.

    An APDU without an expectation expects any success, and does not show the data of a command that presents a CHV.
    """
    reader = _Reader(where)
    for number, line in _joined(text):
        if not reader.take(line, f"{where}:{number}"):
            break
    return Script(tuple(reader.steps), reader.profile)


class _Reader:
    """Collects comments until the APDU they are about."""

    def __init__(self, where: str) -> None:
        self.steps: list[Step] = []
        self.profile: str | None = None
        self._where = where
        self._forget()

    def take(self, line: str, where: str) -> bool:
        """One line; False when scriptor would stop here."""
        if re.search("exit", line, re.IGNORECASE):
            return False
        if line.startswith("#"):
            self._comment(line)
        elif re.search("reset", line, re.IGNORECASE):
            self.steps.append(RESET)
            self._forget()
        elif line:
            self.steps.append(self._step(line, where))
            self._forget()
        return True

    def _forget(self) -> None:
        self._name: str | None = None
        self._sw: str | None = None
        self._data: str | None = None
        self._secret: tuple[int, int] | None = None

    def _comment(self, line: str) -> None:
        if line.startswith(_STEP):
            self._name = line.removeprefix(_STEP)
        elif line.startswith(_PROFILE) and not self.steps:
            self.profile = line.removeprefix(_PROFILE)
        elif match := _EXPECT.fullmatch(line):
            self._sw, self._data = match.groups()
        elif match := _SECRET.fullmatch(line):
            self._secret = int(match[1]), int(match[2])

    def _step(self, line: str, where: str) -> Step:
        digits = line.removesuffix(" ")
        if _TEMPLATE.match(digits):
            return Step(self._name or "template", digits, self._sw, self._data, self._secret)
        if not (_UNSPACED.fullmatch(digits) or _SPACED.fullmatch(digits)):
            raise InputError("expected an APDU of at least four bytes in hex, all unspaced or one blank a byte", where)
        apdu = bytes.fromhex(digits)
        secret = self._secret or ((_HEADER, len(apdu)) if apdu[1] in _PRESENTS_CODE else None)
        return Step(self._name or describe_command(apdu), apdu.hex().upper(), self._sw, self._data, secret)


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines with the number of the first; one that ends in a backslash goes on in the next."""
    begun, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if not begun:
            start = number
        begun += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield start, begun
            begun = ""
