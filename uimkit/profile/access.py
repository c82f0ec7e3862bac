"""Who may do what: the effect of a card's policy and access conditions, for each side, file and operation.

Worked out from the views that the simulator itself uses, not from a description of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from uimkit.card.definition import FileDef
from uimkit.files.spec import Structure
from uimkit.oneway.mirrors import CyclicMirror, DirectMirror, ExtensionMirror, Mirror
from uimkit.oneway.policy import Policy, Readback, Side, Write
from uimkit.profile.build import CardProfile
from uimkit.profile.summary import condition_name
from uimkit.simulator.whole_memory import WholeMemory

OPERATIONS = ("read", "seek", "update", "increase", "invalidate", "rehabilitate")
_RIGHT = {"seek": "read"}
NOT_THERE, NONE = "not there", "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One file on one side: what each operation comes to, an access condition or the effect of a mirror."""

    path: str
    name: str
    side: Side
    effects: dict[str, str]
    mirrored: bool


def access_matrix(profile: CardProfile) -> list[Row]:
    """Every EF on both sides, restricted first; of an ordinary card the sides are alike."""
    definition, policy = profile.definition, profile.product.policy
    sides = WholeMemory(definition, policy, profile.fresh_memory()).sides(definition, policy)
    rows = []
    for position, file in enumerate(profile.definition.files):
        if not (file.is_ef and file.selectable):
            continue
        hidden = position in sides.hidden
        view = sides.view(position)
        effects = dict.fromkeys(OPERATIONS, NOT_THERE) if hidden else _effects(file, view, policy)
        rows.append(Row(file.path, file.name, Side.RESTRICTED, effects, isinstance(view, Mirror)))
        rows.append(Row(file.path, file.name, Side.CDMA, _conditions(file), mirrored=False))
    return rows


def _conditions(file: FileDef) -> dict[str, str]:
    return {
        operation: condition_name(getattr(file.access, _RIGHT.get(operation, operation)))
        if _applies(file, operation)
        else NONE
        for operation in OPERATIONS
    }


def _applies(file: FileDef, operation: str) -> bool:
    if operation == "seek":
        return file.structure is Structure.LINEAR_FIXED
    return operation != "increase" or file.structure is Structure.CYCLIC


def _effects(file: FileDef, view: object, policy: Policy) -> dict[str, str]:
    """The conditions of a mirror are the real file's; what a fulfilled one comes to stands behind them."""
    effects = _conditions(file)
    if not isinstance(view, Mirror):
        return effects
    shown = "own blank store" if isinstance(view, CyclicMirror) else _shown(view, policy)
    lands = "own blank store" if isinstance(view, CyclicMirror) else _lands(view, policy)
    for operation, effect in (("read", shown), ("seek", shown), ("update", lands)):
        if effects[operation] != NONE:
            effects[operation] = f"{effects[operation]}: {effect}" if effect != "NEV" else effect
    for operation in ("invalidate", "rehabilitate"):
        effects[operation] += ": own flag"
    return effects


def _shown(view: Mirror, policy: Policy) -> str:
    if not view.readable:
        return "NEV"
    if policy.readback is Readback.SESSION:
        return "what it sent"
    return "blank or occupied" if isinstance(view, ExtensionMirror) else "blank"


def _lands(view: Mirror, policy: Policy) -> str:
    if isinstance(view, DirectMirror):
        return "the same record"
    return "a reserved record" if policy.write is Write.INBOX else "a free record"
