"""Scripts of pcsc-tools' ``scriptor``: one unspaced APDU a line.

scriptor checks nothing and has no way to say what is expected, so expectations stand in comments that only our own
player reads: ``# step NAME``, ``# expect SW [DATA]``, ``# secret FROM TO``, each for the next APDU. What scriptor 1.6.2
trips over is kept out: carriage returns, a byte order mark, comments that do not begin in the first column, and the
two words it obeys even inside a comment or any line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from uimkit.errors import InputError
from uimkit.perso.dialects.notes import PROFILE, STEP, Notes, expectation, joined_lines, secret
from uimkit.perso.script import Script
from uimkit.perso.steps import Step

_WORDS = re.compile("(exi|rese)(t)", re.IGNORECASE)
_UNSPACED = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}")
_SPACED = re.compile(r"[0-9A-Fa-f]{2}(?: [0-9A-Fa-f]{2}){3,}")
_TEMPLATE = re.compile(r"[0-9A-F]{10}\{[^ ]*\}")
_MARK = "# "


def dump(steps: Iterable[Step], profile: str) -> str:
    """The text of a script or template."""
    return "".join(f"{line}\n" for line in (_comment(PROFILE + profile), *_lines(steps)))


def _lines(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if step.is_reset:
            yield "reset"
            continue
        yield _comment(STEP + step.name)
        yield from (_MARK + note for note in (*expectation(step), *secret(step)))
        yield step.apdu


def _comment(text: str) -> str:
    """A comment in ASCII, the words that scriptor obeys taken apart."""
    printable = "".join(character if " " <= character <= "~" else "?" for character in text)
    return _MARK + _WORDS.sub(r"\1-\2", printable).rstrip("\\")


def parse(text: str, where: str) -> Script:
    """Read a script by scriptor's rules. Raises InputError (FILE:LINE) for a line at which scriptor would give up.

    An APDU without an expectation expects any success, and does not show the data of a command that presents a CHV.
    """
    notes = Notes()
    for number, line in joined_lines(text):
        if re.search("exit", line, re.IGNORECASE):
            break
        if line.startswith("#"):
            notes.note(line.removeprefix(_MARK))
        elif re.search("reset", line, re.IGNORECASE):
            notes.reset()
        elif line:
            notes.apdu(_digits(line, f"{where}:{number}"), f"{where}:{number}")
    return notes.script


def _digits(line: str, where: str) -> str:
    digits = line.removesuffix(" ")
    if not any(form.fullmatch(digits) for form in (_UNSPACED, _SPACED, _TEMPLATE)):
        raise InputError("expected an APDU of at least four bytes in hex, all unspaced or one blank a byte", where)
    return digits.replace(" ", "")
