"""A decoded value on one line of text."""

from __future__ import annotations

from uimkit.files.spec import Value


def in_words(value: Value) -> str:
    """``name Li Ming, number 13800138000``: keys and values, without what is null or false."""
    if isinstance(value, dict):
        parts = [(key, item) for key, item in value.items() if item is not None and item is not False]
        return ", ".join(key if item is True else f"{key} {in_words(item)}" for key, item in parts)
    if isinstance(value, list):
        return "[" + "; ".join(in_words(item) for item in value) + "]"
    return "-" if value is None else str(value)
