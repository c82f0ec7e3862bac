"""The errors a user may meet: one clear line each, and the exit code that belongs to it.

Library code raises these; the command line prints ``str(error)`` and exits with ``error.exit_code``.
"""

from collections.abc import Sequence
from typing import Self


def _one_line(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class UimkitError(Exception):
    """A check failed or a card refused (exit code 1)."""

    exit_code = 1

    def __str__(self) -> str:
        """One line: what is not printable, as a line break in a name that the message quotes, is shown escaped."""
        return _one_line(super().__str__())


class InputError(UimkitError):
    """The input or the usage is wrong (exit code 2).

    The line reads ``WHERE: WHAT``, where WHERE is a file with line and field, as far as they are known.
    """

    exit_code = 2

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where


class InputErrors(InputError):
    """Several things are wrong with the input: a line for each."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[str, ...]]]:
        return type(self), (self.lines,)

    def __str__(self) -> str:
        return "\n".join(map(_one_line, self.lines))


class SurroundingsError(UimkitError):
    """Reader, card, pcscd, disk or lock are not as needed (exit code 3)."""

    exit_code = 3
