from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.cards import SELECT_NOTE, make_memory, make_product, state_after, state_of, step
from tests.store.disks import MemoryDisk, PowerCutError
from uimkit.apdu import INS, command
from uimkit.errors import InputError, SurroundingsError
from uimkit.oneway.real_files import OpenFile
from uimkit.store import image_file
from uimkit.store.atomic import write_atomically
from uimkit.store.disk import Disk
from uimkit.store.file_card import FileCard, load_card, save_card
from uimkit.store.image import decode_image, encode_image
from uimkit.store.image_file import ImageFile
from uimkit.transport.terminal import Terminal

OK, MEMORY_PROBLEM = b"\x90\x00", b"\x92\x40"
FRESH = bytes(240), 3
PATH = "/cards/a.uim"


def play(card: FileCard, first: int, last: int) -> None:
    for number in range(first, last):
        card.transmit(step(number))


def test_what_was_answered_is_in_the_image_before_the_card_is_closed(image: Path) -> None:
    with FileCard(image) as card:
        card.transmit(SELECT_NOTE)
        assert state_of(load_card(image).memory) == FRESH
        for number in range(6):
            card.transmit(step(number))
            assert state_of(load_card(image).memory) == state_after(number)
    with FileCard(image) as card:
        assert state_of(card.card.memory) == state_after(5)


def test_it_is_a_transport(image: Path) -> None:
    with FileCard(image) as card:
        terminal = Terminal(card)
        assert terminal.reset().hex() == "3b16941122334455"
        assert terminal.select("3F00/2F01").size == 240
        terminal.update_binary(b"hello")
        assert terminal.read_binary(240).startswith(b"hello")


def test_a_command_that_writes_nothing_leaves_the_file_alone(image: Path) -> None:
    before = image.read_bytes()
    with FileCard(image) as card:
        card.transmit(SELECT_NOTE)
        card.transmit(command(INS.READ_BINARY, length=240))
    assert image.read_bytes() == before


def test_a_closed_card_refuses(image: Path) -> None:
    card = FileCard(image)
    card.close()
    card.close()
    with pytest.raises(SurroundingsError, match="closed"):
        card.transmit(SELECT_NOTE)
    with pytest.raises(SurroundingsError, match="closed"):
        card.reset()


def test_a_dry_run_keeps_nothing_and_needs_neither_lock_nor_permission(image: Path) -> None:
    before = image.read_bytes()
    image.chmod(0o400)
    with FileCard(image), FileCard(image, dry_run=True) as card:
        card.transmit(SELECT_NOTE)
        play(card, 0, 5)
        assert state_of(card.card.memory) == state_after(4)
        assert not card.card.memory.changes
    assert image.read_bytes() == before


def test_a_dry_run_never_opens_for_writing(image: Path) -> None:
    class ReadOnly(Disk):
        def open(self, path: str, *, write: bool) -> int:
            assert not write
            return super().open(path, write=write)

    with FileCard(image, dry_run=True, disk=ReadOnly()) as card:
        card.transmit(SELECT_NOTE)
        assert card.transmit(step(0)) == OK


def test_a_second_process_is_told_that_the_image_is_in_use(image: Path) -> None:
    source = f"from uimkit.store.file_card import FileCard\nFileCard({os.fspath(image)!r})\n"
    with FileCard(image):
        done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
        assert "SurroundingsError" in done.stderr
        assert f"{image}: the card image is in use by another process" in done.stderr
        with pytest.raises(SurroundingsError, match="in use"):
            save_card(image, make_product(), make_memory(make_product()))
    subprocess.run([sys.executable, "-c", source], check=True)


def test_the_lock_is_kept_when_the_image_is_written_anew(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "JOURNAL_LIMIT", 1000)
    with image.open("rb") as old, FileCard(image) as card:  # old: or its inode may be used again
        card.transmit(SELECT_NOTE)
        play(card, 0, 20)
        assert not os.path.samestat(os.fstat(old.fileno()), image.stat())
        with pytest.raises(SurroundingsError, match="in use"):
            FileCard(image)
    assert [path.name for path in image.parent.iterdir()] == [image.name]
    with FileCard(image) as card:
        assert state_of(card.card.memory) == state_after(19)


def test_one_who_opened_the_image_just_before_it_was_replaced_gets_the_new_one(image: Path) -> None:
    class Slow(Disk):
        def lock(self, handle: int) -> None:
            if not replaced:
                replaced.append(True)
                memory = make_memory(make_product())
                memory.write(1, 0, b"new")
                write_atomically(image, encode_image(make_product(), memory))
            super().lock(handle)

    replaced: list[bool] = []
    with FileCard(image, disk=Slow()) as card:
        assert card.card.memory.contents[1].startswith(b"new")


def test_an_image_written_anew_keeps_its_permissions_and_a_link_to_it(
    image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_file, "JOURNAL_LIMIT", 100)
    assert image.stat().st_mode & 0o777 == 0o600
    image.chmod(0o640)
    link = image.parent / "link.uim"
    link.symlink_to(image)
    with FileCard(link) as card:
        card.transmit(SELECT_NOTE)
        play(card, 0, 5)
    assert link.is_symlink()
    assert image.stat().st_mode & 0o777 == 0o640
    assert state_of(load_card(link).memory) == state_after(4)


