"""How scripts are written for other players: PCOM, pySim-shell, GPShell and JCShell. `readers` reads them back.

PCOM and pySim-shell fetch the answer to 9Fxx and 61xx themselves, so there a SELECT ends as 9000. GPShell and JCShell
know no expectations. What a language can not say stands in comments (`notes`) where it has them, without any sign that
a player could obey.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from uimkit.perso.dialects.notes import PROFILE, STEP, expectation, secret
from uimkit.perso.steps import PLACEHOLDER, Step

VARIABLES_FILE = "card_data.var"
"""The name under which a PCOM script calls the variables of the card it is for."""

_UNSAFE = re.compile(r"[^A-Za-z0-9 /.,+-]")
_FETCHED = ("9F", "61")


def _named(mark: str, text: str) -> str:
    return f"{mark} {_UNSAFE.sub('_', text)}"


def _noted(mark: str, step: Step, *, is_lossy: bool) -> Iterator[str]:
    """Name and secret octets, and the expectation when the player's own words say less."""
    yield _named(mark, STEP + step.name)
    if is_lossy:
        yield from (f"{mark} {note}" for note in expectation(step))
    yield from (f"{mark} {note}" for note in secret(step))


def _is_fetched(step: Step) -> bool:
    return step.sw is not None and step.sw.startswith(_FETCHED)


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def pcom(steps: Iterable[Step], profile: str) -> str:
    """PCOM in one file: the variables of the card at the top, then the APDUs, which use only these."""
    names, lines = _pcom(steps)
    return _text([_named(";", PROFILE + profile), *_defined(names), *lines])


def pcom_variables(steps: Iterable[Step], profile: str) -> str:
    """The variables of one card, which the script calls as `VARIABLES_FILE`."""
    return _text([_named(";", PROFILE + profile), *_defined(_pcom(steps)[0])])


def pcom_script(steps: Iterable[Step], profile: str) -> str:
    """The script that is the same for all cards."""
    lines = _pcom(steps)[1]
    return _text([_named(";", PROFILE + profile), f".CALL {VARIABLES_FILE}", *lines])


def _defined(names: dict[str, str]) -> Iterator[str]:
    yield from (f".DEFINE %{name} {value}" for value, name in names.items())


def _pcom(steps: Iterable[Step]) -> tuple[dict[str, str], list[str]]:
    """One variable a placeholder, none a prefix of another (the player replaces them in any order); and the lines."""
    names: dict[str, str] = {}

    def variable(match: re.Match[str]) -> str:
        plain = re.sub("[^A-Z0-9]", "_", match[0][1:-1])
        return f" %{names.setdefault(match[0], f'V{len(names):03}_{plain}')}"

    lines: list[str] = []
    for step in steps:
        if step.is_reset:
            lines.append(".POWER_ON /COLD")
            continue
        lines += _noted(";", step, is_lossy=_is_fetched(step))
        data = f" [{step.data}]" if step.data else ""
        # 9XXX would let 9404 pass as well
        sw = "9000" if _is_fetched(step) else step.sw or "9XXX"
        lines.append(f"{PLACEHOLDER.sub(variable, step.apdu)}{data} ({sw})")
    return names, lines


def pysim(steps: Iterable[Step], profile: str) -> str:
    """pySim-shell: unspaced APDUs as T=0 sends them (not ``apdu_strict``, which wants those of ISO 7816-3), patterns in
    lower case, data as an anchored regular expression.
    """
    lines = [_named("#", PROFILE + profile), "set apdu_strict false"]
    for step in steps:
        if step.is_reset:
            lines.append("reset")
            continue
        lines += _noted("#", step, is_lossy=_is_fetched(step))
        sw = "9000" if _is_fetched(step) else (step.sw or "").replace("X", "?").lower()
        data = f" --expect-response-regex {step.data.replace('X', '.').lower()}$" if step.data else ""
        lines.append(f"apdu {step.apdu}" + (f" --expect-sw {sw}" if sw else "") + data)
    return _text(lines)


def gpshell(steps: Iterable[Step], profile: str) -> str:
    """GPShell: no expectations but in comments; a reset is a new connection."""
    lines, connected = [_named("#", PROFILE + profile), "establish_context"], False
    for step in steps:
        if step.is_reset or not connected:
            lines += (["card_disconnect"] if connected else []) + ["card_connect"]
            connected = True
        if not step.is_reset:
            lines += _noted("#", step, is_lossy=True)
            lines.append(f"send_apdu -sc 0 -APDU {step.apdu}")
    return _text([*lines, *(["card_disconnect"] if connected else []), "release_context"])


def jcshell(steps: Iterable[Step], profile: str) -> str:
    """JCShell: no comments, so neither expectations nor which octets are secret; ``/atr`` resets."""
    return _text("/atr" if step.is_reset else f"/send {step.apdu}" for step in steps)
