"""Reads a finished card as phones do and compares what it says with what was ordered, value by value.

The decoders here are written from the standards and share nothing with ``uimkit.files``: a codec that is wrong both
ways makes equal cards, and only this finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from uimkit.apdu import INS, SW
from uimkit.card.codes import adm_bytes, chv_bytes
from uimkit.crypto import gsm
from uimkit.perso.fields import FIELDS, Values
from uimkit.perso.plan import Plan
from uimkit.profile import schema
from uimkit.transport import Transport
from uimkit.transport.terminal import CardRefused, Terminal

_RAND = bytes(range(0xA0, 0xB0))
_DF_GSM = "3F00/7F20"


@dataclass(frozen=True, slots=True)
class Finding:
    """One field on the card; ``found`` is masked for a secret."""

    name: str
    found: str
    ok: bool
    expected: str = field(default="")

    def __str__(self) -> str:
        return f"{self.name}: found {self.found}" + ("" if self.ok else f", expected {self.expected}")


def audit(transport: Transport, plan: Plan, values: Values) -> list[Finding]:
    """Every value that the card lets a reader see: files by READ, codes by VERIFY, Ki by RUN GSM ALGORITHM.

    A disabled CHV1, which VERIFY can not try, is enabled and disabled again; the card is left as it was. Ki is checked
    by the algorithm of the profile; of the test algorithm (XOR) only its first 12 octets show. A-key, HRPD secret and
    UNBLOCK values show only in their use, and are not in the list.
    """
    terminal = Terminal(transport)
    terminal.reset()
    findings = [
        _finding(name, _is_code(terminal, p2, value), values.get(name, "")) for name, p2, value in _codes(plan, values)
    ]
    wanted = [name for name in DECODERS if name in plan.places and name in values]
    findings += [_decoded(terminal, name, plan.places[name].path, values[name]) for name in wanted]
    if "KI" in plan.places and "KI" in values:
        findings.append(_finding("KI", _has_ki(terminal, plan, values), values["KI"]))
    return findings


def _codes(plan: Plan, values: Values) -> Iterator[tuple[str, int, bytes]]:
    """Field, number for VERIFY, and value of every code; one that the data do not set has the profile's value."""
    tables, codes = plan.profile.tables, plan.profile.definition.code_by_name
    fresh: tuple[tuple[str, str, schema.Chv | schema.Adm | None], ...]
    fresh = (("PIN1", "CHV1", tables.chv1), ("PIN2", "CHV2", tables.chv2), ("ADM", "ADM", tables.adm))
    for name, code, table in fresh:
        if table is not None:
            text = values[name] if name in plan.places and name in values else table.value
            yield name, codes[code].p2, adm_bytes(text) if code == "ADM" else chv_bytes(text)


def _finding(name: str, ok: bool, value: str) -> Finding:
    return Finding(name, "the right value" if ok else "another value", ok, FIELDS[name].shown(value))


def _decoded(terminal: Terminal, name: str, path: str, value: str) -> Finding:
    try:
        found, expected = DECODERS[name](_read(terminal, path), value)
    except (CardRefused, IndexError, ValueError) as error:
        reason = str(error) if isinstance(error, CardRefused) else "no value of this field"
        return Finding(name, reason, False, FIELDS[name].shown(value))
    return Finding(name, FIELDS[name].shown(found), found == expected, FIELDS[name].shown(expected))


def _is_code(terminal: Terminal, p2: int, value: bytes) -> bool:
    """VERIFY; a disabled CHV1, which VERIFY can not try, is enabled and disabled again."""
    response = terminal.present(p2, value)
    if response.sw != SW.CHV_CONTRADICTION:
        return response.ok
    return terminal.send(INS.ENABLE_CHV, 0, p2, value).ok and terminal.send(INS.DISABLE_CHV, 0, p2, value).ok


def _read(terminal: Terminal, path: str) -> bytes:
    """A transparent file, or the first record."""
    _, content = terminal.read_file(path)
    return content if isinstance(content, bytes) else content[0]


def _has_ki(terminal: Terminal, plan: Plan, values: Values) -> bool:
    """RUN GSM ALGORITHM answers as Ki, and OPc where the algorithm has one, make it."""
    definition = plan.profile.definition
    opc = plan.profile.bodies.get(definition.keys.get("opc", ""))
    if "OPC_G" in plan.places and "OPC_G" in values:
        opc = bytes.fromhex(values["OPC_G"])
    terminal.select(_DF_GSM)
    answer = terminal.fetch(terminal.send(INS.RUN_GSM_ALGORITHM, data=_RAND))
    return answer.data == gsm.run(definition.choices.gsm_algorithm, bytes.fromhex(values["KI"]), _RAND, opc)


