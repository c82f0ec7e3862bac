"""Two users of one image, and the end of a served one, as the command line shows them."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.cards import SELECT_NOTE, step
from uimkit.store.file_card import FileCard, load_card
from uimkit.transport.vpcd import frame


@pytest.mark.parametrize(
    "arguments",
    ["simulate {} --vpcd 127.0.0.1:1", "contacts import sim:{} phone.csv", "card build plain-ruim -o {}"],
)
def test_the_second_process_is_refused_with_one_line_and_exit_code_3(image: Path, arguments: str) -> None:
    (image.parent / "phone.csv").write_text("name,number\nAnna,12345\n", encoding="utf-8")
    with FileCard(image):
        done = subprocess.run(
            [sys.executable, "-m", "uimkit", *arguments.format(image).split()],
            capture_output=True,
            text=True,
            check=False,
            cwd=image.parent,
        )
    assert done.returncode == 3
    lines = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
    assert lines == [f"uimkit: {image}: the card image is in use by another process"]
    assert done.stdout == ""


def test_a_served_card_that_is_told_to_end_stores_what_waits_for_the_power_off(image: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reader:
        where = f"127.0.0.1:{reader.getsockname()[1]}"
        arguments = ["simulate", str(image), "--vpcd", where, "--store", "power-off"]
        served = subprocess.Popen(
            [sys.executable, "-m", "uimkit", *arguments], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        connection, _ = reader.accept()
        with connection:
            for apdu in (SELECT_NOTE, step(3)):
                connection.sendall(frame(apdu))
                answer = connection.recv(100)
            assert answer == frame(b"\x90\x00")
            assert load_card(image).memory.contents[1] == bytes(240), "stored before the power-off"
            served.send_signal(signal.SIGTERM)
            _, said = served.communicate(timeout=20)
    assert served.returncode == 130
    assert said.splitlines()[-1] == "uimkit: interrupted"
    assert load_card(image).memory.contents[1] == b"\x00\x03" * 120
