"""A card under check: what the checks ask it, and the issues they find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from uimkit.card.definition import CardDefinition
from uimkit.coding.errors import CodecError
from uimkit.files import catalogue
from uimkit.files.spec import FileSpec, Value
from uimkit.oneway.policy import DF_CDMA, Policy
from uimkit.profile.build import SERVICE_TABLES
from uimkit.profile.locate import Key
from uimkit.simulator.product import Product

DF_GSM = "3F00/7F20"
TABLE_OF = {"TS 51.011": ("SST", DF_GSM), "C.S0023-C": ("CST", DF_CDMA)}
"""Standard to its service table and its directory."""
ACTIVE = 3
"""The two bits of a service that is allocated and activated."""


@dataclass(frozen=True, slots=True)
class Issue:
    """What a check found. ``key`` is where a profile says it: ("files", PATH), or another of its tables."""

    id: str
    severity: str
    key: tuple[Key, ...]
    message: str
    expected: str


class Checked:
    """A card under check, and what was found so far."""

    def __init__(self, product: Product, bodies: Mapping[str, bytes]) -> None:
        self.definition: CardDefinition = product.definition
        self.policy: Policy = product.policy
        self.bodies = bodies
        self.issues: list[Issue] = []

    def add(self, id: str, severity: str, key: tuple[Key, ...], message: str, expected: str) -> None:
        self.issues.append(Issue(id, severity, key, message, expected))

    def value(self, path: str) -> dict[str, Value] | None:
        """The decoded value of a transparent EF, or of the first record; None when absent, blank or not decodable."""
        body, spec = self.bodies.get(path), catalogue.by_path(path)
        if body is None or spec is None or spec.codec is None:
            return None
        length = self.definition.files[self.definition.index[path]].record_length
        try:
            found = spec.codec.decode(body[:length] if length else body)
        except CodecError:
            return None
        return found if isinstance(found, dict) else None


def known_files(report: Checked) -> dict[str, FileSpec]:
    """The files of the profile that the catalogue knows, second ways to their records left out."""
    specs = {file.path: catalogue.by_path(file.path) for file in report.definition.files if not file.same_as}
    return {path: spec for path, spec in specs.items() if spec is not None}


def standards(report: Checked) -> set[str]:
    """The standards whose directory the card has."""
    index = report.definition.index
    return {standard for standard, (_, directory) in TABLE_OF.items() if directory in index}


def active_services(report: Checked, standard: str) -> tuple[str, set[int]]:
    """The service table of a standard and its services that are allocated and activated."""
    table, _ = TABLE_OF[standard]
    body = report.bodies.get(SERVICE_TABLES[table], b"")
    active = {
        4 * position + k + 1 for position, byte in enumerate(body) for k in range(4) if byte >> 2 * k & 3 == ACTIVE
    }
    return table, active
