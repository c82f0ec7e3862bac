"""Secrets are drawn as the policy says, wrapped and unwrapped; the RFCs' vectors hold; nothing shows a secret."""

from __future__ import annotations

import pickle
import random
import secrets
import traceback
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import keywrap as oracle
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.fields import FIELDS
from uimkit.perso.keys import keywrap
from uimkit.perso.keys.policy import (
    SHAPES,
    KeyPolicy,
    Source,
    hkdf_expand,
    hkdf_extract,
    key_policy,
    random_digits,
)
from uimkit.perso.keys.provider import SoftwareKey, load_key, load_seed
from uimkit.perso.keys.wrapping import (
    LEGACY_WARNINGS,
    WRAPPINGS,
    field_octets,
    field_value,
    kcv,
    wrapper,
)

ICCID, OTHER = "89860326900100000016", "89860326907550001238"
KEY = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
SEED = b"an invented seed"
SECRETS = tuple(name for name, description in FIELDS.items() if description.secret)


def policy(table: Mapping[str, str], fixed: Mapping[str, str] | None = None, seed: bytes | None = None) -> KeyPolicy:
    return key_policy(table, fixed=fixed or {}, seed=seed)


def refusal(table: Mapping[str, str], fixed: Mapping[str, str] | None = None, seed: bytes | None = None) -> str:
    with pytest.raises(InputError) as caught:
        policy(table, fixed, seed)
    return str(caught.value)


def test_every_secret_field_can_be_drawn_and_is_a_value_of_its_field() -> None:
    assert set(SHAPES) == set(SECRETS)
    drawn = policy(dict.fromkeys(SECRETS, "random")).draw(ICCID, {}, secrets.token_bytes)
    assert tuple(drawn) == SECRETS
    for name, value in drawn.items():
        assert FIELDS[name].checked(value) == value
    assert [len(drawn[name]) for name in ("AKEY", "KI", "PIN1", "PUK1", "ADM")] == [16, 32, 4, 8, 8]


@pytest.mark.parametrize("name", SECRETS)
def test_every_size_of_a_secret_is_a_value_of_its_field(name: str) -> None:
    for size in SHAPES[name].sizes:
        for source in ("random", "derived"):
            value = policy({name: f"{source}:{size}"}, seed=SEED).draw(ICCID, {}, secrets.token_bytes)[name]
            assert FIELDS[name].checked(value) == value


def test_random_secrets_come_from_the_source_handed_in_and_differ() -> None:
    drawing = policy({"KI": "random"})
    assert drawing.draw(ICCID, {}, lambda count: bytes(range(count))) == {"KI": "000102030405060708090A0B0C0D0E0F"}
    assert drawing.draw(ICCID, {}, secrets.token_bytes) != drawing.draw(ICCID, {}, secrets.token_bytes)


def test_digits_have_no_bias_and_keep_leading_zeros() -> None:
    rng = random.Random(7)
    found = Counter(random_digits(rng.randbytes, 2) for _ in range(100_000))
    assert len(found) == 100
    assert sum((count - 1000) ** 2 / 1000 for count in found.values()) < 150  # chi square, 99 degrees: 0.1 %


def test_a_number_beyond_the_last_whole_multiple_is_drawn_again() -> None:
    answers = iter((b"\xff" * 8, (10**8 + 42).to_bytes(8, "big")))
    assert random_digits(lambda _: next(answers), 8) == "00000042"


def test_a_broken_source_of_randomness_is_told() -> None:
    with pytest.raises(SurroundingsError, match="source of random numbers is broken"):
        random_digits(lambda count: b"\xff" * count, 8)


def test_derived_secrets_depend_on_seed_field_and_card_and_on_nothing_else() -> None:
    table = {"KI": "derived", "OPC_G": "derived", "PUK1": "derived", "PUK2": "derived"}
    first = policy(table, seed=SEED).draw(ICCID, {}, secrets.token_bytes)
    assert first == policy(dict(reversed(table.items())), seed=SEED).draw(ICCID, {}, secrets.token_bytes)
    assert list(first) == list(policy(dict(reversed(table.items())), seed=SEED).draw(ICCID, {}, secrets.token_bytes))
    assert first["KI"] != first["OPC_G"]
    assert first["PUK1"] != first["PUK2"]
    for other in (
        policy(table, seed=SEED).draw(OTHER, {}, secrets.token_bytes),
        policy(table, seed=SEED + b"!").draw(ICCID, {}, secrets.token_bytes),
    ):
        assert not set(first.values()) & set(other.values())


