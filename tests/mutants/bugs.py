"""All bugs that are planted, by room."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mutants import (
    in_the_chains,
    in_the_session,
    in_the_views,
    in_the_writes,
)
from tests.mutants.planting import BUGS, Bug

ROOMS = (
    in_the_session,
    in_the_views,
    in_the_writes,
    in_the_chains,
)
ALL: Mapping[str, Bug] = BUGS
