"""What comments of a script say of the next APDU, for players whose language can not say it.

``step NAME``, ``expect SW [DATA]``, ``secret FROM TO``, and above all steps ``profile NAME``. The players pass them
over; `uimkit.perso.play` goes by them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from uimkit.apdu import INS
from uimkit.errors import InputError
from uimkit.perso.script import Script
from uimkit.perso.steps import PLACEHOLDER, RESET, Step
from uimkit.simulator.commands.table import command_name, presents_code

STEP, PROFILE = "step ", "profile "

_EXPECT = re.compile(r"expect ([0-9A-FX]{4})(?: ((?:[0-9A-FX]{2})+))?")
_SECRET = re.compile(r"secret (\d{1,3}) (\d{1,3})")
_FETCHED = frozenset({INS.SELECT, INS.SEEK, INS.INCREASE, INS.RUN_GSM_ALGORITHM, 0xC2})
"""Commands that a card answers with 9Fxx or 61xx when it has something to fetch."""
_READS = frozenset({INS.READ_BINARY, INS.READ_RECORD, INS.GET_RESPONSE, INS.STATUS})
_HEADER, _SHORTEST = 5, 4
_DIGITS = re.compile(f"(?:[0-9A-F]{{2}}|{PLACEHOLDER.pattern})+")


def expectation(step: Step) -> Iterator[str]:
    """The note of what is expected, if anything is."""
    if step.sw is not None:
        yield f"expect {step.sw}" + (f" {step.data}" if step.data else "")


def secret(step: Step) -> Iterator[str]:
    """The note of which octets are secret, if any are."""
    if step.secret is not None:
        yield f"secret {step.secret[0]} {step.secret[1]}"


class Notes:
    """Collects notes and makes steps: an APDU takes those that stand above it.

    Of an APDU without notes that presents a CHV, the data are secret.
    """

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._profile: str | None = None
        self._forget()

    def _forget(self) -> None:
        self._name: str | None = None
        self._sw: str | None = None
        self._data: str | None = None
        self._secret: tuple[int, int] | None = None

    @property
    def script(self) -> Script:
        """What was read so far."""
        return Script(tuple(self._steps), self._profile)

    def note(self, text: str) -> None:
        """A comment without its mark; one that is no note is passed over."""
        if text.startswith(STEP):
            self._name = text.removeprefix(STEP)
        elif text.startswith(PROFILE) and not self._steps:
            self._profile = text.removeprefix(PROFILE)
        elif match := _EXPECT.fullmatch(text):
            self._sw, self._data = match.groups()
        elif match := _SECRET.fullmatch(text):
            self._secret = int(match[1]), int(match[2])

    def reset(self) -> None:
        """A reset of the card."""
        self._steps.append(RESET)
        self._forget()

    def apdu(self, digits: str, where: str, sw: str | None = None, data: str | None = None) -> None:
        """A command, unspaced. A note says better than ``sw`` and ``data``, the player's own words, what is expected.

        Raises InputError when this is no APDU, nor that of a template.
        """
        digits = _upper(digits)
        if not _DIGITS.fullmatch(digits) or len(digits) < 2 * _SHORTEST:
            raise InputError("expected an APDU of at least four bytes in hex", where)
        if self._sw is not None:
            sw, data = self._sw, self._data
        if "{" in digits:
            self._steps.append(Step(self._name or "template", digits, sw, data, self._secret))
        else:
            octets = bytes.fromhex(digits)
            hidden = self._secret or ((_HEADER, len(octets)) if presents_code(octets) else None)
            self._steps.append(Step(self._name or command_name(octets), digits, sw, data, hidden))
        self._forget()

    def fetched_apdu(self, digits: str, where: str, sw: str | None, data: str | None, *, is_prefix: bool) -> None:
        """A command in the language of a player that fetches what waits behind 9Fxx and 61xx, and then sees 9000.

        Here nothing is fetched: where the player would, 9000 means any success. ``data`` is the answer, or how it
        begins. Raises InputError for data that can not be compared.
        """
        digits = _upper(digits)
        head = digits[: 2 * _HEADER]
        ins = int(head[2:4], 16) if re.fullmatch("[0-9A-F]{4,}", head) else None
        if ins in _FETCHED and self._sw is None:
            if data:
                raise InputError("data are expected that this player fetches itself: send GET RESPONSE", where)
            sw = None if sw == "9000" else sw
        elif data and is_prefix:
            wanted = (int(head[8:10], 16) or 0x100) if ins in _READS and len(head) == 2 * _HEADER else 0
            if len(data) > 2 * wanted:
                raise InputError(f"found {len(data) // 2} bytes of expected data, the command asks for {wanted}", where)
            data = data.ljust(2 * wanted, "X")
        self.apdu(digits, where, sw, data)


def _upper(digits: str) -> str:
    return digits if "{" in digits else digits.upper()


def joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with the number of the first; one that ends in a backslash goes on in the next."""
    begun, start = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if not begun:
            start = number
        begun += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield start, begun
            begun = ""
