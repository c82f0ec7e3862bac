"""The cards of an order, and the gate: every row is checked before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from uimkit.errors import InputError, InputErrors
from uimkit.perso.batch.order import Order
from uimkit.perso.identities import ranges
from uimkit.perso.inputs import Reading, check_input, input_columns, read_input
from uimkit.perso.keys.policy import KeyPolicy
from uimkit.perso.keys.provider import load_key
from uimkit.perso.keys.unwrapping import Wrapped
from uimkit.perso.plan import Plan
from uimkit.perso.rows import CardData, card_data

MOST_ERRORS = 100


def reading(order: Order) -> Reading:
    """How the order's file is to be understood. Raises InputError, SurroundingsError: no such key."""
    told = order.input.wrapped
    wrapped = None
    if told is not None:
        key = load_key(told.source)
        wrapped = Wrapped(key, told.wrap, told.fields, told.index, told.kcv, told.check_value)
    return Reading(sid_radix=order.input.sid_radix, wrapped=wrapped)


def cards(order: Order, base: Path) -> Iterator[CardData]:
    """The cards in the order of the input. Raises InputError, SurroundingsError."""
    source = order.input
    if source.file is not None:
        yield from read_input(base / source.file, source.format, reading(order))
        return
    numbers = ranges(source.count or 0, source.ranges)
    for position in range(numbers.count):
        yield card_data({**numbers.row(position), **source.fields}, f"card {position + 1}", sid_radix=source.sid_radix)


def columns(order: Order, base: Path) -> tuple[str, ...]:
    """The fields that the input gives, whether or not its cards are good. Raises InputError when there are none."""
    source = order.input
    if source.file is None:
        return next(cards(order, base)).columns
    found = input_columns(base / source.file, source.format, reading(order))
    if not found:
        check_input(base / source.file, source.format, reading(order))
    return found


def check(order: Order, base: Path, plan: Plan, policy: KeyPolicy) -> None:
    """See that every card is good. Raises InputErrors with a line for each thing that is wrong, up to a hundred."""

    def good(data: CardData) -> None:
        drawn = policy.draw(data.values.get("ICCID", ""), data.values, bytes)
        plan.contents(plan.resolve(with_keys(data, drawn)))

    source = order.input
    if source.file is not None:
        check_input(base / source.file, source.format, reading(order), check=good)
        return
    errors: list[str] = []
    for data in cards(order, base):
        try:
            good(data)
        except InputError as error:
            errors.append(str(error) if error.where else f"{data.where}: {error}")
            if len(errors) == MOST_ERRORS:
                break
    if errors:
        raise InputErrors(errors)


def with_keys(data: CardData, drawn: dict[str, str]) -> CardData:
    """The card with the secrets that were drawn for it."""
    columns = dict.fromkeys((*data.columns, *drawn))
    return CardData({**data.values, **drawn}, tuple(columns), data.where)
