"""AES key wrap over a block cipher that lies elsewhere: RFC 3394, and RFC 5649 for lengths that are no multiple of 8.

For keys in hardware modules, whose own mechanisms differ: SoftHSM 2.6 pads short secrets with zeros before it wraps
them, and so loses their length. Keys in memory use the package ``cryptography``, which is the oracle of this code.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from uimkit.errors import InputError

_HALF = 8
_ROUNDS = 6
_INITIAL = bytes.fromhex("A6A6A6A6A6A6A6A6")
_ALTERNATIVE = bytes.fromhex("A65959A6")

BlockCipher = Callable[[bytes], bytes]
"""One block of 16 octets under the key."""


def wrap(encrypt: BlockCipher, plain: bytes) -> bytes:
    """RFC 3394 2.2.1: ``plain`` of 16 octets or more, a multiple of 8; 8 octets are added. Raises InputError."""
    if len(plain) < 2 * _HALF or len(plain) % _HALF:
        raise InputError(f"found {len(plain)} octets, expected a multiple of {_HALF} of at least {2 * _HALF}")
    return _wrapped(encrypt, _INITIAL, plain)


def unwrap(decrypt: BlockCipher, wrapped: bytes) -> bytes:
    """RFC 3394 2.2.2. Raises InputError when the data do not fit the key."""
    if len(wrapped) < 3 * _HALF or len(wrapped) % _HALF:
        raise _misfit()
    initial, plain = _unwrapped(decrypt, wrapped)
    if not hmac.compare_digest(initial, _INITIAL):
        raise _misfit()
    return plain


def wrap_padded(encrypt: BlockCipher, plain: bytes) -> bytes:
    """RFC 5649 4.1: any ``plain`` that is not empty. Raises InputError."""
    if not plain:
        raise InputError("found 0 octets, expected at least 1")
    initial = _ALTERNATIVE + len(plain).to_bytes(4, "big")
    padded = plain + bytes(-len(plain) % _HALF)
    return encrypt(initial + padded) if len(padded) == _HALF else _wrapped(encrypt, initial, padded)


def unwrap_padded(decrypt: BlockCipher, wrapped: bytes) -> bytes:
    """RFC 5649 4.2. Raises InputError when the data do not fit the key."""
    if len(wrapped) < 2 * _HALF or len(wrapped) % _HALF:
        raise _misfit()
    if len(wrapped) == 2 * _HALF:
        block = decrypt(wrapped)
        initial, padded = block[:_HALF], block[_HALF:]
    else:
        initial, padded = _unwrapped(decrypt, wrapped)
    length = int.from_bytes(initial[4:], "big")
    fits = hmac.compare_digest(initial[:4], _ALTERNATIVE) and 0 <= len(padded) - length < _HALF
    if not fits or any(padded[length:]):
        raise _misfit()
    return padded[:length]


def _wrapped(encrypt: BlockCipher, initial: bytes, plain: bytes) -> bytes:
    check = initial
    parts = [plain[at : at + _HALF] for at in range(0, len(plain), _HALF)]
    for step in range(_ROUNDS * len(parts)):
        at = step % len(parts)
        block = encrypt(check + parts[at])
        check, parts[at] = _counted(block[:_HALF], step + 1), block[_HALF:]
    return check + b"".join(parts)


def _unwrapped(decrypt: BlockCipher, wrapped: bytes) -> tuple[bytes, bytes]:
    check = wrapped[:_HALF]
    parts = [wrapped[at : at + _HALF] for at in range(_HALF, len(wrapped), _HALF)]
    for step in reversed(range(_ROUNDS * len(parts))):
        at = step % len(parts)
        block = decrypt(_counted(check, step + 1) + parts[at])
        check, parts[at] = block[:_HALF], block[_HALF:]
    return check, b"".join(parts)


def _counted(check: bytes, step: int) -> bytes:
    return (int.from_bytes(check, "big") ^ step).to_bytes(_HALF, "big")


def _misfit() -> InputError:
    return InputError("the wrapped data do not fit the key")
