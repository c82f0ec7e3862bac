"""All bugs that are planted, by room."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mutants import (
    in_refusals,
    in_the_chains,
    in_the_latch,
    in_the_session,
    in_the_store,
    in_the_tails,
    in_the_views,
    in_the_writes,
    in_what_is_kept,
    in_what_is_shown,
    on_the_second_path,
    where_two_meet,
)
from tests.mutants.planting import BUGS, Bug

ROOMS = (
    in_the_session,
    in_the_latch,
    in_the_views,
    in_what_is_shown,
    in_the_writes,
    in_the_chains,
    in_the_tails,
    in_refusals,
    in_what_is_kept,
    on_the_second_path,
    where_two_meet,
    in_the_store,
)
ALL: Mapping[str, Bug] = BUGS
