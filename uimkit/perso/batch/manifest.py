"""The manifest: what a delivered folder holds, and all that is needed to check it again, on any machine.

It does not depend on clock, workers or chunks. The audit log, which has times, is bound the other way round: its line
"finished" names the SHA-256 of the manifest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from uimkit import __version__
from uimkit.errors import InputError, SurroundingsError, UimkitError
from uimkit.profile.build import CardProfile
from uimkit.profile.layers import Layer
from uimkit.profile.load import load_profile, parse_layers, shipped_profiles

MANIFEST = "manifest.json"
FORMAT, VERSION = "uimkit-batch", 1
PROFILE_FOLDER = "profile"

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Inside = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)?$")]
"""A file seen from the folder: it never leads out of it, nor to a hidden one."""


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table without unknown keys."""


class File(_Table, frozen=True, kw_only=True):
    """SHA-256 and length of a file."""

    sha256: Sha256
    bytes: Annotated[int, msgspec.Meta(ge=0)]


class Product(_Table, frozen=True, kw_only=True):
    """The card profile. ``copies`` are the files of one that is not shipped: its own, then what each extends.

    ``sha256`` is that of what it comes to (`profile_digest`).
    """

    name: str
    sha256: Sha256
    copies: tuple[Inside, ...] = ()


class Manifest(_Table, frozen=True, kw_only=True):
    """``order_sha256`` is of the order as it was given, ``input_sha256`` of the input file.

    ``columns`` are those of the input, ``secrets`` says where each secret field comes from, and ``uimkit`` which
    version made the folder. ``files`` names every file but the manifest itself, the audit log and the batch's state.
    """

    format: str = FORMAT
    version: int = VERSION
    uimkit: str = __version__
    order: str
    order_sha256: Sha256
    input_sha256: Sha256 | None = None
    profile: Product
    cards: Annotated[int, msgspec.Meta(ge=1)]
    warnings: int
    columns: tuple[str, ...]
    secrets: dict[str, str]
    notice: str = ""
    files: dict[Inside, File]

    def encoded(self) -> bytes:
        """The octets of the file: equal for equal content."""
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=1) + b"\n"


def load_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest of a folder and its SHA-256. Raises InputError: there is none. UimkitError: it is none."""
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no manifest, so no finished batch", str(folder)) from None
    except OSError as error:
        raise SurroundingsError(f"{path}: {error.strerror}") from error
    try:
        found = msgspec.json.decode(raw, type=Manifest)
    except msgspec.ValidationError as error:
        raise UimkitError(f"{path}: this is no manifest: {_in_words(str(error))}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UimkitError(f"{path}: this is no manifest: it is not JSON") from None
    if (found.format, found.version) != (FORMAT, VERSION):
        what = f"found format {found.format[:40]!a} version {found.version}, expected {FORMAT!r} version {VERSION}"
        raise UimkitError(f"{path}: {what}")
    return found, hashlib.sha256(raw).hexdigest()


def _in_words(message: str) -> str:
    return message[:1].lower() + message[1:].replace("`", "'")


def profile_digest(profile: CardProfile) -> str:
    """SHA-256 of what a profile comes to: its tables with what they extend, every file's shape, rights and content.

    So it also notices that another version of uimkit makes something else of the same text.
    """
    files = [
        (file.path, file.name, file.structure, file.size, file.record_length, repr(file.access), file.same_as)
        for file in profile.definition.files
    ]
    bodies = {path: body.hex() for path, body in profile.bodies.items()}
    return hashlib.sha256(msgspec.json.encode([profile.tables, files, bodies], order="deterministic")).hexdigest()


def profile_copies(profile: CardProfile, shipped: bool) -> dict[str, bytes]:
    """Name in the folder to content of every file that the profile is made of; none of a shipped one."""
    if shipped:
        return {}
    return {
        f"{PROFILE_FOLDER}/{number}-{_plain(Path(layer.source).name)}": layer.text.encode()
        for number, layer in enumerate(profile.layers, 1)
    }


def _plain(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)


def load_product(product: Product, folder: Path, made_with: str) -> CardProfile:
    """The profile of a folder, from the copies in it or as shipped.

    Raises UimkitError when it comes to something else than in the version of uimkit that made the folder.
    """
    if product.copies:
        texts = [Layer(str(folder / name), (folder / name).read_text(encoding="utf-8")) for name in product.copies]
        profile = parse_layers(texts, product.name)
    elif product.name in shipped_profiles():
        profile = load_profile(product.name)
    else:
        raise UimkitError(f"{folder}: uimkit {__version__} has no profile {product.name[:40]!a}, nor is a copy there")
    if profile_digest(profile) != product.sha256:
        said = f"the folder was made with uimkit {made_with}, this is {__version__}"
        raise UimkitError(f"{folder}: the profile {product.name} is not the one that the folder was made with; {said}")
    return profile


def fact(sha256: str, length: int) -> dict[str, object]:
    """Hash and length of a file, as `File` has them."""
    return {"sha256": sha256, "bytes": length}


def as_files(files: Mapping[str, Mapping[str, object]]) -> dict[str, File]:
    """The table of files, by name."""
    return msgspec.convert(dict(sorted(files.items())), dict[str, File])
