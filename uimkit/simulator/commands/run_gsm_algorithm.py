"""RUN GSM ALGORITHM (GSM 11.11 8.16)."""

from __future__ import annotations

from uimkit.apdu import INS, SW
from uimkit.card.keys import KI, OPC
from uimkit.crypto import gsm
from uimkit.simulator.answers import response_ready, status
from uimkit.simulator.commands.declaration import DF_GSM, CardCommand, Request


def _run(request: Request) -> bytes:
    """SRES (4) and Kc (8) for a RAND of 16 bytes, by the algorithm the profile names.

    A card without Ki, or without the OPc that MILENAGE needs, answers 6F 00. Raises SurroundingsError when the package
    behind the algorithm is not installed.
    """
    chip = request.chip
    algorithm = chip.product.definition.choices.gsm_algorithm
    ki, opc = chip.key(KI), chip.key(OPC)
    if ki is None or (algorithm is gsm.GsmAlgorithm.MILENAGE_2G and opc is None):
        return status(SW.TECHNICAL_PROBLEM)
    chip.session.pending = gsm.run(algorithm, ki, request.data, opc)
    return response_ready(len(chip.session.pending))


RUN_GSM_ALGORITHM = CardCommand(
    name="RUN GSM ALGORITHM",
    clause="GSM 11.11 8.16",
    ins=INS.RUN_GSM_ALGORITHM,
    p3=16,
    carries_data=True,
    directory=DF_GSM,
    under_chv1=True,
    handler=_run,
)
