"""Says of every field of a card which value it has, where the value comes from, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.perso.fields import FIELDS
from uimkit.perso.plan import Plan
from uimkit.perso.rows import CardData

NOT_ON_THIS_CARD = "not on this card"
FRESH = "none: what a pre-personalised card has stays"


@dataclass(frozen=True, slots=True)
class Explained:
    """One field; ``value`` is masked for a secret, ``target`` is the file or NOT_ON_THIS_CARD."""

    name: str
    meaning: str
    value: str
    source: str
    target: str


def explain(plan: Plan, data: CardData) -> list[Explained]:
    """All fields in the order of the row, then those beyond it. Raises InputError as ``Plan.resolve`` does."""
    resolved = plan.resolve(data)
    plan.row(resolved)
    explained = []
    for name, description in FIELDS.items():
        value = resolved.values.get(name)
        shown = "" if value is None else description.shown(value)
        source = FRESH if value is None and name in plan.places else resolved.sources.get(name, "none")
        explained.append(Explained(name, description.meaning, shown, source, _target(plan, name)))
    return explained


def _target(plan: Plan, name: str) -> str:
    slot = next((slot for slot in plan.slots if name in slot.fields), None)
    if slot is None:
        return NOT_ON_THIS_CARD
    where = f" record {slot.record}" if slot.record else f" from byte {slot.offset}" if slot.offset else ""
    return f"{slot.file.path} {slot.file.name}{where}"
