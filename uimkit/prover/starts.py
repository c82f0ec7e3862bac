"""The contents a session can start from, and the twin that each is compared with.

Contents are only copied, tested for FF and followed by their pointers (docs/proof.md, "Letters"), so a used record of
the small card is one letter and a pointer.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from uimkit.prover.phonebook import FF, Content, FreeCounts, PhoneBook, is_blank

A, B = 0x61, 0x62
"""What phones write; ``A`` is a SEEK pattern too."""
OLD, TWIN = 0x58, 0x59
"""What stood on the card before, and on its twin."""
TAIL, OTHER_TAIL = 0x02, 0x03
BLANK = b"\xff\xff\xff"


def record(letter: int, pointer: int = FF, capability: int = FF) -> bytes:
    """A used record of the small card."""
    return bytes((letter, capability, pointer))


def settled(book: PhoneBook, content: Content) -> Content:
    """The content as the next session can tell it from others: which records are free, and which blank extensions are
    kept from being free by a pointer. One letter stands for all; pointers to records in use, pointers of blank
    contacts and the marks of orphans that count as free are dropped.
    """
    free = book.free_ext1(content)
    named = content.named()
    dangling = {n for n in named if 1 <= n <= len(content.ext1) and content.ext1[n - 1] == BLANK}

    def plain(data: bytes, letter: int) -> bytes:
        return BLANK if is_blank(data) else record(letter, data[-1] if data[-1] in dangling else FF)

    def extension(number: int, data: bytes) -> bytes:
        return BLANK if number in free or data == BLANK else record(TAIL, data[-1] if data[-1] in dangling else FF)

    return Content(
        tuple(plain(data, OLD) for data in content.adn),
        tuple(extension(n, data) for n, data in enumerate(content.ext1, 1)),
        bytes(len(content.ext1)),
        tuple(plain(data, OLD) for data in content.lnd),
    )


def twin(book: PhoneBook, free: FreeCounts) -> Content:
    """The one content that every other with as many free records is compared with: other letters, other places."""
    adn, ext1, lnd = _blank_records(book)
    for n in range(book.contacts - free.adn):
        adn[n] = record(TWIN)
    for n in range(book.extensions - free.ext1):
        ext1[n] = record(TWIN)
    return Content(tuple(adn), tuple(ext1), bytes(len(ext1)), tuple(record(TWIN) for _ in lnd))


def unlike(book: PhoneBook) -> tuple[Content, Content]:
    """Two contents that differ wherever they can, with equally many free records."""
    lnd = 0 if book.lnd is None else book.counts[book.lnd]
    used = [record(OLD), record(TWIN)]
    first = [BLANK, *(used[0] for _ in range(book.contacts - 1))] if book.contacts > 1 else [used[0]]
    second = [*(used[1] for _ in range(book.contacts - 1)), BLANK] if book.contacts > 1 else [used[1]]
    one = Content(tuple(first), (record(TAIL),) * book.extensions, bytes(book.extensions), (used[0],) * lnd)
    two = Content(tuple(second), (record(TWIN),) * book.extensions, bytes(book.extensions), (used[1],) * lnd)
    return one, two


def every(book: PhoneBook) -> list[Content]:
    """All contents of a card that differ in what can be asked of a record: whether it is blank, where it points (into
    the file or not), whether it is an orphan, whether it equals what phones write. For the smallest card.
    """
    inside = range(1, book.extensions + 1)
    contacts = [
        BLANK,
        record(OLD),
        record(A),
        *(data[:-1] + bytes((n,)) for n in inside for data in (BLANK, record(OLD))),
    ]
    tails = [BLANK, record(TAIL), *(data[:-1] + bytes((n,)) for n in inside for data in (BLANK, record(TAIL)))]
    adn, ext1, lnd = _blank_records(book)
    found: dict[Content, None] = {}
    for used_adn in product(contacts, repeat=len(adn)):
        for used_ext1 in product(tails, repeat=len(ext1)):
            for marked in product((0, 1), repeat=len(ext1)):
                marks = bytes(m if data != BLANK else 0 for m, data in zip(marked, used_ext1, strict=True))
                for pointer in (FF, *inside) if lnd else (FF,):
                    dialled = tuple(record(OLD, pointer if n == 0 else FF) for n in range(len(lnd)))
                    found[Content(used_adn, used_ext1, marks, dialled)] = None
    return list(found)


def initial(book: PhoneBook) -> list[Content]:
    """Every choice of free and used records, and next to each the odd ones: dangling pointers, a shared tail, orphans,
    loops, a record equal to what phones write (and to a SEEK pattern).
    """
    found: dict[Content, None] = {}
    for content in _patterns(book):
        found[content] = None
        if not any(map(is_blank, content.adn[:-1])):  # odd things once, where the sessions are short
            if len(set(content.ext1)) <= 1:
                found.update(dict.fromkeys(_odd(content)))
            found.update(dict.fromkeys(_odd_tails(content)))
    return list(found)


def _blank_records(book: PhoneBook) -> tuple[list[bytes], list[bytes], list[bytes]]:
    lnd = 0 if book.lnd is None else book.counts[book.lnd]
    return [BLANK] * book.contacts, [BLANK] * book.extensions, [BLANK] * lnd


def _patterns(book: PhoneBook) -> Iterator[Content]:
    adn, ext1, lnd = _blank_records(book)
    for used_adn in product((False, True), repeat=len(adn)):
        for used_ext1 in product((False, True), repeat=len(ext1)):
            yield Content(
                tuple(record(OLD) if used else BLANK for used in used_adn),
                tuple(record(TAIL) if used else BLANK for used in used_ext1),
                bytes(len(ext1)),
                tuple(record(OLD) for _ in lnd),
            )


def _odd(content: Content) -> Iterator[Content]:
    """Contacts and last dialled numbers that point to a tail, a free record, beyond the file, to a shared tail."""
    first, last, extensions = content.adn[0], content.adn[-1], len(content.ext1)
    if is_blank(last):
        if extensions:
            yield content._replace(adn=(*content.adn[:-1], BLANK[:-1] + b"\x01"))
    else:
        yield content._replace(adn=(*content.adn[:-1], record(A)))
        if extensions:
            yield content._replace(adn=(*content.adn[:-1], record(OLD, 1)))
            yield content._replace(adn=(*content.adn[:-1], record(OLD, extensions + 1)))
        if extensions and len(content.adn) > 1 and not is_blank(first):
            yield content._replace(adn=(record(OLD, extensions), *content.adn[1:-1], record(A, extensions)))
    if content.lnd and extensions:
        yield content._replace(lnd=(record(OLD, 1), *content.lnd[1:]))


def _odd_tails(content: Content) -> Iterator[Content]:
    """Orphans, orphans that point to the next record, loops of one record and of all."""
    count = len(content.ext1)
    used = [n for n, data in enumerate(content.ext1, 1) if data != BLANK]
    for n in used:

        def put(data: bytes, n: int = n) -> tuple[bytes, ...]:
            return (*content.ext1[: n - 1], data, *content.ext1[n:])

        marks = bytes(i == n for i in range(1, count + 1))
        yield content._replace(marks=marks)
        yield content._replace(marks=marks, ext1=put(record(TAIL, n % count + 1)))
        yield content._replace(ext1=put(record(TAIL, n)))
    if len(used) > 1:
        ring = [record(TAIL, n % count + 1) if n in used else BLANK for n in range(1, count + 1)]
        yield content._replace(ext1=tuple(ring))
