"""COMPUTE IP AUTHENTICATION (C.S0023-C 4.8.1): digests, blocks, the order of a Mobile IP registration, status words."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card

ROW = json.loads((Path(__file__).parent.parent / "data" / "auth.json").read_text())["chap_md5"]
SECRET, CHALLENGE = ROW["secret"].encode(), ROW["challenge"]
KEYS = {"hrpd_ss": "3F00/7F25/6F1B", "sip_chap_ss": "3F00/7F25/6F1D", "mn_ha_ss": "3F00/7F25/6F1E",
        "mn_aaa_ss": "3F00/7F25/6F1F"}  # fmt: skip
CHV1 = "A020000108" + b"1234\xff\xff\xff\xff".hex()
FIRST, NEXT, SINGLE, LAST = range(4)


def entry(secret: bytes) -> bytes:
    return bytes((len(secret),)) + secret.ljust(16, b"\xff")


def card(*, chv1: bool = False, mobile: bool = True) -> Card:
    """In DF_CDMA; NAI 0 has no secret, NAI 1 has one of each kind."""
    shipped = load_profile("plain-ruim")
    more = "".join(
        f'{name} = {{ path = "{path}", length = 272 }}\n' for name, path in KEYS.items() if name != "hrpd_ss"
    )
    text = shipped.text.replace("[services]", (more if mobile else "") + "\n[services]")
    text = text.replace("enabled = false", f"enabled = {str(chv1).lower()}")
    made = parse_profile(text, shipped.source, shipped.name)
    on = Card(made.product, made.fresh_memory())
    for name, secret in (("sip_chap_ss", SECRET), ("mn_ha_ss", b"home"), ("mn_aaa_ss", b"server")):
        if mobile:
            on.memory.write(made.definition.index[KEYS[name]], 17, entry(secret))
    on.memory.write(made.definition.index[KEYS["hrpd_ss"]], 0, entry(SECRET))
    send(on, "A0A40000027F25")
    return on


def send(on: Card, text: str) -> str:
    return on.transmit(bytes.fromhex(text)).hex().upper()


def ip(on: Card, p1: int, p2: int, data: bytes) -> str:
    """The digest in hex, or the status word of a command that leaves none."""
    answer = send(on, bytes((0x80, 0x80, p1, p2, len(data))).hex() + data.hex())
    if answer != "9F10":
        return answer
    answer = send(on, "A0C0000010")
    assert answer.endswith("9000")
    return answer[:-4].lower()


def md5(*parts: bytes) -> str:
    return hashlib.md5(b"".join(parts)).hexdigest()


def test_chap_is_that_of_the_rfc_for_hrpd_and_simple_ip() -> None:
    on = card()
    identifier, challenge = bytes.fromhex(ROW["id"]), bytes.fromhex(CHALLENGE)
    assert ip(on, 4, 0, identifier + challenge) == ROW["response"]
    assert ip(on, 0, 0, identifier + b"\1" + challenge) == ROW["response"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("A08004000211CC", "6D00"),
        ("808A000004" + "00" * 4, "6E00"),
        ("80A40000027F25", "6E00"),
        ("80800500020000", "6B00"),
        ("80800004020000", "6B00"),
        ("80800401020000", "6B00"),
        ("80800302020000", "6B00"),
        ("8080000000", "6700"),
        ("80800400020011FF", "6700"),
        ("808004000111", "6700"),
        ("8080000001CC", "6700"),
        ("80800000021601", "6700"),
        ("8080000003" + "1600CC", "6F00"),  # no secret for this NAI
        ("8080000003" + "1610CC", "6F00"),  # no such NAI
        ("8080010201" + "00", "6F00"),
        ("8080010101CC", "9834"),
        ("8080010301CC", "9834"),
        ("8080020201CC", "9834"),
        ("8080030002" + "01CC", "9834"),
    ],
)
def test_answers_to_single_commands(command: str, expected: str) -> None:
    assert send(card(), command) == expected


def test_its_directory_chv1_and_a_secret_are_needed() -> None:
    on = card(chv1=True)
    assert send(on, "80800400021122") == "9804"
    send(on, CHV1)
    assert send(on, "80800400021122") == "9F10"
    send(on, "A0A40000023F00")
    assert send(on, "80800400021122") == "9408"
    on = card(mobile=False)
    for command in ("8080000003" + "1601CC", "8080010202" + "01CC"):
        assert send(on, command) == "6F00"
    on = card()
    position = on.product.definition.index[KEYS["hrpd_ss"]]
    for length, expected in ((0, "6F00"), (1, "9F10"), (16, "9F10"), (17, "6F00"), (255, "6F00")):
        on.memory.write(position, 0, bytes((length,)))
        assert send(on, "80800400021122") == expected


def test_a_registration_of_mobile_ip() -> None:
    on = card()
    assert ip(on, 1, SINGLE, b"\1" + b"request") == md5(b"home", b"request", b"home")
    assert ip(on, 1, FIRST, b"\1" + b"re") == "9000"
    assert ip(on, 1, NEXT, b"qu") == "9000"
    assert ip(on, 1, LAST, b"est") == md5(b"home", b"request", b"home")
    assert ip(on, 2, FIRST, b"requ") == "9000"
    assert ip(on, 2, NEXT, b"es") == "9000"
    assert ip(on, 2, LAST, b"t" + b"HEADER78") == "9000"
    request_hash = bytes.fromhex(md5(b"requestHEADER78"))
    assert ip(on, 3, 0, b"\0" + b"challenge") == "6F00"
    assert ip(on, 3, 0, b"\1" + b"challenge") == md5(b"c", b"server", request_hash, b"challenge")
    assert ip(on, 3, 0, b"\1" + b"challenge") == "9834"


@pytest.mark.parametrize("length", [1, 237, 238])
def test_of_a_long_challenge_the_first_octet_counts_once_of_a_short_one_twice(length: int) -> None:
    on = card()
    challenge = bytes(range(1, length + 1)) if length < 200 else bytes(i % 251 for i in range(length))
    ip(on, 1, SINGLE, b"\1m")
    ip(on, 2, SINGLE, b"HEADER78")
    request_hash = bytes.fromhex(md5(b"HEADER78"))
    assert ip(on, 3, 0, b"\1" + challenge + b"x" * (239 - length)) == "6700"
    assert ip(on, 3, 0, b"\1") == "6700"
    expected = md5(challenge[:1], b"server", request_hash, challenge[1:] if length == 238 else challenge)
    assert ip(on, 3, 0, b"\1" + challenge) == expected


@pytest.mark.parametrize(
    ("steps", "answers"),
    [
        ([(2, SINGLE)], ["9834"]),
        ([(1, FIRST), (2, SINGLE)], ["9000", "9834"]),
        ([(1, FIRST), (2, NEXT), (1, LAST)], ["9000", "9834", "digest"]),  # a refused block changes nothing
        ([(1, SINGLE), (1, NEXT)], ["digest", "9834"]),
        ([(1, SINGLE), (3, 0)], ["digest", "9834"]),
        ([(1, SINGLE), (2, FIRST), (3, 0), (2, LAST), (3, 0)], ["digest", "9000", "9834", "9000", "digest"]),
        ([(1, SINGLE), (2, FIRST), (2, LAST), (2, LAST)], ["digest", "9000", "9000", "9834"]),
        ([(1, SINGLE), (2, SINGLE), (1, SINGLE), (3, 0)], ["digest", "9000", "digest", "9834"]),
        ([(1, SINGLE), (2, SINGLE), (2, FIRST), (3, 0)], ["digest", "9000", "9000", "9834"]),
        ([(1, SINGLE), (2, SINGLE), (3, 0), (2, SINGLE)], ["digest", "9000", "digest", "9834"]),
        ([(1, SINGLE), (2, SINGLE), (4, 0), (0, 0), (3, 0)], ["digest", "9000", "digest", "digest", "digest"]),
        ([(1, SINGLE), (2, SINGLE), None, (3, 0)], ["digest", "9000", "", "9834"]),
        ([(1, FIRST), None, (1, LAST)], ["9000", "", "9834"]),
    ],
)
def test_steps_and_blocks_out_of_turn_are_98_34(steps: list[tuple[int, int] | None], answers: list[str]) -> None:
    on, found = card(), []
    for step in steps:
        if step is None:
            on.reset()
            send(on, "A0A40000027F25")
            found.append("")
            continue
        data = b"\1\1" + b"HEADER78" if step[0] != 4 else b"\1challenge"
        answer = ip(on, *step, data)
        found.append("digest" if len(answer) == 32 else answer)
    assert found == answers


def test_a_request_without_its_header_is_too_short_and_an_endless_one_too_long() -> None:
    on = card()
    ip(on, 1, SINGLE, b"\1m")
    assert ip(on, 2, SINGLE, b"HEADER7") == "6700"
    assert ip(on, 2, FIRST, b"r" * 255) == "9000"
    assert ip(on, 2, LAST, b"HEADER7") == "6700"
    answers = [ip(on, 2, NEXT, b"r" * 255) for _ in range(20)]
    assert answers == ["9000"] * 15 + ["6700"] * 5
    assert ip(on, 2, LAST, b"HEADER78") == "9000"


def test_a_snapshot_holds_a_message_in_blocks_and_no_repr_its_secret() -> None:
    on = card()
    ip(on, 1, FIRST, b"\1one")
    before = on.snapshot()
    assert "home" not in repr(on.chip.session.ip)
    ip(on, 1, LAST, b"two")
    assert on.snapshot() != before
    on.restore(before)
    assert ip(on, 1, LAST, b"two") == md5(b"home", b"onetwo", b"home")


@settings(max_examples=50)
@given(st.binary(max_size=1500), st.data())
def test_a_message_in_blocks_is_the_message(message: bytes, data: st.DataObject) -> None:
    on, rest = card(), message
    block = data.draw(st.integers(0, 254))
    assert ip(on, 1, FIRST, b"\1" + rest[:block]) == "9000"
    rest = rest[block:]
    while len(rest) > 200:
        block = data.draw(st.integers(50, 254))
        assert ip(on, 1, NEXT, rest[:block]) == "9000"
        rest = rest[block:]
    digest = ip(on, 1, LAST, rest or b"!")
    assert digest == md5(b"home", message + (b"" if rest else b"!"), b"home")
