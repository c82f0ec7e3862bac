"""Which shapes of files a card under construction takes: what the rest of the card relies on."""

from __future__ import annotations

from uimkit.card.definition import FileDef
from uimkit.files import catalogue
from uimkit.files.spec import FileSpec, Structure
from uimkit.oneway.policy import EF_ADN, EF_EXT1
from uimkit.simulator.product import Blueprint

_RESERVED = ("3F00", "3FFF", "FFFF", "0000")
_MOST_RECORDS = 254
"""Of a linear fixed file (GSM 11.11 6.4.2)."""


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
