"""The whole catalogue against the tables read from the standards, and what holds for every codec."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.tables import EXCEPTIONS, ROWS, SPECS, Row
from uimkit.coding.errors import CodecError
from uimkit.files.catalogue import all_files, by_path, find
from uimkit.files.spec import Codec, FileSpec, Size


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_row_of_the_tables_is_declared_as_it_stands(row: Row) -> None:
    spec = row.spec
    definition = next(d for d in spec.definitions if d.standard == row.standard)
    assert spec.name == row.name
    assert definition.clause.partition(" (")[0] == row.clause
    assert spec.structure.replace("-", " ") == row.cells["structure"].replace("-", " ")
    assert definition.mandatory == row.cells["presence"].startswith("M")
    if spec.is_directory:
        return
    assert spec.access is not None
    access = [getattr(spec.access, right) for right in ("read", "update", "increase", "invalidate", "rehabilitate")]
    assert access == row.access
    if not {service.number for d in spec.definitions if d.standard == row.standard for service in d.services} >= set(
        row.services
    ):
        raise AssertionError(f"services {row.services}")
    if row.speaks:
        assert spec.size is not None
        length, records = row.default
        assert (spec.size.minimum, spec.size.maximum, spec.size.step) == row.bounds
        assert not length or spec.size.default == int(length)
        assert not records or spec.size.records == int(records)


def test_exceptions_by_name_are_under_ten() -> None:
    assert len(EXCEPTIONS) < 10


def test_coverage_by_directory(capsys: pytest.CaptureFixture[str]) -> None:
    """100 % of the rows are declared, and under 5 % of the files are opaque."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for spec in SPECS:
        counts[spec.parent]["opaque" if spec.opaque else "typed"] += 1
    with capsys.disabled():
        print()
        for directory, count in sorted(counts.items()):
            print(f"{directory:16} {count.total():4} files, {count['typed']} typed, {count['opaque']} opaque")
    opaque = [spec for spec in SPECS if spec.opaque]
    assert len(opaque) < 0.05 * len(SPECS), [spec.path for spec in opaque]
    declared = {row.spec.path for row in ROWS}
    assert {row.path for row in ROWS} == declared


def codec(spec: FileSpec) -> Codec:
    assert spec.codec is not None
    return spec.codec


def size(spec: FileSpec) -> Size:
    assert spec.size is not None
    return spec.size


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.path} {spec.name}")
def test_every_file_has_examples_that_hold_both_ways_and_documented_fields(spec: FileSpec) -> None:
    assert spec.examples
    assert spec.opaque or codec(spec).fields
    for example in spec.examples:
        data = bytes.fromhex(example.hex)
        assert codec(spec).decode(data) == example.value
        assert codec(spec).encode(example.value, len(data)) == data
    fresh = spec.default_content(size(spec).default)
    assert codec(spec).encode(codec(spec).decode(fresh), len(fresh)) == fresh
    assert codec(spec).decode(b"\xff" * size(spec).default) is None
    assert size(spec).legal(size(spec).default)


@settings(max_examples=15)
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.path} {spec.name}")
@given(data=st.data())
def test_any_bytes_round_trip_or_are_refused(spec: FileSpec, data: st.DataObject) -> None:
    raw = data.draw(st.binary(max_size=min(size(spec).maximum, 64)))
    try:
        value = codec(spec).decode(raw)
    except CodecError:
        return
    if raw:
        assert codec(spec).encode(value, len(raw)) == raw


def test_most_changed_examples_still_decode(capsys: pytest.CaptureFixture[str]) -> None:
    """A byte of a valid example is changed in all places: at least 80 % decode."""
    tried = refused = 0
    for spec in SPECS:
        for example in spec.examples:
            for at in range(len(example.hex) // 2):
                changed = bytearray.fromhex(example.hex)
                changed[at] ^= 0x55
                tried += 1
                try:
                    codec(spec).decode(bytes(changed))
                except CodecError:
                    refused += 1
    with capsys.disabled():
        print(f"\n{tried - refused} of {tried} changed examples decode")
    assert refused <= 0.2 * tried


def test_every_file_is_found_by_path_and_by_an_unambiguous_name() -> None:
    names = Counter(spec.name for spec in all_files())
    for spec in all_files():
        if names[spec.name] == 1:
            assert find(spec.name) is spec
        if "X" not in spec.fid:
            assert by_path(spec.path) is spec
