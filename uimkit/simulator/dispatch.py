"""From a command's bytes to its answer: the declaration is found, the demands are asked in order, the handler called.

What a command is asked whatever the state of the card is, is asked once: commands that read and select are kept. Of one
that is met again only what may have changed is asked: what is selected, which rights are fulfilled, the EF's flags.
"""

from __future__ import annotations

from uimkit.apdu import INS, SW
from uimkit.card.definition import FileDef
from uimkit.simulator.answers import is_success, status
from uimkit.simulator.chip import Chip, Prepared, Writes
from uimkit.simulator.commands.declaration import CardCommand, Command, FileCommand, FileRequest, Request
from uimkit.simulator.order_of_errors import HEADER, OF_THE_CARD, OF_THE_COMMAND, Question, first_refusal
from uimkit.simulator.product import Product

_KEPT = 4096
"""How many commands are remembered; a phone and a script need some hundreds."""
_NO_EF = status(SW.NO_EF_SELECTED)

Row = tuple[int, FileDef, bool]


class OnCard(Request):
    """A command that needs no current EF, and more than its handler: a right, or a look at what it is evidence of."""

    __slots__ = ("command", "question")

    def __init__(self, chip: Chip, apdu: bytes, command: CardCommand, question: Question) -> None:
        super().__init__(chip, apdu)
        self.command = command
        self.question = question


def _on_card(request: OnCard) -> bytes:
    chip, command = request.chip, request.command
    refusal = first_refusal(request.question, OF_THE_CARD)
    if refusal is not None:
        return refusal
    answer = command.handler(request)
    if is_success(answer):
        chip.succeeded(command.ins, chip.session.directory)
    return answer


class OnFile(FileRequest):
    """A command on the current EF."""

    __slots__ = ("handler", "ins", "question", "rows")

    def __init__(self, chip: Chip, apdu: bytes, command: FileCommand, question: Question) -> None:
        super().__init__(chip, apdu)
        self.handler = command.handler
        self.ins = command.ins
        self.question = question
        self.rows = rows(chip.product, command)


def _on_file(request: OnFile) -> bytes:
    chip = request.chip
    session = chip.session
    position = session.ef
    if position is None:
        return _NO_EF
    levels, file, watched = request.rows[position]
    view = chip.sides.views[position]
    request.file = file
    request.view = view
    if not (levels and levels & session.granted and chip.memory.flags[position] & view.flag and view.readable):
        refusal = first_refusal(request.question, OF_THE_CARD)
        if refusal is not None:
            return refusal
    handler = request.handler
    answer = handler(request)
    if watched and is_success(answer):
        chip.succeeded(request.ins, position)
    return answer


def rows(product: Product, command: FileCommand) -> tuple[Row, ...]:
    """What a command comes to on each file of a product: the access levels under which it is allowed while the file is
    valid and readable on the session's side (0 where that is not all there is to ask), the file, and whether a success
    has consequences for side or rights. The end of personalisation is a one-way step (S3): its file is always asked.
    """
    made: tuple[Row, ...] = product.once(command, lambda: tuple(_rows(product, command)))
    return made


def _rows(product: Product, command: FileCommand) -> list[Row]:
    made = []
    for position, file in enumerate(product.definition.files):
        ordinary = command.wants_valid and file.structure in command.structures and position != product.lifecycle
        ordinary = ordinary and not file.same_as  # whose flag is that of the file with the records
        levels = product.masks[position][command.right] if ordinary else 0
        made.append((levels, file, (command.ins, position) in product.evidence or position in product.special))
    return made


def prepared(chip: Chip, apdu: bytes) -> Prepared:
    """A command that is not among those kept, ready to be answered; it is kept from now on if it may be."""
    known = chip.kept_responses.get(apdu)
    if known is not None:
        return known
    question = Question(chip, apdu)
    refusal = first_refusal(question, OF_THE_COMMAND)
    if refusal is not None:
        return Prepared((lambda _: refusal, None), Writes.NOTHING, question.keeps_pending)
    command = question.command
    made = _ready(question, command)
    if command.directory is None and made.writes is Writes.NOTHING and _reads_or_selects(command):
        if made.keeps_pending:
            chip.kept_responses[apdu] = made
        elif len(chip.kept) < _KEPT:
            chip.kept[apdu] = made.call
        else:
            chip.kept.clear()
    return made


def _reads_or_selects(command: Command) -> bool:
    """A kept command holds no code, key or contact, and never writes. One that is asked for its directory is not kept
    either: its question is another one each time.
    """
    return command.ins == INS.SELECT or not command.carries_data


def _ready(question: Question, command: Command) -> Prepared:
    chip, apdu = question.chip, question.apdu
    if isinstance(command, FileCommand):
        return Prepared((_on_file, OnFile(chip, apdu, command, question)), command.writes, False)
    if not isinstance(command, CardCommand):
        raise TypeError(f"{command.name} is neither a command on the card nor on an EF")
    writes, keeps = command.writes, command.keeps_pending
    if command.ins == INS.SELECT and apdu[HEADER:] not in chip.product.acting:
        writes = Writes.NOTHING
    if command.under_chv1 or any(ins == command.ins for ins, _ in chip.product.evidence):
        return Prepared((_on_card, OnCard(chip, apdu, command, question)), writes, keeps)
    return Prepared((command.handler, Request(chip, apdu)), writes, keeps)
