"""The wire under the printer driver: waits end, and what was said before the end is heard."""

import select
import socket
import threading
from collections.abc import Iterator

import pytest

from hal.drivers.tcp_wire import BrokenOffError, TcpWire

BIG = b"x" * 1_000_000


@pytest.fixture
def ends() -> Iterator[tuple[TcpWire, socket.socket]]:
    """A wire, and the other end of it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        wire = TcpWire()
        wire.connect("127.0.0.1", server.getsockname()[1], 5.0)
        there, _ = server.accept()
    with there:
        yield wire, there
    wire.close(reset=False)


def never() -> bool:
    return False


def test_another_thread_ends_a_send_that_nobody_takes(ends: tuple[TcpWire, socket.socket]) -> None:
    wire, _ = ends
    said: list[Exception] = []

    def send() -> None:
        try:
            while True:
                wire.send(BIG, 300.0, never)
        except BrokenOffError as exc:
            said.append(exc)

    worker = threading.Thread(target=send, daemon=True)
    worker.start()
    wire.wake()
    worker.join(10)
    assert len(said) == 1


def test_another_thread_ends_a_wait_for_an_answer(ends: tuple[TcpWire, socket.socket]) -> None:
    wire, _ = ends
    ended = threading.Event()

    def receive() -> None:
        with pytest.raises(BrokenOffError):
            wire.receive(300.0)
        ended.set()

    threading.Thread(target=receive, daemon=True).start()
    wire.wake()
    assert ended.wait(10)


def test_what_was_said_before_a_reset_is_heard(ends: tuple[TcpWire, socket.socket]) -> None:
    """The reset may come between looking at the socket and writing to it."""
    wire, there = ends
    heard = []

    def interrupted() -> bool:
        heard.append(wire.receive_now())
        return True

    wire._wait = lambda *_arguments: select.POLLOUT  # type: ignore[method-assign]
    assert wire.send(b"question", 5.0, never)
    there.sendall(b"answer")
    there.close()  # with the question unread, which makes it a reset
    assert not wire.send(BIG * 20, 5.0, interrupted)
    assert heard == [b"answer"]


def test_a_peer_that_takes_nothing_is_given_up(ends: tuple[TcpWire, socket.socket]) -> None:
    wire, _ = ends
    with pytest.raises(TimeoutError, match="sending"):
        wire.send(BIG * 20, 0.05, never)


def test_closing_by_reset_is_one(ends: tuple[TcpWire, socket.socket]) -> None:
    wire, there = ends
    wire.close(reset=True)
    wire.close(reset=True)
    with pytest.raises(ConnectionResetError):
        there.recv(1)


def test_closing_without_one_is_an_end(ends: tuple[TcpWire, socket.socket]) -> None:
    wire, there = ends
    wire.close(reset=False)
    assert there.recv(1) == b""


def test_the_next_address_is_tried(ends: tuple[TcpWire, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        dead = gone.getsockname()
    with socket.create_server(("127.0.0.1", 0)) as alive:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (dead, alive.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: found)
        wire = TcpWire()
        wire.connect("printer.example", 631, 5.0)
        alive.accept()[0].close()
        wire.close(reset=False)
        found.pop()
        with pytest.raises(ConnectionRefusedError):
            TcpWire().connect("printer.example", 631, 5.0)