def test_no_image_is_one_clear_line(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage"
    garbage.write_bytes(b"PNG")
    cases = {
        tmp_path / "none.uim": "there is no such card image",
        tmp_path: "expected a card image, found a directory",
        garbage: "not a card image: expected a file that begins with UIMKIT",
        garbage / "x": "there is no such card image",
    }
    for path, message in cases.items():
        for dry_run in (True, False):
            with pytest.raises(InputError) as caught:
                FileCard(path, dry_run=dry_run)
            assert str(caught.value) == f"{path}: {message}"
        with pytest.raises(InputError):
            load_card(path)


def test_a_torn_last_record_is_cut_off_when_the_image_is_opened(image: Path) -> None:
    with FileCard(image) as card:
        card.transmit(SELECT_NOTE)
        play(card, 0, 3)
    whole = image.read_bytes()
    image.write_bytes(whole + whole[-20:-10])
    with pytest.raises(InputError, match="damaged"):
        FileCard(image)
    image.write_bytes(whole[:-7])
    assert state_of(load_card(image).memory) == state_after(1)
    with FileCard(image) as card:
        assert image.stat().st_size == decode_image(whole[:-7]).journal.end
        card.transmit(SELECT_NOTE)
        play(card, 2, 5)
    assert state_of(load_card(image).memory) == state_after(4)


def mounted(commands: int, chunk: int = 1 << 20) -> MemoryDisk:
    """A disk with an image that holds the first commands of the sequence."""
    product = make_product()
    disk = MemoryDisk({PATH: encode_image(product, make_memory(product))}, chunk=chunk)
    with FileCard(PATH, disk=disk) as card:
        card.transmit(SELECT_NOTE)
        play(card, 0, commands)
    disk.count = 0
    return disk


def operations() -> int:
    disk = mounted(0)
    with FileCard(PATH, disk=disk) as card:
        card.transmit(SELECT_NOTE)
        play(card, 0, 9)
    return disk.count


@pytest.fixture
def small_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_file, "JOURNAL_LIMIT", 400)


@pytest.mark.usefixtures("small_journal")
def test_a_power_cut_between_any_two_file_operations_loses_nothing_that_was_answered() -> None:
    assert operations() > 25
    for cut in range(1, operations() + 1):
        disk = mounted(0)
        disk.power_cut, disk.trouble = True, range(cut, 1 << 30)
        answered = -1
        try:
            with FileCard(PATH, disk=disk) as card:
                card.transmit(SELECT_NOTE)
                for number in range(9):
                    card.transmit(step(number))
                    answered = number
        except PowerCutError:
            pass
        allowed = [state_after(n) if n >= 0 else FRESH for n in (answered, answered + 1)]
        for share in (0, 0.1, 0.5, 0.97, 1):
            for renamed in (True, False):
                survivor = disk.survivor(share, renamed=renamed)
                with FileCard(PATH, disk=survivor) as card:
                    assert state_of(card.card.memory) in allowed, (cut, share, renamed)
                    card.transmit(SELECT_NOTE)
                    assert card.transmit(step(300)) == OK
                assert decode_image(survivor.names[PATH].data).memory.contents[1] == state_after(300)[0]


@pytest.mark.usefixtures("small_journal")
@pytest.mark.parametrize("lasting", [1, 2, 3, 8])
def test_a_full_disk_is_answered_92_40_and_the_card_is_as_before(lasting: int) -> None:
    for trouble in range(1, operations() + 1):
        disk = mounted(0)
        problems = 0
        with FileCard(PATH, disk=disk) as card:
            card.transmit(SELECT_NOTE)
            card.transmit(command(INS.READ_BINARY, length=1))  # any command forgets what waits for GET RESPONSE
            disk.trouble = range(disk.count + trouble, disk.count + trouble + lasting)
            number = 0
            while number < 9:
                before = card.card.snapshot()
                answer = card.transmit(step(number))
                if answer == MEMORY_PROBLEM:
                    problems += 1
                    assert card.card.snapshot() == before
                    assert not card.card.memory.changes
                else:
                    assert state_of(card.card.memory) == state_after(number)
                    number += 1
        assert problems <= lasting
        assert decode_image(disk.names[PATH].data).memory.contents[1] == state_after(8)[0]


def test_after_92_40_nothing_waits_for_get_response(image: Path) -> None:
    disk = mounted(0)
    with FileCard(PATH, disk=disk) as card:
        assert card.transmit(SELECT_NOTE)[0] == 0x9F
        disk.trouble = range(1, 2)
        assert card.transmit(step(0)) == MEMORY_PROBLEM
        assert card.transmit(command(INS.GET_RESPONSE, length=15)) == b"\x6f\x00"
        assert card.transmit(step(0)) == OK


def test_short_writes_are_continued() -> None:
    disk = mounted(5, chunk=7)
    assert state_of(decode_image(disk.names[PATH].data).memory) == state_after(4)


def test_an_interrupted_command_is_whole_or_not_there(image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: OpenFile, offset: int, data: bytes) -> None:
        self._memory.write(1, 0, b"half")
        raise KeyboardInterrupt

    before = load_card(image).memory.snapshot()
    card = FileCard(image)
    card.transmit(SELECT_NOTE)
    monkeypatch.setattr(OpenFile, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        card.transmit(step(0))
    card.close()
    assert load_card(image).memory.snapshot() == before
    with pytest.raises(SurroundingsError, match="closed"):
        card.transmit(SELECT_NOTE)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    class Full(Disk):
        def sync(self, handle: int) -> None:
            raise OSError(28, "No space left on device")

    path = tmp_path / "a.csv"
    write_atomically(path, b"old")
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    with pytest.raises(SurroundingsError, match=r"a\.csv: cannot be written: No space left on device"):
        write_atomically(path, b"new", disk=Full())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(SurroundingsError, match="cannot be written: No such file or directory"):
        write_atomically(tmp_path / "no" / "a.csv", b"new")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_card_that_cannot_be_opened_leaves_no_lock_behind(image: Path) -> None:
    sound = image.read_bytes()
    image.write_bytes(sound[:-1])
    with pytest.raises(InputError):
        ImageFile(image, Disk())
    image.write_bytes(sound)
    FileCard(image).close()
