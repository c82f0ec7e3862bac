"""The master file, the files in it and all directories."""

from __future__ import annotations

from uimkit.coding.bcd import HEX
from uimkit.files.codec import Digits, Field, Listed, Struct, Text
from uimkit.files.declare import directory, exactly, gsm, ruim, sized, transparent
from uimkit.files.spec import Example, FileSpec

DIRECTORIES: tuple[FileSpec, ...] = (
    directory(
        "3F00",
        "MF",
        "Root, selected implicitly after the answer to reset",
        gsm("6.2; 6.5; 10.1", "M"),
        ruim("3, 3.2", "M"),
    ),
    directory(
        "3F00/7F10",
        "DF_TELECOM",
        "Phone book, messages and images, shared by all applications",
        gsm("6.3; 10.5", "not marked M/O"),
        ruim("2.7, 3.3", "O (needed for any file of Table 2.7-1/2.7-2)"),
    ),
    directory(
        "3F00/7F20",
        "DF_GSM",
        "GSM and DCS 1800 application",
        gsm("6.3; 10.2; 10.3; 10.7", "M for the GSM application (not marked M/O in the text)"),
        ruim("3, 3.3", "O"),
    ),
    directory("3F00/7F21", "DF_DCS1800", "Directory of Phase 1 DCS 1800 cards", gsm("6.6; 10.7", "reserved id")),
    directory("3F00/7F22", "DF_IS-41", "IS-41 application", gsm("6.3; 6.6", "O")),
    directory("3F00/7F23", "DF_FP-CTS", "Fixed part of the cordless telephony system", gsm("6.3; 6.6", "O")),
    directory(
        "3F00/7F24",
        "DF_TIA/EIA-136",
        "TDMA application",
        gsm("6.6", "O (reserved id)"),
        ruim("3, 3.3", "O"),
    ),
    directory(
        "3F00/7F25",
        "DF_CDMA",
        "CDMA application, called DF_TIA/EIA-95 by TS 51.011",
        ruim("2.3, 3.1, 3.4", "M"),
        gsm("6.6", "O (reserved id)"),
    ),
    directory("3F00/7F31", "DF_iDEN", "Directory of iDEN", gsm("6.6 NOTE", "used elsewhere")),
    directory("3F00/7F80", "DF_PDC", "Directory of the Japanese PDC", gsm("6.6 NOTE", "used elsewhere")),
    directory("3F00/7F90", "DF_TETRA", "Directory of TETRA", gsm("6.6 NOTE", "used elsewhere")),
    directory("3F00/7F20/5F30", "DF_IRIDIUM", "Iridium", gsm("6.6; 10.2", "O")),
    directory("3F00/7F20/5F31", "DF_GLOBALSTAR", "Globalstar", gsm("6.6; 10.2", "O")),
    directory("3F00/7F20/5F32", "DF_ICO", "ICO", gsm("6.6; 10.2", "O")),
    directory("3F00/7F20/5F33", "DF_ACeS", "ACeS", gsm("6.6; 10.2", "O")),
    directory("3F00/7F20/5F3C", "DF_MExE", "Mobile execution environment", gsm("6.6; 10.2; 10.4.2", "O; SST n49", 49)),
    directory(
        "3F00/7F20/5F40",
        "DF_EIA/TIA-553",
        "AMPS parameters; figure 3-1 of C.S0023-C calls it DF_PCS-1900",
        gsm("6.6; 10.2; Annex H", "O"),
        ruim("3, 3.3", "O"),
    ),
    directory("3F00/7F20/5F60", "DF_CTS", "Cordless telephony system", gsm("6.6; 10.2", "O")),
    directory("3F00/7F20/5F70", "DF_SoLSA", "Localised service areas", gsm("6.6; 10.2; 10.4.1", "O; SST n40", 40)),
    directory(
        "3F00/7F10/5F50", "DF_GRAPHICS", "Image files", gsm("6.6; 10.6", "O; SST n39", 39), ruim("2.7, 3.3", "O")
    ),
    directory("3F00/7F10/5F3A", "DF_PHONEBOOK", "Enhanced phone book after TS 31.102", ruim("2.7", "O: n6", 6)),
)

FILES: tuple[FileSpec, ...] = (
    *DIRECTORIES,
    transparent(
        "3F00/2FE2",
        "EF_ICCID",
        "Card identification number",
        gsm("10.1.1", "M"),
        ruim("3.4.83", "M"),
        size=exactly(10),
        access="ALW NEV - ADM ADM",
        kind=Struct(Field("iccid", Digits(10, HEX), "number after E.118, with its check digit as far as there is one")),
        examples=(
            Example("986800214365870921F0", {"iccid": "8986001234567890120"}),
            Example("98680021436587092143", {"iccid": "89860012345678901234"}, "20 digits"),
            Example("981010103254769810F4", {"iccid": "8901010123456789014"}, "18 digits and the check digit"),
        ),
    ),
    transparent(
        "3F00/2F05",
        "EF_ELP",
        "Languages as ISO 639 letter pairs, best first",
        gsm("10.1.2", "O; no SST service"),
        size=sized("2n", 8, 2, step=2),
        access="ALW CHV1 - ADM ADM",
        kind=Struct(Field("languages", Listed(Text(2)), "two letters of ISO 639 each")),
        examples=(Example("7A68656EFFFF", {"languages": ["zh", "en"]}),),
    ),
)
