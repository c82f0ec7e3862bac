"""The part on everything around, with a few commands only, so that it takes a second or two."""

from __future__ import annotations

from tests.prover.proofs import profile
from uimkit.apdu import INS
from uimkit.card.codes import chv_bytes
from uimkit.prover.alphabet import complete
from uimkit.prover.judge import Judge
from uimkit.prover.machine import Machine
from uimkit.prover.model import SmallCard, reduce
from uimkit.prover.openings import Openings
from uimkit.prover.parts import SMALLEST, visited
from uimkit.prover.phonebook import PhoneBook
from uimkit.prover.search import Search
from uimkit.prover.starts import BLANK, OLD, TAIL, A, every, record, unlike
from uimkit.prover.steps import complete_steps
from uimkit.prover.surroundings import EF, Surroundings

_FILES = ("7F10", "6F3A", "6F4A", "6F44")
_DATA = frozenset({BLANK, record(A), record(TAIL), record(A, 1), BLANK[:2], bytes((OLD,)), b"\xff"})


def few(small: SmallCard) -> list[bytes]:
    """SELECT of the phone book's files, its commands with a few data, codes, flags, STATUS."""
    kept = []
    for apdu in complete(small):
        ins, data = apdu[1:2], apdu[5:]
        named = ins == bytes((INS.SELECT,)) and data.hex().upper() in _FILES
        records = ins in (bytes((INS.UPDATE_RECORD,)), bytes((INS.SEEK,))) and data in _DATA
        reads = ins in (bytes((INS.READ_RECORD,)), bytes((INS.STATUS,)), bytes((INS.INVALIDATE,)))
        codes = ins == bytes((INS.VERIFY_CHV,)) and data in (chv_bytes("1234"), chv_bytes("5678"))
        if (named or records or reads or codes) and apdu[2] in (0, 1):
            kept.append(apdu)
    return kept


def surroundings(**options: object) -> Surroundings:
    """Everything around the phone book, as far as these commands go."""
    small = reduce(profile(**options), SMALLEST)
    around = Surroundings(
        small, PhoneBook(small.definition, small.policy), unlike(PhoneBook(small.definition, small.policy))
    )
    around.run(few(small))
    return around


def searched(around: Surroundings) -> tuple[Machine, Search]:
    """Every state of the vault that these commands lead to."""
    files = around.small.definition.files
    steps = complete_steps(around.small, dict.fromkeys((files[o.given[EF]].path, o.command) for o in around.openings))
    machine = Machine(around.small.card(), around.book, steps)
    search = Search(machine, around.book, Judge(around.book, around.small.policy))
    search.run(every(around.book)[::4])
    return machine, search


def openings(around: Surroundings, *, of: int) -> Openings:
    """The commands on one file that open the vault, in all of its states."""
    made = Openings(around.one, visited(*searched(around)))
    made.run([opening for opening in around.openings if opening.given[EF] == of and opening.command[2] <= 1])
    return made
