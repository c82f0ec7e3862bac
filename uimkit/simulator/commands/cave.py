"""The CAVE commands of an R-UIM: SSD update, signatures, and keys (C.S0023-C 4.2, 4.4, 4.5.3).

An SSD update is BASE STATION CHALLENGE, UPDATE SSD, CONFIRM SSD; a step out of turn is 98 34 and changes nothing. What
a sequence has so far, trial SSD and saved registers included, is the session's: a reset drops it. SSD itself is a key
object, written in the same command that answers.
"""

from __future__ import annotations

from dataclasses import replace

from uimkit.apdu import INS, SW
from uimkit.card.keys import AKEY, SSD
from uimkit.crypto import cave
from uimkit.simulator.answers import OK, response_ready, status
from uimkit.simulator.chip import Chip, Writes
from uimkit.simulator.commands.declaration import DF_CDMA, CardCommand, Request
from uimkit.simulator.commands.esn_me import usage_indicator
from uimkit.simulator.session import Saved, Trial

_IMSI_M, _IMSI_T, _RUIMID = f"{DF_CDMA}/6F22", f"{DF_CDMA}/6F23", f"{DF_CDMA}/6F31"
_RANDBS_LENGTH, _SIGNATURE_LENGTH, _ESN_LENGTH = 4, 3, 4
_KEPT_FOR_COMMIT, _SAVE_REGISTERS = 0x04, 0x10
"""Bits 2 and 4 of Process_Control; the others are RFU and not regarded (ASSUMPTION)."""
_RAND, _RANDU = 0, 1
_NO_VPM = b"\xff\xff"
_ACCEPTED, _NOT_EXPECTED = b"\x00", b"\x06"
"""Result codes of the OTASP commands."""


def _base_station_challenge(request: Request) -> bytes:
    """RANDBS, 4 bytes out of the randomness handed to the card; starts an SSD update anew (4.4.2).

    Two equal seeds in a row never get the same RANDBS (4.2.1). A card that was given no randomness answers 6F 00. A
    trial SSD that waits is dropped (ASSUMPTION).
    """
    chip, seed = request.chip, request.data
    if chip.random is None:
        return status(SW.TECHNICAL_PROBLEM)
    rand_bs = chip.random(_RANDBS_LENGTH)
    if (seed, rand_bs) == chip.session.cave.last:
        rand_bs = ((int.from_bytes(rand_bs, "big") + 1) & 0xFFFFFFFF).to_bytes(_RANDBS_LENGTH, "big")
    chip.session.cave = replace(chip.session.cave, challenge=rand_bs, last=(seed, rand_bs), trial=None)
    chip.session.pending = rand_bs
    return response_ready(_RANDBS_LENGTH)


def _update_ssd(request: Request) -> bytes:
    """A trial SSD from RANDSSD (7), Process_Control (1) and ESN (7), and the answer to expect from the base station.

    98 34 without a challenge before it, and for bit 2 without a key generation (4.3.2.4, choice ``temporary_ssd``).
    6F 00 when the card lacks A-key or identity.
    """
    chip, data = request.chip, request.data
    state = chip.session.cave
    until_commit = bool(data[7] & _KEPT_FOR_COMMIT)
    if state.challenge is None or (until_commit and not chip.product.definition.choices.temporary_ssd):
        return status(SW.OUT_OF_SEQUENCE)
    akey, esn, imsi = chip.key(AKEY), _esn(chip, data[8:]), _imsi(chip)
    if akey is None or esn is None or imsi is None:
        return status(SW.TECHNICAL_PROBLEM)
    ssd = cave.shared_secret(akey, data[:7], esn)
    auth_bs, _ = cave.sign(int.from_bytes(state.challenge, "big"), imsi[0], ssd, esn)
    trial = Trial(ssd, auth_bs.to_bytes(_SIGNATURE_LENGTH, "big"), until_commit)
    chip.session.cave = replace(state, challenge=None, trial=trial)
    return OK


def _confirm_ssd(request: Request) -> bytes:
    """The base station's answer: equal makes the trial SSD valid (or keeps it for a commit), else it is dropped.

    98 34 without a trial, or when it was confirmed already; 98 04 when not equal, 6F 00 without a place for SSD.
    """
    chip, auth_bs = request.chip, request.data
    state = chip.session.cave
    trial = state.trial
    if trial is None or trial.confirmed:
        return status(SW.OUT_OF_SEQUENCE)
    if auth_bs != trial.auth_bs:
        chip.session.cave = replace(state, trial=None)
        return status(SW.ACCESS_DENIED)
    if trial.until_commit:
        chip.session.cave = replace(state, trial=replace(trial, confirmed=True))
        return OK
    chip.session.cave = replace(state, trial=None)
    return OK if _make_valid(chip, trial) else status(SW.TECHNICAL_PROBLEM)


def _commit(request: Request) -> bytes:
    """A confirmed trial SSD becomes valid: result 00; 06 (not expected) when none waits (ASSUMPTION).

    The result comes with 90 00, as the length is known (open point: the APDU without data, under T=0).
    """
    chip = request.chip
    trial = chip.session.cave.trial
    if trial is None or not trial.confirmed or not _make_valid(chip, trial):
        return _NOT_EXPECTED + OK
    chip.session.cave = replace(chip.session.cave, trial=None)
    return _ACCEPTED + OK


def _make_valid(chip: Chip, trial: Trial) -> bool:
    path = chip.product.definition.keys.get(SSD)
    if path is not None:
        chip.memory.write(chip.product.definition.index[path], 0, trial.ssd)
    return path is not None