def test_a_derived_key_is_hkdf_over_field_and_iccid() -> None:
    derivation = HKDF(hashes.SHA256(), 16, salt=None, info=b"uimkit|KI|" + ICCID.encode())
    assert policy({"KI": "derived"}, seed=SEED).draw(ICCID, {}, secrets.token_bytes) == {
        "KI": derivation.derive(SEED).hex().upper()
    }


def test_hkdf_is_that_of_rfc_5869() -> None:
    made = hkdf_extract(b"\x0b" * 22, bytes(range(13)))
    assert made.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    assert hkdf_expand(made, bytes(range(0xF0, 0xFA)), 42).hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )


def test_the_policy_says_what_it_is() -> None:
    mixed = policy({"KI": "random", "AKEY": "given", "PUK1": "derived"}, {"PIN1": "1234"}, SEED)
    assert mixed.sources["PIN1"] is Source.FIXED
    assert mixed.drawn == ("PIN1", "PUK1", "KI")
    assert (mixed.deterministic, mixed.derived) == (False, True)
    assert (policy({"KI": "given"}).deterministic, policy({"KI": "given"}).derived) == (True, False)


def test_with_the_columns_of_the_input_the_rest_is_random() -> None:
    drawing = key_policy({"PIN1": "fixed"}, fixed={"PIN1": "1234"}, seed=None, columns=("ICCID", "AKEY"))
    assert drawing.sources["AKEY"] is Source.GIVEN
    assert drawing.drawn == ("PIN1", "PIN2", "PUK1", "PUK2", "ADM")
    assert "KI" not in drawing.sources


@pytest.mark.parametrize(
    ("table", "given", "expected"),
    [
        ({"KI": "given"}, {}, "KI: found none, expected a value: the key policy says it is given"),
        ({"KI": "random"}, {"KI": "AB" * 16}, "KI: found a value, but the key policy says it is random, not given"),
        ({"KI": "derived"}, {"KI": "AB" * 16}, "KI: found a value, but the key policy says it is derived, not given"),
        ({"PIN1": "fixed"}, {"PIN1": "4321"}, "PIN1: found a value, but the key policy says it is fixed, not given"),
    ],
)
def test_data_that_contradict_the_policy_are_refused_without_a_value(
    table: dict[str, str], given: dict[str, str], expected: str
) -> None:
    drawing = policy(table, {"PIN1": "1234"} if "PIN1" in table else {}, SEED)
    with pytest.raises(InputError) as caught:
        drawing.draw(ICCID, given, secrets.token_bytes)
    assert str(caught.value) == expected


def test_given_values_stay_and_a_fixed_one_may_be_given_too() -> None:
    drawing = policy({"KI": "given", "PIN2": "random"}, {"PIN1": "1234"})
    assert list(drawing.draw(ICCID, {"KI": "AB" * 16, "PIN1": "1234"}, secrets.token_bytes)) == ["PIN2"]


@pytest.mark.parametrize(
    ("table", "fixed", "seed", "expected"),
    [
        ({"IMSI": "random"}, {}, None, "key policy: IMSI: no secret field, expected one of AKEY,"),
        ({"KEY": "random"}, {}, None, "key policy: KEY: no secret field"),
        ({"KI": "dice"}, {}, None, "key policy: KI: unknown source, expected one of given, random, derived, fixed"),
        ({"KI": "fixed"}, {}, None, "key policy: KI: a fixed value is missing"),
        ({"KI": "random"}, {"KI": "AB" * 16}, None, "key policy: KI: a fixed value, but it is random"),
        ({}, {"PIN1": "12"}, None, "key policy: PIN1: found 2 characters, expected"),
        ({"KI": "derived"}, {}, None, "seed of the derived secrets: found none, expected at least 16 octets"),
        ({"KI": "derived"}, {}, b"short", "seed of the derived secrets: found 5 octets"),
        ({"PIN1": "random:3"}, {}, None, "key policy: PIN1: found the size 3, expected 4 to 8 digits"),
        ({"ADM": "random:9"}, {}, None, "key policy: ADM: found the size 9, expected 8 or 16 characters"),
        ({"KI": "given:16"}, {}, None, "key policy: KI: a size belongs to random and derived secrets only"),
    ],
)
def test_a_wrong_policy_is_refused(
    table: dict[str, str], fixed: dict[str, str], seed: bytes | None, expected: str
) -> None:
    assert refusal(table, fixed, seed).startswith(expected)


