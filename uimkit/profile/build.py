"""Makes a card out of a profile's tables: definition, policy, and the content of a fresh card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from uimkit.card.codes import Code, adm_bytes, chv_bytes, unblock_bytes
from uimkit.card.creation import in_order
from uimkit.card.definition import (
    ALW,
    NEV,
    OPERATIONAL,
    AccessNibbles,
    CardDefinition,
    Choices,
    CodeDef,
    FileDef,
    code_file,
)
from uimkit.card.keys import KEY_LENGTHS, OPC
from uimkit.card.memory import Memory, fresh_memory
from uimkit.coding.errors import CodecError
from uimkit.crypto.gsm import GsmAlgorithm
from uimkit.files import catalogue
from uimkit.files.spec import Access, FileSpec, Structure, Value
from uimkit.oneway.policy import (
    DF_PHS,
    EF_ADN,
    EF_CDMA_SMS,
    EF_EXT1,
    EF_LND,
    EF_SMS,
    Latch,
    LateLatch,
    Policy,
    Read,
    Readback,
    Write,
)
from uimkit.profile import schema
from uimkit.profile.errors import ProfileError
from uimkit.profile.layers import Layer, place
from uimkit.profile.locate import Key
from uimkit.simulator.product import Blueprint, Product
from uimkit.simulator.whole_memory import WholeMemory

PHS_ASSUMPTION = f"DF_PHS {DF_PHS} is an ASSUMPTION: there is no public file tree of the PHS PIM card"
ADM = "ADM"
SERVICE_TABLES = {"SST": "3F00/7F20/6F38", "CST": "3F00/7F25/6F32"}
_MIRRORED = (EF_ADN, EF_LND, EF_EXT1, EF_SMS, EF_CDMA_SMS)
"""The files that have a mirror (uimkit.oneway.mirrors)."""
_RIGHTS = ("read", "update", "increase", "invalidate", "rehabilitate")
_ORPHANS = "#orphans"
_INITIALISATION = b"\x01"
_DEFAULT_ADM_LEVEL = 4


@dataclass(frozen=True)
class CardProfile:
    """A profile resolved in full. ``bodies`` is the content of every EF of a pre-personalised card, by path.

    It is empty for a second way to another file's records.

    ``layers`` are the profile's own file and those it extends, its own first.
    """

    name: str
    title: str
    product: Product
    bodies: Mapping[str, bytes]
    tables: schema.Profile
    layers: tuple[Layer, ...]

    @property
    def source(self) -> str:
        """The profile's own file, as messages name it."""
        return self.layers[0].source

    @property
    def text(self) -> str:
        """The text of the profile's own file."""
        return self.layers[0].text

    @property
    def definition(self) -> CardDefinition:
        return self.product.definition

    def fresh_memory(self) -> Memory:
        """The memory of a pre-personalised card."""
        return fresh_memory(self.definition, dict(self.bodies))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """A line for each thing of this card that no public text stands behind and that is not there by default."""
        return (PHS_ASSUMPTION,) if DF_PHS in self.definition.index else ()

    def error(self, path: tuple[Key, ...], message: str) -> ProfileError:
        """An error that names file and line of a key of this profile."""
        return ProfileError(self.layers, path, message)

    def place(self, path: tuple[Key, ...]) -> tuple[str, int]:
        """File and line of a key of this profile."""
        return place(self.layers, path)


def build(tables: schema.Profile, *, name: str, layers: tuple[Layer, ...]) -> CardProfile:
    """Resolve the tables against the catalogue. Raises ProfileError."""
    return _Builder(tables, name, layers).build()


