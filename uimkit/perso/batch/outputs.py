"""What is made of each card: the lines of all outputs of an order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from uimkit.perso.batch.order import Order
from uimkit.perso.dialects import DIALECTS
from uimkit.perso.emit import CARD, STYLES
from uimkit.perso.fields import FIELDS, ROW_NAMES
from uimkit.perso.keys.wrapping import LEGACY_WARNINGS, Wrapper, field_octets
from uimkit.perso.plan import Plan
from uimkit.perso.template import CompiledTemplate

DATA, RESPONSE, LASER, QC, WARNINGS = "data.csv", "response.txt", "laser.csv", "qc.csv", "warnings.txt"
CARD_MARK = {"scriptor": "# card ", "pysim": "# card ", "gpshell": "# card ", "pcom": "; card ",
             "pcom-var": "; card "}  # fmt: skip
"""How a flattened file says whose script follows; json has one script a line, jcshell no comments."""
DERIVED = ".derived-keys"
"""In the name of a file whose form leaves no room to say it."""
REMARK = "REMARK"
"""The column of a CSV that says that keys are derived."""


class Made(NamedTuple):
    """A card: its place in the order from 0, all its values, what its slots hold, lines of warnings."""

    position: int
    values: Mapping[str, str]
    row: Mapping[str, str]
    warnings: tuple[str, ...]


class Outputs:
    """The outputs of an order of ``total`` cards whose data have the fields ``columns``.

    ``notice`` is what every output must say, if anything; where the form leaves no room, the file's name says it.
    """

    def __init__(
        self, order: Order, plan: Plan, columns: Sequence[str], total: int, transport: Wrapper | None, notice: str
    ) -> None:
        self._order, self._plan, self._columns, self._total = order, plan, columns, total
        self._transport, self._notice = transport, notice

    @cached_property
    def templates(self) -> dict[str, str]:
        """The template of each dialect, json always among them."""
        steps = STYLES[self._order.outputs.style](self._plan, self._columns)
        names = dict.fromkeys(("json", *self._order.outputs.dialects))
        return {name: DIALECTS[name].dump(steps, self._plan.profile.name) for name in names}

    @property
    def shared(self) -> dict[str, str]:
        """Name and text of the files that some dialects have once for all cards."""
        steps = STYLES[self._order.outputs.style](self._plan, self._columns)
        pairs = [DIALECTS[name].shared for name in self.templates]
        return {pair[0]: pair[1](steps, self._plan.profile.name) for pair in pairs if pair is not None}

    @cached_property
    def compiled(self) -> dict[str, CompiledTemplate]:
        """The templates as they are filled in files of many cards."""
        return {name: CompiledTemplate(flat_text(name, self.templates[name])) for name in self._order.outputs.dialects}

    @cached_property
    def data_columns(self) -> tuple[str, ...]:
        """What the templates need."""
        return CompiledTemplate(self.templates["json"]).columns

    @cached_property
    def response_columns(self) -> tuple[str, ...]:
        """The fields of the operator's file."""
        return response_columns(self._order, self._plan, self._columns)

    def headers(self) -> dict[str, str]:
        """The first lines of every output that is not a flattened script."""
        outputs = self._order.outputs
        remark = (REMARK,) if self._notice else ()
        found = {
            DATA: ",".join((CARD, *self.data_columns, *remark)) + "\n",
            WARNINGS: "".join(f"order: {line}\n" for line in self.legacy),
        }
        if outputs.response:
            kcv = self._transport.kcv if self._transport is not None else None
            lines = response_header(self._order, self._plan, self._total, kcv, self._notice, self.response_columns)
            found[self.response] = "".join(f"{line}\n" for line in lines)
        if outputs.laser:
            found[LASER] = ",".join((*outputs.laser, *remark)) + "\n"
        if outputs.qc_every:
            found[QC] = "ROW,ICCID\n"
        return found

    @property
    def legacy(self) -> tuple[str, ...]:
        """What must be told of the wrappings that the order asks for."""
        told = (self._order.transport, self._order.input.wrapped)
        names = {table.wrap for table in told if table is not None}
        return tuple(warning for name, warning in LEGACY_WARNINGS.items() if name in names)

    @property
    def response(self) -> str:
        """The name of the operator's file."""
        return response_name(self._order, self._notice)

    def texts(self, cards: Sequence[Made]) -> Iterator[tuple[str, str]]:
        """What these cards, which follow one another, add to the outputs: name and text."""
        outputs = self._order.outputs
        yield DATA, "".join([self._data_line(card) for card in cards])
        yield WARNINGS, "".join([f"{warning}\n" for card in cards for warning in card.warnings])
        if outputs.response:
            yield self.response, "".join([self._response(card.values) for card in cards])
        if outputs.laser:
            yield LASER, "".join([self._laser(card.values) for card in cards])
        if outputs.qc_every:
            yield QC, "".join([self._qc(card) for card in cards])
        if outputs.flattened:
            yield from self._flattened(cards)

    def _flattened(self, cards: Sequence[Made]) -> Iterator[tuple[str, str]]:
        size = self._order.outputs.cards_per_file
        for shard, group in groupby(cards, key=lambda card: card.position // size):
            members = list(group)
            for name in self.compiled:
                texts = [self.script(name, card.row, card.values["ICCID"]) for card in members]
                last = min((shard + 1) * size, self._total)
                yield shard_name(shard * size + 1, last, name, self._notice), "".join(texts)

    @cached_property
    def _data_line(self) -> Callable[[Made], str]:
        end = f",{self._notice}\n" if self._notice else "\n"
        cells = itemgetter(*self.data_columns, self.data_columns[0])  # two at least, so that it gives a tuple

        def line(card: Made) -> str:
            return f"{card.values['ICCID']},{','.join(cells(card.row)[:-1])}{end}"

        return line

    def _laser(self, values: Mapping[str, str]) -> str:
        cells = [values.get(name, "") for name in self._order.outputs.laser]
        return ",".join([*cells, self._notice] if self._notice else cells) + "\n"

    def _qc(self, card: Made) -> str:
        wanted = card.position % (self._order.outputs.qc_every or 1) == 0 or card.position == self._total - 1
        return f"{card.position + 1},{card.values['ICCID']}\n" if wanted else ""

    def script(self, dialect: str, row: Mapping[str, str], iccid: str) -> str:
        """The flattened script of a card."""
        return card_head(dialect, iccid, self._notice) + self.compiled[dialect].fill(row)

    def _response(self, values: Mapping[str, str]) -> str:
        separator, empty = (",", "") if self._order.outputs.response == "china-telecom" else (" ", "-")
        return separator.join(self._wrapped(name, values) or empty for name in self.response_columns) + "\n"

    def _wrapped(self, name: str, values: Mapping[str, str]) -> str:
        value = values.get(name, "")
        if not value or not FIELDS[name].secret or self._transport is None:
            return value
        return self._transport.wrap(field_octets(name, value), name, values["ICCID"]).hex().upper()


def response_columns(order: Order, plan: Plan, columns: Sequence[str]) -> tuple[str, ...]:
    """The fields of the operator's file, of cards whose data have the fields ``columns``."""
    if order.outputs.response == "china-telecom":
        return ROW_NAMES
    known = {*columns, *plan.places, "ICCID", "IMSI"}
    return tuple(name for name in FIELDS if name in known)


def response_header(
    order: Order, plan: Plan, total: int, kcv: str | None, notice: str, columns: Sequence[str]
) -> tuple[str, ...]:
    """The lines of the operator's file before its rows. Without ``kcv``, the transport key's, that line is empty."""
    if order.outputs.response == "china-telecom" or order.transport is None:
        return ()
    rule = "*" * 40
    return (
        *(rule, "*      HEADER DESCRIPTION", rule, f"Customer: {order.customer}"),
        *(f"Quantity: {total}", f"Profile: {plan.profile.name}", f"Batch: {order.order}"),
        *(f"Transport_key: {order.transport.index}", f"Transport_wrap: {order.transport.wrap}"),
        "" if kcv is None else f"Transport_kcv: {kcv}",
        *((f"Remark: {notice}",) if notice else ()),
        *(rule, "*          INPUT VARIABLES", rule, "var_In:", rule, "*          OUTPUT VARIABLES", rule),
        f"var_Out: {'/'.join(columns)}",
    )


def response_name(order: Order, notice: str) -> str:
    """The name of the operator's file."""
    return _marked(RESPONSE) if notice and order.outputs.response == "china-telecom" else RESPONSE


def shard_name(first: int, last: int, dialect: str, notice: str) -> str:
    """The name of the flattened file of these cards, which count from 1."""
    name = f"scripts/{first:08}-{last:08}{DIALECTS[dialect].suffix}"
    return _marked(name) if notice and dialect not in CARD_MARK else name


def template_name(dialect: str, notice: str) -> str:
    """The name of a template's file."""
    name = "template" + DIALECTS[dialect].suffix
    return _marked(name) if notice else name


def _marked(name: str) -> str:
    """The name of a file with derived keys that can not say so itself."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}{DERIVED}{dot}{suffix}"


def card_head(dialect: str, iccid: str, notice: str) -> str:
    """The line that says whose flattened script follows, where the dialect has comments."""
    mark = CARD_MARK.get(dialect)
    if mark is None:
        return ""
    return f"{mark}{iccid} ({notice})\n" if notice else f"{mark}{iccid}\n"


def flat_text(dialect: str, template: str) -> str:
    """The template as it stands in a file of many cards: json in one line."""
    return template.replace("\n", " ").rstrip() + "\n" if dialect == "json" else template