def _swapped(data: bytes) -> str:
    return "".join(f"{byte & 0x0F:X}{byte >> 4:X}" for byte in data)


def _binary_digits(code: int, count: int) -> str:
    """TIA-95-B 6.3.1: every digit less one, 0 as 10."""
    return "".join("1234567890"[int(digit)] for digit in f"{code:0{count}}")


def _imsi_m(data: bytes) -> str:
    s1 = data[3] | data[4] << 8 | data[5] << 16
    return (
        _binary_digits(data[8] | data[9] << 8, 3)
        + _binary_digits(data[6] & 0x7F, 2)
        + _binary_digits(data[1] | data[2] << 8, 3)
        + _binary_digits(s1 >> 14, 3)
        + str((s1 >> 10 & 15) % 10)
        + _binary_digits(s1 & 0x3FF, 3)
    ) + ("" if data[7] & 0x80 else " not programmed")


def _mdn(data: bytes) -> str:
    return "".join("0" if nibble == "A" else nibble for nibble in _swapped(data[1:9]))[: data[0]]


def _service_centre(data: bytes) -> str:
    address = data[-28:][13:25]
    number = _swapped(address[2 : address[0] + 1]).rstrip("F")
    return number if address[1] == 0x91 else f"{number} of type {address[1]:02X}"


class _Bits:
    """Fields from b8 of the first byte on."""

    def __init__(self, data: bytes) -> None:
        self._digits = "".join(f"{byte:08b}" for byte in data)
        self._at = 0

    def number(self, bits: int) -> int:
        self._at += bits
        return int(self._digits[self._at - bits : self._at], 2)

    def text(self, octets: int) -> str:
        return bytes(self.number(8) for _ in range(octets)).decode("latin-1")


def _simple_ip_profiles(data: bytes, expected: str) -> tuple[str, str]:
    if "@" not in expected:
        return data[: data[0] + 1].hex().upper(), expected
    bits = _Bits(data[1 : data[0] + 1])
    names = []
    for index in range(bits.number(4)):
        place = bits.number(4)
        name = bits.text(bits.number(8))
        names.append(name if (place, bits.number(4)) == (index, 2) else f"{name} at {place}")
    return ";".join(names), expected


def _simple_ip_secrets(data: bytes, expected: str) -> tuple[str, str]:
    bits = _Bits(data[1 : data[0] + 1])
    found = []
    for _ in range(bits.number(4)):
        bits.number(4)
        found.append(bits.text(bits.number(5)))
    wanted = [
        bytes.fromhex(text).rstrip(b"\0").decode("latin-1") if len(text) == 32 else text for text in expected.split(";")
    ]
    return ";".join(found), ";".join(wanted * len(found) if len(wanted) == 1 else wanted)


Decoder = Callable[[bytes, str], tuple[str, str]]
"""From the bytes of the file and the ordered value: the value found, and the one expected in the same form."""


def _plain(decode: Callable[[bytes], str]) -> Decoder:
    return lambda data, expected: (decode(data), expected)


DECODERS: Mapping[str, Decoder] = {
    "ICCID": _plain(lambda data: _swapped(data).rstrip("F")),
    "IMSI": _plain(_imsi_m),
    "IMSI_T": _plain(_imsi_m),
    "UIMID": _plain(lambda data: f"{data[4]:02X}{data[3]:02X}{data[2]:02X}{data[1]:02X}"),
    "SF_EUIMID": _plain(lambda data: data[6::-1].hex().upper()),
    "SID": _plain(lambda data: f"{data[1]:02X}{data[0]:02X}"),
    "NID": _plain(lambda data: f"{data[3]:02X}{data[2]:02X}"),
    "ACCOLC": _plain(lambda data: str(data[0])),
    "MDN": _plain(_mdn),
    "PRL": _plain(lambda data: data[: data[0] << 8 | data[1]].hex().upper()),
    "SPC": _plain(lambda data: data.hex()),
    "SPCS": _plain(lambda data: str(data[0] & 1)),
    "HRPDUPP": _plain(lambda data: data[2 : 2 + data[1]].decode("latin-1")),
    "SIPUPP": _simple_ip_profiles,
    "SIPSS": _simple_ip_secrets,
    "IMSIG": _plain(lambda data: _swapped(data[1 : 1 + data[0]])[1:].rstrip("F")),
    "ACC": _plain(lambda data: data.hex().upper()),
    "SMSP": _plain(_service_centre),
}
