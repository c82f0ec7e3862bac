"""The errors a user may meet: one clear line each, and the exit code that belongs to it.

Library code raises these; the command line prints ``str(error)`` and exits with ``error.exit_code``.
"""


class UimkitError(Exception):
    """A check failed or a card refused (exit code 1)."""

    exit_code = 1

    def __str__(self) -> str:
        """One line: what is not printable, as a line break in a name that the message quotes, is shown escaped."""
        text = super().__str__()
        return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class InputError(UimkitError):
    """The input or the usage is wrong (exit code 2).

    The line reads ``WHERE: WHAT``, where WHERE is a file with line and field, as far as they are known.
    """

    exit_code = 2

    def __init__(self, message: str, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where


class SurroundingsError(UimkitError):
    """Reader, card, pcscd, disk or lock are not as needed (exit code 3)."""

    exit_code = 3
