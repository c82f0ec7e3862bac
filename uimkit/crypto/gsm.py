"""The algorithms behind RUN GSM ALGORITHM: from Ki and RAND (16 bytes each) to SRES (4) and Kc (8).

The standard leaves the algorithm to the operator (GSM 11.11 8.16). The XOR test algorithm needs nothing; MILENAGE takes
AES from the package ``cryptography``; COMP128 is not here at all: a package of that name is used when it is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import import_module

from uimkit.errors import SurroundingsError

KI_LENGTH, OPC_LENGTH, RAND_LENGTH = 16, 16, 16
SRES_LENGTH, KC_LENGTH = 4, 8

Algorithm = Callable[[bytes, bytes], tuple[bytes, bytes]]
"""Ki and RAND to SRES and Kc."""


class GsmAlgorithm(StrEnum):
    """What a profile may name."""

    XOR_2G = "xor-2g"
    MILENAGE_2G = "milenage-2g"
    COMP128V1 = "comp128v1"
    COMP128V2 = "comp128v2"
    COMP128V3 = "comp128v3"


def run(algorithm: GsmAlgorithm, ki: bytes, rand: bytes, opc: bytes | None = None) -> bytes:
    """SRES and Kc, 12 bytes. ``opc`` (16 bytes) belongs to MILENAGE.

    Raises SurroundingsError when the package an algorithm needs is not installed, ValueError for MILENAGE without OPc.
    """
    if algorithm is GsmAlgorithm.XOR_2G:
        return xor_2g(ki, rand)
    if algorithm is GsmAlgorithm.MILENAGE_2G:
        if opc is None:
            raise ValueError("MILENAGE needs OPc")
        return milenage_2g(ki, rand, opc)
    sres, kc = _comp128(algorithm)(ki, rand)
    return bytes(sres) + bytes(kc)


def xor_2g(ki: bytes, rand: bytes) -> bytes:
    """The test algorithm of TS 51.010-1 annex 4 (A.4.1.2): the first 12 bytes of Ki xor RAND."""
    return _xor(ki, rand)[: SRES_LENGTH + KC_LENGTH]


def milenage_2g(ki: bytes, rand: bytes, opc: bytes) -> bytes:
    """MILENAGE for GSM: f2, f3 and f4 of TS 35.206, folded by the conversion functions c2 and c3 (TS 33.102 6.8.1.2).

    Raises SurroundingsError without the package ``cryptography``.
    """
    cipher = _aes(ki)
    mixed = _xor(cipher(_xor(rand, opc)), opc)

    def output(rotated_bytes: int, constant: int) -> bytes:
        turned = mixed[rotated_bytes:] + mixed[:rotated_bytes]
        return _xor(cipher(turned[:-1] + bytes((turned[-1] ^ constant,))), opc)

    res, ck, ik = output(0, 1)[8:], output(4, 2), output(8, 4)
    kc = _xor(_xor(ck[:8], ck[8:]), _xor(ik[:8], ik[8:]))
    return _xor(res[:4], res[4:]) + kc


def milenage_opc(ki: bytes, op: bytes) -> bytes:
    """OPc (16 bytes) of a key and the operator's OP (16 bytes each): TS 35.206 4.1.

    Raises SurroundingsError without the package ``cryptography``.
    """
    return _xor(_aes(ki)(op), op)


def _xor(first: bytes, second: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(first, second, strict=True))


def _aes(key: bytes) -> Callable[[bytes], bytes]:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError as error:
        raise SurroundingsError(
            f"MILENAGE needs the package cryptography ({error}): pip install 'uimkit[milenage]'"
        ) from None
    cipher = Cipher(algorithms.AES(key), modes.ECB())
    return lambda block: cipher.encryptor().update(block)


_COMP128: Mapping[GsmAlgorithm, tuple[str, str, str]] = {
    GsmAlgorithm.COMP128V1: ("comp128.comp128v1", "Comp128v1", "comp128v1"),
    GsmAlgorithm.COMP128V2: ("comp128.comp128v23", "Comp128v23", "comp128v2"),
    GsmAlgorithm.COMP128V3: ("comp128.comp128v23", "Comp128v23", "comp128v3"),
}
"""Module, class and method of the package ``comp128`` for each version."""


def _comp128(algorithm: GsmAlgorithm) -> Algorithm:
    """The algorithm out of whatever is installed under the name; the package is GPL, hence no dependency of ours."""
    module, kind, method = _COMP128[algorithm]
    try:
        found: Algorithm = getattr(getattr(import_module(module), kind)(), method)
    except (ImportError, AttributeError) as error:
        raise SurroundingsError(
            f"{algorithm} needs the package comp128 ({error}), which is GPL and no part of uimkit: pip install comp128"
        ) from None
    return found
