"""The loop of echo_responder.py around ``Card.transmit``: the least that serves a card on vpcd's wire.

Above the echo lies what the card costs, above this what uimkit.transport.vpcd adds. ``bare_loop.py PORT``
"""

from __future__ import annotations

import socket
import sys

from _card import make_card

from uimkit.transport import Transport


def serve(port: int, card: Transport) -> None:
    """Answer every APDU by the card until the reader closes."""
    quickack = getattr(socket, "TCP_QUICKACK", None)
    atr = card.reset()
    atr_frame = len(atr).to_bytes(2, "big") + atr
    buffer = b""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            if quickack is not None:
                connection.setsockopt(socket.IPPROTO_TCP, quickack, 1)
            data = connection.recv(65536)
            if not data:
                return
            buffer += data
            while len(buffer) >= 2 and len(buffer) >= (end := 2 + (buffer[0] << 8 | buffer[1])):
                payload, buffer = buffer[2:end], buffer[end:]
                if len(payload) > 1:
                    answer = card.transmit(payload)
                    connection.sendall(len(answer).to_bytes(2, "big") + answer)
                elif payload == b"\x04":
                    connection.sendall(atr_frame)
                else:
                    card.reset()


if __name__ == "__main__":
    serve(int(sys.argv[1]), make_card())
