"""A card beside one made this moment of the same state: what a card keeps, caches and logs, decides nothing.

After each command a new card, put to the snapshot before it, must give the same answer and come to the same state. What
the command logged makes the memory after it out of the memory before; a command that is said to write nothing logs
nothing. Now and then the card goes back to a snapshot, and on from there.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from tests.oneway.bursts import RECORDS, SELECT_ADN, SELECT_EXT1, SELECT_LND, TAILS, some
from tests.oneway.twins import LND, card, variant
from tests.simulator.access_card import new_card
from tests.simulator.commands import command as access_command
from tests.simulator.rights import OK, Rights
from tests.simulator.shrinking import RESET
from uimkit.apdu import INS, command
from uimkit.card.creation import fcp_of
from uimkit.card.definition import ALW, CHV1, NEV, AccessNibbles, FileDef
from uimkit.card.memory import Memory, applied
from uimkit.coding.fcp import write_fcp, write_resize
from uimkit.files.spec import Structure
from uimkit.oneway.policy import EF_ADN, EF_EXT1
from uimkit.perso.build import empty_card
from uimkit.profile.build import CardProfile
from uimkit.profile.load import parse_profile
from uimkit.simulator.card import Card
from uimkit.simulator.chip import Writes
from uimkit.simulator.product import Product

EPISODE = 200
"""Commands on one card."""
_BACK = 0.1
_READS = (INS.READ_BINARY, INS.READ_RECORD)
_ADM = b"UIMKIT00"
_CREATE, _DELETE, _DEACTIVATE, _ACTIVATE, _TERMINATE, _RESIZE = 0xE0, 0xE4, 0x04, 0x44, 0xE8, 0xD4
_CDMA = [command(INS.SELECT, data=bytes.fromhex(fid)) for fid in ("3F00", "7F25", "6F32")]


class Beside:
    """A card that lives on from command to command, and for each command a new one."""

    def __init__(self, warm: Card) -> None:
        self.warm = warm
        self._known = warm.snapshot()

    def reset(self) -> None:
        self.warm.reset()

    def remember(self) -> None:
        """``go_back`` leads here from now on."""
        self._known = self.warm.snapshot()

    def go_back(self) -> None:
        """Be the card that was remembered, whatever it has kept since."""
        self.warm.restore(self._known)
        assert self.warm.snapshot() == self._known, "going back did not lead there"

    def transmit(self, apdu: bytes, *, back: bool = False) -> bytes:
        """One command. Raises AssertionError when the cards do not agree; ``back`` sends it once more after going back
        to where it was sent first.
        """
        warm, shown = self.warm, apdu.hex().upper()
        memory, before, writes = warm.memory.copy(), warm.snapshot(), warm.writes(apdu)
        answer, after = warm.transmit(apdu), warm.snapshot()
        cold = Card(before.product, memory, bytes)
        cold.restore(before)
        self._same(f"{shown} on a new card", cold, apdu, answer)
        assert cold.snapshot() == after, f"{shown} on a new card led to another state"
        if warm.product is not before.product:
            _others_stay(shown, before.product, memory, warm)
        else:
            made = applied(memory.snapshot(), cold.memory.changes)
            assert made == cold.memory.snapshot(), f"{shown} changed what its log does not say"
        assert writes is not Writes.NOTHING or not cold.memory.changes, f"{shown} is said to write nothing"
        if back:
            warm.restore(before)
            assert warm.snapshot() == before, f"{shown} was not taken back"
            self._same(f"{shown} once more", warm, apdu, answer)
            assert warm.snapshot() == after, f"{shown} once more led to another state"
        return answer

    def _same(self, what: str, card: Card, apdu: bytes, answer: bytes) -> None:
        again = card.transmit(apdu)
        assert again == answer, f"{what} answered {again.hex().upper()}, first {answer.hex().upper()}"


def _others_stay(what: str, product: Product, memory: Memory, now: Card) -> None:
    """After a command of TS 102 222: a file that is as it was before has its content and its flags."""
    before, after = product.definition, now.product.definition
    for file in set(before.files) & set(after.files):
        old, new = before.index[file.path], after.index[file.path]
        same = memory.contents[old] == now.memory.contents[new] and memory.flags[old] == now.memory.flags[new]
        assert same, f"{what} changed {file.path}, which it does not name"


def run(source: str, seed: int, *, commands: int = 2_000) -> int:
    """Send about ``commands`` commands of a source to cards; deterministic. Raises AssertionError; returns how many."""
    draw = random.Random(f"{source} {seed}")
    sent = 0
    while sent < commands:
        warm, following = SOURCES[source](draw)
        beside, episode = Beside(warm), 0
        while episode < EPISODE:
            for apdu in following():
                if apdu == RESET:
                    beside.reset()
                else:
                    beside.transmit(apdu, back=draw.random() < _BACK)
                episode += 1
                if draw.random() < 2 * _BACK:
                    draw.choice((beside.remember, beside.go_back))()
        sent += episode
    return sent


Source = Callable[[random.Random], tuple[Card, Callable[[], list[bytes]]]]
"""A card, and what gives the next commands for it."""


def _one_way(name: str) -> Source:
    def source(draw: random.Random) -> tuple[Card, Callable[[], list[bytes]]]:
        on = card(draw.randrange(2), draw.choice((60, 3, 0)), variant(name))
        on = Card(on.product, on.memory.copy(), bytes)
        return on, lambda: cdma_session(draw) if draw.random() < 0.1 else list(some(draw))

    return source


def cdma_session(draw: random.Random) -> list[bytes]:
    """A session of a CDMA phone: it looks, writes, and is switched off."""
    script = [RESET, *_CDMA, command(INS.READ_BINARY, length=1)]
    for lead, length, data in ((SELECT_ADN, 28, RECORDS), (SELECT_EXT1, 13, TAILS), (SELECT_LND, 28, RECORDS)):
        look = command(INS.READ_RECORD, draw.randrange(1, 9), 4, length=length)
        write = command(INS.UPDATE_RECORD, *((0, 3) if lead is SELECT_LND else (look[2], 4)), draw.choice(data))
        script += [*lead, look, draw.choice((look, write, write))]
    return [*script, RESET, *SELECT_ADN, command(INS.READ_RECORD, 1, 4, length=28)]


def _access(draw: random.Random) -> tuple[Card, Callable[[], list[bytes]]]:
    """An ordinary card. At times what was read is read once more after a reset, when rights are gone; the account is
    asked for what a terminal would send next, and what it may read, not for answers.
    """
    made = new_card(draw.getrandbits(64))
    on = Card(made.product, made.memory.copy(), bytes)
    files = on.product.definition.files
    bodies = {file.path: body for file, body in zip(files, on.memory.contents, strict=True) if file.is_ef}
    rights = Rights(on.product.definition, bodies, bytes)
    done: list[list[bytes]] = []

    def following() -> list[bytes]:
        again = bool(done) and draw.random() < _BACK
        apdus = draw.choice(done) if again else access_command(draw, rights)
        for apdu in apdus:
            if apdu == RESET:
                rights.reset()
            elif rights.expect(apdu).hex().endswith(OK.hex()) and rights.at.path and apdu[1] in _READS:
                fids = (bytes.fromhex(fid) for fid in rights.at.path.split("/"))
                done.append([RESET, *(command(INS.SELECT, data=fid) for fid in fids), apdu])
        return apdus

    return on, following


@cache
def in_the_making() -> CardProfile:
    """The shipped one-way card with administrative commands."""
    text = 'extends = "china-telecom-oneway"\n[administrative]\ncommands = "ts-102-222"\n'
    return parse_profile(text, "x.toml", "x")


def _making(draw: random.Random) -> tuple[Card, Callable[[], list[bytes]]]:
    """A card before the end of personalisation: files come and go."""
    profile = in_the_making()
    made = empty_card(profile) if draw.random() < 0.3 else (profile.product, profile.fresh_memory())
    files, index = profile.definition.files, profile.definition.index
    plan = [file for file in files if file.selectable and file.path.count("/") == 2]
    plan += [files[index[path]] for path in (EF_ADN, EF_EXT1, LND)] * 10
    return Card(*made, bytes), lambda: _administrative(draw, draw.choice(plan))


def _administrative(draw: random.Random, file: FileDef) -> list[bytes]:
    """The ADM, the directory, and what is done to a file in it: made, removed, grown, used."""
    fid, length, fill = bytes.fromhex(file.path[-4:]), file.record_length, draw.choice((b"\xff", b"\x5a"))
    lead = [command(INS.SELECT, data=bytes.fromhex(part)) for part in file.parent.split("/")]
    directory = _iso(_CREATE, write_fcp(fcp_of(FileDef(file.parent, "DF", Structure.DF))))
    small = replace(file, size=3 * length or file.size, access=AccessNibbles(ALW, CHV1, NEV, 4, 4))
    resize = _iso(_RESIZE, write_resize(file.fid, (length or 1) * draw.randrange(1, 6)), 0x80)
    others = [_iso(ins, fid) for ins in (_DELETE, _DEACTIVATE, _ACTIVATE, _TERMINATE)]
    create = _iso(_CREATE, write_fcp(fcp_of(small, fill)))
    change = draw.choice(([create], [create], [resize], *([other] for other in others), [RESET], []))
    use = [command(INS.SELECT, data=fid), command(INS.GET_RESPONSE, length=15)]
    if length:
        mode = 3 if file.structure is Structure.CYCLIC else 4
        use += [
            command(INS.READ_RECORD, 1, 4, length=length),
            command(INS.UPDATE_RECORD, 1, mode, draw.randbytes(length)),
        ]
    else:
        use += [command(INS.READ_BINARY, length=1)]
    made = [directory] if draw.random() < 0.3 else []
    verify, status = command(INS.VERIFY_CHV, 0, 4, _ADM), command(INS.STATUS, length=23)
    return [verify, *lead[:1], *made, *lead, *use, *change, *use, status]


def _iso(ins: int, data: bytes, cla: int = 0) -> bytes:
    return bytes((cla, ins, 0, 0, len(data))) + data


SOURCES: Mapping[str, Source] = {
    "phones": _one_way("mirrored"),
    "hidden": _one_way("hidden"),
    "access": _access,
    "making": _making,
}
