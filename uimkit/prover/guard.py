"""A vault that a view may open in a command on its own records, and nobody else while a command runs.

Outside of commands the door is open: storing, building, comparing and showing a card; so it is to an administrative
session before the end of personalisation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import Any

from uimkit.card.state import Declared
from uimkit.oneway.extension_pointers import ExtensionPointers
from uimkit.oneway.vault import Vault
from uimkit.oneway.view import Flagged
from uimkit.simulator.card import Card
from uimkit.simulator.commands.declaration import FileRequest

_RECORD_METHODS = frozenset({"record", "look", "update_record", "push_record"})


class VaultOpened(AssertionError):
    """Somebody opened the vault who may not; the message names who, and where."""


class Guard:
    """Sends commands to a card whose vault is guarded while they run.

    ``opened`` is told when a view opens the vault. What stores, builds, compares or shows the card between commands
    does so freely.
    """

    def __init__(self, card: Card, opened: Callable[[], None] = lambda: None) -> None:
        self._card = card
        self._opened = opened
        self._transmit = Card.transmit.__code__
        self._seen: FrameType | None = None
        self._inside = frozenset(_codes(Vault) | _codes(ExtensionPointers))
        self.guarded = self._guarded()
        """The class that the vault has while a command runs."""

    @property
    def vault(self) -> Vault:
        """The card's vault, which is another one after files were created."""
        return self._card.memory._vault

    def transmit(self, apdu: bytes) -> bytes:
        """As ``Card.transmit``. Raises VaultOpened."""
        vault = self.vault
        set_class(vault, self.guarded)
        try:
            return self._card.transmit(apdu)
        finally:
            set_class(vault, Vault)
            self.forget()

    def forget(self) -> None:
        """A command is through: the next one is looked at anew."""
        self._seen = None

    def _guarded(self) -> type[Vault]:
        fields = frozenset([*Vault.names("State"), *Vault.names("Log")])
        check = self._check

        def __getattribute__(vault: Vault, name: str) -> Any:
            if name in fields:
                check(sys._getframe(1))
            return object.__getattribute__(vault, name)

        def __setattr__(vault: Vault, name: str, value: Any) -> None:
            check(sys._getframe(1))
            object.__setattr__(vault, name, value)

        body = {"__getattribute__": __getattribute__, "__setattr__": __setattr__}
        guarded: type[Vault] = type.__call__(Declared, "GuardedVault", (Vault,), body)
        return guarded

    def _check(self, frame: FrameType | None) -> None:
        """Look at who is on the stack. Raises VaultOpened. ``frame`` is where the vault was opened."""
        if self._seen is not None and self._is_below(frame):
            return
        while frame is not None and self._is_inside(frame):
            frame = frame.f_back
        caller = frame
        view, method, within = None, "", frame
        while frame is not None and isinstance(who := _self(frame), Flagged):
            view, method, within = who, frame.f_code.co_name, frame
            frame = frame.f_back
        while frame is not None and frame.f_code is not self._transmit:
            frame = frame.f_back
        if frame is None or caller is None or self._card.chip.sides.unlocked:
            return
        if view is None or method not in _RECORD_METHODS or not _is_about(frame.f_locals["request"], view):
            where = f"{caller.f_code.co_filename.rpartition('/')[2]} line {caller.f_lineno}"
            raise VaultOpened(f"{caller.f_code.co_qualname} ({where}) opened the vault")
        self._seen = within
        self._opened()

    def _is_below(self, frame: FrameType | None) -> bool:
        """Whether the stack goes through the view's method that was looked at last in this command."""
        while frame is not None and frame is not self._seen:
            if frame.f_code is self._transmit:
                return False
            frame = frame.f_back
        return frame is not None

    def _is_inside(self, frame: FrameType) -> bool:
        if frame.f_code in self._inside:
            return True
        return isinstance(_self(frame), Vault | ExtensionPointers)


def set_class(thing: object, kind: type) -> None:
    """Let an object be of another class with the same fields."""
    object.__setattr__(thing, "__class__", kind)


def _is_about(request: object, view: object) -> bool:
    """Whether a command is one on the records of the view's file."""
    return isinstance(request, FileRequest) and request.view is view and bool(request.file.record_length)


def _self(frame: FrameType) -> object:
    """The object whose method runs in a frame, or in which a comprehension of its runs; None in a function."""
    code = frame.f_code
    is_method = code.co_varnames[:1] == ("self",) or "self" in code.co_freevars
    return frame.f_locals.get("self") if is_method else None


def _codes(kind: type) -> set[CodeType]:
    """The code of a class's methods."""
    return {value.__code__ for value in vars(kind).values() if isinstance(value, FunctionType)}
