"""The catalogue is complete: every row of both standards' tables, every vector, and no codec that loses a byte."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.tables import ALL_ROWS, DATA, EXCEPTIONS, NO_FILES, ROWS, SPECS
from uimkit.coding.alpha import decode_alpha
from uimkit.coding.errors import CodecError
from uimkit.files.catalogue import all_files, by_path, find
from uimkit.files.codec.base import same
from uimkit.files.spec import FileSpec

LENGTHS_INSIDE = {"EF_OTA", "EF_EXT8", "EF_LSA_DESCRIPTOR", "EF_ORPK", "EF_ARPK", "EF_TPRPK", "EF_PBR", "EF_IMG"}
"""Files that may refuse bytes whose inner lengths contradict the end of the file. All others decode anything."""
EXTRA_SERVICES = {"3F00/7F25/6F3E": [4]}
"""EF_SMSS exists exactly when EF_SMS does."""

DECLARED = {(spec.path, spec.name) for spec in all_files()}
each_row = pytest.mark.parametrize("row", ROWS, ids=str)
each_file = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.path}-{spec.name}")


def test_every_row_is_declared_once():
    assert {(row.path, row.name) for row in ROWS} <= DECLARED
    assert len(DECLARED) == len(all_files())
    assert len(ALL_ROWS) == 110 + 109


def test_exceptions_are_few_and_needed():
    places = {row.place for row in ALL_ROWS}
    assert places.issuperset(EXCEPTIONS)
    assert places.issuperset(NO_FILES)
    assert len(EXCEPTIONS) < 10
    assert all(row.name != row.cells["name"] for row in ROWS if row.place in EXCEPTIONS)


@each_row
def test_identity_structure_and_presence_are_those_of_the_table(row):
    spec = row.spec
    (definition,) = (one for one in spec.definitions if one.standard == row.standard)
    assert (spec.path, spec.fid, spec.name) == (row.path, row.cells["fid"], row.name)
    assert spec.structure == row.cells["structure"].replace("linear fixed", "linear-fixed")
    assert definition.clause == row.clause
    assert (definition.presence, definition.mandatory) == (row.cells["presence"], row.cells["presence"].startswith("M"))
    inherited = [6] if spec.parent.endswith("5F3A") else []
    assert [service.number for service in definition.services] == (
        EXTRA_SERVICES.get(row.path) or row.services or inherited
    )
    assert {service.table for service in definition.services} <= {"SST" if row.table == "gsm" else "CST"}


@each_row
def test_access_conditions_are_those_of_the_table(row):
    spec = row.spec
    found = spec.access
    conditions = (
        [found.read, found.update, found.increase, found.invalidate, found.rehabilitate] if found else ["-"] * 5
    )
    assert conditions == row.access
    assert spec.activity == row.cells["update_activity"]


@pytest.mark.parametrize("row", [row for row in ROWS if row.spec.size], ids=str)
def test_sizes_are_those_of_the_table(row):
    size = row.spec.size
    assert (size.minimum, size.maximum, size.step) == row.bounds
    assert size.legal(size.default)
    if not row.speaks:
        return
    length, records = row.default
    assert not length or (str(size.default), str(size.records or "")) == (length, records)
    formula = row.rule.partition(" (")[0].partition(",")[0].partition(" ")[0]
    assert size.rule.startswith(formula)


def test_coverage(capsys):
    """100 % declared; under 5 % opaque in every directory."""
    tally: dict[str, Counter[str]] = {}
    for spec in SPECS:
        tally.setdefault(spec.parent, Counter()).update(["opaque" if spec.opaque else "typed"])
    lines = [f"{'directory':22} {'EFs':>4} {'declared':>8} {'typed':>6} {'opaque':>6}"]
    for parent, kinds in sorted(tally.items()):
        rows = {(row.path, row.name) for row in ROWS if row.spec.parent == parent and row.spec.size}
        lines.append(
            f"{parent:22} {len(rows):4} {len(rows & DECLARED) / len(rows):8.0%} {kinds['typed']:6} {kinds['opaque']:6}"
        )
        assert rows <= DECLARED
        assert kinds["opaque"] < 0.05 * kinds.total()
    lines += [f"opaque: {spec.path} {spec.name}: {spec.opaque}" for spec in SPECS if spec.opaque]
    with capsys.disabled():
        print("", *lines, sep="\n")


@each_file
def test_a_codec_of_nothing_but_octets_says_that_it_is_opaque(spec):
    names = {line.name for line in spec.codec.fields}
    assert bool(spec.opaque) == (names <= {"octets", "fill"})
    values = [example.value for example in spec.examples]
    assert spec.opaque or any(value and value.keys() - {"octets", "raw", "fill"} for value in values)


@each_file
def test_examples_hold_both_ways(spec):
    assert spec.examples
    for example in spec.examples:
        data = bytes.fromhex(example.hex)
        assert same(spec.codec.decode(data), example.value)
        assert spec.codec.encode(example.value, len(data)) == data


@each_file
def test_blank_is_null_and_fields_are_documented(spec):
    length = spec.size.default
    assert spec.codec.decode(b"\xff" * length) is None
    assert spec.codec.encode(None, length) == b"\xff" * length
    assert spec.codec.fields
    assert all(line.name and line.description and line.coding for line in spec.codec.fields)
    names = {line.name.partition(".")[0] for line in spec.codec.fields}
    for example in spec.examples:
        assert set(example.value or ()) <= {*names, "raw", "rfu"}


@each_file
def test_a_fresh_file_is_a_legal_one(spec):
    length = spec.size.default
    fresh = spec.default_content(length)
    assert len(fresh) == length
    assert spec.codec.encode(spec.codec.decode(fresh), length) == fresh


@each_file
@settings(max_examples=25)
@given(data=st.data())
def test_no_byte_of_a_legal_file_is_lost(spec, data):
    size = spec.size
    most = min(size.maximum, max(size.default, size.minimum + 40 * size.step))
    length = data.draw(st.sampled_from(range(size.minimum, most + 1, size.step)))
    content = data.draw(st.binary(min_size=length, max_size=length))
    try:
        value = spec.codec.decode(content)
    except CodecError:
        assert spec.name in LENGTHS_INSIDE
        return
    assert spec.codec.encode(json.loads(json.dumps(value)), length) == content
    assert same(spec.codec.decode(spec.codec.encode(value, length)), value)
    if isinstance(value, dict):
        with suppress(CodecError):
            edited = spec.codec.encode(without_raw(value), length)
            assert spec.codec.encode(without_raw(spec.codec.decode(edited)), length) == edited


def without_raw(value):
    return value and {key: item for key, item in value.items() if key != "raw"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("0012"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def broken(value):
    """The value with something else at one place of it."""
    if isinstance(value, dict) and value:
        return st.sampled_from(sorted(value)).flatmap(
            lambda key: st.one_of(JSON, broken(value[key])).map(lambda new: {**value, key: new})
        )
    if isinstance(value, list) and value:
        return st.integers(0, len(value) - 1).flatmap(
            lambda at: st.one_of(JSON, broken(value[at])).map(lambda new: [*value[:at], new, *value[at + 1 :]])
        )
    return JSON


@each_file
@settings(max_examples=25)
@given(content=st.binary(max_size=40), length=st.integers(0, 40), data=st.data())
def test_nothing_but_codec_errors(spec, content, length, data):
    with suppress(CodecError):
        spec.codec.decode(content)
    example = data.draw(st.sampled_from(spec.examples))
    value = data.draw(st.one_of(JSON, broken(example.value)))
    for size in (length, len(example.hex) // 2):
        with suppress(CodecError):
            assert len(spec.codec.encode(value, size)) == size


def mutations(spec: FileSpec) -> Iterator[bytes]:
    """Each byte of each example changed in a few ways."""
    for example in spec.examples:
        content = bytes.fromhex(example.hex)
        for at in range(len(content)):
            for change in (0x01, 0x10, 0x80, 0x55, 0xFF):
                yield content[:at] + bytes([content[at] ^ change]) + content[at + 1 :]


def test_contents_with_a_wrong_byte_decode(capsys):
    """All of them where no length is inside, at least 80 % where there is one."""
    shares: dict[str, float] = {}
    for spec in SPECS:
        decoded = total = 0
        for content in mutations(spec):
            total += 1
            with suppress(CodecError):
                assert spec.codec.encode(spec.codec.decode(content), len(content)) == content
                decoded += 1
        shares[f"{spec.path} {spec.name}"] = decoded / total
    with capsys.disabled():
        print("\nof examples with one wrong byte decode:", *_shares(shares), sep="\n")
    for name, share in shares.items():
        assert share >= (0.8 if name.partition(" ")[2] in LENGTHS_INSIDE else 1), name


def _shares(shares: dict[str, float]) -> Iterator[str]:
    yield from (f"  {name} {share:.0%}" for name, share in shares.items() if share < 1)
    yield f"  {sum(share == 1 for share in shares.values())} other files 100%"


def test_vectors_of_the_alpha_field():
    vectors = json.loads((DATA / "gsm-vectors.json").read_text(encoding="utf-8"))
    alpha = [vector for vector in vectors if vector["ef"] == "alpha field"]
    assert len(alpha) == 5
    for vector in alpha:
        assert decode_alpha(bytes.fromhex(vector["hex"])) == vector["values"]["text"]


@pytest.mark.parametrize(
    "vector", json.loads((DATA / "adn.json").read_text(encoding="utf-8")), ids=lambda vector: vector["id"]
)
def test_golden_dialling_records(vector):
    codec = find("EF_ADN").codec
    record = bytes.fromhex(vector["record"])
    value = codec.decode(record)
    assert codec.encode(value, len(record)) == record
    if value is None:
        assert not vector["name"]
        assert not vector["number"]
        return
    assert value["name"] == vector["name"]
    assert (value["ext"] or 0xFF) == vector["ext1"]
    if vector["number"] != "...":
        assert vector["number"].startswith(value["number"])


def test_every_file_is_found_by_path_and_by_an_unambiguous_name() -> None:
    names = Counter(spec.name for spec in all_files())
    for spec in all_files():
        if names[spec.name] == 1:
            assert find(spec.name) is spec
        if "X" not in spec.fid:
            assert by_path(spec.path) is spec
