"""One card image from a profile and, where given, one row of card data."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import islice

from uimkit.card.memory import Memory, fresh_memory
from uimkit.errors import InputError
from uimkit.perso.plan import Plan
from uimkit.perso.rows import CardData, Radix, read_rows
from uimkit.profile.build import CardProfile
from uimkit.simulator.construction import empty_product
from uimkit.simulator.product import Product


def build_card(
    profile: CardProfile,
    data: str | os.PathLike[str] | None = None,
    row: int = 1,
    settings: Iterable[str] = (),
    *,
    sid_radix: Radix = 16,
) -> tuple[Memory, list[str]]:
    """The memory of a card, and warnings. Without data and settings the card is pre-personalised.

    ``row`` counts from 1, ``settings`` are ``FIELD=VALUE``. Raises InputError with file, line and field.
    """
    given = _settings(settings)
    if data is None and not given:
        return profile.fresh_memory(), []
    plan = Plan(profile)
    card = CardData({})
    if data is not None:
        found = next(islice(read_rows(data, sid_radix=sid_radix, required=plan.required), row - 1, None), None)
        if found is None:
            raise InputError(f"expected row {row}, the file has fewer", os.fspath(data))
        card = found
    if given:
        card = card.replaced(given, "--set")
    resolved = plan.resolve(card)
    return plan.memory(card), list(resolved.warnings)


def empty_card(profile: CardProfile) -> tuple[Product, Memory]:
    """The card that a create script starts from: MF, ADM and life cycle. Raises ProfileError without the option."""
    blueprint = profile.product.blueprint
    if blueprint is None:
        raise profile.error((), 'an empty card needs [administrative] commands = "ts-102-222" to create its files')
    product = empty_product(blueprint)
    bodies = {path: body for path, body in profile.bodies.items() if path in product.definition.index}
    return product, fresh_memory(product.definition, bodies)


def _settings(settings: Iterable[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise InputError("expected FIELD=VALUE", f"--set {name}")
        given[name.upper()] = value
    return given