def test_nothing_of_a_policy_shows() -> None:
    drawing = policy({"KI": "derived"}, {"PIN1": "7391"}, SEED)
    drawing.draw(ICCID, {}, secrets.token_bytes)
    assert "7391" not in repr(drawing)
    assert "invented" not in repr(drawing)


def test_a_policy_and_a_wrapper_go_to_other_processes() -> None:
    drawing = policy({"KI": "derived"}, {"PIN1": "7391"}, SEED)
    copy = pickle.loads(pickle.dumps(drawing))
    assert copy.draw(ICCID, {}, secrets.token_bytes) == drawing.draw(ICCID, {}, secrets.token_bytes)
    wrapping = wrapper("aes-gcm", SoftwareKey(KEY), 1)
    sealed = wrapping.wrap(b"1234", "PIN1", ICCID)
    assert pickle.loads(pickle.dumps(wrapping)).wrap(b"1234", "PIN1", ICCID) == sealed


# RFC 3394 4.1 to 4.6: key encryption key, key data, wrapped
RFC_3394 = [
    (16, "00112233445566778899AABBCCDDEEFF", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5"),
    (24, "00112233445566778899AABBCCDDEEFF", "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D"),
    (32, "00112233445566778899AABBCCDDEEFF", "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7"),
    (
        24,
        "00112233445566778899AABBCCDDEEFF0001020304050607",
        "031D33264E15D33268F24EC260743EDCE1C6C7DDEE725A936BA814915C6762D2",
    ),
    (
        32,
        "00112233445566778899AABBCCDDEEFF0001020304050607",
        "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1",
    ),
    (
        32,
        "00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F",
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21",
    ),
]
# RFC 5649 6
RFC_5649_KEY = "5840DF6E29B02AF1AB493B705BF16EA1AE8338F4DCC176A8"
RFC_5649 = [
    ("C37B7E6492584340BED12207808941155068F738", "138BDEAA9B8FA7FC61F97742E72248EE5AE6AE5360D1AE6A5F54F373FA543B6A"),
    ("466F7250617369", "AFBEB0F07DFBF5419200F2CCB50BB24F"),
]


@pytest.mark.parametrize(("length", "plain", "wrapped"), RFC_3394)
def test_key_wrap_is_that_of_rfc_3394(length: int, plain: str, wrapped: str) -> None:
    key = SoftwareKey(bytes(range(length)))
    assert wrapper("aes-kw", key, 1).wrap(bytes.fromhex(plain), "KI", ICCID).hex().upper() == wrapped
    assert keywrap.wrap(lambda block: key.encrypt("aes", block), bytes.fromhex(plain)).hex().upper() == wrapped
    assert keywrap.unwrap(lambda block: key.decrypt("aes", block), bytes.fromhex(wrapped)).hex().upper() == plain


@pytest.mark.parametrize(("plain", "wrapped"), RFC_5649)
def test_odd_lengths_are_wrapped_as_rfc_5649_says(plain: str, wrapped: str) -> None:
    key = SoftwareKey(bytes.fromhex(RFC_5649_KEY))
    assert wrapper("aes-kw", key, 1).wrap(bytes.fromhex(plain), "PIN1", ICCID).hex().upper() == wrapped
    assert wrapper("aes-kw", key, 1).unwrap(bytes.fromhex(wrapped), "PIN1", ICCID).hex().upper() == plain


@given(st.binary(min_size=1, max_size=70), st.binary(min_size=16, max_size=16))
def test_our_key_wrap_for_modules_agrees_with_the_library(plain: bytes, octets: bytes) -> None:
    key = SoftwareKey(octets)
    wrapped = keywrap.wrap_padded(lambda block: key.encrypt("aes", block), plain)
    assert wrapped == oracle.aes_key_wrap_with_padding(octets, plain)
    assert keywrap.unwrap_padded(lambda block: key.decrypt("aes", block), wrapped) == plain
    for at in range(len(wrapped)):
        changed = wrapped[:at] + bytes((wrapped[at] ^ 1,)) + wrapped[at + 1 :]
        with pytest.raises(InputError):
            keywrap.unwrap_padded(lambda block: key.decrypt("aes", block), changed)


def test_padding_that_is_not_zeros_does_not_unwrap() -> None:
    key = SoftwareKey(KEY)
    for padding, fits in ((bytes(4), True), (b"\0\0\0\1", False)):
        wrapped = key.encrypt("aes", bytes.fromhex("A65959A600000004") + b"1234" + padding)
        if fits:
            assert keywrap.unwrap_padded(lambda block: key.decrypt("aes", block), wrapped) == b"1234"
        else:
            with pytest.raises(InputError):
                keywrap.unwrap_padded(lambda block: key.decrypt("aes", block), wrapped)


@pytest.mark.parametrize("wrapped", [b"", bytes(8), bytes(16), bytes(23), bytes(24)])
def test_what_was_never_wrapped_does_not_unwrap(wrapped: bytes) -> None:
    key = SoftwareKey(KEY)
    for unwrap in (keywrap.unwrap, keywrap.unwrap_padded):
        with pytest.raises(InputError):
            unwrap(lambda block: key.decrypt("aes", block), wrapped)
    for plain in (b"", bytes(8), bytes(17)):
        with pytest.raises(InputError):
            keywrap.wrap(lambda block: key.encrypt("aes", block), plain)
    with pytest.raises(InputError):
        keywrap.wrap_padded(lambda block: key.encrypt("aes", block), b"")


@pytest.mark.parametrize("name", WRAPPINGS)
@pytest.mark.parametrize(
    ("field", "plain"),
    [("KI", bytes(range(16))), ("AKEY", bytes(8)), ("PIN1", b"1234"), ("PUK1", b"12345678"), ("MNHASS", b"A" * 33)],
)
def test_every_wrapping_gives_back_what_it_wrapped_and_always_the_same(name: str, field: str, plain: bytes) -> None:
    wrapping = wrapper(name, SoftwareKey(KEY), 3)
    wrapped = wrapping.wrap(plain, field, ICCID)
    assert wrapped == wrapper(name, SoftwareKey(KEY), 3).wrap(plain, field, ICCID)
    assert plain not in wrapped
    assert wrapping.unwrap(wrapped, field, ICCID) == plain
    assert (wrapping.name, wrapping.index) == (name, 3)


@pytest.mark.parametrize("name", ["aes-kw", "aes-gcm"])
def test_a_changed_octet_or_another_key_is_noticed_and_no_secret_told(name: str) -> None:
    secret = bytes.fromhex("5EC2E75EC2E75EC2E75EC2E75EC2E700")
    wrapping = wrapper(name, SoftwareKey(KEY), 1)
    wrapped = wrapping.wrap(secret, "KI", ICCID)
    changed = [wrapped[:at] + bytes((wrapped[at] ^ 0x80,)) + wrapped[at + 1 :] for at in range(len(wrapped))]
    for wrong in (*changed, wrapped[:-1], wrapped + b"\0", b""):
        with pytest.raises(InputError) as caught:
            wrapping.unwrap(wrong, "KI", ICCID)
        assert "5EC2E7" not in "".join(traceback.format_exception(caught.value)).upper()
    with pytest.raises(InputError, match=f"KI of {ICCID}: does not fit the key"):
        wrapper(name, SoftwareKey(KEY[::-1]), 1).unwrap(wrapped, "KI", ICCID)


def test_aes_gcm_notices_a_value_moved_to_another_card_or_field() -> None:
    wrapping = wrapper("aes-gcm", SoftwareKey(KEY), 1)
    wrapped = wrapping.wrap(b"12345678", "PUK1", ICCID)
    for field, iccid in (("PUK2", ICCID), ("PUK1", OTHER)):
        with pytest.raises(InputError):
            wrapping.unwrap(wrapped, field, iccid)


def test_aes_gcm_nonces_differ_with_card_field_and_value_and_the_library_opens_it() -> None:
    wrapping = wrapper("aes-gcm", SoftwareKey(KEY), 1)
    inputs = [(plain, f, i) for plain in (b"1234", b"1235") for f in ("PIN1", "PIN2") for i in (ICCID, OTHER)]
    wrapped = {wrapping.wrap(*each): each for each in inputs}
    assert len({sealed[:12] for sealed in wrapped}) == len(inputs)
    for sealed, (plain, field, iccid) in wrapped.items():
        associated = f"uimkit|{field}|{iccid}".encode()
        assert AESGCM(KEY).decrypt(sealed[:12], sealed[12:], associated) == plain


def test_triple_des_is_that_of_the_standard_and_warned_of() -> None:
    # single DES key three times over: the classic vector "Now is the time for all "
    key = SoftwareKey(bytes.fromhex("0123456789ABCDEF") * 2)
    wrapped = wrapper("3des-ecb", key, 1).wrap(b"Now is the time for all ", "SIPSS", ICCID)
    assert wrapped.hex().upper() == "3FA40E8A984D48156A271787AB8883F9893D51EC4B563B53"
    assert "legacy" in LEGACY_WARNINGS["3des-ecb"]
    assert set(LEGACY_WARNINGS) == {"3des-ecb"}
    with pytest.raises(InputError, match="found 5 octets, expected a multiple of 8"):
        wrapper("3des-ecb", key, 1).wrap(bytes(5), "HRPDSS", ICCID)
    with pytest.raises(InputError):
        wrapper("3des-ecb", key, 1).unwrap(bytes(5), "PIN1", ICCID)


def test_key_check_values() -> None:
    assert kcv(SoftwareKey(bytes(16)), "aes", "zeros") == "66E94B"  # AES-128 of zeros, FIPS 197
    assert kcv(SoftwareKey(bytes(16)), "3des") == "8CA64D"  # DES of zeros under zeros
    assert (
        wrapper("aes-kw", SoftwareKey(bytes(16)), 1).kcv
        == SoftwareKey(bytes(16)).encrypt("aes", b"\1" * 16)[:3].hex().upper()
    )
    assert wrapper("aes-kw", SoftwareKey(bytes(16)), 1, check_value="zeros").kcv == "66E94B"


@pytest.mark.parametrize(
    ("name", "length", "index", "expected"),
    [
        ("rot13", 16, 1, "wrapping 'rot13': unknown, expected one of aes-kw, aes-gcm, 3des-ecb"),
        ("aes-kw", 16, 100, "key index 100: expected 0 to 99"),
        ("3des-ecb", 32, 1, "key of 32 octets: 3des-ecb needs one of 16, 24"),
    ],
)
def test_a_wrong_wrapping_is_refused(name: str, length: int, index: int, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        wrapper(name, SoftwareKey(bytes(length)), index)
    assert str(caught.value) == expected


def test_values_of_every_secret_field_go_to_octets_and_back() -> None:
    drawn = policy(dict.fromkeys(SECRETS, "random")).draw(ICCID, {}, secrets.token_bytes)
    for name, value in drawn.items():
        assert field_value(name, field_octets(name, value)) == value
    assert len(field_octets("KI", drawn["KI"])) == 16
    for name, octets in (("KI", b"abc"), ("PIN1", b"\xff"), ("PIN1", b"12345678901")):
        with pytest.raises(InputError, match=f"{name}: what was unwrapped is no value of this field"):
            field_value(name, octets)
    with pytest.raises(InputError, match="KI: a value of 3 characters can not be wrapped"):
        field_octets("KI", "xyz")


def test_a_key_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVENTED_KEY", KEY.hex())
    path = tmp_path / "key"
    path.write_text(f"{KEY[:8].hex()} {KEY[8:].hex()}\n")
    assert load_key("env:INVENTED_KEY") == load_key(f"file:{path}") == SoftwareKey(KEY)
    assert load_seed(f"file:{path}") == KEY
    assert repr(load_key("env:INVENTED_KEY")) == "SoftwareKey()"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("env:NO_SUCH_KEY", "env:NO_SUCH_KEY: there is no such environment variable"),
        ("file:/nowhere/key", "file:/nowhere/key: there is no such file"),
        ("env:INVENTED_KEY", "env:INVENTED_KEY: found 10 characters, expected 32 or 48 or 64 hex digits"),
        ("DEADBEEFDEADBEEFDEADBEEFDEADBEEF", "key source: expected env:NAME, file:PATH or pkcs11:LABEL"),
        ("env:", "key source: expected env:NAME, file:PATH or pkcs11:LABEL"),
    ],
)
def test_a_wrong_source_is_refused_and_its_content_not_told(
    source: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVENTED_KEY", "DEADBEEF77")
    with pytest.raises(InputError) as caught:
        load_key(source)
    assert str(caught.value) == expected


def test_a_source_of_a_seed_is_checked_too(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="expected ASCII characters, found other octets"):
        load_seed(f"file:{path}")
    path.write_text("0011")
    with pytest.raises(InputError, match="found 4 characters, expected at least 32 hex digits"):
        load_seed(f"file:{path}")
    with pytest.raises(InputError, match=r"expected env:NAME, file:PATH$"):
        load_seed("pkcs11:LABEL")
    with pytest.raises(SurroundingsError):
        load_seed(f"file:{tmp_path}")