class _Builder:
    def __init__(self, tables: schema.Profile, name: str, layers: tuple[Layer, ...]) -> None:
        self.tables, self.name, self.layers = tables, name, layers
        self.level = tables.adm.level if tables.adm else _DEFAULT_ADM_LEVEL
        self.files: list[FileDef] = []
        self.bodies: dict[str, bytes] = {}
        self.codes: list[CodeDef] = []

    def build(self) -> CardProfile:
        self._files()
        self._phs_directory()
        self._services()
        self._codes()
        self._keys_and_lifecycle()
        self._orphans()
        self._check_tree()
        administrative = self.tables.administrative
        definition = CardDefinition(
            profile=self.name,
            atr=bytes.fromhex(self.tables.atr),
            files=in_order(self.files),
            codes=tuple(self.codes),
            keys={name: key.path for name, key in administrative.keys.items()},
            aliases=dict(self.tables.aliases),
            lifecycle=administrative.lifecycle,
            free_memory=self.tables.free_memory,
            characteristics=int(self.tables.characteristics, 16) & 0x7F,
            choices=self._choices(),
        )
        policy = self._policy()
        product = Product(definition, policy, self._blueprint(definition, policy))
        return CardProfile(self.name, self.tables.title, product, self.bodies, self.tables, self.layers)

    def _blueprint(self, definition: CardDefinition, policy: Policy) -> Blueprint | None:
        """What administrative commands need: without the ADM nobody could give them, without a life cycle all could."""
        if self.tables.administrative.commands == "none":
            return None
        if definition.lifecycle is None or ADM not in definition.code_by_name:
            at = ("administrative", "commands")
            raise self._error(at, 'found "ts-102-222", which needs an [adm] table and [administrative] lifecycle')
        return Blueprint(definition, policy)

    def _error(self, path: tuple[Key, ...], message: str) -> ProfileError:
        return ProfileError(self.layers, path, message)

    def _files(self) -> None:
        for path, entry in self.tables.files.items():
            if entry.same_as is not None:
                self._second_way(path, entry, entry.same_as)
                continue
            spec = catalogue.by_path(path)
            file = self._file_def(path, entry, spec)
            self.files.append(file)
            if file.is_ef:
                self.bodies[path] = self._content(file, entry, spec)

    def _second_way(self, path: str, entry: schema.File, store: str) -> None:
        """A file that shows the records of another; name and access are that file's when not given (V8)."""
        at = ("files", path)
        target = self.tables.files.get(store)
        if target is None or target.same_as is not None:
            raise self._error((*at, "same_as"), f'found "{store}", expected a file of the profile with records')
        if entry != schema.File(name=entry.name, same_as=store, access=entry.access):
            raise self._error(at, "expected nothing beside same_as, name and access: the rest is the other file's")
        spec = catalogue.by_path(store)
        file = self._file_def(store, target, spec)
        if not file.record_length:
            raise self._error((*at, "same_as"), f'found "{store}", expected a file with records')
        access = schema.AccessOverride(
            **{right: getattr(entry.access, right) or getattr(target.access, right) for right in _RIGHTS}
        )
        self.files.append(
            replace(file, path=path, name=entry.name or file.name, access=self._access(access, spec), same_as=store)
        )
        self.bodies[path] = b""

    def _phs_directory(self) -> None:
        """DF_PHS with a second path to EF_ADN, when the profile asks for it (S4). The names say what it is."""
        if not self.tables.oneway.phs_directory:
            return
        at = ("oneway", "phs_directory")
        book = next((file for file in self.files if file.path == EF_ADN), None)
        if book is None or EF_ADN not in self.tables.oneway.protected:
            raise self._error(at, f"found true, expected a protected {EF_ADN} to lead to")
        if any(file.path == DF_PHS for file in self.files):
            raise self._error(at, f"found true, but the profile has a file {DF_PHS} of its own")
        path = f"{DF_PHS}/{EF_ADN[-4:]}"
        self.files.append(FileDef(DF_PHS, "DF_PHS (ASSUMPTION)", Structure.DF))
        self.files.append(replace(book, path=path, name="EF_ADN of DF_PHS (ASSUMPTION)", same_as=EF_ADN))
        self.bodies[path] = b""

    def _file_def(self, path: str, entry: schema.File, spec: FileSpec | None) -> FileDef:
        at = ("files", path)
        if spec is None and (entry.name is None or entry.structure is None):
            raise self._error(
                at, "no such file in the catalogue; expected a known path, or name, structure, size and access"
            )
        if spec is not None and entry.structure is not None and entry.structure != spec.structure:
            raise self._error(
                (*at, "structure"), f'found "{entry.structure}", expected "{spec.structure}" as in the standard'
            )
        structure = spec.structure if spec else Structure(entry.structure or "")
        name = entry.name or (spec.name if spec else "")
        if structure in (Structure.MF, Structure.DF):
            return FileDef(path, name, structure)
        size, record_length = self._sizes(path, entry, spec, structure)
        access = self._access(entry.access, spec)
        blank = spec.blank if spec else None
        return FileDef(path, name, structure, size, record_length, access, entry.usable_invalidated, blank=blank)

    def _sizes(self, path: str, entry: schema.File, spec: FileSpec | None, structure: Structure) -> tuple[int, int]:
        size = spec.size if spec else None
        field = "size" if structure is Structure.TRANSPARENT else "record_length"
        length = getattr(entry, field) or (size.default if size else None)
        if length is None:
            raise self._error(("files", path), f"expected {field} (bytes)")
        if size and not size.legal(length):
            raise self._error(
                ("files", path, field), f"found {length} bytes, expected {size.rule} (the standard's rule)"
            )
        if structure is Structure.TRANSPARENT:
            return length, 0
        count = entry.record_count or (size.records if size else None)
        if count is None:
            raise self._error(("files", path), "expected record_count")
        if structure is Structure.LINEAR_FIXED and count > 254:
            raise self._error(
                ("files", path, "record_count"), f"found {count}, expected at most 254 records (GSM 11.11 6.4.2)"
            )
        return length * count, length

    def _access(self, entry: schema.AccessOverride, spec: FileSpec | None) -> AccessNibbles:
        standard = spec.access if spec and spec.access else Access.of("ADM ADM - ADM ADM")
        return AccessNibbles(*(self._nibble(getattr(entry, right) or getattr(standard, right)) for right in _RIGHTS))

    def _nibble(self, condition: str) -> int:
        first = condition.split("/", 1)[0].split(" ", 1)[0]
        return {"ALW": ALW, "CHV1": 1, "CHV2": 2, ADM: self.level}.get(first, NEV)

    def _content(self, file: FileDef, entry: schema.File, spec: FileSpec | None) -> bytes:
        at = ("files", file.path)
        if not file.record_length:
            self._refuse(at, entry, ("records", "values"), "a transparent EF takes content or value")
            given = self._one(entry.content, entry.value, file.size, spec, at, ("content", "value"))
            fresh = spec.default_content(file.size) if spec else b"\xff" * file.size
            return given + fresh[len(given) :]
        self._refuse(at, entry, ("content", "value"), "a record EF takes records or values")
        given = b"".join(
            [self._one(text, None, file.record_length, spec, (*at, "records", i), ("", "")) for i, text in
             enumerate(entry.records or [])]
            + [self._one(None, value, file.record_length, spec, (*at, "values", i), ("", "")) for i, value in
               enumerate(entry.values or [])]
        )  # fmt: skip
        fresh = spec.default_content(file.record_length) if spec else b"\xff" * file.record_length
        if len(given) > file.size:
            raise self._error(at, f"found {len(given) // file.record_length} records, expected at most {file.records}")
        return given + fresh * (file.records - len(given) // file.record_length)

    def _refuse(self, at: tuple[Key, ...], entry: schema.File, fields: tuple[str, ...], expected: str) -> None:
        for field in fields:
            if getattr(entry, field) is not None:
                raise self._error((*at, field), f"found {field}, but {expected}")

    def _one(
        self,
        text: str | None,
        value: Value,
        length: int,
        spec: FileSpec | None,
        at: tuple[Key, ...],
        names: tuple[str, str],
    ) -> bytes:
        """The bytes given for one body or record; of hex shorter than a record the rest is FF."""
        if text is not None:
            body = bytes.fromhex(text)
            if len(body) > length:
                raise self._error((*at, names[0]), f"found {len(body)} bytes, expected at most {length}")
            return body if names[0] else body.ljust(length, b"\xff")
        if value is None:
            return b""
        if spec is None or spec.codec is None:
            raise self._error((*at, names[1]), "found a value, but the catalogue has no codec here; give hex")
        try:
            return spec.codec.encode(value, length)
        except CodecError as error:
            raise self._error((*at, names[1]), str(error)) from None

    def _services(self) -> None:
        for table, numbers in self.tables.services.items():
            path = SERVICE_TABLES[table]
            if path not in self.bodies:
                raise self._error(("services", table), f"the card has no file {path} for this table")
            body = bytearray(len(self.bodies[path]))
            for position, number in enumerate(numbers):
                byte, shift = divmod(number - 1, 4)
                if byte >= len(body):
                    raise self._error(
                        ("services", table, position), f"found service {number}, the table has {len(body)} bytes"
                    )
                body[byte] |= 3 << 2 * shift
            self.bodies[path] = bytes(body)

    def _codes(self) -> None:
        administrative = self.tables.administrative
        for name, level, chv, path in (
            ("CHV1", 1, self.tables.chv1, administrative.chv1),
            ("CHV2", 2, self.tables.chv2, administrative.chv2),
        ):
            if chv is not None:
                unblock = unblock_bytes(chv.unblock) if chv.unblock else b"\xff" * 8
                unblock_tries = chv.unblock_tries if chv.unblock else 0
                code = Code(
                    chv_bytes(chv.value), chv.tries, chv.tries, unblock, unblock_tries, unblock_tries, True, chv.enabled
                )
                self._code(name, level, level, path, code)
        adm = self.tables.adm
        if adm is not None:
            try:
                value = adm_bytes(adm.value)
            except ValueError as error:
                raise self._error(("adm", "value"), f"expected {error}") from None
            self._code("ADM", adm.level, int(adm.p2, 16), administrative.adm, Code(value, adm.tries, adm.tries))

    def _code(self, name: str, level: int, p2: int, path: str | None, code: Code) -> None:
        place = path or f"#{name}"
        self.codes.append(CodeDef(name, level, p2, place))
        self._own_file(code_file(place, f"EF_{name}", self.level), code.to_bytes(), ("administrative", name.lower()))

    def _keys_and_lifecycle(self) -> None:
        administrative = self.tables.administrative
        for name, key in administrative.keys.items():
            length = KEY_LENGTHS.get(name, key.length)
            if key.length != length:
                raise self._error(
                    ("administrative", "keys", name, "length"),
                    f"found {key.length}, expected {length} bytes for {name}",
                )
            body = bytes.fromhex(key.value) if key.value else b"\xff" * key.length
            if len(body) != key.length:
                raise self._error(
                    ("administrative", "keys", name, "value"), f"found {len(body)} bytes, expected {key.length}"
                )
            access = AccessNibbles(update=self.level)
            file = FileDef(key.path, f"EF_{name.upper()}", Structure.TRANSPARENT, key.length, 0, access)
            self._own_file(file, body, ("administrative", "keys", name, "path"))
        if administrative.lifecycle:
            access = AccessNibbles(read=ALW, update=self.level)
            file = FileDef(administrative.lifecycle, "EF_LIFECYCLE", Structure.TRANSPARENT, 1, 0, access)
            self._own_file(file, _INITIALISATION, ("administrative", "lifecycle"))

    def _own_file(self, file: FileDef, body: bytes, at: tuple[Key, ...]) -> None:
        if file.path in self.bodies:
            raise self._error(at, f'found "{file.path}", which is the path of another file already')
        self.files.append(file)
        self.bodies[file.path] = body

    def _check_tree(self) -> None:
        """Parents exist and are directories; no identifier is that of an ancestor or stands twice (GSM 11.11 6.2)."""
        known = {file.path: file for file in self.files}
        if "3F00" not in known:
            raise self._error(("files",), 'expected the master file "3F00"')
        for path, file in known.items():
            if not file.selectable or path == "3F00":
                continue
            parent = known.get(file.parent)
            if parent is None or parent.is_ef:
                raise self._error(("files", path), f'expected its directory "{file.parent}" in the profile')
            if path[-4:] in file.parent.split("/"):
                raise self._error(("files", path), f"found identifier {path[-4:]}, which is an ancestor's (6.2)")
        for alias, path in self.tables.aliases.items():
            if path not in known or alias in known:
                raise self._error(("aliases", alias), "expected a new path that stands for a directory of the profile")

    def _policy(self) -> Policy:
        oneway = self.tables.oneway
        known = {file.path: file for file in self.files}
        for field, paths in (("protected", oneway.protected), ("hidden", oneway.hidden)):
            for position, path in enumerate(paths):
                if path not in known:
                    raise self._error(("oneway", field, position), f'found "{path}", which the profile does not have')
                if field == "protected" and path not in _MIRRORED:
                    raise self._error(
                        ("oneway", field, position),
                        f'found "{path}", expected {" or ".join(_MIRRORED)}; other files can be hidden',
                    )
        for field, path in (("inbox_adn", EF_ADN), ("inbox_ext1", EF_EXT1)):
            reserved = getattr(oneway, field)
            if reserved and (oneway.write != "inbox" or path not in known or reserved > known[path].records):
                raise self._error(
                    ("oneway", field), f'found {reserved}, which needs write = "inbox" and as many records'
                )
        return Policy(
            latch=frozenset(Latch(name) for name in oneway.latch),
            protected=frozenset(oneway.protected),
            hidden=frozenset(oneway.hidden),
            read=Read(oneway.read),
            write=Write(oneway.write),
            readback=Readback(oneway.readback),
            late_latch=LateLatch(oneway.late_latch),
            inbox_adn=oneway.inbox_adn,
            inbox_ext1=oneway.inbox_ext1,
            orphans=_ORPHANS if _ORPHANS in known else None,
        )

    def _orphans(self) -> None:
        """The card's own marks of EXT1 records that nothing ever named, one byte a record (W7)."""
        extensions = next((file for file in self.files if file.path == EF_EXT1), None)
        if extensions is not None and EF_EXT1 in self.tables.oneway.protected:
            marks = FileDef(_ORPHANS, "EXT1 orphans", Structure.TRANSPARENT, extensions.records)
            self._own_file(marks, bytes(marks.size), ("oneway", "protected"))

    def _choices(self) -> Choices:
        given: dict[str, Any] = {}
        for field in fields(Choices):
            value = getattr(self.tables.choices, field.name)
            if value is not None:
                given[field.name] = int(value, 16) if field.name.endswith("_sw") else value
        choices = Choices(**given)
        if choices.gsm_algorithm is GsmAlgorithm.MILENAGE_2G and OPC not in self.tables.administrative.keys:
            raise self._error(
                ("choices", "gsm_algorithm"), f'found "{choices.gsm_algorithm}", which needs a key object "{OPC}"'
            )
        return choices


def personalised(definition: CardDefinition, memory: Memory | WholeMemory) -> None:
    """Take the end-of-personalisation step, if the card has one (S3)."""
    if definition.lifecycle:
        memory.write(definition.index[definition.lifecycle], 0, OPERATIONAL)
