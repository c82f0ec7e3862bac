"""Objects whose fields are declared, each with its role: what a card's state consists of is known, and nothing else is.

A class says ``name: State[type]`` for what changes from command to command, ``Constant[type]`` for what never does,
``Kept[type]`` for what is worked out from the state and may be forgotten at any time, ``Log[type]`` for what is only
added to while a command runs. Snapshots, comparison, hashing and the prover's watching follow from that; a field that
is not declared, by any spelling, can not exist. A state field holds an immutable, hashable value.
"""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Callable, Hashable, ItemsView, Iterator, Mapping
from operator import attrgetter
from types import FunctionType, MappingProxyType
from typing import Annotated, Any, Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

State = Annotated[T, "State"]
Constant = Annotated[T, "Constant"]
Kept = Annotated[T, "Kept"]
Log = Annotated[T, "Log"]

ROLES = ("State", "Constant", "Kept", "Log")
_UNCHANGING = (FunctionType, property, classmethod, staticmethod, str, bytes, int, frozenset, type(None))
"""What a class may hold besides fields."""
_OF_PYTHON = frozenset({"__annotations__", "__classcell__"})
_OF_ABC = "_abc_impl"


class Declared(ABCMeta):
    """Gives a class exactly the fields that it declares. Raises TypeError for any other."""

    fields: Mapping[str, str]
    """Field to role, those of the base classes first."""
    _values: Callable[[Any], tuple[Any, ...]]
    _setters: tuple[Callable[[Any, Any], None], ...]

    def __new__(mcs, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> Declared:
        own = {
            field: str(annotation).partition("[")[0] for field, annotation in body.get("__annotations__", {}).items()
        }
        for field, value in body.items():
            if field not in _OF_PYTHON and (field == "__slots__" or not isinstance(value, _UNCHANGING)):
                raise TypeError(f"{name}.{field}: expected an annotation that says its role, one of {', '.join(ROLES)}")
        inherited: dict[str, str] = {}
        for base in bases:
            if not isinstance(base, Declared):
                raise TypeError(f"{name}: {base.__name__} declares no fields, so any could exist")
            inherited |= base.fields
        for field, role in own.items():
            if role not in ROLES or field in inherited or field.startswith("__"):
                raise TypeError(f"{name}.{field}: found {role}, expected one of {', '.join(ROLES)}, and once")
        made = super().__new__(mcs, name, bases, {**body, "__slots__": tuple(own)})
        type.__setattr__(made, "fields", MappingProxyType(inherited | own))
        state = made.names("State")
        type.__setattr__(made, "_values", _getter(state))
        type.__setattr__(made, "_setters", tuple(getattr(made, field).__set__ for field in state))
        return made

    def __setattr__(cls, name: str, value: object) -> None:
        if not isinstance(value, _UNCHANGING) and name != _OF_ABC:
            raise TypeError(f"{cls.__name__}.{name}: a class holds nothing that changes")
        super().__setattr__(name, value)

    def names(cls, role: str) -> list[str]:
        """The fields of a role, in the order of their declaration."""
        return [field for field, its in cls.fields.items() if its == role]


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that gives the values of these fields as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda thing: tuple([getattr(thing, name) for name in names])


class Stateful(metaclass=Declared):
    """What lives in a card's memory or session. Every subclass declares its fields."""

    def state(self) -> tuple[Any, ...]:
        """The values of all state fields; equal ones behave alike."""
        return type(self)._values(self)

    def set_state(self, values: tuple[Any, ...]) -> None:
        """Go back to what ``state`` returned."""
        for put, value in zip(type(self)._setters, values, strict=True):
            put(self, value)


class FrozenMap(Generic[K, V]):
    """A mapping that never changes; putting something in makes another one. Equal ones have equal hashes."""

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[K, V] | None = None) -> None:
        self._items: dict[K, V] = dict(items or {})
        self._hash: int | None = None

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: K) -> V | None:
        """The value, None where there is none."""
        return self._items.get(key)

    def items(self) -> ItemsView[K, V]:
        """Keys with their values, in the order in which they came."""
        return self._items.items()

    def put(self, key: K, value: V) -> FrozenMap[K, V]:
        """With this value for this key."""
        return FrozenMap({**self._items, key: value})

    def without(self, key: K) -> FrozenMap[K, V]:
        """Without this key, which may be missing; ``NOTHING`` when it was the only one."""
        left = {known: value for known, value in self._items.items() if known != key}
        return FrozenMap(left) if left else NOTHING

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrozenMap) and (self is other or self._items == other._items)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._items.items()))
        return self._hash

    def __repr__(self) -> str:
        return f"FrozenMap({self._items!r})"


NOTHING: FrozenMap[Any, Any] = FrozenMap()
"""The empty map."""
