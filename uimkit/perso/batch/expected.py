"""What a card of a delivered folder must hold, from whatever is there that does not come from its scripts.

The order itself (its ranges), the input file when it is handed in, the seed, the stored random keys, the profile's
defaults, and the operator's file. Where a value has two such witnesses they must agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from uimkit.crypto.gsm import milenage_opc
from uimkit.errors import InputError, UimkitError
from uimkit.perso.batch.manifest import Manifest
from uimkit.perso.batch.order import MASKED, Order
from uimkit.perso.batch.vault import Stored
from uimkit.perso.fields import FIELDS
from uimkit.perso.identities import ranges
from uimkit.perso.keys.policy import KEY_OF, KeyPolicy, Source, key_policy
from uimkit.perso.keys.provider import load_key, load_op, load_seed, load_text
from uimkit.perso.keys.wrapping import Wrapper, field_value, wrapper
from uimkit.perso.plan import Plan
from uimkit.perso.resolve import Resolver
from uimkit.perso.rows import CardData, card_data

ORDER, INPUT, PROFILE, FOLLOWS = "the order", "the input file", "the profile", "other fields"
SEED, STORED, OPERATOR, OP = "the seed", "the stored keys", "the operator's file", "key and OP"

_KI_STAND_IN = "0" * 32
"""Of a Ki that nobody knows: a card with an IMSIG without one is refused."""


@dataclass(frozen=True)
class Expected:
    """The values of one card, and for each field with what it was compared. ``unknown``: nobody knows their values."""

    values: Mapping[str, str] = field(repr=False)
    witnesses: Mapping[str, str]
    unknown: frozenset[str]


class Witnesses:
    """All that is known of the cards of a folder. Sources of keys that are not there are no error, but a reason."""

    def __init__(self, plan: Plan, manifest: Manifest, order: Order, folder: Path, *, with_input: bool) -> None:
        self._plan, self._manifest, self._order, self._with_input = plan, manifest, order, with_input
        self._resolver = Resolver(plan.defaults)
        self.has_data = with_input or order.input.count is not None
        self.reasons: dict[str, str] = {}
        self._sources = {name: Source(word) for name, word in manifest.secrets.items()}
        self._policy = self._secret_policy()
        self._op = self._operators_op()
        self._stored = self._vault(folder / ".batch" / "vault")
        self._transport, self.operator_reason = self._transport_key()
        self._ranges = ranges(order.input.count, order.input.ranges) if order.input.count else None
        given = "the input file was not handed in (--input)"
        for name, source in self._sources.items():
            if source is Source.GIVEN and not self.has_data:
                self.reasons[name] = given
        if not self.has_data:
            self.reasons |= dict.fromkeys((name for name in manifest.columns if name not in self.reasons), given)

    @property
    def transport(self) -> Wrapper | None:
        """The key of the operator's file, if it is to be had."""
        return self._transport

    def told(self, columns: Sequence[str], cells: Sequence[str], empty: str, iccid: str) -> dict[str, str]:
        """What the operator's file says of a card; secrets are left out when the transport key is not there.

        Raises UimkitError, without a value, for what can not be unwrapped.
        """
        said = {}
        for name, cell in zip(columns, cells, strict=True):
            if cell != empty and not FIELDS[name].secret:
                said[name] = cell
            elif cell != empty and self._transport is not None:
                try:
                    said[name] = field_value(name, self._transport.unwrap(bytes.fromhex(cell), name, iccid))
                except (InputError, ValueError):
                    raise UimkitError(f"card {iccid}: {name} of the operator's file does not fit the key") from None
        return said

    def of(self, position: int, iccid: str, data: CardData | None, told: Mapping[str, str]) -> Expected:
        """The values of the card in row ``position``. ``data`` is its row of the input file.

        Raises UimkitError when two witnesses differ.
        """
        if self._ranges is not None:
            source = self._order.input
            values = {**self._ranges.row(position), **source.fields}
            data = card_data(values, f"card {position + 1}", sid_radix=source.sid_radix)
        if data is not None and data.values.get("ICCID") != iccid:
            found = f"found ICCID {iccid}, expected {data.values.get('ICCID')}"
            raise UimkitError(f"card {position + 1} of data.csv: {found} as {self._data_name} has it")
        secrets = self._secret_values(position, iccid, data)
        sure, witnesses = self._sure(iccid, data, secrets)
        self._agree(iccid, sure, told)
        values = {**told, **sure}
        witnesses |= {name: OPERATOR for name in told if name not in witnesses}
        return Expected(values, witnesses, self._unknown(values, complete=data is not None))

    def unread(self, name: str) -> str:
        """Why a field was compared with nothing."""
        return self.reasons.get(name, "no card has a value")

    @property
    def _data_name(self) -> str:
        return INPUT if self._with_input else ORDER

    def _sure(
        self, iccid: str, data: CardData | None, secrets: dict[str, str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """The values that do not come from the operator's file, and where each is from."""
        witnesses = {name: self._witness_of(name) for name in secrets}
        if data is None:
            varying = {*self._manifest.columns, *self._sources}
            constant = {name: value for name, value in self._plan.defaults.items() if name not in varying}
            return {**constant, **secrets}, {**dict.fromkeys(constant, PROFILE), **witnesses}
        lost = {name for name, source in self._sources.items() if source is not Source.GIVEN and name not in secrets}
        stand_in = {name: _KI_STAND_IN for name in lost if name == "KI"}
        values = {**data.values, **secrets, **stand_in}
        resolved = self._resolver(CardData(values, tuple(values), data.where))
        known = {}
        for name, value in resolved.values.items():
            rule = FIELDS[name].derivation
            if name in lost or (rule is not None and rule.source in lost and name not in values):
                continue
            known[name] = value
            if name not in witnesses:
                witnesses[name] = _source_of(resolved.sources[name], name in data.values, self._data_name)
        return known, witnesses

    def _witness_of(self, name: str) -> str:
        return {Source.DERIVED: SEED, Source.FIXED: ORDER, Source.RANDOM: STORED, Source.OP: OP}.get(
            self._sources[name], self._data_name
        )

    def _agree(self, iccid: str, sure: Mapping[str, str], told: Mapping[str, str]) -> None:
        expected = {"ICCID": iccid, **sure}
        for name, value in told.items():
            if expected.get(name, value) != value:
                shown = FIELDS[name].shown
                what = f"{name} of the operator's file: found {shown(value)}, expected {shown(expected[name])}"
                raise UimkitError(f"card {iccid}: {what}")

    def _unknown(self, values: Mapping[str, str], *, complete: bool) -> frozenset[str]:
        """Fields that a card may have, but of which nothing is known."""
        if not complete:
            return frozenset(name for name in self._plan.places if name not in values)
        lost = {name for name, source in self._sources.items() if source is not Source.GIVEN and name not in values}
        follow = (name for name, f in FIELDS.items() if f.derivation is not None and f.derivation.source in lost)
        return frozenset({*lost, *(name for name in follow if name not in values)})

    def _secret_values(self, position: int, iccid: str, data: CardData | None) -> dict[str, str]:
        given = data.values if data is not None else {}
        found = self._policy.draw(iccid, {name: given[name] for name in self._policy.fixed if name in given}, bytes)
        if self._stored is not None:
            stored = self._stored.of(position, iccid)
            found |= {name: value for name, value in stored.items() if self._sources.get(name) is Source.RANDOM}
        for name in (name for name, source in self._sources.items() if source is Source.OP):
            key = found.get(KEY_OF[name]) or given.get(KEY_OF[name])
            if key and self._op:
                found[name] = milenage_opc(bytes.fromhex(key), self._op).hex().upper()
        return found

    def _operators_op(self) -> bytes | None:
        asked = [name for name, source in self._sources.items() if source is Source.OP]
        try:
            return load_op(self._order.keys.op or "") if asked else None
        except UimkitError as error:
            self.reasons |= dict.fromkeys(asked, f"no OP: {error}")
            return None

    def _secret_policy(self) -> KeyPolicy:
        """Of the order's policy what can be worked out again: derived secrets with the seed, fixed ones."""
        keys = self._order.keys
        table = {name: word for name, word in keys.policy.items() if word.partition(":")[0] == "derived"}
        seed = None
        if table:
            try:
                seed = load_seed(keys.seed or "")
            except UimkitError as error:
                self.reasons |= dict.fromkeys(table, f"no seed: {error}")
                table = {}
        fixed = {}
        for name, text in keys.fixed.items():
            try:
                fixed[name] = load_text(text)
            except UimkitError as error:
                self.reasons[name] = f"no fixed value: {error}"
            if text == MASKED:
                del fixed[name]
                self.reasons[name] = "masked in the copy of the order (--order)"
        return key_policy(table, fixed=fixed, seed=seed)

    def _vault(self, folder: Path) -> Stored | None:
        drawn = [name for name, source in self._sources.items() if source is Source.RANDOM]
        if not drawn:
            return None
        reason = ""
        if not folder.is_dir():
            reason = "the stored keys are not in the folder (.batch/vault)"
        else:
            try:
                return Stored(folder, wrapper("aes-gcm", load_key(self._order.keys.work or ""), 0))
            except UimkitError as error:
                reason = f"no work key: {error}"
        self.reasons |= dict.fromkeys(drawn, reason)
        return None

    def _transport_key(self) -> tuple[Wrapper | None, str]:
        transport = self._order.transport
        if transport is None:
            return None, ""
        try:
            return wrapper(transport.wrap, load_key(transport.source), transport.index), ""
        except UimkitError as error:
            return None, f"no transport key: {error}"


def _source_of(source: str, given: bool, data_name: str) -> str:
    if given:
        return data_name
    return PROFILE if source == "profile default" else FOLLOWS
