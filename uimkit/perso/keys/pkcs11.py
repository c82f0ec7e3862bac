"""Keys in a hardware module, by PKCS#11. The one module that needs python-pkcs11, and only when a key is used.

The key never leaves the module: what is asked of it is ECB over blocks, and AES-GCM. Environment variables say where
it is: UIMKIT_PKCS11_MODULE, the path of the module's library; UIMKIT_PKCS11_TOKEN, the label of the token;
UIMKIT_PKCS11_PIN, the PIN of its user.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any

from uimkit.errors import InputError, SurroundingsError
from uimkit.perso.keys import keywrap
from uimkit.perso.keys.wrapping import TAG_BYTES, Algorithm, Key

MODULE, TOKEN, PIN = "UIMKIT_PKCS11_MODULE", "UIMKIT_PKCS11_TOKEN", "UIMKIT_PKCS11_PIN"

_DES_LENGTHS = {"DES2": 16, "DES3": 24}


class ModuleKey:
    """The secret key of that label in the token. Its ``repr`` shows the label; a copy in another process opens anew."""

    def __init__(self, label: str) -> None:
        """Raises SurroundingsError when package, module, token or PIN fail, InputError when there is no such key."""
        self.label = label
        self._kind: str = ""
        with self._object() as found:
            self._kind = found.key_type.name
            self.length = _DES_LENGTHS.get(self._kind) or found.key_length // 8

    def __repr__(self) -> str:
        return f"ModuleKey({self.label!r})"

    def __reduce__(self) -> tuple[Callable[[str], Key], tuple[str]]:
        return ModuleKey, (self.label,)

    def encrypt(self, algorithm: Algorithm, blocks: bytes) -> bytes:
        """ECB over whole blocks. Raises InputError for a key that is none of the algorithm."""
        with self._object() as found:
            return bytes(found.encrypt(blocks, mechanism=self._ecb(algorithm)))

    def decrypt(self, algorithm: Algorithm, blocks: bytes) -> bytes:
        """The way back."""
        with self._object() as found:
            return bytes(found.decrypt(blocks, mechanism=self._ecb(algorithm)))

    def wrap(self, plain: bytes, *, padded: bool) -> bytes:
        """AES key wrap: RFC 3394, or RFC 5649 when ``padded``."""
        return (keywrap.wrap_padded if padded else keywrap.wrap)(self._encrypt_block, plain)

    def unwrap(self, wrapped: bytes, *, padded: bool) -> bytes:
        """The way back. Raises InputError when the data do not fit the key."""
        return (keywrap.unwrap_padded if padded else keywrap.unwrap)(self._decrypt_block, wrapped)

    def seal(self, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
        """AES-GCM: ciphertext and tag."""
        with self._object() as found:
            return bytes(found.encrypt(plain, **self._gcm(nonce, associated)))

    def open(self, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
        """The way back. Raises InputError when key, nonce, data and associated data do not belong together."""
        try:
            with self._object() as found:
                return bytes(found.decrypt(sealed, **self._gcm(nonce, associated)))
        except _Refused:
            raise InputError("the wrapped data do not fit the key") from None

    def _encrypt_block(self, block: bytes) -> bytes:
        return self.encrypt("aes", block)

    def _decrypt_block(self, block: bytes) -> bytes:
        return self.decrypt("aes", block)

    def _ecb(self, algorithm: Algorithm) -> Any:
        if (algorithm == "3des") != (self._kind in _DES_LENGTHS):
            raise InputError(f"the key is {self._kind}, which is none of {algorithm}", f"pkcs11:{self.label}")
        mechanism = _pkcs11().Mechanism
        return mechanism.AES_ECB if algorithm == "aes" else mechanism.DES3_ECB

    def _gcm(self, nonce: bytes, associated: bytes) -> dict[str, Any]:
        pkcs11 = _pkcs11()
        parameters = pkcs11.GCMParams(nonce, associated, 8 * TAG_BYTES)
        return {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": parameters}

    @contextmanager
    def _object(self) -> Iterator[Any]:
        """The key's object, and the module's errors as ours. They never tell data, but may be without any text."""
        exceptions = _pkcs11().exceptions
        where = f"pkcs11:{self.label}"
        try:
            yield self._found[os.getpid()]
        except exceptions.NoSuchKey:
            raise InputError("the token has no secret key of this label", where) from None
        except exceptions.MultipleObjectsReturned:
            raise InputError("the token has several secret keys of this label", where) from None
        except exceptions.PKCS11Error as error:
            raise _Refused(f"{where}: the module refuses: {type(error).__name__} {error}".rstrip()) from None

    @cached_property
    def _found(self) -> _ByProcess:
        return _ByProcess(self.label)


class _Refused(SurroundingsError):
    """The module did not do what it was asked."""


class _ByProcess(dict[int, Any]):
    """The object of a key in each process: handles do not outlive a fork."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label

    def __missing__(self, process: int) -> Any:
        pkcs11 = _pkcs11()
        session = _session(_setting(MODULE), _setting(TOKEN), process)
        found = session.get_key(label=self._label, object_class=pkcs11.ObjectClass.SECRET_KEY)
        self[process] = found
        return found


@lru_cache(maxsize=1)
def _session(module: str, token: str, process: int) -> Any:
    """The one session of a process; the module is started anew where another process had started it."""
    pkcs11 = _pkcs11()
    try:
        library = pkcs11.lib(module)
        if _started.setdefault(module, process) != process:
            library.reinitialize()
            _started[module] = process
        return library.get_token(token_label=token).open(user_pin=_setting(PIN))
    except pkcs11.exceptions.NoSuchToken:
        raise SurroundingsError(f"{TOKEN}: the module has no token of the label {token!a}") from None
    except pkcs11.exceptions.PinIncorrect:
        raise SurroundingsError(f"{PIN}: the token refuses the PIN") from None
    except pkcs11.exceptions.PKCS11Error as error:
        raise SurroundingsError(f"{MODULE}: {module}: {type(error).__name__} {error}".rstrip()) from None


_started: dict[str, int] = {}
"""The process that started each module."""


def _setting(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SurroundingsError(f"{name} is not set: keys in a module need {MODULE}, {TOKEN} and {PIN}")
    return value


def _pkcs11() -> Any:
    try:
        return importlib.import_module("pkcs11")
    except ImportError as error:
        what = f"keys in a module need the package python-pkcs11 ({error}): pip install 'uimkit[pkcs11]'"
        raise SurroundingsError(what) from None
