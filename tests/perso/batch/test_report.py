"""The report of an order: all that a production manager asks for, on one page that needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.perso.batch.conftest import drawn_order, given_order, rows
from uimkit.perso.batch.run import Options, run

pytestmark = pytest.mark.usefixtures("sources")


class _Page(HTMLParser):
    """The text of every cell and paragraph, and every attribute that could load something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self.tags: set[str] = set()
        self.loading: list[tuple[str, str | None]] = []
        self._quiet = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._quiet = tag == "style"
        self.loading += [(name, value) for name, value in attrs if name in ("src", "href", "data", "action", "srcset")]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.text += data
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data.strip("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self.rows.append([])

    def value(self, name: str) -> str:
        return next(row[1] for row in self.rows if row and row[0] == name)


def made(tmp_path: Path, order: Path) -> tuple[_Page, str]:
    run(order, tmp_path / "made", Options(clock=lambda: "2009-01-01T00:00:00+00:00", chunk=500))
    html = (tmp_path / "made" / "report.html").read_text(encoding="utf-8")
    return _Page(html), html


def test_the_report_tells_the_order(tmp_path: Path) -> None:
    page, html = made(tmp_path, drawn_order(tmp_path, "random", count=1200))
    expected = {
        "Order": "D-1",
        "Customer": "Footel",
        "Product": "china-telecom-oneway: China Telecom dual-mode UIM, contacts one way from GSM",
        "Quantity": "1,200 cards",
        "ICCID": "89860326001000001004 to 89860326001000012993",
        "IMSI": "460030120000100 to 460030120001299",
        "Warnings": "none",
        "Secrets random": "AKEY, PIN1, PIN2, PUK1, PUK2, ADM, KI",
    }
    assert {name: page.value(name) for name in expected} == expected
    assert re.fullmatch(r"index 1, check value [0-9A-F]{6}, wrapped by aes-gcm", page.value("Transport key"))
    assert "derived" not in page.text
    assert 'class="notice"' not in html


def test_the_report_has_every_file_with_size_and_hash_and_what_is_secret(tmp_path: Path) -> None:
    from uimkit.perso.batch.files import digest_of

    page, _ = made(tmp_path, drawn_order(tmp_path, "random"))
    told = {row[0]: row for row in page.rows if len(row) == 4 and len(row[3]) == 64}
    files = {
        str(path.relative_to(tmp_path / "made"))
        for path in (tmp_path / "made").rglob("*")
        if path.is_file() and ".batch" not in path.parts
    }
    assert set(told) == files - {"report.html", "manifest.json", "audit.jsonl"}
    for name, (_, what, size, sha256) in told.items():
        assert (sha256, int(size.replace(",", ""))) == digest_of(tmp_path / "made" / name)
        assert ("in the clear" in what) == name.startswith(("data", "laser", "scripts"))
        assert what


def test_the_report_has_the_cards_to_inspect(tmp_path: Path) -> None:
    page, _ = made(tmp_path, drawn_order(tmp_path, "random", count=300))
    samples = [row[:2] for row in page.rows if len(row) == 4 and row[1].startswith("8986")]
    assert samples[0] == ["1", "89860326001000001004"]
    assert len(samples) == 50
    assert "and 11 more in qc.csv" in page.text


def test_derived_keys_are_told_in_red(tmp_path: Path) -> None:
    page, html = made(tmp_path, drawn_order(tmp_path, "derived"))
    assert '<p class="notice">derived keys: for tests only</p>' in html
    assert re.search(r"\.notice\{background:#c00;", html)
    assert page.value("Secrets derived").startswith("AKEY")


def test_a_legacy_wrapping_is_told(tmp_path: Path) -> None:
    order = drawn_order(tmp_path, "random")
    order.write_text(order.read_text().replace('"aes-gcm"', '"3des-ecb"'))
    page, _ = made(tmp_path, order)
    assert "3des-ecb is a legacy wrapping" in page.text


def test_equal_warnings_stand_once_with_their_number(tmp_path: Path) -> None:
    order = drawn_order(tmp_path, "random")
    order.write_text(order.read_text().replace('SID = "3600"', 'SID = "1600"'))
    page, _ = made(tmp_path, order)
    text = "SID: 1600 (decimal 5632) is not in 3500 to 37FF; was it decimal?"
    assert page.value("Warnings") == "20, see below"
    assert ["20", "card 1", text] in page.rows


def test_warnings_that_differ_are_listed_up_to_a_limit(tmp_path: Path) -> None:
    cards = [row | {"UIMID": f"A0{number:06X}"} for number, row in enumerate(rows(30))]
    page, _ = made(tmp_path, given_order(tmp_path, cards))
    listed = [row for row in page.rows if len(row) == 3 and row[2].startswith("UIMID: ")]
    assert len(listed) == 20
    assert listed[0][:2] == ["1", "G-1.txt:1"]
    assert "and 10 more in warnings.txt" in page.text


def test_many_script_files_are_one_row_a_dialect(tmp_path: Path) -> None:
    order = drawn_order(tmp_path, "random")
    order.write_text(
        order.read_text().replace("cards_per_file = 8", "cards_per_file = 1").replace('["json"', '["pysim"')
    )
    order.write_text(order.read_text().replace('"scriptor"]', '"scriptor", "json"]'))
    page, _ = made(tmp_path, order)
    (row,) = [row for row in page.rows if row and row[0] == "scripts/*.scriptor"]
    assert row[3] == "20 files, each in manifest.json"
    assert int(row[2].replace(",", "")) == sum(p.stat().st_size for p in (tmp_path / "made").glob("scripts/*.scriptor"))


def test_the_report_loads_nothing_and_is_for_paper_too(tmp_path: Path) -> None:
    page, html = made(tmp_path, drawn_order(tmp_path, "random"))
    assert page.loading == []
    assert not page.tags & {"script", "link", "img", "iframe", "object", "base"}
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import|https?:", html)
    assert "@page" in html
    assert "@media print" in html


def test_what_the_order_says_is_no_html(tmp_path: Path) -> None:
    order = drawn_order(tmp_path, "random")
    nasty = "<script>alert(1)</script>&amp;\\\"'"
    order.write_text(order.read_text().replace("Footel", nasty))
    page, html = made(tmp_path, order)
    assert "script" not in page.tags
    assert "<script" not in html
    assert page.value("Customer") == "<script>alert(1)</script>&amp;\"'"


@pytest.mark.parametrize("response", ["", 'response = "china-telecom"'])
def test_imsis_are_those_of_the_cards_however_the_operator_is_told(response: str, tmp_path: Path) -> None:
    order = drawn_order(tmp_path, "random")
    order.write_text(order.read_text().replace('response = "var_out"', response))
    page, _ = made(tmp_path, order)
    assert page.value("IMSI") == "460030120000100 to 460030120000119"


def test_the_same_order_gives_the_same_report(tmp_path: Path) -> None:
    order = drawn_order(tmp_path, "derived")
    _, first = made(tmp_path, order)
    run(order, tmp_path / "again", Options(clock=lambda: "2010-01-01T00:00:00+00:00", chunk=3))
    assert (tmp_path / "again" / "report.html").read_text(encoding="utf-8") == first
