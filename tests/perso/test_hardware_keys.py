"""Keys in a PKCS#11 module, here SoftHSM: the same octets as from keys in memory, and the key stays inside."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.keys import pkcs11
from uimkit.perso.keys.provider import SoftwareKey, load_key
from uimkit.perso.keys.wrapping import WRAPPINGS, Wrapper, wrapper

AES = bytes.fromhex("0F1E2D3C4B5A69788796A5B4C3D2E1F00F1E2D3C4B5A69788796A5B4C3D2E1F0")
DES = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
LIBRARIES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
)
TOKEN, PIN = "invented token", "7391"
ICCID = "89860326900100000016"


def _missing() -> list[str]:
    absent = []
    if shutil.which("softhsm2-util") is None or not any(map(os.path.exists, LIBRARIES)):
        absent.append("softhsm2")
    if importlib.util.find_spec("pkcs11") is None:
        absent.append("python-pkcs11")
    return absent


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A token with an AES key and a triple DES key, and the environment that says where it is."""
    if absent := _missing():
        reason = f"not installed: {', '.join(absent)}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("softhsm")
    (directory / "tokens").mkdir()
    (directory / "conf").write_text(f"directories.tokendir = {directory}/tokens\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(directory / "conf"))
        patch.setenv(pkcs11.MODULE, next(filter(os.path.exists, LIBRARIES)))
        patch.setenv(pkcs11.TOKEN, TOKEN)
        patch.setenv(pkcs11.PIN, PIN)
        initialise = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", "5678", "--pin", PIN]
        subprocess.run(initialise, check=True, capture_output=True)
        _import_keys()
        yield


def _import_keys() -> None:
    from pkcs11 import Attribute, KeyType, ObjectClass, lib

    with lib(os.environ[pkcs11.MODULE]).get_token(token_label=TOKEN).open(user_pin=PIN, rw=True) as session:
        for label, kind, octets in (("transport", KeyType.AES, AES), ("old", KeyType.DES2, DES)):
            session.create_object(
                {
                    Attribute.CLASS: ObjectClass.SECRET_KEY,
                    Attribute.KEY_TYPE: kind,
                    Attribute.VALUE: octets,
                    Attribute.LABEL: label,
                    Attribute.TOKEN: True,
                    Attribute.SENSITIVE: True,
                    Attribute.EXTRACTABLE: False,
                    Attribute.ENCRYPT: True,
                    Attribute.DECRYPT: True,
                }
            )


def pair(name: str) -> tuple[Wrapper, Wrapper]:
    label, octets = ("old", DES) if name == "3des-ecb" else ("transport", AES)
    return wrapper(name, load_key(f"pkcs11:{label}"), 7), wrapper(name, SoftwareKey(octets), 7)


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("name", WRAPPINGS)
@pytest.mark.parametrize(
    ("field", "plain"), [("KI", bytes(range(16))), ("AKEY", bytes(8)), ("PIN1", b"1234"), ("MNHASS", b"A" * 33)]
)
def test_a_module_wraps_as_a_key_in_memory_does(name: str, field: str, plain: bytes) -> None:
    module, memory = pair(name)
    assert module.kcv == memory.kcv
    wrapped = module.wrap(plain, field, ICCID)
    assert wrapped == memory.wrap(plain, field, ICCID)
    assert module.unwrap(wrapped, field, ICCID) == plain


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("name", ["aes-kw", "aes-gcm"])
def test_a_module_notices_changed_data(name: str) -> None:
    module, _ = pair(name)
    wrapped = module.wrap(bytes(16), "KI", ICCID)
    for wrong in (wrapped[:-1] + bytes((wrapped[-1] ^ 1,)), bytes(len(wrapped)), wrapped[:-8]):
        with pytest.raises(InputError, match=f"KI of {ICCID}: does not fit the key"):
            module.unwrap(wrong, "KI", ICCID)


@pytest.mark.usefixtures("token")
def test_a_key_of_a_module_shows_its_label_only() -> None:
    key = load_key("pkcs11:transport")
    assert (repr(key), key.length) == ("ModuleKey('transport')", 32)
    assert not any(secret in pickle.dumps(key) for secret in (AES, PIN.encode()))


@pytest.mark.usefixtures("token")
def test_a_key_of_the_wrong_algorithm_is_refused() -> None:
    with pytest.raises(InputError, match=r"^pkcs11:old: the key is DES2, which is none of aes$"):
        wrapper("aes-kw", load_key("pkcs11:old"), 1)


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_key_of_a_module_works_in_other_processes(start: str) -> None:
    module, memory = pair("aes-gcm")
    expected = memory.wrap(b"1234", "PIN1", ICCID)
    assert module.wrap(b"1234", "PIN1", ICCID) == expected
    with multiprocessing.get_context(start).Pool(1) as pool:
        assert pool.apply(module.wrap, (b"1234", "PIN1", ICCID)) == expected
    assert module.wrap(b"1234", "PIN1", ICCID) == expected


@pytest.mark.usefixtures("token")
def test_a_label_that_is_not_there_is_told() -> None:
    with pytest.raises(InputError) as caught:
        load_key("pkcs11:none")
    assert str(caught.value) == "pkcs11:none: the token has no secret key of this label"


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        (pkcs11.MODULE, "", "UIMKIT_PKCS11_MODULE is not set: keys in a module need"),
        (pkcs11.MODULE, "/nowhere.so", "UIMKIT_PKCS11_MODULE: /nowhere.so: PKCS11Error"),
        (pkcs11.TOKEN, "other", "UIMKIT_PKCS11_TOKEN: the module has no token of the label 'other'"),
    ],
)
def test_what_is_wrong_with_the_surroundings_is_told(
    variable: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SurroundingsError) as caught:
        load_key("pkcs11:transport")
    assert str(caught.value).startswith(expected)


@pytest.mark.usefixtures("token")
def test_a_wrong_pin_is_told_and_not_repeated() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(pkcs11.PIN, "10203040")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            assert pool.apply(refusal, ("pkcs11:transport",)) == "UIMKIT_PKCS11_PIN: the token refuses the PIN"


def refusal(source: str) -> str:
    """What `load_key` says in a fresh process, in which nobody has logged in."""
    with pytest.raises(SurroundingsError) as caught:
        load_key(source)
    return str(caught.value)


def test_without_the_package_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(SurroundingsError, match=r"pip install 'uimkit\[pkcs11\]'"):
        load_key("pkcs11:transport")


def test_importing_the_providers_needs_no_package() -> None:
    code = (
        "import sys, uimkit.perso.keys.provider, uimkit.perso.keys.pkcs11, uimkit.perso.keys.policy;"
        "print([n for n in ('cryptography', 'pkcs11') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
