"""``uimkit ef`` knows every file of the catalogue: by name where that is one file's, else by path."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

import pytest

from tests.cli.conftest import Done
from uimkit.files.catalogue import all_files
from uimkit.files.spec import FileSpec

Run = Callable[..., Done]
NAMES = Counter(spec.name for spec in all_files())


def handle(spec: FileSpec) -> str:
    return spec.name if NAMES[spec.name] == 1 else spec.path


def test_handles_tell_all_files_apart() -> None:
    assert len({handle(spec) for spec in all_files()}) == len(all_files())


def test_the_list_has_every_file_in_the_contract_shape(uimkit: Run) -> None:
    rows = uimkit("ef", "list", "--json").json
    assert [(row["path"], row["name"]) for row in rows] == [(spec.path, spec.name) for spec in all_files()]
    for row, spec in zip(rows, all_files(), strict=True):
        assert row.keys() == {"path", "name", "structure", "size", "clause", "codec", "reason"}
        assert row["codec"] == (None if spec.is_directory else "opaque" if spec.opaque else "typed")
        assert bool(row["reason"]) == (row["codec"] == "opaque")
    text = uimkit("ef", "list").out.splitlines()
    assert len(text) == len(rows)


@pytest.mark.parametrize("parent", sorted({spec.parent for spec in all_files() if not spec.is_directory}))
def test_a_directory_is_listed_by_path_and_by_identifier(uimkit: Run, parent: str) -> None:
    expected = [spec.path for spec in all_files() if spec.parent == parent]
    for directory in (parent, parent[-4:]):
        assert [row["path"] for row in uimkit("ef", "list", "--df", directory, "--json").json] == expected


@pytest.mark.parametrize("spec", all_files(), ids=handle)
def test_a_file_is_shown(uimkit: Run, spec: FileSpec) -> None:
    page = uimkit("ef", "show", handle(spec), "--json").json
    assert (page["path"], page["name"], len(page["examples"])) == (spec.path, spec.name, len(spec.examples))
    done = uimkit("ef", "show", handle(spec).lower())
    assert done.code == 0
    assert done.out.startswith(f"{spec.name}  {spec.path}  {spec.structure}\n")
    assert all(definition.clause in done.out for definition in spec.definitions)


@pytest.mark.parametrize("spec", [spec for spec in all_files() if not spec.is_directory], ids=handle)
def test_an_example_is_decoded_and_encoded(uimkit: Run, spec: FileSpec) -> None:
    example = spec.examples[0]
    decoded = uimkit("ef", "decode", handle(spec), example.hex)
    assert decoded.json == example.value
    length = str(len(example.hex) // 2)
    assert uimkit("ef", "encode", handle(spec), decoded.out, "--length", length).out.strip() == example.hex
    assert uimkit("ef", "encode", handle(spec), "null").out.strip() == "FF" * (spec.size.default if spec.size else 0)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show", "EF_ECC"), "3F00/7F20/6FB7"),
        (("show", "EF_NONE"), "no file of the catalogue"),
        (("decode", "DF_CDMA", "00"), "directory"),
        (("decode", "EF_IMSI_M", "0"), "hex digits"),
        (("encode", "EF_IMSI_M", "{"), "not JSON"),
        (("encode", "EF_IMSI_M", json.dumps({"imsi": "12x"})), "imsi"),
        (("list", "--df", "7F99"), "7F99"),
    ],
)
def test_what_is_wrong_is_one_line(uimkit: Run, arguments: tuple[str, ...], expected: str) -> None:
    done = uimkit("ef", *arguments)
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
    assert done.err.count("\n") == 1
