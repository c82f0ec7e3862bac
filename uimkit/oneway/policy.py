"""The access policy of a one-way card, as data (design rules S1 to W10; docs/one-way.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from uimkit.apdu import INS
from uimkit.card.definition import CardDefinition


class Side(StrEnum):
    """Whom the card believes it talks to in this card session."""

    RESTRICTED = "restricted"
    CDMA = "cdma"


class Latch(StrEnum):
    """Evidence that moves a session to the CDMA side (S1)."""

    READ_CDMA_IDENTITY = "read-cdma-identity"
    STORE_ESN = "store-esn"
    SELECT_DF_CDMA = "select-df-cdma"


class Read(StrEnum):
    """What READ RECORD and SEEK of a mirror answer (V2)."""

    BLANK = "blank"
    DENY = "deny"


class Write(StrEnum):
    """Where a restricted write lands: the lowest free real record, the same record, reserved records (W1, W10)."""

    REDIRECT = "redirect"
    DIRECT = "direct"
    INBOX = "inbox"


class Readback(StrEnum):
    """What the restricted side reads of its own writes: nothing, or what this session sent (V6)."""

    NEVER = "never"
    SESSION = "session"


class LateLatch(StrEnum):
    """Evidence in a session that has used a mirror: refused, or taken, which harms contacts (S2)."""

    REFUSE = "refuse"
    ALLOW = "allow"


EF_ADN, EF_LND, EF_EXT1, EF_MSISDN = "3F00/7F10/6F3A", "3F00/7F10/6F44", "3F00/7F10/6F4A", "3F00/7F10/6F40"
EF_SMS, EF_CDMA_SMS = "3F00/7F10/6F3C", "3F00/7F25/6F3C"
EXTENSION_POINTERS = (EF_ADN, EF_LND)
"""The files whose last byte names a record of EF_EXT1 (GSM 11.11 10.5.10); EF_MSISDN is kept without pointers (V8)."""

DF_CDMA = "3F00/7F25"
DF_PHS = "3F00/7F42"
"""ASSUMPTION (S4): there is no public file tree of the PHS PIM card; 7F42 is of the administrative range."""

_EVIDENCE: Mapping[Latch, tuple[tuple[INS, str], ...]] = {
    Latch.READ_CDMA_IDENTITY: ((INS.READ_BINARY, f"{DF_CDMA}/6F32"), (INS.READ_BINARY, f"{DF_CDMA}/6F22")),
    Latch.STORE_ESN: ((INS.STORE_ESN_MEID_ME, DF_CDMA),),
    Latch.SELECT_DF_CDMA: ((INS.SELECT, DF_CDMA),),
}
"""For each latch the successful commands that fire it, and the file or directory they must have worked on."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is protected, and what opens it. The empty policy is an ordinary card.

    ``protected`` are record files of the real card that the restricted side meets as mirrors; ``hidden`` files answer
    94 04 to the restricted side's SELECT. Under ``inbox`` the last ``inbox_adn`` and ``inbox_ext1`` records are
    reserved for restricted writes. ``orphans`` is the card's own file of W7's marks, one byte for each EXT1 record.
    """

    latch: frozenset[Latch] = frozenset({Latch.READ_CDMA_IDENTITY})
    protected: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    read: Read = Read.BLANK
    write: Write = Write.REDIRECT
    readback: Readback = Readback.NEVER
    late_latch: LateLatch = LateLatch.REFUSE
    inbox_adn: int = 0
    inbox_ext1: int = 0
    orphans: str | None = None

    @property
    def one_way(self) -> bool:
        return bool(self.protected or self.hidden)

    def reserved(self, path: str) -> int:
        """How many records at the end of a file only restricted writes may fill (W10)."""
        return {EF_ADN: self.inbox_adn, EF_EXT1: self.inbox_ext1}.get(path, 0) if self.write is Write.INBOX else 0

    def landing(self, path: str, last: int) -> range:
        """The numbers of the records of a file of ``last`` that restricted writes may take, lowest first (W1, W10)."""
        inbox = self.write is Write.INBOX and path in (EF_ADN, EF_EXT1)
        return range(last - self.reserved(path) + 1 if inbox else 1, last + 1)

    def evidence(self, definition: CardDefinition) -> frozenset[tuple[int, int]]:
        """Instruction and file position whose success latches the session; empty for an ordinary card."""
        if not self.one_way:
            return frozenset()
        return frozenset(
            (int(ins), definition.index[path])
            for latch in self.latch
            for ins, path in _EVIDENCE[latch]
            if path in definition.index
        )
