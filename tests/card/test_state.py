"""What a card's state consists of is declared, and nothing else can exist (uimkit.card.state)."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import uimkit
from tests.oneway import handset as hand
from tests.oneway.handset import ADM, ANNA, BOB, LI
from tests.oneway.twins import ADN, EXT1, LND, VARIANTS, extension_record, profile, variant
from uimkit.card.state import NOTHING, ROLES, Declared, FrozenMap, Log, State, Stateful
from uimkit.profile.build import CardProfile
from uimkit.simulator.card import Card

ROOMS = ("uimkit.card.", "uimkit.oneway.", "uimkit.simulator.")
SPELLINGS = ("looks", "_looks", "__looks", "__looks__")
MUTABLE = ({}, [], set(), bytearray(b"x"), ([],), object())


def every_module_is_imported() -> None:
    for module in pkgutil.walk_packages(uimkit.__path__, "uimkit."):
        if module.name.startswith(ROOMS):
            importlib.import_module(module.name)


def below(kind: type) -> Iterator[Declared]:
    for child in kind.__subclasses__():
        if child.__module__.startswith(ROOMS):
            yield child
            yield from below(child)


every_module_is_imported()
KINDS = sorted(set(below(Stateful)), key=lambda kind: kind.__name__)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
every_spelling = pytest.mark.parametrize("name", SPELLINGS)


def planted(kind: Declared, body: Mapping[str, object], *more: type) -> Declared:
    """A subclass with this body, as a class statement would make it."""
    return Declared("Planted", (*more, kind), dict(body))


def bare(kind: Declared) -> Any:
    """An instance whose constructor never ran."""
    missing = getattr(kind, "__abstractmethods__", frozenset())
    return object.__new__(planted(kind, dict.fromkeys(missing, lambda self: None)) if missing else kind)


def test_what_lives_in_a_card_is_known_here() -> None:
    names = {kind.__name__ for kind in KINDS}
    assert names > {"Memory", "Vault", "MirrorUse", "Sides", "Session", "Chip", "ExtensionPointers", "RedirectMirror"}


@every_kind
def test_every_field_has_a_role(kind: Declared) -> None:
    assert set(kind.fields.values()) <= set(ROLES)
    assert not hasattr(bare(kind), "__dict__")
    fields: Any = kind.fields
    with pytest.raises(TypeError):
        fields["looks"] = "State"


@every_spelling
@every_kind
def test_an_instance_takes_no_field_that_is_not_declared(kind: Declared, name: str) -> None:
    thing = bare(kind)
    for put in (setattr, object.__setattr__):
        with pytest.raises(AttributeError):
            put(thing, name, 1)


@every_spelling
@every_kind
def test_an_annotation_without_a_role_is_refused(kind: Declared, name: str) -> None:
    for annotation in ("dict[str, int]", dict, "", "Stateless[int]", "typing.Any"):
        with pytest.raises(TypeError, match="expected one of State, Constant, Kept, Log"):
            planted(kind, {"__annotations__": {name: annotation}})


@every_kind
def test_a_role_does_not_make_a_field_of_a_name_that_is_pythons(kind: Declared) -> None:
    for name in ("__looks", "__looks__", "__dict__", "__weakref__"):
        with pytest.raises(TypeError):
            planted(kind, {"__annotations__": {name: "State[int]"}})


@every_kind
def test_a_field_is_declared_once(kind: Declared) -> None:
    for field in kind.fields:
        with pytest.raises(TypeError, match="and once"):
            planted(kind, {"__annotations__": {field: "State[int]"}})


@every_spelling
@every_kind
def test_a_class_holds_nothing_that_changes(kind: Declared, name: str) -> None:
    for value in MUTABLE:
        for spelt in (name, f"_abc_{name}"):
            with pytest.raises(TypeError):
                planted(kind, {spelt: value})
            with pytest.raises(TypeError):
                setattr(kind, spelt, value)
            assert not hasattr(kind, spelt)


@every_spelling
@every_kind
def test_slots_are_not_given_by_hand(kind: Declared, name: str) -> None:
    for slots in (name, (name,), [name], ("__dict__",)):
        with pytest.raises(TypeError):
            planted(kind, {"__slots__": slots})


class Plain:
    pass


class Slotted:
    __slots__ = ("looks",)


@every_kind
@pytest.mark.parametrize("base", [Plain, Slotted])
def test_a_base_that_declares_nothing_brings_no_field(kind: Declared, base: type) -> None:
    with pytest.raises(TypeError, match="declares no fields"):
        planted(kind, {}, base)
    with pytest.raises(TypeError):
        Declared("Planted", (kind, base), {})


def test_an_annotation_with_a_role_makes_a_field() -> None:
    """So what is refused above is refused for its reason."""

    class Own(Stateful):
        looks: State[int]
        _log: Log[list[int]]

    thing = Own()
    thing.looks, thing._log = 3, []
    assert Own.fields == {"looks": "State", "_log": "Log"}
    assert thing.state() == (3,)
    thing.set_state((4,))
    assert thing.looks == 4
    with pytest.raises(ValueError, match=r"shorter|longer"):
        thing.set_state((1, 2))


def made_cards() -> dict[str, CardProfile]:
    policies = {name: variant(name) for name in VARIANTS}
    policies["direct"] = profile(write="direct")
    policies["msisdn"] = profile(hidden=["3F00/7F10/6F40"])
    return policies


CARDS = made_cards()


def parts(thing: object, seen: set[int]) -> Iterator[Stateful]:
    """A card's objects of declared state, by their fields and what these contain."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    inside: list[object] = []
    if isinstance(thing, Stateful):
        yield thing
        inside = [getattr(thing, field) for field in type(thing).fields]
    elif isinstance(thing, Mapping):
        inside = list(thing.values())
    elif isinstance(thing, list | tuple):
        inside = list(thing)
    for item in inside:
        yield from parts(item, seen)


