"""Nobody but the views reaches what the vault holds: not by name in the source, not by what a command is given."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Set
from pathlib import Path

import pytest

from tests.oneway import handset as hand
from tests.oneway.handset import ADM, ANNA, BOB, CST, ZHANG
from tests.oneway.twins import ADN, EXT1, LND, VARIANTS, extension_record, gsm_record, profile, variant
from uimkit.apdu import INS, command
from uimkit.card.creation import fcp_of
from uimkit.card.definition import AccessNibbles, FileDef
from uimkit.card.memory import Memory
from uimkit.card.state import FrozenMap
from uimkit.coding.fcp import write_fcp
from uimkit.files.spec import Structure
from uimkit.oneway.record import Record
from uimkit.oneway.vault import Vault
from uimkit.profile.build import CardProfile
from uimkit.profile.load import load_profile, parse_profile, shipped_profiles
from uimkit.simulator.card import Card
from uimkit.simulator.commands.declaration import FileRequest, Request
from uimkit.simulator.dispatch import prepared
from uimkit.simulator.whole_memory import WholeMemory

PACKAGE = Path(__file__).parents[2] / "uimkit"
INNER = ("card", "oneway", "simulator")
WATCHES = "prover"
"""Looks at the vault on purpose, between commands and during them."""

# By name in the source


def modules(*rooms: str) -> dict[str, ast.Module]:
    """Path inside the package to syntax tree; of these rooms, or of all."""
    return {
        str(path.relative_to(PACKAGE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if not rooms or path.relative_to(PACKAGE).parts[0] in rooms
    }


def identifiers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield value


def attributes(tree: ast.Module, *names: str) -> set[str]:
    """The expressions that read or write an attribute of one of these names."""
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in names}


def imports(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}"} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_inside_the_card_only_the_views_and_the_door_name_the_vault() -> None:
    naming = {
        name for name, tree in modules(*INNER).items() if any("vault" in word.lower() for word in identifiers(tree))
    }
    outside = {name for name in naming if not name.startswith("oneway/")}
    assert outside == {"simulator/whole_memory.py", "simulator/card.py"}


def test_the_card_takes_the_vault_for_snapshots_only_and_through_the_door() -> None:
    tree = modules("simulator")["simulator/card.py"]
    words = {word for word in identifiers(tree) if "vault" in word.lower()}
    assert words == {"vault", "vault_state", "set_vault_state"}
    assert attributes(tree, *words) == {"self.memory.vault_state", "self.memory.set_vault_state", "snapshot.vault"}
    (snapshot,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Snapshot"]
    fields = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "vault"]
    assert fields == [
        node.target for node in snapshot.body if isinstance(node, ast.AnnAssign) and node.target in fields
    ]
    transmit = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "transmit")
    assert "memory" not in set(identifiers(transmit))


def test_outside_the_card_nobody_names_the_vault_but_who_watches_it() -> None:
    for name, tree in modules().items():
        if name.partition("/")[0] not in (*INNER, WATCHES):
            assert not imports(tree) & {"uimkit.oneway.vault", "uimkit.oneway.record"}, name
            assert not attributes(tree, "vault_state", "set_vault_state"), name


def test_the_octets_of_a_record_are_named_where_they_may_leave() -> None:
    naming = {name: attributes(tree, "octets") for name, tree in modules(*INNER).items()}
    assert {name for name, found in naming.items() if found} == {
        "oneway/record.py",
        "oneway/vault.py",
        "oneway/real_files.py",
        "oneway/mirrors.py",
    }
    assert naming["oneway/mirrors.py"] == {"binding.sent.octets"}, "only what the session sent itself"
    assert naming["oneway/record.py"] == {"self.octets", "other.octets"}


def test_no_mirror_reads_a_body_of_the_vault() -> None:
    """It has records from it, sealed; bodies and the log are for the vault itself and the door."""
    naming = {name: attributes(tree, "bodies", "changes") for name, tree in modules("oneway").items()}
    assert {name for name, found in naming.items() if found} == {"oneway/vault.py"}


# In a card

POLICIES = {name: variant(name) for name in VARIANTS} | {"direct": profile(write="direct")}
POLICIES["hidden directory"] = profile(hidden=["3F00/7F10"], protected=[])
POLICIES |= {name: load_profile(name) for name in shipped_profiles()}


def filled(made: CardProfile) -> Memory:
    """Every file with octets of its own."""
    memory = made.fresh_memory()
    for position, file in enumerate(made.definition.files):
        if file.stored and not file.secret and file.path != made.definition.lifecycle:
            memory.write(position, 0, bytes((1 + position % 250,)) * file.stored)
    return memory


def inside(on: Card) -> set[int]:
    """The positions that a policy guards: protected files, hidden ones of records, the orphans' marks."""
    definition, policy = on.product.definition, on.product.policy
    found = {definition.index[path] for path in policy.protected}
    found |= {definition.index[policy.orphans]} if policy.orphans else set()
    for position, file in enumerate(definition.files):
        hidden = any(f"{file.path}/".startswith(f"{path}/") for path in policy.hidden)
        found |= {position} if hidden and file.record_length and not file.same_as else set()
    return found


