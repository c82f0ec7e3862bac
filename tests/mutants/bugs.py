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
UNDECIDED = frozenset(
    {
        "blank_contacts_name_tails",
        "blank_dialled_numbers_name_tails",
        "blank_tail_with_a_pointer_is_free",
        "blocked_chv1_and_status",
        "blocking_latches",
        "cdma_write_leaves_the_mark",
        "codes_are_compared_on_a_full_medium",
        "counting_calls_latches",
        "deleting_nothing_is_no_use",
        "dialled_tail_is_free",
        "free_record_regards_the_pointer",
        "granted_once_is_granted_for_ever",
        "header_outlives_a_snapshot",
        "invalidated_lnd_and_a_read",
        "last_extension_is_beyond",
        "late_latch_after_invalidation",
        "lnd_and_status",
        "loop_leads_to_a_later_tail",
        "memory_goes_back_without_the_vault",
        "new_image_has_no_flags",
        "pointer_beyond_is_the_last",
        "presenting_a_code_latches",
        "reading_messages_latches",
        "reading_no_bytes_latches",
        "reading_on_a_second_path_is_no_look",
        "refused_read_is_a_look",
        "reset_stores_nothing",
        "same_bytes_without_the_last",
        "same_pointer_is_not_translated_again",
        "second_header_has_its_own_flag",
        "second_path_has_its_own_flag",
        "second_path_is_no_use",
        "second_path_is_not_hidden",
        "second_path_is_not_mirrored",
        "seek_on_a_second_path_is_real",
        "shared_tail_goes_with_the_first",
        "terminal_profile_latches",
        "unblock_is_said_to_write_files",
        "verify_is_said_to_write_files",
        "write_elsewhere_grants_chv2",
        "write_grants_chv2",
        "write_on_a_second_path_is_direct",
    }
)
"""Bugs that were not tried with every catcher yet: who catches them, or that they are equivalent, is to be seen."""

ALL: Mapping[str, Bug] = {name: bug for name, bug in BUGS.items() if name not in UNDECIDED}
