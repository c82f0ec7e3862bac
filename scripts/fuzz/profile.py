"""Arbitrary bytes as a profile; what is accepted makes a card that works and goes into an image and out again."""

from __future__ import annotations

import tempfile
from pathlib import Path

from fuzz.checks import everything_works, one_line
from uimkit.errors import InputError
from uimkit.profile.load import load_profile
from uimkit.simulator.card import Card
from uimkit.store.image import decode_image, encode_image

_FOLDER = tempfile.TemporaryDirectory(prefix="uimkit", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
_FILE = Path(_FOLDER.name) / "fuzz.toml"


def one_input(data: bytes) -> None:
    """The file as it stands."""
    if b"/dev" in data or b"/proc" in data:
        return  # `extends` would read from the machine's devices
    _FILE.write_bytes(data)
    try:
        profile = load_profile(str(_FILE))
        memory = profile.fresh_memory()
    except InputError as error:
        one_line(error)
        return
    image = decode_image(encode_image(profile.product, memory))
    assert image.product == profile.product
    everything_works(Card(image.product, image.memory))
