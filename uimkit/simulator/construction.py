"""A card in the making (TS 102 222): the product its files make so far, and which shapes of files it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from uimkit.card.creation import in_order
from uimkit.card.definition import FileDef
from uimkit.files import catalogue
from uimkit.files.spec import FileSpec, Structure
from uimkit.oneway.policy import EF_ADN, EF_EXT1
from uimkit.simulator.product import Blueprint, Product

_RESERVED = ("3F00", "3FFF", "FFFF", "0000")
_MOST_RECORDS = 254
"""Of a linear fixed file (GSM 11.11 6.4.2)."""


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


def refused_shape(file: FileDef, blueprint: Blueprint) -> bool:
    """True for a file that can not stand at its path.

    A path of the catalogue has the standard's structure and lengths, a path of the blueprint its structure; a code or
    key has its size, a protected file its record length and the records that are reserved in it.
    """
    if file.path[-4:] in _RESERVED or (file.structure is Structure.LINEAR_FIXED and file.records > _MOST_RECORDS):
        return True
    spec = catalogue.by_path(file.path)
    if spec and (spec.structure != file.structure or not _legal(file, spec)):
        return True
    plan, policy = blueprint.definition, blueprint.policy
    if file.path not in plan.index:
        return False
    known = plan.files[plan.index[file.path]]
    if known.structure != file.structure:
        return True
    fixed = {code.path for code in plan.codes} | set(plan.keys.values()) | {plan.lifecycle}
    if file.path in fixed:
        return file.size != known.size
    reserved = {EF_ADN: policy.inbox_adn, EF_EXT1: policy.inbox_ext1}.get(file.path, 0)
    return file.path in policy.protected and (file.record_length != known.record_length or file.records < reserved)


def _legal(file: FileDef, spec: FileSpec) -> bool:
    return spec.size is None or spec.size.legal(file.record_length or file.size)
