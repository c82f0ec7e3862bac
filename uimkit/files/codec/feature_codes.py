"""The feature codes of EF_SSFC (C.S0023 3.4.30)."""

from __future__ import annotations

from uimkit.coding.errors import CodecError, shown
from uimkit.files.codec import Digits, Kind, Number
from uimkit.files.codec.base import members, padded, whole
from uimkit.files.spec import FieldDoc, Value

FEATURES = (
    "activate CD",
    "de-activate CD",
    "register CFB number",
    "register CFB to voice mail",
    "de-register CFB",
    "activate CFB",
    "de-activate CFB",
    "register CFD number",
    "register CFD to voice mail",
    "de-register CFD",
    "activate CFD",
    "de-activate CFD",
    "register CFNA number",
    "register CFNA to voice mail",
    "de-register CFNA",
    "activate CFNA",
    "de-activate CFNA",
    "register CFU number",
    "register CFU to voice mail",
    "de-register CFU",
    "activate CFU",
    "de-activate CFU",
    "activate CW",
    "de-activate CW",
    "cancel CW for one call",
    "temporarily activate CNIR",
    "temporarily de-activate CNIR",
    "invoke CC",
    "invoke drop last CC party",
    "activate DND",
    "de-activate DND",
    "activate MWN alert pip tone",
    "de-activate MWN alert pip tone",
    "activate MWN pip tone",
    "de-activate MWN pip tone",
    "temporarily de-activate MWN pip tone",
    "invoke PACA",
    "invoke VMR",
    "activate CNAP",
    "de-activate CNAP",
    "activate CNAR",
    "de-activate CNAR",
    "activate AC",
    "de-activate AC",
    "activate AR",
    "de-activate AR",
    "register USCF number",
    "activate RUAC",
    "de-activate RUAC",
    "invoke AOC",
    "invoke COT",
)
"""The order of the codes in EF_SSFC (C.S0023 3.4.30); further codes are ``code 52`` and so on."""


class SupplementaryCodes(Kind):
    """EF_SSFC: N, then N codes of up to four digits, right justified. Unused codes (FFFF) are not in the value.

    ``n`` is in the value only when it is not the number of codes the file has room for.
    """

    keys = ("n", "codes")
    _CODE = Digits(2, first="high", align="right")

    @property
    def fields(self) -> tuple[FieldDoc, ...]:
        return (
            FieldDoc("n", "number of codes, if not as many as there is room for", "1 byte"),
            FieldDoc("codes", "digits by feature: " + ", ".join(FEATURES), f"each {self._CODE.coding}"),
        )

    def unpack(self, data: bytes) -> Value:
        if len(data) % 2 == 0:
            raise CodecError(f"expected an odd number of bytes, found {len(data)}")
        codes: dict[str, Value] = {}
        for index in range(len(data) // 2):
            code = self._CODE.unpack(data[2 * index + 1 : 2 * index + 3])
            if code is not None:
                codes[_feature_name(index)] = code
        return {"codes": codes} if data[0] == len(data) // 2 else {"n": data[0], "codes": codes}

    def pack(self, value: Value, length: int | None) -> bytes:
        given = members(value, self.keys)
        codes = given.get("codes")
        if not isinstance(codes, dict):
            raise CodecError(f"expected an object of features and their codes, found {shown(codes)}", "codes")
        found = {_feature_index(name): self._packed(name, code) for name, code in codes.items()}
        room = max([*found, len(FEATURES) - 1]) + 1 if length is None else length // 2
        if max(found, default=-1) >= room:
            raise CodecError(f"there is room for {room} codes, found {_feature_name(max(found))}", "codes")
        count = Number().pack(whole(given.get("n", room)), 1)
        return padded(count + b"".join(found.get(index, b"\xff\xff") for index in range(room)), length)

    def _packed(self, name: str, code: Value) -> bytes:
        try:
            return self._CODE.pack(code, 2)
        except CodecError as error:
            raise error.within(name).within("codes") from None


def _feature_name(index: int) -> str:
    return FEATURES[index] if index < len(FEATURES) else f"code {index + 1}"


def _feature_index(name: str) -> int:
    if name in FEATURES:
        return FEATURES.index(name)
    for index in range(len(FEATURES), 255):
        if name == _feature_name(index):
            return index
    raise CodecError(f"unknown feature {shown(name)}, expected {', '.join(FEATURES)}, or code 52 to 255", "codes")
