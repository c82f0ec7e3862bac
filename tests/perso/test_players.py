"""What the players that are only written for get to read, line by line."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.perso.invented import card
from uimkit.perso.dialects import DIALECTS
from uimkit.perso.emit import write_scripts
from uimkit.perso.plan import Plan
from uimkit.perso.rows import card_data
from uimkit.perso.steps import RESET, Step, script_template
from uimkit.simulator.card import Card

STEPS = [
    RESET,
    Step("select 3F00", "A0A40000023F00", "9FXX"),
    Step("read; (x) %A\\", "A0B0000002", "9000", "0X0A"),
    Step("write", "A0D6000002{SID+NID:0:2}", "9000", None, (5, 7)),
]
VARIABLES = ".DEFINE %V000_SID_NID_0_2 {SID+NID:0:2}\n"
PCOM = (
    ".POWER_ON /COLD\n; step select 3F00\n; expect 9FXX\nA0A40000023F00 (9000)\n; step read_ _x_ _A_\n"
    "A0B0000002 [0X0A] (9000)\n; step write\n; secret 5 7\nA0D6000002 %V000_SID_NID_0_2 (9000)\n"
)
GOLDEN = {
    "pcom": "; profile p\n" + VARIABLES + PCOM,
    "pcom-var": "; profile p\n" + VARIABLES,
    "pysim": "# profile p\nset apdu_strict false\nreset\n# step select 3F00\n# expect 9FXX\n"
    "apdu A0A40000023F00 --expect-sw 9000\n# step read_ _x_ _A_\n"
    "apdu A0B0000002 --expect-sw 9000 --expect-response-regex 0.0a$\n# step write\n# secret 5 7\n"
    "apdu A0D6000002{SID+NID:0:2} --expect-sw 9000\n",
    "gpshell": "# profile p\nestablish_context\ncard_connect\n# step select 3F00\n# expect 9FXX\n"
    "send_apdu -sc 0 -APDU A0A40000023F00\n# step read_ _x_ _A_\n# expect 9000 0X0A\n"
    "send_apdu -sc 0 -APDU A0B0000002\n# step write\n# expect 9000\n# secret 5 7\n"
    "send_apdu -sc 0 -APDU A0D6000002{SID+NID:0:2}\ncard_disconnect\nrelease_context\n",
    "jcshell": "/atr\n/send A0A40000023F00\n/send A0B0000002\n/send A0D6000002{SID+NID:0:2}\n",
}


@pytest.mark.parametrize("name", list(GOLDEN))
def test_a_player_gets_its_own_syntax(name: str) -> None:
    assert DIALECTS[name].dump(STEPS, "p") == GOLDEN[name]


def test_what_pcom_has_once_for_all_cards_calls_the_variables_of_one() -> None:
    shared = DIALECTS["pcom-var"].shared
    assert shared is not None
    assert (shared[0], shared[1](STEPS, "p")) == ("script.pcom", "; profile p\n.CALL card_data.var\n" + PCOM)


def test_no_pcom_variable_is_the_beginning_of_another(plan: Plan) -> None:
    text = DIALECTS["pcom"].dump(script_template(plan, ["ICCID", "PRL"]), "p")
    names = sorted(re.findall(r"^\.DEFINE %(\w+) ", text, re.MULTILINE))
    assert names
    assert not any(b.startswith(a) for a in names for b in names if a != b)


class AutoGetPlayer:
    """A player that fetches what waits behind 9F xx and 61 xx itself, as PCOM and pySim-shell do."""

    def __init__(self, card: Card) -> None:
        self._card = card

    def reset(self) -> None:
        self._card.reset()

    def send(self, apdu: bytes) -> tuple[str, str]:
        """Data and status word in capitals; of a command that left data, the data and 9000."""
        answer = self._card.transmit(apdu)
        if answer[0] in (0x9F, 0x61):
            answer = self._card.transmit(bytes((0xA0, 0xC0, 0, 0, answer[1])))
        return answer[:-2].hex().upper(), answer[-2:].hex().upper()


def play_pcom(text: str, player: AutoGetPlayer) -> int:
    """The number of APDUs. Written after the description of the language: comments, variables, ``[data]``, ``(SW)``."""
    variables: dict[str, str] = {}
    count = 0
    for raw in text.splitlines():
        line = raw.partition(";")[0].strip()
        if line.startswith(".DEFINE"):
            _, name, value = line.split(None, 2)
            variables[name] = value.replace(" ", "")
        elif line.startswith(".POWER_ON"):
            player.reset()
        elif line:
            for name, value in variables.items():  # in any order: a name inside another would be clobbered
                line = line.replace(name, value)
            match = re.fullmatch(r"([0-9A-F ]+)(?:\[([0-9A-FX ]*)\])? *\(([0-9A-FX]{4})\)", line)
            assert match, line
            data, sw = player.send(bytes.fromhex(match[1].replace(" ", "")))
            assert like(match[3], sw), (raw, sw)
            assert match[2] is None or like(match[2], data[: len(match[2])]), raw
            count += 1
    return count


def play_pysim(text: str, player: AutoGetPlayer) -> int:
    """As pySim-shell reads it: no blanks in the APDU, patterns in lower case, the expression matched from the start."""
    count = 0
    for line in text.splitlines():
        if line.startswith("#") or line == "set apdu_strict false":
            continue
        if line == "reset":
            player.reset()
            continue
        match = re.fullmatch(
            r"apdu ([0-9A-F]+)(?: --expect-sw ([0-9a-f?]{4}))?(?: --expect-response-regex (\S+))?", line
        )
        assert match, line
        data, sw = player.send(bytes.fromhex(match[1]))
        assert match[2] is None or like(match[2].replace("?", "X"), sw.lower()), (line, sw)
        assert match[3] is None or re.match(match[3], data.lower()), line
        count += 1
    return count


def like(pattern: str, found: str) -> bool:
    return len(pattern) == len(found) and all(p in ("X", f) for p, f in zip(pattern, found, strict=True))


@pytest.mark.parametrize(("name", "play"), [("pcom", play_pcom), ("pysim", play_pysim)])
def test_what_a_player_sends_makes_the_built_card(
    name: str, play: Callable[[str, AutoGetPlayer], int], plan: Plan, rng: random.Random, tmp_path: Path
) -> None:
    data = card_data(card(rng), "cards.txt:1")
    write_scripts(plan, [data], name, tmp_path / "out", per_card=True)
    (path,) = (tmp_path / "out").iterdir()
    finished = Card(plan.profile.product, plan.profile.fresh_memory())
    text = path.read_text(encoding="ascii")
    assert "\r" not in text
    assert play(text, AutoGetPlayer(finished)) > 50
    assert finished.memory.snapshot() == plan.memory(data).snapshot()


@pytest.mark.parametrize(
    ("name", "line"), [("gpshell", r"send_apdu -sc 0 -APDU ([0-9A-F]+)"), ("jcshell", r"/send ([0-9A-F]+)")]
)
def test_what_a_player_without_expectations_sends_makes_the_built_card(
    name: str, line: str, plan: Plan, rng: random.Random, tmp_path: Path
) -> None:
    data = card_data(card(rng), "cards.txt:1")
    write_scripts(plan, [data], name, tmp_path / "out", per_card=True)
    (path,) = (tmp_path / "out").iterdir()
    finished = Card(plan.profile.product, plan.profile.fresh_memory())
    for text in path.read_text(encoding="ascii").splitlines():
        if match := re.fullmatch(line, text):
            finished.transmit(bytes.fromhex(match[1]))
        else:
            assert (
                text in ("/atr", "establish_context", "card_connect", "card_disconnect", "release_context")
                or text[0] == "#"
            )
    assert finished.memory.snapshot() == plan.memory(data).snapshot()
