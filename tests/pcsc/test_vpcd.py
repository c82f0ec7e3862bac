"""The card's side of the vpcd protocol, without pcscd."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uimkit.errors import SurroundingsError
from uimkit.transport.vpcd import ProtocolError, VpcdProtocol, as_t0, connect, frame, serve, serve_on

ATR = bytes.fromhex("3B0255AA")
SELECT_MF = bytes.fromhex("A0A40000023F00")


class RecordingCard:
    def __init__(self) -> None:
        self.resets = 0
        self.commands: list[bytes] = []

    def reset(self) -> bytes:
        self.resets += 1
        return ATR

    def transmit(self, command: bytes) -> bytes:
        self.commands.append(command)
        return command + b"\x90\x00"


def controls(*numbers: int) -> bytes:
    return b"".join(frame(bytes([number])) for number in numbers)


def test_an_apdu_is_answered_by_one_frame() -> None:
    assert VpcdProtocol(RecordingCard()).receive(frame(SELECT_MF)) == [frame(SELECT_MF + b"\x90\x00")]


@pytest.mark.parametrize("control", [0, 1, 2])
def test_power_off_power_on_and_reset_end_the_card_session_and_are_not_answered(control: int) -> None:
    card = RecordingCard()
    protocol = VpcdProtocol(card)
    assert protocol.receive(controls(control)) == []
    assert card.resets == 2


def test_asking_for_the_atr_does_not_touch_the_card() -> None:
    card = RecordingCard()
    protocol = VpcdProtocol(card)
    assert protocol.receive(controls(4, 4, 4)) == [frame(ATR)] * 3
    assert (card.resets, card.commands) == (1, [])


def test_the_atr_is_that_of_the_last_reset() -> None:
    class Changing(RecordingCard):
        def reset(self) -> bytes:
            super().reset()
            return ATR + bytes([self.resets])

    assert VpcdProtocol(Changing()).receive(controls(2, 4)) == [frame(ATR + b"\x02")]


def test_two_controls_in_one_segment_are_both_obeyed() -> None:
    card = RecordingCard()
    assert VpcdProtocol(card).receive(controls(0, 1)) == []
    assert card.resets == 3


def test_a_command_at_which_the_card_failed_is_not_carried_out_again() -> None:
    class Failing(RecordingCard):
        def transmit(self, command: bytes) -> bytes:
            super().transmit(command)
            raise SurroundingsError("no")

    card = Failing()
    protocol = VpcdProtocol(card)
    with pytest.raises(SurroundingsError):
        protocol.receive(frame(SELECT_MF))
    assert protocol.receive(b"") == []
    assert card.commands == [SELECT_MF]


MESSAGES = st.lists(st.sampled_from([b"\x00", b"\x01", b"\x02", b"\x04"]) | st.binary(min_size=2, max_size=300))


@given(MESSAGES, st.data())
def test_how_the_stream_is_cut_makes_no_difference(messages: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(map(frame, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    whole_card, cut_card = RecordingCard(), RecordingCard()
    whole, cut = VpcdProtocol(whole_card), VpcdProtocol(cut_card)
    replies = [reply for a, b in pairwise([0, *cuts, len(stream)]) for reply in cut.receive(stream[a:b])]
    assert replies == whole.receive(stream)
    assert (cut_card.commands, cut_card.resets) == (whole_card.commands, whole_card.resets)
    assert not cut.mid_frame


@given(st.binary(max_size=600))
def test_any_stream_is_served_or_refused_as_not_vpcd(stream: bytes) -> None:
    with suppress(ProtocolError):
        replies = VpcdProtocol(RecordingCard()).receive(stream)
        assert all(int.from_bytes(reply[:2], "big") == len(reply) - 2 for reply in replies)


@pytest.mark.parametrize("stream", [b"\x00\x00", b"\x00\x01\x03", b"\x00\x01\xff"])
def test_an_empty_frame_and_an_unknown_control_are_refused(stream: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"empty frame|unknown vpcd control"):
        VpcdProtocol(RecordingCard()).receive(stream)


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("A0A40000023F0000", "A0A40000023F00"),  # SELECT
        ("A0A40000023F000F", "A0A40000023F00"),
        ("A020000108" + "31323334FFFFFFFF" + "00", "A020000108" + "31323334FFFFFFFF"),
        ("A0880000" + "10" + "00" * 16 + "0C", "A0880000" + "10" + "00" * 16),
        ("A0DC010402" + "ABCD" + "00", "A0DC010402" + "ABCD"),
        ("A0DE000008" + "0401020304000000" + "01", "A0DE000008" + "0401020304000000"),
        ("A0F20000", "A0F2000000"),  # no P3 at all
        ("A0A40000023F00", "A0A40000023F00"),
        ("A0B000000A", "A0B000000A"),
    ],
)
def test_an_iso_apdu_becomes_the_tpdu_that_was_meant(sent: str, meant: str) -> None:
    assert as_t0(bytes.fromhex(sent)).hex().upper() == meant


@pytest.mark.parametrize(
    "wrong",
    [
        "A0A40000023F",  # too short
        "A0A40000023F000000",  # two bytes too many
        "A0B0000001FF00",  # READ BINARY carries no data
        "A0B2010401FF00",
        "A0C0000001FF00",
        "A0A400000000",  # P3 = 00: nothing can follow
        "A0A4",
        "A0",
        "",
    ],
)
def test_a_truly_wrong_length_reaches_the_card_as_it_came(wrong: str) -> None:
    assert as_t0(bytes.fromhex(wrong)).hex().upper() == wrong


def test_without_leniency_every_command_reaches_the_card_as_it_came() -> None:
    card = RecordingCard()
    VpcdProtocol(card, lenient=False).receive(frame(SELECT_MF + b"\x00"))
    assert card.commands == [SELECT_MF + b"\x00"]


def test_a_payload_too_long_for_a_frame_is_refused() -> None:
    with pytest.raises(ValueError):
        frame(bytes(0x10000))


class Spy(socket.socket):
    """A TCP socket that notes the order of receives, sends and of TCP_QUICKACK being armed."""

    def __init__(self, original: socket.socket) -> None:
        super().__init__(fileno=original.detach())
        self.log: list[str] = []

    def setsockopt(self, *arguments: object) -> None:
        if arguments == (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1):
            self.log.append("quickack")
        super().setsockopt(*arguments)

    def recv(self, *arguments: int) -> bytes:
        self.log.append("recv")
        return super().recv(*arguments)

    def sendall(self, *arguments: bytes) -> None:
        self.log.append("send")
        super().sendall(*arguments)


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    return near, far


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="TCP_QUICKACK exists on Linux only")
def test_quickack_is_armed_before_the_first_receive_and_after_every_send() -> None:
    near, far = tcp_pair()
    with far, Spy(near) as spy:
        thread = threading.Thread(target=serve_on, args=(spy, RecordingCard()))
        thread.start()
        for _ in range(5):
            far.sendall(frame(SELECT_MF))
            assert far.recv(100) == frame(SELECT_MF + b"\x90\x00")
        far.close()
        thread.join(5)
        assert spy.log == ["quickack", *["recv", "send", "quickack"] * 5, "recv"]


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="TCP_QUICKACK exists on Linux only")
def test_a_reader_that_writes_in_two_pieces_does_not_wait_for_delayed_acknowledgements() -> None:
    near, far = tcp_pair()
    with near, far:
        thread = threading.Thread(target=serve_on, args=(near, RecordingCard()))
        thread.start()
        start = time.monotonic()
        for _ in range(50):
            for message in (b"\x02", SELECT_MF):  # only the second is answered
                far.sendall(frame(message)[:2])
                far.sendall(message)
            assert far.recv(100) == frame(SELECT_MF + b"\x90\x00")
        seconds = time.monotonic() - start
        far.close()
        thread.join(5)
    assert seconds < 1  # with one delay of 40 ms for each answer it would be two


def test_nothing_is_sent_for_a_piece_of_a_frame_and_for_a_control() -> None:
    near, far = tcp_pair()
    with far, Spy(near) as spy:
        far.sendall(controls(1, 0) + frame(SELECT_MF)[:2])
        far.shutdown(socket.SHUT_WR)
        with pytest.raises(ProtocolError, match="middle of a frame"):
            serve_on(spy, RecordingCard())
        assert "send" not in spy.log


def test_serving_ends_in_peace_when_the_reader_closes() -> None:
    near, far = tcp_pair()
    with near:
        far.close()
        serve_on(near, RecordingCard())


def test_a_stream_that_ends_within_a_frame_is_an_error() -> None:
    near, far = tcp_pair()
    with near:
        far.sendall(frame(SELECT_MF)[:-1])
        far.close()
        with pytest.raises(ProtocolError, match="middle of a frame"):
            serve_on(near, RecordingCard())


def test_the_connection_sends_small_answers_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, connect(port=server.getsockname()[1]) as connection:
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_serve_connects_says_so_and_returns_when_the_reader_closes() -> None:
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reader() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(controls(1, 4))
                said.append(connection.recv(100).hex())

        thread = threading.Thread(target=reader)
        thread.start()
        serve(RecordingCard(), port=server.getsockname()[1], on_connect=lambda: said.append("connected"))
        thread.join()
    assert said == ["connected", frame(ATR).hex()]


def test_without_pcscd_one_line_tells_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SurroundingsError, match=rf"127\.0\.0\.1:{port} .*is pcscd running"):
        connect(port=port)


def test_a_port_that_can_not_be_is_refused_with_one_line() -> None:
    with pytest.raises(SurroundingsError, match="no virtual reader"):
        connect(port=99999)
