"""Cards made from card data authenticate: the A-key, Ki and HRPD secret of the order are what the network will meet."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path

import pytest

from tests.crypto import restated
from tests.perso.invented import card as invented
from uimkit.errors import InputError
from uimkit.perso.audit import audit
from uimkit.perso.plan import Plan
from uimkit.perso.rows import card_data
from uimkit.profile.build import CardProfile
from uimkit.profile.load import load_profile, parse_profile
from uimkit.simulator.card import Card
from uimkit.store.image import decode_image, encode_image

RANDSSD, RAND = "11223344556677", "00C0FFEE"


def code(digits: str) -> int:
    """A group of the MIN, by TIA-95-B 6.3.1."""
    number = 0
    for digit in digits:
        number = 10 * number + (int(digit) or 10)
    return number - int("1" * len(digits))


def s1(imsi: str) -> int:
    last = imsi[-7:]
    return code(last[:3]) << 14 | (int(last[3]) or 10) << 10 | code(last[4:])


def uim_id(iccid: str) -> int:
    """80 and the end of SHA-1 over the digits in reading order."""
    return 0x80 << 24 | int.from_bytes(hashlib.sha1(bytes.fromhex(iccid.ljust(20, "F"))).digest()[-3:], "big")


def exchange(on: Card, text: str) -> str:
    answer = on.transmit(bytes.fromhex(text))
    if answer[0] == 0x9F:
        answer = on.transmit(bytes.fromhex("A0C00000") + answer[-1:])
    return answer.hex()


@pytest.mark.parametrize("name", ["china-telecom-oneway", "plain-ruim"])
def test_a_built_card_updates_its_ssd_and_answers_a_call(name: str, rng: random.Random) -> None:
    plan = Plan(load_profile(name))
    given = invented(rng)
    draw = random.Random(5)
    on = Card(plan.profile.product, plan.memory(card_data(given)), random.Random(5).randbytes)
    exchange(on, "A0A40000027F25")
    challenge = exchange(on, "A08A00000401020304")
    assert challenge == draw.randbytes(4).hex() + "9000"
    assert exchange(on, "A08400000F" + RANDSSD + "00" * 8) == "9000"
    esn, auth_data = uim_id(given["ICCID"]), s1(given["IMSI"])
    ssd = restated.ssd(bytes.fromhex(given["AKEY"]), bytes.fromhex(RANDSSD), esn)
    auth_bs, _, _ = restated.call(int(challenge[:8], 16), auth_data, ssd, esn)
    assert exchange(on, f"A082000003{auth_bs:06X}") == "9000"
    on.reset()
    exchange(on, "A0A40000027F25")
    authr, key, mask = restated.call(int(RAND, 16), auth_data, ssd, esn)
    assert exchange(on, "A08800001100" + RAND + "00" * 4 + "10" + "00" * 7) == f"{authr:06x}9000"
    assert exchange(on, "A08E0000023C40") == (key + mask[0x3C:0x41]).hex() + "9000"
    hrpd = hashlib.md5(b"\x07" + bytes.fromhex(given["HRPDSS"]) + b"challenge").hexdigest()
    assert exchange(on, "808004000A07" + b"challenge".hex()) == hrpd + "9000"


def test_mobile_ip_secrets_of_the_data_answer_for_their_nais(rng: random.Random) -> None:
    shipped = load_profile("plain-ruim")
    text = shipped.text.replace(
        "\nhrpd_ss =",
        '\nmn_ha_ss = { path = "3F00/7F25/6F1E", length = 272 }'
        '\nmn_aaa_ss = { path = "3F00/7F25/6F1F", length = 272 }\nhrpd_ss =',
    ).replace("\nAKEY = ", '\nMNHASS = "3F00/7F25/6F1E"\nMNAAASS = "3F00/7F25/6F1F"\nAKEY = ')
    plan = Plan(parse_profile(text, shipped.source, shipped.name))
    given = invented(rng)
    on = Card(plan.profile.product, plan.memory(card_data(given)))
    exchange(on, "A0A40000027F25")
    for index in range(3):
        home, server = (bytes.fromhex(given[name].split(";")[index]) for name in ("MNHASS", "MNAAASS"))
        request = b"request of the phone"
        found = exchange(on, f"8080010215{index:02X}" + request.hex())
        assert found == hashlib.md5(home + request + home).hexdigest() + "9000"
        assert exchange(on, "8080020214" + request.hex()) == "9000"
        expected = hashlib.md5(b"c" + server + hashlib.md5(request).digest() + b"challenge").hexdigest()
        assert exchange(on, f"808003000A{index:02X}" + b"challenge".hex()) == expected + "9000"
    assert exchange(on, "808001020203CC") == "6f00"
    with pytest.raises(InputError, match="MNHASS: found 17 secrets, expected at most 16"):
        plan.memory(card_data(given | {"MNHASS": ";".join(["00" * 8] * 17)}))


def milenage() -> CardProfile:
    """The shipped SIM with OPc, which its data may bring."""
    shipped = load_profile("china-telecom-oneway")
    text = shipped.text.replace(
        "\nakey =", '\nopc = { path = "3F00/7F20/6F1D", length = 16 }\nakey ='
    ).replace('\nKI = "3F00', '\nOPC_G = "3F00/7F20/6F1D"\nKI = "3F00')  # fmt: skip
    return parse_profile(text + '\n[choices]\ngsm_algorithm = "milenage-2g"\n', shipped.source, shipped.name)


def test_a_milenage_card_is_made_of_ki_and_opc_and_audited_by_both(rng: random.Random) -> None:
    pytest.importorskip("cryptography")
    plan = Plan(milenage())
    data = card_data(invented(rng))
    values = dict(plan.resolve(data).values)
    memory = plan.memory(data)
    image = decode_image(encode_image(plan.profile.product, memory))  # the choice is in the image too
    on = Card(image.product, image.memory)
    exchange(on, "A0A40000027F20")
    ki, opc = bytes.fromhex(values["KI"]), bytes.fromhex(values["OPC_G"])
    rand = bytes(range(16))
    made = restated.gsm_from_milenage(ki, opc, rand)
    assert exchange(on, "A088000010" + rand.hex()) == made.hex() + "9000"
    assert [finding for finding in audit(on, plan, values) if not finding.ok] == []
    for name in ("KI", "OPC_G"):
        other = values | {name: "00" * 16}
        assert [finding.name for finding in audit(on, plan, other) if not finding.ok] == ["KI"]


def test_milenage_without_opc_is_refused_when_the_profile_is_read() -> None:
    shipped = load_profile("gsm-sim")
    with pytest.raises(InputError, match=r'gsm_algorithm: found "milenage-2g", which needs a key object "opc"'):
        parse_profile(shipped.text + '\n[choices]\ngsm_algorithm = "milenage-2g"\n', "my.toml", "my")
    with pytest.raises(InputError, match="gsm_algorithm"):
        parse_profile(shipped.text + '\n[choices]\ngsm_algorithm = "rot13"\n', "my.toml", "my")


@pytest.mark.parametrize(("key", "length"), [("akey", 8), ("ssd", 16), ("hrpd_ss", 17)])
def test_a_key_object_of_another_length_is_refused(key: str, length: int) -> None:
    shipped = load_profile("plain-ruim")
    lines = [
        f'{key} = {{ path = "3F00/7F25/6F1F", length = {length + 1} }}' if line.startswith(f"{key} =") else line
        for line in shipped.text.splitlines()
    ]
    with pytest.raises(InputError, match=f"found {length + 1}, expected {length} bytes for {key}"):
        parse_profile("\n".join(lines), "my.toml", "my")


def test_the_package_of_an_algorithm_is_asked_for_only_when_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    shipped = load_profile("gsm-sim")
    monkeypatch.setitem(sys.modules, "comp128", None)
    made = parse_profile(shipped.text + '\n[choices]\ngsm_algorithm = "comp128v1"\n', "my.toml", "my")
    on = Card(made.product, made.fresh_memory())
    assert exchange(on, "A0A40000027F20").endswith("9000")


TIA = json.loads((Path(__file__).parent.parent / "data" / "auth.json").read_text())["cave_tia"]


def test_an_a_key_of_26_digits_is_checked_against_the_uimid_and_stored_in_binary(rng: random.Random) -> None:
    plan = Plan(load_profile("plain-ruim"))
    given = invented(rng) | {"UIMID": TIA["esn"].upper(), "AKEY": TIA["a_key_digits"] + TIA["a_key_check"]}
    memory = plan.memory(card_data(given))
    assert memory.contents[plan.profile.definition.index["3F00/7F25/6F1A"]].hex() == TIA["a_key"]
    for uimid, akey in (("D75A96ED", given["AKEY"]), (given["UIMID"], given["AKEY"][:-1] + "1")):
        with pytest.raises(InputError, match=f"AKEY: .* check digits for UIMID {uimid}") as raised:
            plan.memory(card_data(given | {"UIMID": uimid, "AKEY": akey}))
        assert TIA["a_key_digits"] not in str(raised.value)


@pytest.mark.parametrize("akey", ["1" * 25, "1" * 27, "18446744073709551616000000", "1" * 25 + "A", "0" * 15 + "G"])
def test_an_a_key_of_another_form_is_refused_without_being_shown(rng: random.Random, akey: str) -> None:
    with pytest.raises(InputError, match=f"AKEY: found {len(akey)} characters, expected") as raised:
        card_data(invented(rng) | {"AKEY": akey})
    assert akey not in str(raised.value)


def test_a_card_with_an_sf_euimid_carries_it_and_its_hash(rng: random.Random) -> None:
    shipped = load_profile("plain-ruim")
    text = shipped.text.replace("\nUIMID = ", '\nSF_EUIMID = "3F00/7F25/6F74"\nUIMID = ')
    text = text.replace("[files]\n", '[files]\n"3F00/7F25/6F74" = {}\n')
    plan = Plan(parse_profile(text, shipped.source, shipped.name))
    data = card_data(invented(rng) | {"SF_EUIMID": "FF000001123456"})
    on = Card(plan.profile.product, plan.memory(data))
    exchange(on, "A0A40000027F25")
    exchange(on, "A0A40000026F74")
    assert exchange(on, "A0B0000007") == "563412010000ff9000"
    exchange(on, "A0A40000026F31")
    assert exchange(on, "A0B0000005") == "04e13707809000"
    values = dict(plan.resolve(data).values)
    assert [finding for finding in audit(on, plan, values) if not finding.ok] == []
    wrong = audit(on, plan, values | {"SF_EUIMID": "FF000001123457"})
    assert [finding.name for finding in wrong if not finding.ok] == ["SF_EUIMID"]
