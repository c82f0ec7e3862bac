"""A shortcut gives what the codec of its file gives, for every value that the field may have."""

from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uimkit.coding.identity import luhn_digit
from uimkit.errors import InputError
from uimkit.files import catalogue
from uimkit.perso.fields import FIELDS
from uimkit.perso.placing import PLACINGS
from uimkit.perso.plan import Plan
from uimkit.perso.rows import CardData, card_data
from uimkit.perso.shortcuts import OCTETS, SHORTCUTS
from uimkit.perso.validators import MAX_NAI
from uimkit.profile.load import load_profile, shipped_profiles

DIGITS = st.text("0123456789", min_size=15, max_size=15)
USER = st.text("abcXYZ0189._-!", min_size=1, max_size=MAX_NAI - 10)
VALUES = {
    "ICCID": st.from_regex(r"(89[0-9]{16}|8986[0-9]{15})", fullmatch=True).map(
        lambda digits: digits + luhn_digit(digits)
    ),
    "IMSI": DIGITS,
    "IMSI_T": DIGITS,
    "IMSIG": DIGITS,
    "UIMID": st.from_regex(r"[0-9A-F]{8}", fullmatch=True),
    "MDN": st.text("0123456789*#", min_size=1, max_size=15),
    "HRPDUPP": USER.map(lambda user: f"{user}@mycdma.cn"),
}


@pytest.mark.parametrize(("name", "path"), SHORTCUTS)
@given(data=st.data())
def test_a_shortcut_gives_what_the_codec_gives(name: str, path: str, data: st.DataObject) -> None:
    try:
        value = FIELDS[name].checked(data.draw(VALUES[name]))
    except ValueError:  # 19 digits that begin with 8986
        return
    spec = catalogue.by_path(path)
    assert spec is not None
    assert spec.codec is not None
    assert spec.size is not None
    content = PLACINGS[name].content(value, {name: value})
    expected = spec.codec.encode(content, spec.size.default).hex().upper()
    assert SHORTCUTS[name, path](value).ljust(len(expected), "F") == expected


@pytest.mark.parametrize("name", OCTETS)
@given(data=st.data())
def test_a_shortcut_gives_what_the_placing_gives(name: str, data: st.DataObject) -> None:
    values = st.from_regex(
        {"P": r"[0-9]{8}", "A": r"[0-9A-F]{16}", "H": r"([0-9A-F]{2}){1,16}"}.get(name[0], r"[0-9A-F]{32}"),
        fullmatch=True,
    )
    value = FIELDS[name].checked(data.draw(values))
    content = PLACINGS[name].content(value, {name: value})
    assert isinstance(content, bytes)
    assert OCTETS[name](value) == content.hex().upper()


@pytest.mark.parametrize("profile", shipped_profiles())
def test_a_row_is_what_the_codecs_make_of_each_slot(profile: str) -> None:
    plan = Plan(load_profile(profile))
    values = {"ICCID": "89860320070011223341", "IMSI": "460031234567890", "IMSIG": "001010123456780", "KI": "1B" * 16}
    values |= {
        "SID": "3600",
        "NID": "0001",
        "AKEY": "0123456789ABCDEF",
        "PIN1": "1234",
        "PIN2": "12345678",
        "MDN": "18900001111",
    }
    values |= {"PUK1": "12345678", "PUK2": "87654321", "ADM": "ABCDEF01", "SPC": "123456", "HRPDSS": "AA" * 8}
    data = card_data({name: value for name, value in values.items() if name in plan.places})
    resolved = plan.resolve(data)
    slow = {slot.column: plan._content(slot, resolved).hex().upper() for slot in plan.slots}
    assert plan.row(resolved) == slow == plan.row(resolved)


def test_a_value_that_does_not_fit_its_file_is_told_with_its_place() -> None:
    plan = Plan(load_profile("china-telecom-oneway"))
    values = {"ICCID": "89860320070011223341", "IMSI": "460031234567890", "SID": "3600", "IMSIG": "001010123456780"}
    values |= {"AKEY": "0123456789ABCDEF", "KI": "1B" * 16, "HRPDUPP": f"{'a' * 60}@mycdma.cn", "PIN1": "1234"}
    values |= {"PIN2": "1234", "PUK1": "12345678", "PUK2": "12345678", "ADM": "ABCDEF01"}
    with pytest.raises(InputError, match=r"cards\.csv:7: HRPDUPP: .*EF_HRPDUPP"):
        plan.row(plan.resolve(card_data(values, "cards.csv:7")))


class Secret(str):
    """A text that can be watched."""

    __slots__ = ("__weakref__",)


def test_a_plan_keeps_no_secret_of_a_card_before_the_last() -> None:
    plan = Plan(load_profile("china-telecom-oneway"))
    values = {"ICCID": "89860320070011223341", "IMSI": "460031234567890", "SID": "3600", "IMSIG": "001010123456780"}
    values |= {"PIN1": "1234", "PIN2": "1234", "PUK1": "12345678", "PUK2": "12345678", "ADM": "ABCDEF01"}
    values |= {"AKEY": "0123456789ABCDEF", "KI": "1B" * 16}
    watched = []
    for number in range(3):
        secrets = {"SIPSS": Secret(f"secret{number}"), "SPC": Secret(f"12345{number}")}
        watched.append([weakref.ref(secret) for secret in secrets.values()])
        plan.row(plan.resolve(CardData({**values, **secrets}, (*values, *secrets))))
        del secrets
    gc.collect()
    assert [[secret() is None for secret in of_card] for of_card in watched[:2]] == [[True, True], [True, True]]