def is_split(on: Card, whole: tuple[bytes, ...]) -> bool:
    """Whether commands have everything but what the vault holds, and the door has all."""
    guarded = inside(on)
    assert on.memory.contents == whole
    assert [on.memory.body(position) for position in range(len(whole))] == list(whole)
    assert on.chip.memory.contents == tuple(b"" if i in guarded else body for i, body in enumerate(whole))
    return bool(guarded)


@pytest.mark.parametrize("name", POLICIES)
def test_a_card_has_nothing_of_guarded_files_in_the_memory_of_its_commands(name: str) -> None:
    made = POLICIES[name]
    memory = filled(made)
    on = Card(made.product, memory)
    assert is_split(on, memory.contents) is made.product.policy.one_way
    on.reset()
    assert is_split(on, memory.contents) is made.product.policy.one_way


@pytest.mark.parametrize("name", [name for name, made in POLICIES.items() if ADN in made.product.policy.protected])
def test_what_is_written_stays_in_the_vault(name: str) -> None:
    on = hand.fresh(POLICIES[name], finished=True)
    for latched in (False, True):
        if latched:
            hand.latch(on)
        for path, data in ((EXT1, extension_record("99")), (ADN, ANNA[:-1] + b"\1"), (LND, BOB)):
            hand.select(on, path)
            assert hand.write(on, 1, data, 3 if path == LND else 4) in ("9000", "9400")
        before = on.snapshot()
        assert is_split(on, on.memory.contents)
        on.restore(before)
        assert is_split(on, on.memory.contents)
    assert ANNA[:14] in on.memory.body(on.product.definition.index[ADN])
    assert not {position for position, _, _ in on.chip.memory.changes} & inside(on)


def test_a_file_that_is_created_or_resized_is_in_the_vault_from_the_first() -> None:
    text = 'extends = "china-telecom-oneway"\n[administrative]\ncommands = "ts-102-222"\n'
    made = parse_profile(text, "x.toml", "x")
    on = Card(made.product, filled(made))
    hand.send(on, 0x20, 0, 4, ADM)
    hand.select(on, "3F00/7F10")
    for apdu in (b"\0\xe4\0\0\2\x6f\x3a", create(FileDef(ADN, "EF_ADN", Structure.LINEAR_FIXED, 56, 28))):
        assert on.transmit(apdu) == b"\x90\0"
        assert is_split(on, on.memory.contents)
    assert on.memory.body(on.product.definition.index[ADN]) == b"AB" * 28
    assert on.product.definition.index[ADN] in inside(on)


def create(file: FileDef) -> bytes:
    data = write_fcp(fcp_of(FileDef(file.path, file.name, file.structure, file.size, 28, AccessNibbles(1, 1)), b"AB"))
    return bytes((0, 0xE0, 0, 0, len(data))) + data


# From what a handler is given

STORED = gsm_record("Wei Qi", "8675309", 3)
TAIL = extension_record("24681012")
SECRET = {STORED, STORED[:-1], b"Wei Qi", STORED[14:-1], TAIL, TAIL[2:6]}


