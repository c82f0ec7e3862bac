"""Profile errors: FILE:LINE: table path, field, what was found, what was expected."""

from __future__ import annotations

import re
from collections.abc import Sequence

from uimkit.errors import InputError
from uimkit.profile.layers import Layer, place
from uimkit.profile.locate import Key

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dotted(path: Sequence[Key]) -> str:
    """A key path as TOML writes it: ``files."3F00/2FE2".value``."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += ("." if text else "") + (key if _BARE.fullmatch(key) else f'"{key}"')
    return text


class ProfileError(InputError):
    """A profile that can not be used; ``source``, ``line`` and ``field`` say where."""

    def __init__(self, layers: Sequence[Layer], path: Sequence[Key], message: str) -> None:
        self.source, self.line = place(layers, path)
        self.field = dotted(path)
        super().__init__(f"{self.field}: {message}" if self.field else message, f"{self.source}:{self.line}")
        self.detail = message
