"""The simulated card: ``transmit`` and ``reset`` are its whole surface.

Every command is of class A0 but COMPUTE IP AUTHENTICATION. Errors come in one order, since the standards state none
(GSM 11.11 9.4; docs/simulator.md): malformed 67 00, class 6E 00, instruction 6D 00, directory, P1 P2 6B 00, P3 67 XX,
no EF 94 00, structure 94 08, invalidation 98 10, access 98 04, then what the command finds itself (98 34, 94 02, 6B 00,
67 XX, 98 50, 92 40, 6F 00).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from uimkit.apdu import CLA_GSM, INS, SW
from uimkit.card.codes import Code
from uimkit.card.header import DirectoryState, df_header
from uimkit.card.memory import Memory
from uimkit.oneway.policy import Side
from uimkit.oneway.sides import Sides
from uimkit.oneway.views import View
from uimkit.simulator.administration import ADMINISTRATION
from uimkit.simulator.answers import status, wrong_length
from uimkit.simulator.prepared import CHV1_BIT, SUCCESS, WHOLE, Prepared, may_be_kept, prepare, refused, whole
from uimkit.simulator.product import Product
from uimkit.simulator.rules import OTHER_CLASSES, RULES, CardRule, EfRule
from uimkit.simulator.session import Session

RandomSource = Callable[[int], bytes]
"""That many random bytes, such as ``secrets.token_bytes``."""

_CHV1, _CHV2 = "CHV1", "CHV2"
_HEADER = 5
_NO_EF = status(SW.NO_EF_SELECTED)


class Card:
    """One card in one reader. ``memory`` is all that outlives a reset.

    ``random`` is what BASE STATION CHALLENGE draws from, 4 bytes a time; the card has no randomness of its own, and
    equal cards with equal sources answer alike. What a source has left is no part of ``snapshot``.
    """

    def __init__(self, product: Product, memory: Memory, random: RandomSource | None = None) -> None:
        self.memory = memory
        self.random = random
        self.session = Session()
        self.become(product)
        self.reset()

    def become(self, product: Product) -> None:
        """Be a card of this product from here on; the memory fits it already, ``refresh_rights`` follows."""
        self.product = product
        self.sides = Sides(product.definition, product.policy, self.memory)
        self.targets = product.targets
        self._prepared = product.prepared
        self._codes: dict[int, tuple[bytes, Code]] = {}
        self.directory_headers: list[tuple[frozenset[int], bytes] | None] = [None] * len(product.definition.files)
        """By directory: the header, and what was hidden when it was made. ``directory_header`` looks after it."""

    def reset(self) -> bytes:
        """Start a new card session, cold or warm; returns the ATR (GSM 11.11 5.8)."""
        self.session = Session()
        self.sides.reset()
        self.refresh_rights()
        self.session.pending = self.directory_header(0)  # GET RESPONSE may come first and gives the MF (9.2.18)
        return self.product.definition.atr

    @property
    def side(self) -> Side:
        """The side this card session is on."""
        return self.sides.side

    def transmit(self, command: bytes) -> bytes:
        """Answer one command APDU (header of five bytes, then P3 bytes of data for a command that carries any)."""
        try:
            handler, table, p1, p2, p3, data = self._prepared[command]
        except KeyError:
            handler, table, p1, p2, p3, data = self._prepare(command)
        session = self.session
        if table is None:
            session.pending = None
            return handler(self, p1, p2, p3, data)
        if table is WHOLE:
            return handler(self, command)
        session.pending = None
        position = session.ef
        if position is None:
            return _NO_EF
        levels, file, watched = table.files[position]
        view = self.sides.views[position]
        if not (levels & session.granted and self.memory.flags[position] & view.flag and view.readable):
            refusal = self._refusal(table.rule, position, view)
            if refusal is not None:
                return status(refusal)
        answer = handler(self, file, view, p1, p2, p3, data)
        if watched and answer[-2] in SUCCESS:
            self.sides.observe(command[1], position)
            if position in self.product.special:
                self.refresh_rights()
        return answer

    def _prepare(self, command: bytes) -> Prepared:
        """Find the command's rule; malformed, class, instruction and directory are checked in this order."""
        if len(command) > 1 and command[0] == CLA_GSM and command[1] == INS.GET_RESPONSE:
            if len(command) == _HEADER:
                self.product.keep(command, _GET_RESPONSE)
            return _GET_RESPONSE
        if len(command) < _HEADER:
            return refused(wrong_length())
        gsm = command[0] == CLA_GSM
        rules = RULES.get(command[1]) if gsm else self._of_other_class(command[0], command[1])
        if rules is None:
            return refused(status(SW.UNKNOWN_INS if gsm else SW.WRONG_CLASS))
        rule = self._for_directory(rules)
        if rule is None:
            return refused(status(self.product.definition.choices.wrong_directory_sw))
        prepared = prepare(self.product, rule, command)
        if may_be_kept(self.product, rule, command):
            self.product.keep(command, prepared)
        return prepared

    def _of_other_class(self, cla: int, ins: int) -> Sequence[CardRule | EfRule] | None:
        administrative = ADMINISTRATION.get((cla, ins)) if self.product.blueprint else None
        return OTHER_CLASSES.get((cla, ins), administrative)

    def _for_directory(self, rules: Sequence[CardRule | EfRule]) -> CardRule | EfRule | None:
        for rule in rules:
            if rule.root is None or self.product.definition.under(self.session.directory, rule.root):
                return rule
        return None

    def _refusal(self, rule: EfRule, position: int, view: View) -> int | None:
        """Why a command on the current EF is refused, None when it is not.

        Every access to a file body passes here, but for what `EfTable` has worked out before to pass.
        """
        file = self.product.definition.files[position]
        if file.structure not in rule.structures:
            return SW.INCONSISTENT_FILE
        if view.valid is not rule.wants_valid and not (rule.usable_invalidated and file.usable_invalidated):
            return SW.INVALIDATION_CONTRADICTION
        if not self._allowed(position, rule.right) or (rule.right == "read" and not view.readable):
            return self._denied(rule.right)
        return None

    def _allowed(self, position: int, right: str) -> bool:
        if right == "update":
            if self.sides.unlocked:
                return True
            if position == self.product.lifecycle and not self.sides.personalising:
                return False  # the end of personalisation is a one-way step (S3)
        return bool(self.product.masks[position][right] & self.session.granted)

    def _denied(self, right: str) -> int:
        choices = self.product.definition.choices
        return choices.increase_without_right_sw if right == "increase" else SW.ACCESS_DENIED

    def _get_response(self, command: bytes) -> bytes:
        """GET RESPONSE (9.2.18): only right after the command that left data; less than all may be asked for."""
        pending = self.session.pending
        if len(command) != 5:
            return wrong_length(len(pending or b""))
        if command[2] or command[3]:
            return status(SW.WRONG_PARAMETERS)
        if pending is None:
            return status(SW.TECHNICAL_PROBLEM)
        wanted = command[4] or 256
        if wanted > len(pending):
            return wrong_length(len(pending))
        self.session.pending = None
        return pending[:wanted] + status(SW.OK)

    def code(self, name: str) -> Code | None:
        """A code's state, or None when the card has no such code."""
        position = self.product.code_positions.get(name)
        if position is None:
            return None
        body = self.memory.contents[position]
        known = self._codes.get(position)
        if known is None or known[0] is not body:
            known = self._codes[position] = body, Code.from_bytes(body)
        return known[1]

    def store_code(self, name: str, code: Code) -> None:
        self.memory.write(self.product.code_positions[name], 0, code.to_bytes())
        self.forget_headers()

    def refresh_rights(self) -> None:
        """Work out the fulfilled access levels from what was presented and from CHV1's state (7.3, 8.12)."""
        session = self.session
        self.forget_headers()
        session.granted = 1 | session.verified
        chv1 = self.code(_CHV1)
        grants_blocked = self.product.definition.choices.blocked_disabled_chv1_grants
        if chv1 is not None and chv1.initialised and not chv1.enabled and (grants_blocked or not chv1.blocked):
            session.granted |= CHV1_BIT
        self.sides.rights_changed(session.granted)

    def directory_header(self, position: int) -> bytes:
        """The SELECT and STATUS answer of a directory; files hidden from this side are not counted.

        Kept until a code changes, or what is hidden.
        """
        hidden = self.sides.hidden
        known = self.directory_headers[position]
        if known is not None and known[0] is hidden:
            return known[1]
        header = self._make_directory_header(position)
        self.directory_headers[position] = hidden, header
        return header

    def forget_headers(self) -> None:
        """The codes are others now."""
        self.directory_headers = [None] * len(self.product.definition.files)

    def _make_directory_header(self, position: int) -> bytes:
        definition = self.product.definition
        dfs, efs = self.product.members[position, not self.sides.hidden]
        codes = {code.name: self.code(code.name) for code in definition.codes}
        chv1, chv2 = codes.get(_CHV1), codes.get(_CHV2)
        chv_status = bytes(
            (
                chv1.status() if chv1 else 0,
                chv1.unblock_status() if chv1 else 0,
                chv2.status() if chv2 else 0,
                chv2.unblock_status() if chv2 else 0,
            )
        )
        count = sum(1 + code.has_unblock for code in codes.values() if code is not None and code.initialised)
        enabled = chv1 is not None and chv1.enabled
        state = DirectoryState(dfs, efs, count, enabled, chv_status)
        return df_header(definition.files[position], definition.free_memory, definition.characteristics, state)

    def snapshot(self) -> tuple[Any, ...]:
        """The whole mutable state: non-volatile memory, session, side and mirrors."""
        return self.memory.snapshot(), self.session.state(), self.sides.state()

    def restore(self, snapshot: Any) -> None:
        """Go back to what ``snapshot`` returned."""
        memory, session, sides = snapshot
        bodies = self.memory.contents
        if any(bodies[position] is not memory[0][position] for position in self.product.code_positions.values()):
            self.forget_headers()
        self.memory.restore(memory)
        self.session.set_state(session)
        self.sides.set_state(sides)


_GET_RESPONSE = whole(lambda card, command: card._get_response(command))
