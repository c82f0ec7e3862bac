"""A profile's card made small enough to visit all of its states, with the policy and the code it has at full size.

Records are three bytes long: one for the content, one that stands for all the others, and the extension pointer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from uimkit.card.codes import CODE_LENGTH, Code
from uimkit.card.definition import CardDefinition, FileDef
from uimkit.card.memory import fresh_memory
from uimkit.oneway.policy import EF_ADN, EF_EXT1, EF_LND, Policy, Write
from uimkit.profile.build import CardProfile, personalised
from uimkit.simulator.card import Card
from uimkit.simulator.product import Product

RECORD = 3
"""Bytes of a record of the small card."""
FF = 0xFF
_OTHER_RECORDS = 2
_TRIES = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How many records the small card has. ``tries`` bounds the counter of every code, and that
    of its unblock value by one less.
    """

    adn: int
    ext1: int
    lnd: int = 2
    tries: int = _TRIES

    def __str__(self) -> str:
        return f"{self.adn} x {self.ext1}"


@dataclass(frozen=True)
class SmallCard:
    """The reduced card of a profile: its product, the content of a finished card, and where the phone book lies."""

    profile: str
    size: Size
    product: Product
    bodies: Mapping[str, bytes]

    @property
    def definition(self) -> CardDefinition:
        return self.product.definition

    @property
    def policy(self) -> Policy:
        return self.product.policy

    def position(self, path: str | None) -> int | None:
        """Where a file stands in the definition, None when the card has no such file."""
        return None if path is None else self.definition.index.get(path)

    def card(self) -> Card:
        """A finished card with the profile's contents and an empty phone book, after a reset."""
        memory = fresh_memory(self.definition, dict(self.bodies))
        personalised(self.definition, memory)
        memory.forget_changes()
        return Card(self.product, memory, bytes)  # one stream for all: twins draw the same (P1)


def reduce(profile: CardProfile, size: Size) -> SmallCard:
    """The small card of a profile. Files keep their paths, structures and access conditions.

    Raises ProfileError when the profile protects no phone book: there is nothing to prove.
    """
    policy = profile.product.policy
    if EF_ADN not in policy.protected:
        raise profile.error(("oneway", "protected"), f"found no {EF_ADN}; expected a card that protects its phone book")
    records = {EF_ADN: size.adn, EF_EXT1: size.ext1, EF_LND: size.lnd}
    files = tuple(_small(file, records, policy, size) for file in profile.definition.files)
    bodies = {file.path: _body(profile, file, size) for file in files if file.is_ef}
    if policy.write is Write.INBOX:
        policy = replace(
            policy, inbox_adn=min(policy.inbox_adn, size.adn), inbox_ext1=min(policy.inbox_ext1, size.ext1)
        )
    definition = replace(profile.definition, files=files)
    return SmallCard(profile.name, size, Product(definition, policy, profile.product.blueprint), bodies)


def _small(file: FileDef, records: Mapping[str, int], policy: Policy, size: Size) -> FileDef:
    if file.path == policy.orphans:
        return replace(file, size=size.ext1)
    if not file.record_length:
        return file
    count = records.get(file.same_as or file.path, min(file.records, _OTHER_RECORDS))
    return replace(file, record_length=RECORD, size=count * RECORD)


def _body(profile: CardProfile, file: FileDef, size: Size) -> bytes:
    """The profile's content where the file kept its size; else fresh records; none for a second way to records."""
    if file.same_as:
        return b""
    body = profile.bodies[file.path]
    if file.size == len(body):
        return _fewer_tries(body, size.tries) if file.path in _codes(profile) else body
    return b"\xff" * file.size if file.record_length else bytes(file.size)


def _codes(profile: CardProfile) -> frozenset[str]:
    return frozenset(code.path for code in profile.definition.codes)


def _fewer_tries(body: bytes, tries: int) -> bytes:
    assert len(body) == CODE_LENGTH
    code = Code.from_bytes(body)
    return replace(
        code,
        tries=min(code.tries, tries),
        max_tries=min(code.max_tries, tries),
        unblock_tries=min(code.unblock_tries, tries - 1),
        max_unblock_tries=min(code.max_unblock_tries, tries - 1),
    ).to_bytes()
