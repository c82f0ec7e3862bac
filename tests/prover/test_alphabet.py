"""Every registered instruction, mode and file is in the alphabet."""

from __future__ import annotations

from tests.prover.proofs import SMALL, profile
from uimkit.apdu import CLA_GSM, INS
from uimkit.files import catalogue
from uimkit.profile.load import parse_profile
from uimkit.prover.alphabet import complete
from uimkit.prover.model import RECORD, reduce
from uimkit.simulator.commands.table import ADMINISTRATIVE, COMMANDS

CARD = reduce(profile(), SMALL)
ALPHABET = complete(CARD)


def of(cla: int, ins: int) -> list[bytes]:
    return [apdu for apdu in ALPHABET if apdu[:2] == bytes((cla, ins)) and len(apdu) >= 5]


def test_every_registered_instruction_is_sent_with_each_p1_and_p2_it_takes_and_with_one_it_refuses() -> None:
    for (cla, ins), of_ins in COMMANDS.items():
        sent = {(apdu[2], apdu[3]) for apdu in of(cla, ins)}
        assert sent, f"{ins:02X}"
        for rule in of_ins:
            if len(rule.p2) < 256:
                assert rule.p2 <= {p2 for _, p2 in sent}, f"{ins:02X}"
                assert {p2 for _, p2 in sent} - rule.p2, f"{ins:02X}"
            if len(rule.p1) < 256:
                assert rule.p1 <= {p1 for p1, _ in sent}, f"{ins:02X}"
                assert {p1 for p1, _ in sent} - rule.p1, f"{ins:02X}"


def test_every_instruction_gets_right_and_wrong_lengths() -> None:
    for (cla, ins), of_ins in COMMANDS.items():
        for rule in of_ins:
            fitting = [apdu for apdu in of(cla, ins) if rule.fits(apdu[4], len(apdu) - 5)]
            assert fitting, f"{ins:02X}"
            if ins != INS.GET_RESPONSE:
                assert len(fitting) < len(of(cla, ins)), f"{ins:02X}"


def test_every_command_with_data_is_sent_well_formed_with_a_length_that_it_does_not_take() -> None:
    for (cla, ins), of_ins in COMMANDS.items():
        for rule in of_ins:
            right = RECORD if ins == INS.UPDATE_RECORD else rule.p3
            if rule.carries_data and right is not None and right > 1:
                lengths = {apdu[4] for apdu in of(cla, ins) if len(apdu) - 5 == apdu[4]}
                assert {right - 1, right + 1} <= lengths, f"{ins:02X}"


def test_every_file_of_the_card_and_of_the_catalogue_is_selected_and_one_that_is_none() -> None:
    fids = {apdu[5:7].hex().upper() for apdu in of(CLA_GSM, INS.SELECT) if len(apdu) == 7}
    assert {file.path[-4:] for file in CARD.definition.files if file.selectable} <= fids
    assert {spec.fid for spec in catalogue.all_files() if "X" not in spec.fid} <= fids
    assert {alias[-4:] for alias in CARD.definition.aliases} <= fids
    assert "6FFE" in fids


def test_every_code_is_presented_right_and_wrong() -> None:
    for code in CARD.definition.codes:
        values = {apdu[5:] for apdu in of(CLA_GSM, INS.VERIFY_CHV) if apdu[3] == code.p2 and len(apdu) == 13}
        right = CARD.bodies[code.path][3:11]
        assert right in values
        assert values - {right}


def test_all_record_modes_and_numbers_to_one_beyond_the_file_are_used() -> None:
    for ins in (INS.READ_RECORD, INS.UPDATE_RECORD):
        assert {(n, mode) for n in range(4) for mode in (2, 3, 4)} <= {(a[2], a[3]) for a in of(CLA_GSM, ins)}


def test_what_is_no_command_is_there() -> None:
    assert {len(apdu) for apdu in ALPHABET} >= {0, 1, 2, 3, 4}
    assert {apdu[0] for apdu in ALPHABET if apdu} >= {0x00, 0x80, 0xA0}
    assert {apdu[1] for apdu in ALPHABET if len(apdu) > 1} - {ins for _, ins in COMMANDS}
    assert len(ALPHABET) == len(set(ALPHABET))


def test_administrative_commands_are_in_the_alphabet_of_a_card_that_has_them_and_tell_nothing() -> None:
    text = 'extends = "china-telecom-oneway"\n[administrative]\ncommands = "ts-102-222"\n'
    small = reduce(parse_profile(text, "x.toml", "x"), SMALL)
    card = small.card()
    card.transmit(b"\xa0\x20\x00\x04\x08UIMKIT00")
    sent = [apdu for apdu in complete(small) if apdu[:2] in {bytes(key) for key in ADMINISTRATIVE} and len(apdu) >= 5]
    assert {apdu[:2] for apdu in sent} == {bytes(key) for key in ADMINISTRATIVE}
    answers = {apdu: card.transmit(apdu).hex() for apdu in sent}
    assert set(answers.values()) == {"6985", "6b00", "6700"}
    assert not [apdu for apdu in ALPHABET if apdu in sent]
