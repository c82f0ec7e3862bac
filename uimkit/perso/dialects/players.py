"""Scripts of players that are only written, not read: PCOM, pySim-shell, GPShell and JCShell.

PCOM and pySim-shell fetch the answer to 9Fxx and 61xx themselves, so there a SELECT ends as 9000. GPShell and JCShell
know no expectations. Names stand in comments where the player has them, without any sign that a player could obey.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from uimkit.perso.steps import PLACEHOLDER, Step

_UNSAFE = re.compile(r"[^A-Za-z0-9 /.,+-]")


def _named(mark: str, name: str) -> str:
    return f"{mark} {_UNSAFE.sub('_', name)}"


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def pcom(steps: Iterable[Step], profile: str) -> str:
    """PCOM: one variable a placeholder, defined at the top, none a prefix of another; the APDUs use only these."""
    names: dict[str, str] = {}

    def variable(match: re.Match[str]) -> str:
        plain = re.sub("[^A-Z0-9]", "_", match[0][1:-1])
        return f" %{names.setdefault(match[0], f'V{len(names):03}_{plain}')}"

    lines = []
    for step in steps:
        lines.append(_named(";", step.name))
        if step.is_reset:
            lines.append(".POWER_ON /COLD")
            continue
        data = f" [{step.data}]" if step.data else ""
        sw = step.sw if step.sw and not step.sw.startswith(("9F", "61")) else "9XXX"
        lines.append(f"{PLACEHOLDER.sub(variable, step.apdu)}{data} ({sw})")
    return _text([_named(";", profile), *(f".DEFINE %{name} {value}" for value, name in names.items()), *lines])


def pysim(steps: Iterable[Step], profile: str) -> str:
    """pySim-shell: unspaced APDUs as T=0 sends them (not ``apdu_strict``, which wants those of ISO 7816-3), patterns in
    lower case, data as an anchored regular expression.
    """
    lines = [_named("#", profile), "set apdu_strict false"]
    for step in steps:
        lines.append(_named("#", step.name))
        if step.is_reset:
            lines.append("reset")
            continue
        sw = "9000" if step.sw and step.sw.startswith(("9F", "61")) else (step.sw or "").replace("X", "?").lower()
        data = f" --expect-response-regex {step.data.replace('X', '.').lower()}$" if step.data else ""
        lines.append(f"apdu {step.apdu}" + (f" --expect-sw {sw}" if sw else "") + data)
    return _text(lines)


def gpshell(steps: Iterable[Step], profile: str) -> str:
    """GPShell: no expectations; a reset is a new connection."""
    lines, connected = [_named("#", profile), "establish_context"], False
    for step in steps:
        lines.append(_named("#", step.name))
        if step.is_reset or not connected:
            lines += (["card_disconnect"] if connected else []) + ["card_connect"]
            connected = True
        if not step.is_reset:
            lines.append(f"send_apdu -sc 0 -APDU {step.apdu}")
    return _text([*lines, *(["card_disconnect"] if connected else []), "release_context"])


def jcshell(steps: Iterable[Step], profile: str) -> str:
    """JCShell: no expectations and no comments; ``/atr`` resets."""
    return _text("/atr" if step.is_reset else f"/send {step.apdu}" for step in steps)
