"""Whether a definition, a policy and a memory belong together: what every later lookup in them relies on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from uimkit.card.codes import CODE_LENGTH
from uimkit.card.definition import CardDefinition, Choices, FileDef
from uimkit.card.memory import MIRROR_VALID, REAL_VALID, Contents
from uimkit.files.spec import Structure
from uimkit.simulator.product import Product

_PATH = re.compile(r"3F00(/[0-9A-F]{4})*")
_RECORD_STRUCTURES = (Structure.LINEAR_FIXED, Structure.CYCLIC)
_ANY_FLAGS = range((REAL_VALID | MIRROR_VALID) + 1)
_WORD = range(0x10000)


def check_product(product: Product) -> None:
    """Raises ValueError, saying which file and what was expected, when a card could not work with this product."""
    definition = product.definition
    _check_tree(definition.files)
    for message in (*_values(definition), *_references(product)):
        raise ValueError(message)
    plan = product.blueprint
    if plan is not None:
        if plan.definition.lifecycle is None or definition.lifecycle != plan.definition.lifecycle:
            raise ValueError("a card with administrative commands needs its blueprint's life cycle")
        check_product(Product(plan.definition, plan.policy))


def check_memory(product: Product, memory: Contents) -> None:
    """Raises ValueError when a body has not its file's size, or a flag byte is none."""
    files = product.definition.files
    if [len(body) for body in memory.contents] != [file.stored for file in files]:
        raise ValueError("the bodies in memory do not have the sizes of the card's files")
    if len(memory.flags) != len(files) or any(flags not in _ANY_FLAGS for flags in memory.flags):
        raise ValueError(f"expected one flag byte of 00 to {_ANY_FLAGS[-1]:02X} for each of {len(files)} files")


def _check_tree(files: Sequence[FileDef]) -> None:
    if not files or files[0].path != "3F00" or files[0].structure is not Structure.MF:
        raise ValueError("expected the MF 3F00 as first file")
    seen: dict[str, FileDef] = {}
    for file in files:
        for message in _file(file):
            raise ValueError(f"file {file.path!r}: {message}")
        parent = seen.get(file.parent)
        if seen and file.selectable and (parent is None or parent.is_ef):
            raise ValueError(f"file {file.path!r}: expected its directory before it")
        if file.path in seen:
            raise ValueError(f"file {file.path!r}: there are two")
        seen[file.path] = file


def _file(file: FileDef) -> Iterator[str]:
    if not file.path or (file.selectable and not _PATH.fullmatch(file.path)):
        yield "expected a path of identifiers of four hex digits"
    if (file.structure is Structure.MF) != (file.path == "3F00") or not (file.is_ef or file.selectable):
        yield f"structure {file.structure} is not that of this place"
    if file.size not in (_WORD if file.is_ef else (0,)):
        yield f"size {file.size} is impossible"
    elif file.structure in _RECORD_STRUCTURES:
        if not 1 <= file.record_length <= 255 or file.size % file.record_length or file.records > 255:
            yield f"{file.size} bytes are not up to 255 records of {file.record_length}"
    elif file.record_length:
        yield "only linear fixed and cyclic files have a record length"
    access = file.access
    nibbles = (access.read, access.update, access.increase, access.invalidate, access.rehabilitate)
    if any(not 0 <= nibble <= 15 for nibble in nibbles):
        yield "an access condition is not in 0 to 15"


def _values(definition: CardDefinition) -> Iterator[str]:
    if not 2 <= len(definition.atr) <= 33:
        yield f"an ATR of {len(definition.atr)} bytes, expected 2 to 33"
    if definition.free_memory not in _WORD or definition.characteristics not in range(0x100):
        yield "free memory or characteristics do not fit their two and one bytes"
    for name in Choices.__dataclass_fields__:
        value = getattr(definition.choices, name)
        if isinstance(value, int) and value not in _WORD:
            yield f"choice {name} is no status word"
    for code in definition.codes:
        if not 1 <= code.level <= 14 or code.p2 not in range(0x100):
            yield f"code {code.name!r}: expected a level of 1 to 14 and one byte for P2"


def _references(product: Product) -> Iterator[str]:
    """Paths that name no file, or a file that cannot play its part."""
    definition, policy = product.definition, product.policy
    files = {file.path: file for file in definition.files}
    wanted = [(code.path, f"code {code.name!r}", CODE_LENGTH) for code in definition.codes]
    if definition.lifecycle is not None:
        wanted.append((definition.lifecycle, "life cycle", 1))
    for path, user, size in wanted:
        if path not in files or files[path].size != size or files[path].structure is not Structure.TRANSPARENT:
            yield f"{user}: expected a transparent file {path!r} of {size} bytes"
    for user, paths in (("key", definition.keys.values()), ("alias", definition.aliases.values())):
        if any(path not in files for path in paths):
            yield f"{user}: one of {sorted(paths)} is no file of this card"
    if any(not _PATH.fullmatch(alias) or alias in files for alias in definition.aliases):
        yield "an alias is no path, or that of a file"
    own = {path for path, _, _ in wanted} | set(definition.keys.values())
    for file in definition.files:
        if file.same_as is not None and (file.same_as in own or not _same_records(file, files.get(file.same_as))):
            yield f"file {file.path!r}: expected records of the same shape in {file.same_as!r}"
    if any(path not in files for path in policy.hidden):
        yield "a hidden file is not on this card"
    if any(path not in files or not files[path].record_length or files[path].same_as for path in policy.protected):
        yield "a protected file is not on this card, or has no records of its own"


def _same_records(file: FileDef, store: FileDef | None) -> bool:
    if store is None or store.same_as is not None or not store.record_length:
        return False
    return (file.structure, file.size, file.record_length) == (store.structure, store.size, store.record_length)
