"""Bytes of a contacts file to text: the encoding ladder."""

from __future__ import annotations

import codecs
from pathlib import Path

from uimkit.errors import InputError

# GB18030 holds GB2312 and GBK: a file that says one often holds characters of the next.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "euc_cn": "gb18030"}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def reading_codec(name: str, where: str) -> str:
    """The codec to read ``name`` with; raises InputError for a name that is no text encoding."""
    try:
        info = codecs.lookup(name)
        "".encode(info.name)
    except LookupError:
        raise InputError(
            f"encoding {name!r} is not known; expected utf-8, gbk, gb18030, utf-16 or the like", where
        ) from None
    return _WIDER.get(info.name.replace("-", "_"), info.name)


def read_bytes(path: Path) -> bytes:
    """The file's bytes; raises InputError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", str(path)) from None


def marked_encoding(data: bytes) -> str | None:
    """The encoding that a byte order mark at the start tells, if there is one."""
    return next((codec for mark, codec in _BOMS if data.startswith(mark)), None)


def decode(data: bytes, encoding: str | None, where: str) -> str:
    """The text: by byte order mark, else as ``encoding`` says, else strict UTF-8. Raises InputError with the offset."""
    codec = marked_encoding(data) or reading_codec(encoding or "utf-8", where)
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        asked = encoding or ("UTF-16" if codec == "utf-16" else "UTF-8")
        hint = "" if encoding else advice(data)
        raise InputError(f"byte offset {error.start} is not {asked}{hint}", f"{where}:{line}") from None


def advice(data: bytes) -> str:
    """What to advise about octets that are not UTF-8."""
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return "; say which encoding it is with --encoding"
    return "; it looks like GBK: say --encoding gbk"
