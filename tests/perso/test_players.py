"""What the players that are only written for get to read, line by line."""

from __future__ import annotations

import re

import pytest

from uimkit.perso.dialects import DIALECTS
from uimkit.perso.plan import Plan
from uimkit.perso.steps import RESET, Step, script_template

STEPS = [
    RESET,
    Step("select 3F00", "A0A40000023F00", "9FXX"),
    Step("read; (x) %A\\", "A0B0000002", "9000", "0X0A"),
    Step("write", "A0D6000002{SID+NID:0:2}", "9000"),
]
GOLDEN = {
    "pcom": "; p\n.DEFINE %V000_SID_NID_0_2 {SID+NID:0:2}\n; reset\n.POWER_ON /COLD\n; select 3F00\n"
    "A0A40000023F00 (9XXX)\n; read_ _x_ _A_\nA0B0000002 [0X0A] (9000)\n; write\nA0D6000002 %V000_SID_NID_0_2 (9000)\n",
    "pysim": "# p\n# reset\nreset\n# select 3F00\napdu A0A40000023F00 --expect-sw 9000\n# read_ _x_ _A_\n"
    "apdu A0B0000002 --expect-sw 9000 --expect-response-regex 0.0a$\n# write\n"
    "apdu A0D6000002{SID+NID:0:2} --expect-sw 9000\n",
    "gpshell": "# p\nestablish_context\n# reset\ncard_connect\n# select 3F00\nsend_apdu -sc 0 -APDU A0A40000023F00\n"
    "# read_ _x_ _A_\nsend_apdu -sc 0 -APDU A0B0000002\n# write\nsend_apdu -sc 0 -APDU A0D6000002{SID+NID:0:2}\n"
    "card_disconnect\nrelease_context\n",
    "jcshell": "/atr\n/send A0A40000023F00\n/send A0B0000002\n/send A0D6000002{SID+NID:0:2}\n",
}


@pytest.mark.parametrize("name", list(GOLDEN))
def test_a_player_gets_its_own_syntax(name: str) -> None:
    assert DIALECTS[name].dump(STEPS, "p") == GOLDEN[name]


def test_no_pcom_variable_is_the_beginning_of_another(plan: Plan) -> None:
    text = DIALECTS["pcom"].dump(script_template(plan, ["ICCID", "PRL"]), "p")
    names = sorted(re.findall(r"^\.DEFINE %(\w+) ", text, re.MULTILINE))
    assert names
    assert not any(b.startswith(a) for a in names for b in names if a != b)
