"""Bugs that only a second path to the same records shows: DF_PHONEBOOK 5F3A, the PHS directory 7F42 (V7, V8, S4)."""

from __future__ import annotations

from typing import Any

from tests.mutants.in_the_views import with_real_view
from tests.mutants.planting import Patch, bug, during, instead, on_command
from uimkit.apdu import INS
from uimkit.oneway.mirrors import RedirectMirror
from uimkit.oneway.sides import Sides
from uimkit.simulator import dispatch
from uimkit.simulator.product import Product, Target


@bug("V8", "protected is a path: a second one to the same records is not mirrored")
def second_path_is_not_mirrored(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def init(self: Sides, *rest: Any) -> None:
            right(self, *rest)
            self._restricted = [self._mirrors.get(position, real) for position, real in enumerate(self._real)]
            self._show()

        return init

    instead(patch, Sides, "__init__", make)


@bug("V8", "hidden is a path: a second one to the same records is found")
def second_path_is_not_hidden(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def init(self: Sides, *rest: Any) -> None:
            right(self, *rest)
            self._hidden = frozenset(i for i in self._hidden if self._stores[i] == i)
            self._show()

        return init

    instead(patch, Sides, "__init__", make)


@bug("V7", "a second path has an invalidation flag of its own, which nobody sets")
def second_path_has_its_own_flag(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def rows(product: Product, command: Any) -> list[dispatch.Row]:
            made: list[dispatch.Row] = right(product, command)
            for position, (_, file, watched) in enumerate(made):
                if file.same_as and command.wants_valid and file.structure in command.structures:
                    made[position] = product.masks[position][command.right], file, watched
            return made

        return rows

    instead(patch, dispatch, "_rows", make)


@bug("V7", "the header of a second path goes by a flag of its own, which nobody sets")
def second_header_has_its_own_flag(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def target(self: Product, position: int) -> Target:
            made: Target = right(self, position)
            return position, position, *made[2:]

        return target

    instead(patch, Product, "_target", make)


def _on_a_second_path(patch: Patch, ins: int, view: Any) -> None:
    """A command on a second path meets another view."""

    def make(right: Any) -> Any:
        return lambda request: right(view(request) if request.file.same_as else request)

    on_command(patch, ins, make)


@bug("V8", "SEEK on a second path runs on the real records")
def seek_on_a_second_path_is_real(patch: Patch) -> None:
    _on_a_second_path(patch, INS.SEEK, with_real_view)


@bug("V8", "UPDATE RECORD on a second path writes the real record of that number")
def write_on_a_second_path_is_direct(patch: Patch) -> None:
    _on_a_second_path(patch, INS.UPDATE_RECORD, with_real_view)


@bug("W3", "READ RECORD on a second path is no look")
def reading_on_a_second_path_is_no_look(patch: Patch) -> None:
    during(
        patch,
        INS.READ_RECORD,
        RedirectMirror,
        "look",
        lambda right: lambda self, number: right(self, None),
        lambda request: bool(request.file.same_as),
    )


@bug("S2", "what is done on a second path does not count as a use")
def second_path_is_no_use(patch: Patch) -> None:
    def make(right: Any) -> Any:
        def handler(request: Any) -> bytes:
            use = request.chip.sides.use
            used = use.used
            answer: bytes = right(request)
            if request.file.same_as:
                use.used = used
            return answer

        return handler

    for ins in (INS.READ_RECORD, INS.UPDATE_RECORD, INS.SEEK):
        on_command(patch, ins, make)
