"""The column headings of contact CSV files, as data: which heading of which program means what.

Outlook's Simplified Chinese headings put the given name before the family name, and 无绳电话 is its Radio Phone;
newer exports have other columns in another order, so headings are matched by their text and never by position.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME, GIVEN, MIDDLE, FAMILY = "name", "given", "middle", "family"
COMPANY, EMAIL, NOTE, PHONE = "company", "email", "note", "phone"


@dataclass(frozen=True, slots=True)
class Column:
    """What a column holds: a role, and of a telephone number the label, or the heading of the column with the label."""

    role: str
    label: str = "other"
    label_heading: str | None = None


# (role, label, headings) of our own files and hand-made ones.
SIMPLE = (
    (NAME, "", ("name", "姓名")),
    (PHONE, "other", ("number", "phone", "phone number", "号码", "电话", "电话号码", "手机", "手机号", "手机号码")),
)

# (role, label, English heading, Simplified Chinese heading); the order is that of Outlook's own list.
OUTLOOK = (
    (GIVEN, "", "First Name", "名"),
    (MIDDLE, "", "Middle Name", "中间名"),
    (FAMILY, "", "Last Name", "姓"),
    (COMPANY, "", "Company", "单位"),
    (PHONE, "other", "Assistant's Phone", "助理的电话"),
    (PHONE, "fax", "Business Fax", "商务传真"),
    (PHONE, "work", "Business Phone", "商务电话"),
    (PHONE, "work", "Business Phone 2", "商务电话 2"),
    (PHONE, "other", "Callback", "回电话"),
    (PHONE, "mobile", "Car Phone", "车载电话"),
    (PHONE, "work", "Company Main Phone", "单位主要电话"),
    (PHONE, "fax", "Home Fax", "住宅传真"),
    (PHONE, "home", "Home Phone", "住宅电话"),
    (PHONE, "home", "Home Phone 2", "住宅电话 2"),
    (PHONE, "other", "ISDN", "ISDN"),
    (PHONE, "mobile", "Mobile Phone", "移动电话"),
    (PHONE, "fax", "Other Fax", "其他传真"),
    (PHONE, "other", "Other Phone", "其他电话"),
    (PHONE, "pager", "Pager", "寻呼机"),
    (PHONE, "other", "Primary Phone", "主要电话"),
    (PHONE, "mobile", "Radio Phone", "无绳电话"),
    (PHONE, "other", "TTY/TDD Phone", "TTY/TDD 电话"),
    (EMAIL, "", "E-mail Address", "电子邮件地址"),
    (NOTE, "", "Notes", "附注"),
)

# The names of parts in Google's exports: since 2024, and before.
GOOGLE = (
    (GIVEN, ("First Name", "Given Name")),
    (MIDDLE, ("Middle Name", "Additional Name")),
    (FAMILY, ("Last Name", "Family Name")),
    (COMPANY, ("Organization Name", "Organization 1 - Name")),
    (EMAIL, ("E-mail 1 - Value",)),
    (NOTE, ("Notes",)),
)
_GOOGLE_PHONE = re.compile(r"phone (\d+) - value")

_LABEL_WORDS = (
    ("fax", ("fax", "传真")),
    ("pager", ("pager", "寻呼")),
    ("mobile", ("mobile", "cell", "iphone", "手机", "移动")),
    ("home", ("home", "住宅", "家")),
    ("work", ("work", "business", "office", "company", "单位", "工作", "办公", "公司")),
)


def label_of(words: str) -> str:
    """The label that free words or vCard types mean: fax and pager before mobile, home, work; else ``other``."""
    folded = words.casefold()
    return next((label for label, marks in _LABEL_WORDS if any(mark in folded for mark in marks)), "other")


def fold(heading: str) -> str:
    """A heading as it is compared: outer blanks and case do not count."""
    return " ".join(heading.split()).casefold()


def _table() -> dict[str, Column]:
    table = {fold(name): Column(role) for role, names in GOOGLE for name in names}
    table |= {fold(name): Column(role, label) for role, label, *names in OUTLOOK for name in names}
    return table | {fold(name): Column(role, label) for role, label, names in SIMPLE for name in names}


_COLUMNS = _table()


def column_of(heading: str, headings: set[str]) -> Column | None:
    """What a column is, by its heading and the folded headings of its file; None for one that contacts do not need."""
    folded = fold(heading)
    google = _GOOGLE_PHONE.fullmatch(folded)
    if not google:
        return _COLUMNS.get(folded)
    names = (f"phone {google[1]} - {kind}" for kind in ("label", "type"))
    return Column(PHONE, label_heading=next((name for name in names if name in headings), None))
