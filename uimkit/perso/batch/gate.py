"""The cards of an order, and the gate: every row is checked before anything is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from uimkit.errors import InputError, InputErrors
from uimkit.perso.batch.order import Order
from uimkit.perso.identities import ranges
from uimkit.perso.keys.policy import KeyPolicy
from uimkit.perso.plan import Plan
from uimkit.perso.rows import CardData, card_data, read_rows

MOST_ERRORS = 100


def cards(order: Order, base: Path) -> Iterator[CardData]:
    """The cards in the order of the input. Raises InputError, SurroundingsError."""
    source = order.input
    if source.file is not None:
        yield from read_rows(base / source.file, sid_radix=source.sid_radix)
        return
    numbers = ranges(source.count or 0, source.ranges)
    for position in range(numbers.count):
        yield card_data({**numbers.row(position), **source.fields}, f"card {position + 1}", sid_radix=source.sid_radix)


def checked(stream: Iterator[CardData], plan: Plan, policy: KeyPolicy) -> Iterator[CardData]:
    """The cards, each of them good. Raises InputErrors in the end, with a line for every card that is not."""
    errors: list[str] = []
    for data in stream:
        try:
            given = with_keys(data, policy.draw(data.values.get("ICCID", ""), data.values, bytes))
            plan.contents(plan.resolve(given))
        except InputError as error:
            errors.append(str(error) if error.where else f"{data.where}: {error}")
            if len(errors) == MOST_ERRORS:
                break
            continue
        yield data
    if errors:
        raise InputErrors(errors)


def with_keys(data: CardData, drawn: dict[str, str]) -> CardData:
    """The card with the secrets that were drawn for it."""
    columns = dict.fromkeys((*data.columns, *drawn))
    return CardData({**data.values, **drawn}, tuple(columns), data.where)
