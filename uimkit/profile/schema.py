"""The shape of a profile file. One class for each table; ``uimkit profile schema`` prints it as JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

from uimkit.crypto.gsm import GsmAlgorithm

HexByte = Annotated[str, Meta(pattern="^[0-9A-F]{2}$", description="one byte, two hex digits")]
HexBytes = Annotated[str, Meta(pattern="^([0-9A-F]{2})*$", description="bytes as upper-case hex digits")]
Path = Annotated[str, Meta(pattern="^3F00(/[0-9A-F]{4}){0,3}$", description='file path, such as "3F00/7F25/6F22"')]
StatusWord = Annotated[str, Meta(pattern="^[0-9A-F]{4}$", description="status word, four hex digits")]
Condition = Literal["ALW", "CHV1", "CHV2", "ADM", "NEV"]
Count = Annotated[int, Meta(ge=1, le=15)]
Digits = Annotated[str, Meta(pattern="^[0-9]{4,8}$", description="4 to 8 decimal digits")]
UnblockDigits = Annotated[str, Meta(pattern="^[0-9]{8}$", description="8 decimal digits")]


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    """A TOML table: unknown fields are errors."""


class Chv(_Table):
    """A CHV: its first value and how many false presentations it stands."""

    value: Digits
    enabled: bool = True
    tries: Count = 3
    unblock: UnblockDigits | None = None
    unblock_tries: Count = 10


class Adm(_Table):
    """The administrative code that opens every ADM condition, presented by VERIFY CHV with ``p2`` (ASSUMPTION)."""

    value: str
    p2: HexByte = "04"
    level: Annotated[int, Meta(ge=4, le=14)] = 4
    tries: Count = 10


class Key(_Table):
    """A secret that no command reads: an EF with READ NEV and UPDATE ADM (ASSUMPTION)."""

    path: Path
    length: Annotated[int, Meta(ge=1, le=512)]
    value: HexBytes | None = None


class Administrative(_Table):
    """Where secrets and the life cycle are kept. No standard gives these files: all of it is ASSUMPTION."""

    chv1: Path | None = None
    chv2: Path | None = None
    adm: Path | None = None
    lifecycle: Path | None = None
    commands: Annotated[
        Literal["none", "ts-102-222"],
        Meta(description="commands that create files before the end of personalisation; needs adm and lifecycle"),
    ] = "none"
    keys: dict[str, Key] = {}


class AccessOverride(_Table):
    """Access conditions that differ from the standard's."""

    read: Condition | None = None
    update: Condition | None = None
    increase: Condition | None = None
    invalidate: Condition | None = None
    rehabilitate: Condition | None = None


class File(_Table):
    """One file. Everything left out comes from the catalogue; a file the catalogue lacks gives it all.

    ``content`` and ``value`` fill a transparent EF from its start, ``records`` and ``values`` record by record; what
    is left over keeps the content of a fresh file. ``same_as`` is a path to whose records this file is a second way; it
    says nothing else but ``name`` and ``access``.
    """

    name: str | None = None
    same_as: Path | None = None
    structure: Literal["DF", "transparent", "linear-fixed", "cyclic"] | None = None
    size: Annotated[int, Meta(ge=1, le=65535)] | None = None
    record_length: Annotated[int, Meta(ge=1, le=255)] | None = None
    record_count: Annotated[int, Meta(ge=1, le=255)] | None = None
    access: AccessOverride = field(default_factory=AccessOverride)
    usable_invalidated: bool = False
    content: HexBytes | None = None
    value: Any = None
    records: list[HexBytes] | None = None
    values: list[Any] | None = None


class Oneway(_Table):
    """Who sees what (docs/one-way.md). Without this table the card is an ordinary one."""

    latch: tuple[Literal["read-cdma-identity", "store-esn", "select-df-cdma"], ...] = ("read-cdma-identity",)
    late_latch: Literal["refuse", "allow"] = "refuse"
    protected: list[Path] = []
    hidden: list[Path] = []
    read: Literal["blank", "deny"] = "blank"
    write: Literal["redirect", "direct", "inbox"] = "redirect"
    readback: Literal["never", "session"] = "never"
    phs_directory: Annotated[
        bool, Meta(description="ASSUMPTION: a DF_PHS 3F00/7F42 with a second path to EF_ADN, for PHS phones")
    ] = False
    inbox_adn: Annotated[int, Meta(ge=0, le=254)] = 0
    inbox_ext1: Annotated[int, Meta(ge=0, le=254)] = 0


class OpenChoices(_Table):
    """What the standards leave open; see ``uimkit.card.definition.Choices``."""

    cyclic_update_mode_sw: StatusWord | None = None
    increase_without_right_sw: StatusWord | None = None
    wrong_directory_sw: StatusWord | None = None
    blocked_disabled_chv1_grants: bool | None = None
    blocking_enables_chv1: bool | None = None
    temporary_ssd: bool | None = None
    gsm_algorithm: GsmAlgorithm | None = None


class Personalisation(_Table):
    """Which field of the batch data goes into which file, and what a field is when the data leave it out."""

    fields: dict[str, Path] = {}
    defaults: dict[str, str] = {}


class Profile(_Table):
    """A card profile. What a profile says that ``extends`` another is merged with the other's tables."""

    title: str
    atr: Annotated[str, Meta(pattern="^3[BF]([0-9A-F]{2}){1,32}$", description="ATR, hex")]
    files: dict[Path, File]
    extends: Annotated[str, Meta(description="a shipped profile by name, or a file beside this one")] | None = None
    characteristics: HexByte = "11"
    free_memory: Annotated[int, Meta(ge=0, le=65535)] = 0
    aliases: dict[Path, Path] = {}
    chv1: Chv | None = None
    chv2: Chv | None = None
    adm: Adm | None = None
    administrative: Administrative = field(default_factory=Administrative)
    services: dict[Literal["SST", "CST"], list[Annotated[int, Meta(ge=1, le=60)]]] = {}
    oneway: Oneway = field(default_factory=Oneway)
    choices: OpenChoices = field(default_factory=OpenChoices)
    personalisation: Personalisation = field(default_factory=Personalisation)
