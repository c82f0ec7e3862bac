"""The product that a card under construction is: the files it has so far, and what the blueprint makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from uimkit.card.creation import in_order
from uimkit.card.definition import FileDef
from uimkit.oneway.policy import EF_EXT1
from uimkit.simulator.product import Blueprint, Product


def assemble(blueprint: Blueprint, files: Iterable[FileDef]) -> Product:
    """Codes, keys, aliases, protected and hidden files come into being with their files; so do the marks of EF_EXT1.

    With all files of the blueprint it is the blueprint's product, equal in everything.
    """
    plan, policy = blueprint.definition, blueprint.policy
    made = {file.path: file for file in files if file.path != policy.orphans}
    marked = policy.orphans if EF_EXT1 in made else None
    if marked:
        made[marked] = replace(plan.files[plan.index[marked]], size=made[EF_EXT1].records)
    definition = replace(
        plan,
        files=in_order(made.values()),
        codes=tuple(code for code in plan.codes if code.path in made),
        keys={name: path for name, path in plan.keys.items() if path in made},
        aliases={alias: path for alias, path in plan.aliases.items() if path in made},
    )
    now = replace(policy, protected=policy.protected & made.keys(), hidden=policy.hidden & made.keys(), orphans=marked)
    return Product(definition, now, blueprint)


def first_files(blueprint: Blueprint) -> frozenset[str]:
    """What is on an empty card, for good: MF, life cycle, ADM, and what no SELECT reaches; with their directories."""
    plan = blueprint.definition
    adm = plan.code_by_name["ADM"].path
    kept = [file.path for file in plan.files if not file.selectable and file.path != blueprint.policy.orphans]
    first = {"3F00", *kept}
    for path in filter(None, (adm, plan.lifecycle)):
        first |= {path[:end] for end in range(4, len(path) + 1, 5)} if path in plan.index and path[0] == "3" else set()
    return frozenset(first)


def empty_product(blueprint: Blueprint) -> Product:
    """The card before its first CREATE FILE."""
    first = first_files(blueprint)
    return assemble(blueprint, [file for file in blueprint.definition.files if file.path in first])
