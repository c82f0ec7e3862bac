from __future__ import annotations

import random

import pytest

from uimkit.perso.plan import Plan
from uimkit.profile.load import load_profile


@pytest.fixture(scope="session")
def plan() -> Plan:
    return Plan(load_profile("china-telecom-oneway"))


@pytest.fixture
def rng() -> random.Random:
    return random.Random(20090101)