def _run_cave(request: Request) -> bytes:
    """AUTHR, or AUTHU for RANDTYPE 01 (3 bytes, right justified): RANDTYPE, RAND (4), DigLength, DIGITS (3),
    Process_Control, ESN (7). Bit 2 asks for the trial SSD that waits for a commit, bit 4 saves the registers.

    6F 00 for a reserved RANDTYPE (ASSUMPTION) and without SSD or identity, 98 34 for bit 2 without such a trial.
    """
    chip, data = request.chip, request.data
    state, control = chip.session.cave, data[9]
    kind, esn, imsi = data[0], _esn(chip, data[10:]), _imsi(chip)
    ssd = chip.key(SSD)
    if control & _KEPT_FOR_COMMIT:
        if state.trial is None or not state.trial.confirmed:
            return status(SW.OUT_OF_SEQUENCE)
        ssd = state.trial.ssd
    if kind not in (_RAND, _RANDU) or ssd is None or esn is None or imsi is None:
        return status(SW.TECHNICAL_PROBLEM)
    s1, s2 = imsi
    if kind == _RANDU:
        rand, auth_data = int.from_bytes(data[2:5], "big") << 8 | s2 & 0xFF, s1
    else:
        rand, auth_data = int.from_bytes(data[1:5], "big"), _with_digits(s1, data[5], data[6:9])
    signature, registers = cave.sign(rand, auth_data, ssd, esn)
    if control & _SAVE_REGISTERS:
        chip.session.cave = replace(state, saved=Saved(registers, ssd, esn))
    chip.session.pending = signature.to_bytes(_SIGNATURE_LENGTH, "big")
    return response_ready(_SIGNATURE_LENGTH)


def _with_digits(s1: int, length: int, digits: bytes) -> int:
    """AUTH_DATA of an origination: the last digits, ``length`` bits, in the place of the lowest bits of IMSI_S1."""
    mask = (1 << length) - 1
    return s1 & ~mask | int.from_bytes(digits, "big") & mask


def _generate_key_vpm(request: Request) -> bytes:
    """The CMEA key (8) and the octets first to last (00 to 40) of the voice privacy mask, none for FF FF (4.4.5).

    Works on the last RUN CAVE that saved its registers; 98 34 without one, 6F 00 for octets that do not exist
    (ASSUMPTION).
    """
    chip, data = request.chip, request.data
    saved = chip.session.cave.saved
    if saved is None:
        return status(SW.OUT_OF_SEQUENCE)
    first, last = (1, 0) if data == _NO_VPM else data
    if data != _NO_VPM and not first <= last < cave.VPM_LENGTH:
        return status(SW.TECHNICAL_PROBLEM)
    made, mask = cave.key_and_vpm(saved.registers, saved.ssd, saved.esn)
    chip.session.pending = made + mask[first : last + 1]
    return response_ready(len(chip.session.pending))


def _esn(chip: Chip, given: bytes) -> int | None:
    """UIM_ID when EF_USGIND b1 says so, else the ESN field of the command, low byte first (4.1); None: no UIM_ID."""
    if not usage_indicator(chip) & 1:
        return int.from_bytes(given[:_ESN_LENGTH], "little")
    body = chip.body(_RUIMID)
    return int.from_bytes(body[1 : 1 + _ESN_LENGTH], "little") if len(body) > _ESN_LENGTH else None


def _imsi(chip: Chip) -> tuple[int, int] | None:
    """IMSI_S1 (24 bits) and IMSI_S2 (10) of IMSI_M when it is programmed, else of IMSI_T (C.S0023-C 3.4.2, 3.4.3)."""
    for path in (_IMSI_M, _IMSI_T):
        body = chip.body(path)
        if len(body) > 7 and (body[7] & 0x80 or path == _IMSI_T):
            return int.from_bytes(body[3:6], "little"), int.from_bytes(body[1:3], "little") & 0x3FF
    return None


_TRIAL = frozenset({"cave"})
"""A wrong answer of the base station drops the trial SSD (4.2.1)."""

BASE_STATION_CHALLENGE = CardCommand(
    name="BASE STATION CHALLENGE",
    clause="C.S0023-C 4.4.2",
    ins=INS.BASE_STATION_CHALLENGE,
    p3=4,
    carries_data=True,
    directory=DF_CDMA,
    under_chv1=True,
    handler=_base_station_challenge,
)
UPDATE_SSD = CardCommand(
    name="UPDATE SSD",
    clause="C.S0023-C 4.4.1",
    ins=INS.UPDATE_SSD,
    p3=15,
    carries_data=True,
    directory=DF_CDMA,
    under_chv1=True,
    handler=_update_ssd,
)
CONFIRM_SSD = CardCommand(
    name="CONFIRM SSD",
    clause="C.S0023-C 4.4.3",
    ins=INS.CONFIRM_SSD,
    p3=3,
    carries_data=True,
    directory=DF_CDMA,
    under_chv1=True,
    writes=Writes.FILES,
    refusal_changes=_TRIAL,
    handler=_confirm_ssd,
)
COMMIT = CardCommand(
    name="COMMIT",
    clause="C.S0023-C 4.5.3",
    ins=INS.COMMIT,
    p3=1,
    directory=DF_CDMA,
    under_chv1=True,
    writes=Writes.FILES,
    handler=_commit,
)
RUN_CAVE = CardCommand(
    name="RUN CAVE",
    clause="C.S0023-C 4.4.4",
    ins=INS.RUN_CAVE,
    p3=17,
    carries_data=True,
    directory=DF_CDMA,
    under_chv1=True,
    handler=_run_cave,
)
GENERATE_KEY_VPM = CardCommand(
    name="GENERATE KEY/VPM",
    clause="C.S0023-C 4.4.5",
    ins=INS.GENERATE_KEY_VPM,
    p3=2,
    carries_data=True,
    directory=DF_CDMA,
    under_chv1=True,
    handler=_generate_key_vpm,
)
