"""What a worker does: a chunk of rows to the pieces of all outputs, on the medium."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from uimkit.errors import InputError, UimkitError
from uimkit.perso.batch import vault
from uimkit.perso.batch.files import write_whole
from uimkit.perso.batch.gate import with_keys
from uimkit.perso.batch.order import Keys, Order
from uimkit.perso.dialects import DIALECTS
from uimkit.perso.fields import FIELDS, ROW_NAMES
from uimkit.perso.keys.policy import DERIVED_NOTICE, KeyPolicy, Source, key_policy
from uimkit.perso.keys.provider import load_key, load_op, load_seed
from uimkit.perso.keys.wrapping import LEGACY_WARNINGS, Wrapper, field_octets, wrapper
from uimkit.perso.plan import Plan
from uimkit.perso.resolve import Resolved
from uimkit.perso.rows import CardData
from uimkit.perso.steps import row_of, script_template
from uimkit.perso.template import CompiledTemplate
from uimkit.profile.load import load_profile

DATA, RESPONSE, LASER, QC, WARNINGS = "data.csv", "response.txt", "laser.csv", "qc.csv", "warnings.txt"
NEVER_TWICE = ("AKEY", "KI")
CARD_MARK = {"json": None, "scriptor": "# card ", "pysim": "# card ", "gpshell": "# card ", "pcom": "; card ",
             "pcom-var": "; card "}  # fmt: skip
"""How a flattened file says whose script follows; json has one script a line, jcshell no comments."""

Pieces = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows from ``start`` (0-based) on."""

    start: int
    cards: tuple[CardData, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """A finished chunk: its pieces with hash and length, the hashes of its keys, how many warnings."""

    start: int
    rows: int
    pieces: Mapping[str, tuple[str, int]]
    keys: tuple[tuple[str, str, int], ...]
    warnings: int


def policy_of(keys: Keys, columns: tuple[str, ...]) -> KeyPolicy:
    """The key policy of an order. Raises InputError."""
    seed = load_seed(keys.seed) if keys.seed else None
    op = load_op(keys.op) if keys.op else None
    policy = key_policy(keys.policy, fixed=keys.fixed, seed=seed, columns=columns, op=op)
    if not policy.deterministic and keys.work is None:
        names = ", ".join(name for name, source in policy.sources.items() if source is Source.RANDOM)
        raise InputError(f"keys.work: random keys ({names}) need a work key, under which they are stored")
    return policy


@dataclass
class Job:
    """The work on an order; a copy goes to every worker, which makes the heavy parts for itself."""

    order: Order
    folder: Path
    profile: str
    columns: tuple[str, ...]
    total: int
    verify: int = 0

    def __getstate__(self) -> dict[str, object]:
        names = ("order", "folder", "profile", "columns", "total", "verify")
        return {name: self.__dict__[name] for name in names}

    @cached_property
    def plan(self) -> Plan:
        return Plan(load_profile(self.profile))

    @cached_property
    def policy(self) -> KeyPolicy:
        return policy_of(self.order.keys, self.columns)

    @cached_property
    def all_columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.columns, *self.policy.drawn)))

    @cached_property
    def work(self) -> Wrapper | None:
        return wrapper("aes-gcm", load_key(self.order.keys.work), 0) if self.order.keys.work else None

    @cached_property
    def transport(self) -> Wrapper | None:
        transport = self.order.transport
        return wrapper(transport.wrap, load_key(transport.source), transport.index) if transport else None

    @cached_property
    def register_key(self) -> bytes | None:
        source = self.order.keys.register or self.order.keys.work
        return load_key(source).encrypt("aes", b"uimkit register " * 2) if source else None

    @cached_property
    def templates(self) -> dict[str, str]:
        """The template of each dialect, json always among them."""
        steps = script_template(self.plan, self.all_columns)
        names = dict.fromkeys(("json", *self.order.outputs.dialects))
        return {name: DIALECTS[name].dump(steps, self.plan.profile.name) for name in names}

    @property
    def shared(self) -> dict[str, str]:
        """Name and text of the files that some dialects have once for all cards."""
        steps = script_template(self.plan, self.all_columns)
        pairs = [DIALECTS[name].shared for name in self.templates]
        return {pair[0]: pair[1](steps, self.plan.profile.name) for pair in pairs if pair is not None}

    @cached_property
    def compiled(self) -> dict[str, CompiledTemplate]:
        return {name: CompiledTemplate(flat_text(name, self.templates[name])) for name in self.order.outputs.dialects}

    @cached_property
    def data_columns(self) -> tuple[str, ...]:
        return CompiledTemplate(self.templates["json"]).columns

    @cached_property
    def response_columns(self) -> tuple[str, ...]:
        if self.order.outputs.response == "china-telecom":
            return ROW_NAMES
        known = {*self.all_columns, *self.plan.places, "ICCID", "IMSI"}
        return tuple(name for name in FIELDS if name in known)

    @property
    def notice(self) -> str:
        """What the outputs say of derived secrets."""
        return DERIVED_NOTICE if self.policy.derived else ""

    @property
    def legacy(self) -> tuple[str, ...]:
        """What must be told of the wrappings that the order asks for."""
        told = (self.order.transport, self.order.input.wrapped)
        names = {table.wrap for table in told if table is not None}
        return tuple(warning for name, warning in LEGACY_WARNINGS.items() if name in names)

    def headers(self) -> dict[str, str]:
        """The first lines of every output that is not a flattened script."""
        outputs, found = self.order.outputs, {}
        found[DATA] = ",".join(("CARD", *self.data_columns)) + "\n"
        found[WARNINGS] = "".join(f"{line}\n" for line in self.legacy)
        if outputs.response:
            found[RESPONSE] = self._response_header()
        if outputs.laser:
            found[LASER] = ",".join(outputs.laser) + "\n"
        if outputs.qc_every:
            found[QC] = "ROW,ICCID\n"
        return found

    def _response_header(self) -> str:
        if self.order.outputs.response == "china-telecom" or self.transport is None:
            return ""
        rule, order = "*" * 40 + "\n", self.order
        lines = [
            f"{rule}*      HEADER DESCRIPTION\n{rule}Customer: {order.customer}\nQuantity: {self.total}\n",
            f"Profile: {self.plan.profile.name}\nBatch: {order.order}\n",
            f"Transport_key: {self.transport.index}\nTransport_wrap: {self.transport.name}\n",
            f"Transport_kcv: {self.transport.kcv}\n",
            f"Remark: {self.notice}\n" if self.notice else "",
            f"{rule}*          INPUT VARIABLES\n{rule}var_In:\n{rule}*          OUTPUT VARIABLES\n{rule}",
            f"var_Out: {'/'.join(self.response_columns)}\n",
        ]
        return "".join(lines)

    def __call__(self, chunk: Chunk) -> Done:
        """All pieces of a chunk. Raises InputError, SurroundingsError, UimkitError when a played card is not right."""
        drawn = self._drawn(chunk)
        pieces: Pieces = {name: [] for name in self.headers()}
        keys: list[tuple[str, str, int]] = []
        for position, (data, secret) in enumerate(zip(chunk.cards, drawn, strict=True), chunk.start):
            resolved = self.plan.resolve(with_keys(data, secret))
            row = {"CARD": resolved.values["ICCID"], **row_of(self.plan, self.plan.contents(resolved))}
            self._lines(position, resolved, row, pieces)
            keys += [(name, value, position) for name, value in self._hashes(resolved)]
            self._check(position, resolved, row)
        folder = self.folder / "chunks" / f"{chunk.start:08}"
        folder.mkdir(mode=0o700, exist_ok=True)
        made = {
            name.replace("/", "@"): write_whole(folder / name.replace("/", "@"), ["".join(lines).encode()])
            for name, lines in pieces.items()
        }
        return Done(chunk.start, len(chunk.cards), made, tuple(keys), len(pieces[WARNINGS]))

    def _drawn(self, chunk: Chunk) -> vault.Drawn:
        def draw() -> vault.Drawn:
            return [self.policy.draw(c.values["ICCID"], c.values, secrets.token_bytes) for c in chunk.cards]

        if self.policy.deterministic:
            return draw()
        if self.work is None:
            raise UimkitError("random keys need a work key, under which they are stored: keys.work")
        iccids = [data.values["ICCID"] for data in chunk.cards]
        folder = self.folder / "vault"
        drawn = vault.stored(folder, chunk.start, iccids, self.work)
        if drawn is None:
            drawn = draw()
            vault.store(folder, chunk.start, iccids, drawn, self.work)
        return drawn

    def _lines(self, position: int, resolved: Resolved, row: dict[str, str], pieces: Pieces) -> None:
        outputs, values = self.order.outputs, resolved.values
        pieces[DATA].append(",".join([row["CARD"], *[row[name] for name in self.data_columns]]) + "\n")
        pieces[WARNINGS] += [f"{resolved.where}: {warning}\n" for warning in resolved.warnings]
        if outputs.response:
            separator = "," if outputs.response == "china-telecom" else " "
            pieces[RESPONSE].append(separator.join(self._wrapped(values)) + "\n")
        if outputs.laser:
            pieces[LASER].append(",".join(values.get(name, "") for name in outputs.laser) + "\n")
        if outputs.qc_every and (position % outputs.qc_every == 0 or position == self.total - 1):
            pieces[QC].append(f"{position + 1},{values['ICCID']}\n")
        if outputs.flattened:
            shard = position // outputs.cards_per_file * outputs.cards_per_file
            last = min(shard + outputs.cards_per_file, self.total)
            for name, template in self.compiled.items():
                target = f"scripts/{shard + 1:08}-{last:08}{DIALECTS[name].suffix}"
                mark = CARD_MARK.get(name)
                head = f"{mark}{row['CARD']}\n" if mark else ""
                pieces.setdefault(target, []).append(head + template.fill(row))

    def _wrapped(self, values: Mapping[str, str]) -> Iterator[str]:
        empty = "" if self.order.outputs.response == "china-telecom" else "-"
        for name in self.response_columns:
            value = values.get(name, "")
            if value and FIELDS[name].secret and self.transport is not None:
                yield self.transport.wrap(field_octets(name, value), name, values["ICCID"]).hex().upper()
            else:
                yield value or empty

    def _hashes(self, resolved: Resolved) -> Iterator[tuple[str, str]]:
        if self.register_key is not None:
            for name in NEVER_TWICE:
                if name in resolved.values and name not in self.policy.fixed:
                    message = f"{name}|{resolved.values[name]}".encode()
                    yield name, hmac.digest(self.register_key, message, "sha256").hex()

    def _check(self, position: int, resolved: Resolved, row: dict[str, str]) -> None:
        if self.verify and position % self.verify == 0:
            from uimkit.perso.batch.verify import play_card

            play_card(self.plan, CompiledTemplate(self.templates["json"]).fill(row), resolved.values)


def flat_text(dialect: str, template: str) -> str:
    """The template as it stands in a file of many cards: json in one line."""
    return template.replace("\n", " ").rstrip() + "\n" if dialect == "json" else template
