"""What a worker does with a chunk of rows: see that they are good, or make the pieces of all outputs of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b, sha256
from itertools import islice
from pathlib import Path

from uimkit.errors import InputError, UimkitError
from uimkit.perso.batch import vault
from uimkit.perso.batch.files import NewDirectory, write_whole
from uimkit.perso.batch.order import Keys, Order
from uimkit.perso.batch.outputs import Made, Outputs
from uimkit.perso.batch.player import Player
from uimkit.perso.batch.register import NEVER_TWICE
from uimkit.perso.input_gate import own_of
from uimkit.perso.inputs import Reading, card_of
from uimkit.perso.keys.policy import DERIVED_NOTICE, KeyPolicy, key_policy
from uimkit.perso.keys.policy import Source as KeySource
from uimkit.perso.keys.provider import load_key, load_op, load_seed, load_text
from uimkit.perso.keys.wrapping import Wrapper, wrapper
from uimkit.perso.operator_file import Row
from uimkit.perso.plan import Plan
from uimkit.perso.rows import CardData
from uimkit.profile.load import load_profile

REGISTER_KEY = "register.key"
_FEW = 16
_CHECK_OCTETS = 3


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows from ``start`` (0-based) on."""

    start: int
    rows: tuple[Row, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Done:
    """A finished chunk: its pieces with hash and length, the hashes of its keys, how many warnings."""

    start: int
    rows: int
    pieces: Mapping[str, tuple[str, int]]
    keys: tuple[tuple[str, str, int], ...]
    warnings: int
    verified: int = 0
    """Every how many cards one was played, 0 for none."""


def policy_of(keys: Keys, columns: tuple[str, ...]) -> KeyPolicy:
    """The key policy of an order. Raises InputError."""
    seed = load_seed(keys.seed) if keys.seed else None
    fixed = {name: load_text(text) for name, text in keys.fixed.items()}
    op = load_op(keys.op) if keys.op else None
    policy = key_policy(keys.policy, fixed=fixed, seed=seed, columns=columns, op=op)
    if not policy.deterministic and keys.work is None:
        names = ", ".join(name for name, source in policy.sources.items() if source is KeySource.RANDOM)
        raise InputError(f"keys.work: random keys ({names}) need a work key, under which they are stored")
    return policy


def register_source(order: Order) -> str | None:
    """Where the key of the register's hashes is to be had."""
    return order.keys.register or order.keys.work


@dataclass
class Job:
    """The work on an order; a copy goes to every worker, which makes the heavy parts for itself."""

    order: Order
    folder: Path
    profile: str
    columns: tuple[str, ...]
    reading: Reading
    total: int = 0
    verify: int = 0

    def __getstate__(self) -> dict[str, object]:
        names = ("order", "folder", "profile", "columns", "reading", "total", "verify")
        return {name: self.__dict__[name] for name in names}

    @cached_property
    def plan(self) -> Plan:
        return Plan(load_profile(self.profile))

    @cached_property
    def policy(self) -> KeyPolicy:
        return policy_of(self.order.keys, self.columns)

    @cached_property
    def work(self) -> Wrapper | None:
        return wrapper("aes-gcm", load_key(self.order.keys.work), 0) if self.order.keys.work else None

    @cached_property
    def transport(self) -> Wrapper | None:
        transport = self.order.transport
        return wrapper(transport.wrap, load_key(transport.source), transport.index) if transport else None

    @cached_property
    def register_key(self) -> bytes:
        """What hashes of keys are made with: 32 octets. Without a key in the order the batch has one of its own."""
        source = register_source(self.order)
        return load_key(source).encrypt("aes", b"uimkit register " * 2) if source else self._own_register_key()

    def _own_register_key(self) -> bytes:
        path = self.folder / REGISTER_KEY
        if not path.exists():
            write_whole(path, [secrets.token_bytes(32)])
        return path.read_bytes()

    def check_values(self) -> dict[str, str]:
        """Of each secret of the order a few octets that tell it from another one. Short ones, as fixed PINs may be, can
        not be found by trying them out without the register's key."""
        found = {"register key": self._check_value("")}
        for name, value in self.policy.fixed.items():
            found[f"fixed {name}"] = self._check_value(f"{name}|{value}")
        for name, wrapping in (("work key", self.work), ("transport key", self.transport)):
            if wrapping is not None:
                found[name] = wrapping.kcv
        for name, secret in (("seed", self.policy.seed), ("OP", self.policy.op)):
            if secret is not None:
                found[name] = sha256(b"check" + sha256(secret).digest()).hexdigest()[: 2 * _CHECK_OCTETS]
        return found

    def _check_value(self, text: str) -> str:
        return blake2b(b"check" + text.encode(), key=self.register_key, digest_size=_CHECK_OCTETS).hexdigest()

    @cached_property
    def outputs(self) -> Outputs:
        columns = tuple(dict.fromkeys((*self.columns, *self.policy.drawn)))
        return Outputs(self.order, self.plan, columns, self.total, self.transport, self.notice)

    @cached_property
    def player(self) -> Player:
        return Player(self.plan, self.outputs.templates["json"], empty=self.order.outputs.style == "create")

    @property
    def notice(self) -> str:
        """What the outputs say of derived secrets."""
        return DERIVED_NOTICE if self.policy.derived else ""

    def prepare(self) -> None:
        """See that profile, keys and outputs of the order are there, before any card is looked at. Raises InputError,
        SurroundingsError."""
        _ = self.policy, self.work, self.transport, self.register_key, self.outputs.templates

    def good(self, data: CardData) -> Mapping[str, str]:
        """What no other card may have: numbers, and hashes of keys that are given. Raises InputError when the card can
        not be made; drawn secrets are examples meanwhile."""
        self.policy.check(data.values)
        drawn = {name: value for name, value in self._examples.items() if name not in data.values}
        resolved = self.plan.resolve(with_keys(data, drawn))
        self.plan.row(resolved)
        return {**own_of(resolved.values), **self._hashes(resolved.values, drawn=False)}

    @cached_property
    def _examples(self) -> dict[str, str]:
        """Drawn secrets all have one size, so that it is enough to see once whether they fit their files."""
        given = dict.fromkeys((name for name, source in self.policy.sources.items() if source.value == "given"), "")
        return self.policy.draw("", given | dict.fromkeys(self.policy.keys_for_op, "00" * 16), bytes)

    def __call__(self, chunk: Chunk) -> Done:
        """All pieces of a chunk. Raises InputError, SurroundingsError, UimkitError when a played card is not right."""
        keys: list[tuple[str, str, int]] = []
        warnings = 0
        with NewDirectory(self.folder / "chunks" / f"{chunk.start:08}") as pieces:
            for cards in self._made(chunk):
                for name, text in self.outputs.texts(cards):
                    pieces.write(name, text)
                for card in cards:
                    hashes = self._hashes(card.values, drawn=True).items()
                    keys += [(name, value, card.position) for name, value in hashes]
                    warnings += len(card.warnings)
        return Done(chunk.start, len(chunk.rows), pieces.facts, tuple(keys), warnings, self.verify)

    def _made(self, chunk: Chunk) -> Iterator[list[Made]]:
        """The cards, a few at a time: as many as stay in the cache with their scripts, and step by step for these."""
        cards, position = self._with_keys(chunk), chunk.start
        while few := list(islice(cards, _FEW)):
            resolved = [self.plan.resolve(data) for data in few]
            rows = [self.plan.row(one) for one in resolved]
            made = [
                Made(at, one.values, row, tuple(f"{one.where}: {warning}" for warning in one.warnings))
                for at, (one, row) in enumerate(zip(resolved, rows, strict=True), position)
            ]
            for card in made:
                self._check(card)
            position += len(made)
            yield made

    def _with_keys(self, chunk: Chunk) -> Iterator[CardData]:
        """The cards with their drawn secrets: one by one, but random ones all at once, since they are stored first."""
        cards = map(self._data, chunk.rows)
        if self.policy.deterministic:
            return (with_keys(data, self._draw(data)) for data in cards)
        known = list(cards)
        return map(with_keys, known, self._random(chunk.start, known))

    def _draw(self, data: CardData) -> dict[str, str]:
        return self.policy.draw(data.values["ICCID"], data.values, secrets.token_bytes)

    def _data(self, row: Row) -> CardData:
        data, errors = card_of(row, self.reading)
        for error in errors:
            raise InputError(f"{error}; the input has changed meanwhile")
        return data

    def _random(self, start: int, cards: list[CardData]) -> vault.Drawn:
        """Random secrets: those that are stored for the chunk, else new ones, which are stored now."""
        if self.work is None:
            raise UimkitError("random keys need a work key, under which they are stored: keys.work")
        iccids = [data.values["ICCID"] for data in cards]
        folder = self.folder / "vault"
        drawn = vault.stored(folder, start, iccids, self.work)
        if drawn is None:
            drawn = [self._draw(data) for data in cards]
            vault.store(folder, start, iccids, drawn, self.work)
        return drawn

    def _hashes(self, values: Mapping[str, str], *, drawn: bool) -> dict[str, str]:
        """Keyed BLAKE2 of the drawn, or the given, keys that no other card may have."""
        key = self.register_key
        return {
            name: blake2b(f"{name}|{values[name]}".encode(), digest_size=32, key=key).hexdigest()
            for name in NEVER_TWICE
            if name in values and (name in self.policy.drawn) is drawn and name not in self.policy.fixed
        }

    def _check(self, card: Made) -> None:
        if self.verify and card.position % self.verify == 0:
            self.player.check(card.row, card.values)


def with_keys(data: CardData, drawn: Mapping[str, str]) -> CardData:
    """The card with the secrets that were drawn for it."""
    if not drawn:
        return data
    return CardData({**data.values, **drawn}, _all_columns(data.columns, tuple(drawn)), data.where)


@lru_cache
def _all_columns(given: tuple[str, ...], drawn: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*given, *drawn)))
