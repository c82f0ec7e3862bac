"""A bare responder on vpcd's wire: the frames of uimkit.transport.vpcd, TCP_QUICKACK, one constant answer.

The yardstick for a card behind pcscd. ``echo_responder.py PORT [ANSWER IN HEX]``
"""

from __future__ import annotations

import socket
import sys

_ATR = bytes.fromhex("3B02554D")


def serve(port: int, answer: bytes) -> None:
    """Answer every APDU with ``answer`` until the reader closes."""
    quickack = getattr(socket, "TCP_QUICKACK", None)
    answer_frame = len(answer).to_bytes(2, "big") + answer
    atr_frame = len(_ATR).to_bytes(2, "big") + _ATR
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
                    connection.sendall(answer_frame)
                elif payload == b"\x04":
                    connection.sendall(atr_frame)


if __name__ == "__main__":
    serve(int(sys.argv[1]), bytes.fromhex(sys.argv[2]) if len(sys.argv) > 2 else b"\x90\x00")
