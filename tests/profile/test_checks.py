"""Every check finds what it is for, at its line; the shipped profiles have nothing to find."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from uimkit.card.codes import Code, chv_bytes
from uimkit.errors import InputError
from uimkit.files.catalogue import find
from uimkit.files.spec import Value
from uimkit.profile.build import CardProfile
from uimkit.profile.card_checks import check_card
from uimkit.profile.checks import check_profile
from uimkit.profile.load import load_profile, parse_profile, profile_schema, shipped_profiles
from uimkit.profile.locate import line_of
from uimkit.profile.structure_checks import atr_problem, code_problem
from uimkit.profile.summary import summarise

ONE_WAY = load_profile("china-telecom-oneway")


def changed(*changes: tuple[str, str]) -> CardProfile:
    text = ONE_WAY.text
    for old, new in changes:
        assert len(re.findall(old, text, re.MULTILINE)) == 1, old
        text = re.sub(old, new, text, flags=re.MULTILINE)
    return parse_profile(text, "changed.toml", "changed")


def content(path: str, new: str) -> tuple[str, str]:
    return rf'^"{path}" = .*$', f'"{path}" = {{ {new} }}'


def roaming_list(name: str, **changes: Value) -> str:
    """The example of a list with other fields, and its size and CRC computed again, in hex."""
    codec = find(name).codec
    assert codec is not None
    value = next(
        one.value for one in find(name).examples if isinstance(one.value, dict) and "system_records" in one.value
    )
    first, *others = value["system_records"]
    return codec.encode({**value, "system_records": [{**first, **changes}, *others]}, 256).rstrip(b"\xff").hex().upper()


EPRL = '"3F00/7F25/6F5A" = {{ size = 2048, content = "{}" }}\n"3F00/7F25/6F59" ='
MAXPRL = content("3F00/7F25/6F45", 'size = 4, content = "08000800"')
TAIL = r'^"3F00/7F25/6F59" ='


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_shipped_profiles_have_no_findings(name: str) -> None:
    assert check_profile(load_profile(name)) == []


@pytest.mark.parametrize(
    ("changes", "id", "field"),
    [
        ([(r'^"3F00/7F25/6F21" = .*\n', "")], "AFS.TREE.complete", "3F00/7F25"),
        ([(r"^SST = \[1, 2,", "SST = [1,")], "CEF.SST.files", "3F00/7F10/6F3A"),
        ([(r"^CST = \[1, 2,", "CST = [1, 2, 3,")], "CEF.CST.files", "services.CST"),
        ([(r', "3F00/7F10/6F4A"\] #', ']\nhidden = ["3F00/7F10/6F4A"] #')], "CEF.SST.files", "services.SST"),
        ([(r', "3F00/7F10/6F4A"\] #', "] #")], "SEC.ONEWAY.ext1", "3F00/7F10/6F4A"),
        ([(r', "3F00/7F10/6F44", ', ", ")], "SEC.ONEWAY.ext1", "3F00/7F10/6F44"),
        ([(r'^latch = \["read-cdma-identity"\]', 'latch = ["select-df-cdma"]')], "SEC.ONEWAY.latch", "oneway.latch"),
        ([content("3F00/2FE2", 'content = "98683062091000000062"')], "CEF.ICCID.luhn", "3F00/2FE2"),
        ([content("3F00/7F25/6F45", 'size = 2, content = "1000"')], "CEF.PRL.maxprl", "3F00/7F25/6F45"),
        ([content("3F00/7F25/6F22", 'content = "008503A69A3A5C006701"')], "CEF.IMSI_M.programmed", "3F00/7F25/6F22"),
        ([content("3F00/7F25/6F22", 'content = "00FFFFFFFFFFFF80FFFF"')], "CEF.IMSI_M.coding", "3F00/7F25/6F22"),
        ([content("3F00/7F25/6F2C", 'content = "03"')], "CEF.ACCOLC.lastdigit", "3F00/7F25/6F2C"),
        ([content("3F00/7F20/6F78", 'content = "0300"')], "CEF.ACC.onebit", "3F00/7F20/6F78"),
        ([content("3F00/7F20/6F78", 'content = "0100"')], "CEF.ACC.lastdigit", "3F00/7F20/6F78"),
        ([content("3F00/7F25/6F31", 'content = "0401020380000000"')], "CEF.RUIMID.puimid", "3F00/7F25/6F31"),
        ([content("3F00/7F25/6F42", 'content = "03"')], "CEF.USGIND.consistent", "3F00/7F25/6F42"),
        ([content("3F00/7F25/6F31", 'content = "0400000000000000"')], "CEF.USGIND.consistent", "3F00/7F25/6F42"),
        (
            [content("3F00/7F25/6F30", 'size = 2048, content = "0012000100804001401F420005400020ECCF"')],
            "CEF.PRL.crc",
            "3F00/7F25/6F30",
        ),
        ([content("3F00/7F25/6F30", 'size = 2048, content = "0005"')], "CEF.PRL.size", "3F00/7F25/6F30"),
        ([content("3F00/7F25/6F46", 'content = "01"')], "CEF.SPCS.flag", "3F00/7F25/6F46"),
        ([content("3F00/7F25/6F28", 'record_count = 1, records = ["0100FFFF00"]')], "CEF.CDMAHOME.range", "6F28"),
        (
            [content("3F00/7F25/6F57", 'value = { nai = "460030000000001@mycdma.cn", auth = "CHAP" }')],
            "CEF.HRPDUPP.nai",
            "3F00/7F25/6F57",
        ),
        (
            [content("3F00/7F25/6F30", f'size = 2048, content = "{roaming_list("EF_PRL", acq_index=9)}"')],
            "CEF.PRL.acqindex",
            "3F00/7F25/6F30",
        ),
        (
            [content("3F00/7F25/6F30", f'size = 2048, content = "{roaming_list("EF_PRL", geo="same")}"')],
            "CEF.PRL.geo-first",
            "3F00/7F25/6F30",
        ),
        ([(TAIL, EPRL.format("FFFF")), MAXPRL], "CEF.EPRL.size", "3F00/7F25/6F5A"),
        ([(TAIL, EPRL.format(roaming_list("EF_EPRL", acq_index=9))), MAXPRL], "CEF.EPRL.acqindex", "6F5A"),
        ([(TAIL, EPRL.format(roaming_list("EF_EPRL")))], "CEF.EPRL.maxprl", "3F00/7F25/6F45"),
        ([content("3F00/7F25/6F23", 'content = "006300E7EBF95C806701"')], "CEF.IMSI_M.match", "3F00/7F25/6F23"),
        (
            [(r'^"3F00/7F25/6F73"', '"3F00/7F25/6F74" = { content = "56341201000099" }\n"3F00/7F25/6F73"')],
            "CEF.SF_EUIMID.meidrange",
            "3F00/7F25/6F74",
        ),
        ([(r'^atr = "3B67', 'atr = "3B68')], "ELEC.ATR.match", "atr"),
        (
            [(r'^"3F00/7F10" = {}$', '"3F00/7F10" = {}\n"3F00/7FFF" = { name = "DF_X", structure = "DF" }')],
            "AFS.FID.reserved",
            "3F00/7FFF",
        ),
        ([(r'^value = "5678"$', 'value = "87654321"')], "SEC.CHV.format", "chv2"),
        ([content("3F00/7F25/6F21", 'record_count = 5, access = { read = "ALW" }')], "SEC.ACC.conditions", "6F21"),
    ],
)
def test_a_check_finds_what_it_is_for(changes: list[tuple[str, str]], id: str, field: str) -> None:
    profile = changed(*changes)
    findings = [finding for finding in check_profile(profile) if finding.id == id and field in finding.field]
    assert findings, [str(finding) for finding in check_profile(profile)]
    line = profile.text.splitlines()[findings[0].line - 1]
    assert findings[0].field.rpartition('"')[0].rpartition('"')[2] in line or "services" in line or "latch" in line
    assert str(findings[0]).startswith(f"changed.toml:{findings[0].line}: ")


@pytest.mark.parametrize(("fid", "service"), [("6F3B", 3), ("6F49", 18)], ids=["FDN", "SDN"])
def test_v8_a_readable_fdn_or_sdn_is_warned_about(fid: str, service: int) -> None:
    entry = f'"3F00/7F10/{fid}" = {{ record_length = 28, record_count = 5 }}\n"3F00/7F10/6F3C" ='
    services = [(rf"^{table} = \[1, 2,", f"{table} = [1, 2, {service},") for table in ("SST", "CST")]
    profile = changed((r'^"3F00/7F10/6F3C" =', entry), *services)
    assert [(finding.id, finding.severity) for finding in check_profile(profile)] == [
        ("SEC.ONEWAY.readable", "warning")
    ]
    hidden = changed(
        (r'^"3F00/7F10/6F3C" =', entry), services[1], (r"^protected =", f'hidden = ["3F00/7F10/{fid}"]\nprotected =')
    )
    assert check_profile(hidden) == []


def test_v8_a_protected_ext1_refuses_a_msisdn_that_points_to_it() -> None:
    own = "FF" * 14 + "0781214365870921FFFFFFFFFF" + "{}"
    found = {
        pointer: [finding.id for finding in check_profile(changed(content("3F00/7F10/6F40", "record_length = 28, "
        f'record_count = 2, records = ["{own.format(pointer)}"]')))]
        for pointer in ("FF", "01")
    }  # fmt: skip
    assert found == {"FF": [], "01": ["SEC.ONEWAY.ext1"]}


def test_v8_an_absent_lnd_needs_no_protection() -> None:
    gone = ((r', "3F00/7F10/6F44", ', ", "), (r'^"3F00/7F10/6F44" = .*\n', ""), (r" 12, 13, 17, 38\]", " 12, 17, 38]"),
            (r" 12, 13, 17, 20\]", " 12, 17, 20]"))  # fmt: skip
    assert check_profile(changed(*gone)) == []


def test_the_checks_work_on_a_card_image_too() -> None:
    memory = ONE_WAY.fresh_memory()
    index = ONE_WAY.definition.index
    memory.write(index["3F00/7F25/6F2C"], 0, b"\x03")
    bodies = {path: memory.contents[i] for path, i in index.items()}
    assert [issue.id for issue in check_card(ONE_WAY.product, bodies)] == ["CEF.ACCOLC.lastdigit"]


@pytest.mark.parametrize(
    ("path", "change", "id"),
    [
        ("3F00/7F25/6F22", {"size": 9}, "AFS.EF.size"),
        ("3F00/7F10/6F3A", {"size": 130, "record_length": 13}, "AFS.EF.recordlen"),
        ("3F00/7F10/6F44", {"structure": "linear-fixed"}, "AFS.EF.structure"),
    ],
)
def test_shapes_of_a_card_that_no_profile_describes(path: str, change: dict[str, object], id: str) -> None:
    product = ONE_WAY.product
    files = tuple(replace(file, **change) if file.path == path else file for file in product.definition.files)
    card = replace(product, definition=replace(product.definition, files=files))
    assert [(issue.id, issue.key) for issue in check_card(card, ONE_WAY.bodies) if issue.id == id] == [
        (id, ("files", path))
    ]


def test_a_phone_book_directory_needs_no_file_of_a_template() -> None:
    book = '"3F00/7F10/5F3A" = {}\n"3F00/7F10/5F3A/4F30" = { record_count = 1 }\n"3F00/7F20" = {}'
    profile = changed((r'^"3F00/7F20" = {}$', book), (r"^CST = \[1, 2, 4, 5, 9", "CST = [1, 2, 4, 5, 6, 9"))
    assert [finding.id for finding in check_profile(profile)] == []


@pytest.mark.parametrize(
    ("atr", "good"),
    [
        ("3B00", True),
        ("3B67000055494D4B495431", True),
        ("3B9F95801FC78031E073FE211B63E208A8830F900089", True),  # T=0 and T=15: a TCK
        ("3B9F95801FC78031E073FE211B63E208A8830F900088", False),
        ("3B9F95801FC78031E073FE211B63E208A8830F9000", False),
        ("3B8000", True),
        ("3B8100", False),
        ("3BF0", False),
        ("3A00", False),
        ("3B", False),
    ],
)
def test_an_atr_tells_its_length_and_checks_itself(atr: str, good: bool) -> None:
    assert (atr_problem(bytes.fromhex(atr)) is None) is good


def test_a_code_is_well_formed() -> None:
    code = Code(chv_bytes("1234"), 3, 3, b"12345678", 10, 10)
    assert code_problem(code) is None
    assert code_problem(replace(code, unblock=b"\xff" * 8, unblock_tries=0, max_unblock_tries=0)) is None
    for broken in (
        replace(code, value=b"123\xff\xff\xff\xff\xff"),
        replace(code, value=b"1234\0\0\0\0"),
        replace(code, unblock=b"1234567\xff"),
        replace(code, value=code.unblock),
        replace(code, tries=4),
        replace(code, max_tries=0, tries=0),
    ):
        assert code_problem(broken)


TEXT = "a = 1\n\n[t]\nb = [\n  1,\n  2,\n]\n# c\nc = { d = 2 }\n"


@pytest.mark.parametrize(
    ("path", "line"), [(("a",), 1), (("t",), 3), (("t", "b"), 4), (("t", "b", 1), 4), (("t", "c", "d"), 9), (("x",), 1)]
)
def test_lines_of_keys(path: tuple[str | int, ...], line: int) -> None:
    assert line_of(TEXT, path) == line


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (r'^"3F00/7F25/6F22" = .*$', '"3F00/7F25/6F22" = { value = { imsi = "46003" } }', '6F22".value'),
        (r'^"3F00/7F25/6F22" = .*$', '"3F00/7F25/6F22" = { content = "00", size = 9 }', "the standard's rule"),
        (r'^"3F00/7F25/6F22" = .*$', '"3F00/7F25/6F22" = { records = ["00"] }', "transparent EF takes content"),
        (r'^"3F00/7F25/6F22" = .*$', '"3F00/7F25/6F22" = { structure = "cyclic" }', 'expected "transparent"'),
        (r'^"3F00/7F10/6F3A" = .*$', '"3F00/7F10/6F3A" = { record_count = 255 }', "at most 254 records"),
        (r'^"3F00/7F10" = {}$', "", 'expected its directory "3F00/7F10"'),
        (r'^chv1 = "3F00/2FE4"$', 'chv1 = "3F00/2FE2"', "the path of another file already"),
        (r"^ki = (.*), length = 16 \}$", r"ki = \1, length = 8 }", "16 bytes for ki"),
        (r'^protected = .*$', 'protected = ["3F00/7F10/6F40"]', "other files can be hidden"),
        (r'^value = "1234"$', 'value = "12"', "found"),
        (r'^aliases = .*$', 'aliases = { "3F00/7F21" = "3F00/7F99" }', "stands for a directory"),
    ],
)  # fmt: skip
def test_a_profile_that_can_not_be_built_says_file_line_field_and_what_was_expected(
    old: str, new: str, expected: str
) -> None:
    with pytest.raises(InputError) as caught:
        changed((old, new))
    assert re.match(r"changed\.toml:\d+: \S+: ", str(caught.value))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_schema_and_the_summary_cover_every_table() -> None:
    schema = profile_schema()
    assert {"files", "oneway", "choices", "personalisation"} <= set(schema["$defs"]["Profile"]["properties"])
    assert len(summarise(ONE_WAY).files) == len(ONE_WAY.definition.files)
