"""CREATE FILE changes the image as a whole: all of it or nothing, whatever the disk does."""

from __future__ import annotations

import pytest

from tests.store.disks import MemoryDisk, PowerCutError
from uimkit.apdu import INS, command
from uimkit.card.creation import fcp_of
from uimkit.card.definition import ALW, AccessNibbles, FileDef
from uimkit.coding.fcp import write_fcp
from uimkit.errors import SurroundingsError
from uimkit.files.spec import Structure
from uimkit.perso.build import empty_card
from uimkit.profile.load import parse_profile
from uimkit.store.file_card import FileCard, Store
from uimkit.store.image import decode_image, encode_image

PATH, NEW = "/cards/a.uim", "3F00/6F01"
PROFILE = parse_profile('extends = "plain-ruim"\n[administrative]\ncommands = "ts-102-222"\n', "x.toml", "x")
EMPTY = encode_image(*empty_card(PROFILE))
ADM = command(INS.VERIFY_CHV, 0, 4, b"UIMKIT00")
_FCP = write_fcp(fcp_of(FileDef(NEW, "EF", Structure.TRANSPARENT, 9, 0, AccessNibbles(ALW, ALW))))
CREATE = bytes((0, 0xE0, 0, 0, len(_FCP))) + _FCP
STATUS = command(INS.STATUS, length=23)
WRITE = command(INS.UPDATE_BINARY, data=b"123456789")
OK, MEMORY_PROBLEM = b"\x90\x00", b"\x92\x40"
STORES = pytest.mark.parametrize("store", ["each-command", "power-off"])
MOST_OPERATIONS = 30


def has_file(disk: MemoryDisk) -> bool:
    return NEW in decode_image(disk.names[PATH].data).product.definition.index


@STORES
@pytest.mark.parametrize("lasting", [1, 2, 8])
def test_a_failing_disk_leaves_the_old_card_or_the_new_one(lasting: int, store: Store) -> None:
    answers = set()
    for trouble in range(1, MOST_OPERATIONS):
        disk = MemoryDisk({PATH: EMPTY})
        with FileCard(PATH, disk=disk, store=store) as card:
            assert card.transmit(ADM) == OK
            product, before = card.card.product, card.card.snapshot()
            disk.trouble = range(disk.count + trouble, disk.count + trouble + lasting)
            try:
                answer = card.transmit(CREATE)
            except SurroundingsError:
                answers.add("closed")
                continue
            answers.add(answer.hex())
            if answer == MEMORY_PROBLEM:
                assert card.card.product is product
                assert card.card.snapshot() == before
                assert card.transmit(STATUS)[-2:] == OK
                disk.trouble = range(0)
                assert card.transmit(CREATE) == OK
            disk.trouble = range(0)
            assert has_file(disk)
            assert card.transmit(WRITE) == OK
        image = decode_image(disk.names[PATH].data)
        assert image.memory.contents[image.product.definition.index[NEW]] == b"123456789"
    assert answers == {"9000", "9240", "closed"}


@STORES
@pytest.mark.parametrize("renamed", [False, True])
def test_after_a_power_cut_the_image_is_sound_and_has_what_was_answered(store: Store, renamed: bool) -> None:
    for cut in range(1, MOST_OPERATIONS):
        disk = MemoryDisk({PATH: EMPTY})
        disk.power_cut = True
        answered = False
        try:
            with FileCard(PATH, disk=disk, store=store) as card:
                assert card.transmit(ADM) == OK
                disk.trouble = range(disk.count + cut, 1 << 30)
                answered = card.transmit(CREATE) == OK
                card.transmit(WRITE)
        except PowerCutError:
            pass
        for share in (0, 0.5, 1):
            survivor = disk.survivor(share, renamed=renamed)
            with FileCard(PATH, disk=survivor):
                assert has_file(survivor) or not answered
