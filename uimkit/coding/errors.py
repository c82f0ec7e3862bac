"""The one error of every coding between values and bytes."""

from __future__ import annotations

from uimkit.errors import InputError


class CodecError(InputError):
    """A value has no coding, or bytes have no meaning; ``where`` is the path of the field, if there is one."""

    def within(self, name: str) -> CodecError:
        """The same error one field further out."""
        return CodecError(self.message, f"{name}.{self.where}" if self.where else name)


def shown(value: object) -> str:
    """A value for an error message, short and on one line."""
    try:
        line = ascii(value)
    except (RecursionError, ValueError):
        return "a value of the wrong kind"
    return line if len(line) <= 60 else f"{line[:57]}..."