def reached(start: object, *, private: bool = False) -> list[object]:
    """All that can be had from an object by attributes and in containers, one after the other, without calling."""
    found: dict[int, object] = {}
    left = [start]
    while left:
        thing = left.pop()
        if id(thing) in found or callable(thing):
            continue
        found[id(thing)] = thing  # which also keeps it, so no other gets its id
        if isinstance(thing, Mapping | FrozenMap):
            left += [part for pair in thing.items() for part in pair]
        elif isinstance(thing, list | tuple | Set):
            left += thing
        if not isinstance(thing, str | bytes | int | None):
            names = [name for name in dir(thing) if not name.startswith("__" if private else "_")]
            left += [value for name in names if (value := getattr(thing, name, None)) is not None]
    return list(found.values())


def shows_secret(things: list[object]) -> bool:
    return any(isinstance(thing, bytes) and any(secret in thing for secret in SECRET) for thing in things)


def phone(made: CardProfile) -> Card:
    """A card with a contact of an earlier session, and one that this session copied in."""
    on = hand.fresh(made, finished=True)
    index = on.product.definition.index
    on.memory.write(index[ADN], 28, STORED)
    if EXT1 in index:
        on.memory.write(index[EXT1], 26, TAIL)
    hand.select(on, ADN)
    hand.write(on, 4, ZHANG)
    return on


def latched(on: Card) -> Card:
    on.reset()
    hand.latch(on)
    return on


def given(on: Card, apdu: bytes) -> Request:
    """What the handler of a command is given, as it leaves it."""
    run, request = prepared(on.chip, apdu).call
    assert run(request)[-2] in (0x90, 0x9F), apdu.hex()
    assert isinstance(request, Request)
    return request


ON_FILES = {
    "READ RECORD": command(INS.READ_RECORD, 1, 4, length=28),
    "UPDATE RECORD": command(INS.UPDATE_RECORD, 1, 4, ANNA),
    "SEEK": command(INS.SEEK, 0, 0, b"\xff"),
    "INVALIDATE": command(INS.INVALIDATE),
}
ON_THE_CARD = {
    "SELECT": command(INS.SELECT, data=b"\x7f\x10"),
    "STATUS": command(INS.STATUS, length=22),
    "VERIFY CHV": command(INS.VERIFY_CHV, 0, 4, ADM),
    "STORE ESN_MEID_ME": command(INS.STORE_ESN_MEID_ME, data=b"\4" + bytes(7)),
}
SIDES: dict[str, Callable[[Card], Card]] = {"restricted": lambda on: on, "cdma": latched}
MIRRORING = [name for name, made in POLICIES.items() if {ADN, EXT1} <= made.product.policy.protected]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", MIRRORING)
def test_a_handler_is_given_no_way_into_the_vault(name: str, side: str) -> None:
    on = SIDES[side](phone(POLICIES[name]))
    for path, commands in ((ADN, ON_FILES), (CST, ON_THE_CARD)):
        for what, apdu in commands.items():
            hand.select(on, path)
            if what == "INVALIDATE":
                hand.send(on, 0x20, 0, 2, hand.PIN2)
            if "deny" in name and side == "restricted" and what in ("READ RECORD", "SEEK"):
                continue
            request = given(on, apdu)
            assert isinstance(request, FileRequest) is (path == ADN)
            things = reached(request)
            assert not [thing for thing in things if isinstance(thing, Vault | WholeMemory | Record)], what
            assert not shows_secret(things), what


def test_the_walk_would_find_it() -> None:
    on = phone(POLICIES["mirrored"])
    request = given(on, ON_FILES["UPDATE RECORD"])
    things = reached(request)
    assert on.chip in things
    assert on.chip.memory.contents in things
    assert any(thing is request.view for thing in things) if isinstance(request, FileRequest) else False
    everything = reached(request, private=True)
    for kind in (Vault, WholeMemory, Record):
        assert any(isinstance(thing, kind) for thing in everything), kind
    assert shows_secret(everything)
    assert shows_secret(reached(on))
