"""A command worked out: all that does not depend on the card's state is looked up and checked once.

Of a command that is met again only what may have changed since is asked again: what is selected, which rights are
fulfilled, and the flags of the current EF.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from uimkit.apdu import INS, SW
from uimkit.card.definition import FileDef
from uimkit.simulator.answers import status, wrong_length
from uimkit.simulator.rules import CardRule, EfRule

if TYPE_CHECKING:
    from uimkit.simulator.card import Card
    from uimkit.simulator.product import Product

CHV1_BIT = 1 << 1
SUCCESS = (0x90, 0x9F)
"""SW1 of a command that was carried out."""


@dataclass(frozen=True, slots=True)
class EfTable:
    """What a rule comes to on each file of a product.

    ``files`` has for each file the access levels under which the command is allowed on it while it is valid and
    readable on the session's side (0 where that is not all there is to ask), the file, and whether a success on it has
    consequences for side or rights.
    """

    rule: EfRule
    files: tuple[tuple[int, FileDef, bool], ...]


class Whole(Enum):
    """Stands in the place of a table for a command whose handler is given the whole of it."""

    WHOLE = 0


WHOLE: Final = Whole.WHOLE
Prepared = tuple[Callable[..., bytes], EfTable | Whole | None, int, int, int, bytes]
"""Handler, table, P1, P2, P3 and data. A command that needs no current EF has no table."""


def prepare(product: Product, rule: CardRule | EfRule, command: bytes) -> Prepared:
    """Check P1, P2 and P3, in that order, of a command of at least five bytes to which the rule applies."""
    _, _, p1, p2, p3 = command[:5]
    data = command[5:]
    if not rule.accepts(p1, p2):
        return refused(status(SW.WRONG_PARAMETERS))
    if not rule.fits(p3, len(data)):
        return refused(wrong_length(rule.p3 or 0))
    if isinstance(rule, EfRule):
        return rule.handler, product.table(rule, command[1]), p1, p2, p3, data
    handler: Callable[..., bytes] = _under_chv1(rule) if rule.needs_chv1 else rule.handler
    if any(ins == command[1] for ins, _ in product.evidence):
        handler = _observed(handler, command[1])
    return handler, None, p1, p2, p3, data


def refused(answer: bytes) -> Prepared:
    """A command that is answered alike in every state."""

    def refuse(card: Card, _command: bytes) -> bytes:
        card.session.pending = None
        return answer

    return whole(refuse)


def whole(handler: Callable[[Card, bytes], bytes]) -> Prepared:
    """A command whose handler does everything itself."""
    return handler, WHOLE, 0, 0, 0, b""


def may_be_kept(product: Product, rule: CardRule | EfRule, command: bytes) -> bool:
    """True for commands that read and select, and for no other: a remembered command holds no code, key or contact,
    and never writes. Whose rule depends on the directory is not remembered either.
    """
    if rule.root is not None:
        return False
    if isinstance(rule, EfRule):
        return rule.right == "read" and not rule.carries_data
    return (command[1] == INS.SELECT and command[5:] not in product.acting) or not rule.carries_data


def make_table(product: Product, rule: EfRule, ins: int) -> EfTable:
    """The table of a rule. The end of personalisation is a one-way step (S3), so its file is always asked about."""
    rows = []
    for position, file in enumerate(product.definition.files):
        ordinary = rule.wants_valid and file.structure in rule.structures and position != product.lifecycle
        mask = product.masks[position][rule.right] if ordinary else 0
        rows.append((mask, file, (ins, position) in product.evidence or position in product.special))
    return EfTable(rule, tuple(rows))


def _under_chv1(rule: CardRule) -> Callable[..., bytes]:
    def handler(card: Card, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        if not card.session.granted & CHV1_BIT:
            return status(SW.ACCESS_DENIED)
        return rule.handler(card, p1, p2, p3, data)

    return handler


def _observed(handler: Callable[..., bytes], ins: int) -> Callable[..., bytes]:
    def observed(card: Card, p1: int, p2: int, p3: int, data: bytes) -> bytes:
        answer = handler(card, p1, p2, p3, data)
        if answer[-2] in SUCCESS:
            card.sides.observe(ins, card.session.directory)
        return answer

    return observed
