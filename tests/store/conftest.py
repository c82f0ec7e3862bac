from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.cards import make_memory, make_product
from uimkit.card.memory import Memory
from uimkit.simulator.product import Product
from uimkit.store.file_card import save_card


@pytest.fixture
def product() -> Product:
    return make_product()


@pytest.fixture
def memory(product: Product) -> Memory:
    return make_memory(product)


@pytest.fixture
def image(tmp_path: Path, product: Product, memory: Memory) -> Path:
    path = tmp_path / "card.uim"
    save_card(path, product, memory)
    return path
