"""Where keys come from: an environment variable, a file, or a hardware module (PKCS#11)."""

from __future__ import annotations

import importlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uimkit.crypto.gsm import OPC_LENGTH
from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.keys.wrapping import AES_KEY_LENGTHS, DES_KEY_LENGTHS, Algorithm, Key

TEXT_SOURCES = "env:NAME, file:PATH"
SOURCES = f"{TEXT_SOURCES} or pkcs11:LABEL"
_KEY_LENGTHS = sorted({*AES_KEY_LENGTHS, *DES_KEY_LENGTHS})
_MIN_SEED = 16


def load_key(source: str) -> Key:
    """The key that "env:NAME" or "file:PATH" hold as hex digits, or that a module has as "pkcs11:LABEL".

    Which module, token and PIN say environment variables (`uimkit.perso.keys.pkcs11`). Raises InputError for an unknown
    kind of source and for anything but 32, 48 or 64 hex digits, of which it tells the number only; SurroundingsError
    when file or module can not be used.
    """
    kind, _, name = source.partition(":")
    if kind == "pkcs11" and name:
        from uimkit.perso.keys.pkcs11 import ModuleKey

        return ModuleKey(name)
    return SoftwareKey(_octets(source, *_KEY_LENGTHS, expected=SOURCES))


def load_seed(source: str) -> bytes:
    """A seed of derived secrets from "env:NAME" or "file:PATH": at least 32 hex digits. Raises as `load_key`."""
    return _octets(source)


def load_text(source: str) -> str:
    """A secret from "env:NAME" or "file:PATH" as it stands, blanks and line ends around it left out.

    Anything else is the secret itself. Raises as `load_key`, without the secret.
    """
    kind, _, name = source.partition(":")
    if kind == "env" and name:
        return _variable(name, source).strip()
    return _file(name, source).strip() if kind == "file" and name else source


def load_op(source: str) -> bytes:
    """The operator's OP of MILENAGE from "env:NAME" or "file:PATH": 32 hex digits. Raises as `load_key`."""
    return _octets(source, OPC_LENGTH)


def _octets(source: str, *lengths: int, expected: str = TEXT_SOURCES) -> bytes:
    """The octets of hex digits; without ``lengths`` any number of them that makes a seed."""
    kind, _, name = source.partition(":")
    if kind not in ("env", "file") or not name:
        raise InputError(f"expected {expected}", "key source")
    text = _variable(name, source) if kind == "env" else _file(name, source)
    digits = "".join(text.split())
    if not re.fullmatch(r"([0-9A-Fa-f]{2})*", digits) or not _fits(len(digits) // 2, lengths):
        wanted = " or ".join(str(2 * length) for length in lengths) if lengths else f"at least {2 * _MIN_SEED}"
        raise InputError(f"found {len(digits)} characters, expected {wanted} hex digits", source)
    return bytes.fromhex(digits)


def _fits(found: int, lengths: tuple[int, ...]) -> bool:
    return found in lengths if lengths else found >= _MIN_SEED


def _variable(name: str, source: str) -> str:
    text = os.environ.get(name)
    if text is None:
        raise InputError("there is no such environment variable", source)
    return text


def _file(name: str, source: str) -> str:
    try:
        return Path(name).read_text(encoding="ascii")
    except FileNotFoundError:
        raise InputError("there is no such file", source) from None
    except UnicodeDecodeError:
        raise InputError("expected ASCII characters, found other octets", source) from None
    except (OSError, ValueError) as error:
        raise SurroundingsError(f"{source}: {getattr(error, 'strerror', None) or error}") from None


@dataclass(frozen=True)
class SoftwareKey:
    """A key in memory, by the package ``cryptography``. Its ``repr`` shows nothing of it."""

    _octets: bytes = field(repr=False)

    @property
    def length(self) -> int:
        return len(self._octets)

    def encrypt(self, algorithm: Algorithm, blocks: bytes) -> bytes:
        """ECB over whole blocks. Raises InputError for a key the algorithm does not take."""
        return bytes(self._cipher(algorithm).encryptor().update(blocks))

    def decrypt(self, algorithm: Algorithm, blocks: bytes) -> bytes:
        """The way back."""
        return bytes(self._cipher(algorithm).decryptor().update(blocks))

    def wrap(self, plain: bytes, *, padded: bool) -> bytes:
        """AES key wrap: RFC 3394, or RFC 5649 when ``padded``."""
        keywrap = _cryptography("keywrap")
        return bytes((keywrap.aes_key_wrap_with_padding if padded else keywrap.aes_key_wrap)(self._octets, plain))

    def unwrap(self, wrapped: bytes, *, padded: bool) -> bytes:
        """The way back. Raises InputError when the data do not fit the key."""
        keywrap = _cryptography("keywrap")
        unwrap = keywrap.aes_key_unwrap_with_padding if padded else keywrap.aes_key_unwrap
        try:
            return bytes(unwrap(self._octets, wrapped))
        except (keywrap.InvalidUnwrap, ValueError):
            raise InputError("the wrapped data do not fit the key") from None

    def seal(self, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """AES-GCM: ciphertext and tag."""
        return bytes(_cryptography("ciphers.aead").AESGCM(self._octets).encrypt(nonce, plain, associated))

    def open(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """The way back. Raises InputError when key, nonce, data and associated data do not belong together."""
        invalid = importlib.import_module("cryptography.exceptions").InvalidTag
        try:
            return bytes(_cryptography("ciphers.aead").AESGCM(self._octets).decrypt(nonce, sealed, associated))
        except (invalid, ValueError):
            raise InputError("the wrapped data do not fit the key") from None

    def _cipher(self, algorithm: Algorithm) -> Any:
        ciphers = _cryptography("ciphers")
        if self.length not in (AES_KEY_LENGTHS if algorithm == "aes" else DES_KEY_LENGTHS):
            raise InputError(f"a key of {self.length} octets is none of {algorithm}")
        if algorithm == "aes":
            return ciphers.Cipher(ciphers.algorithms.AES(self._octets), ciphers.modes.ECB())
        decrepit = importlib.import_module("cryptography.hazmat.decrepit.ciphers.algorithms")
        # of two keys the first is the third as well
        return ciphers.Cipher(decrepit.TripleDES((self._octets * 2)[:24]), ciphers.modes.ECB())


def _cryptography(name: str) -> Any:
    """A module of the package, imported when a key is first used: start-up time counts."""
    try:
        return importlib.import_module(f"cryptography.hazmat.primitives.{name}")
    except ImportError as error:
        what = f"keys need the package cryptography ({error}): pip install 'uimkit[keys]'"
        raise SurroundingsError(what) from None