def objects(on: Card) -> list[Stateful]:
    return [*parts(on.chip, set()), on.memory._vault]


def use(on: Card, first: bytes, second: bytes) -> None:
    """A phone copies in, as a mirror or as the CDMA side."""
    for path, data in ((EXT1, extension_record("99")), (ADN, first[:-1] + b"\1"), (ADN, second), (LND, second)):
        hand.select(on, path)
        hand.write(on, 1, data, 3 if path == LND else 4)


def test_every_kind_is_part_of_some_card() -> None:
    found = {type(thing) for made in CARDS.values() for thing in objects(hand.fresh(made, finished=True))}
    last = {kind for kind in KINDS if not any(issubclass(other, kind) for other in KINDS if other is not kind)}
    assert last <= found <= set(KINDS)


@pytest.mark.parametrize("name", CARDS)
def test_state_goes_back_to_what_it_was(name: str) -> None:
    on = hand.fresh(CARDS[name], finished=False)
    use(on, LI, ANNA)
    things = objects(on)
    before = [thing.state() for thing in things]
    assert all(isinstance(hash(state), int) for state in before)
    hand.send(on, 0x20, 0, 4, ADM)
    hand.latch(on)
    use(on, BOB, BOB)
    hand.send(on, 0x04)
    after = [thing.state() for thing in things]
    changed = {type(thing).__name__ for thing, a, b in zip(things, before, after, strict=True) if a != b}
    assert changed >= {"Memory", "Session", "Sides", "Vault"}
    for states in (before, after, before):
        for thing, state in zip(things, states, strict=True):
            thing.set_state(state)
        assert [thing.state() for thing in things] == states


def test_putting_into_a_frozen_map_makes_another() -> None:
    given = {"a": 1}
    one = FrozenMap(given)
    given["b"] = 2
    two = one.put("b", 2)
    assert (len(one), dict(one.items()), dict(two.items())) == (1, {"a": 1}, {"a": 1, "b": 2})
    assert two.put("a", 3)["a"] == 3
    assert two["a"] == 1
    assert list(two) == ["a", "b"]
    assert ("a" in one, "b" in one, one.get("b"), two.get("b")) == (True, False, None, 2)
    with pytest.raises(KeyError):
        one["b"]
    assert repr(one) == "FrozenMap({'a': 1})"


def test_a_frozen_map_without_a_key() -> None:
    two = FrozenMap({"a": 1, "b": 2})
    assert two.without("a") == FrozenMap({"b": 2})
    assert two.without("c") == two
    assert len(two) == 2
    assert two.without("a").without("b") is NOTHING
    assert NOTHING.without("a") is NOTHING


def test_equal_frozen_maps_have_equal_hashes_in_whatever_order_they_came_about() -> None:
    one, two = FrozenMap({"a": 1, "b": 2}), NOTHING.put("b", 2).put("a", 1)
    assert one == two
    assert hash(one) == hash(two)
    assert len({one, two, one.put("a", 1)}) == 1
    assert one not in (one.put("a", 2), one.put("c", 3), one.without("a"), {"a": 1, "b": 2})
    assert FrozenMap() == NOTHING


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_frozen_map_does_not_change(name: str) -> None:
    made: Any = FrozenMap({"a": 1})
    with pytest.raises(TypeError):
        made["b"] = 2
    with pytest.raises(TypeError):
        del made["a"]
    with pytest.raises(AttributeError):
        setattr(made, name, 1)
    with pytest.raises(TypeError):
        hash(FrozenMap({"a": []}))
