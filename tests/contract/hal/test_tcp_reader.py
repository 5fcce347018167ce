"""Network readers beyond the contract of every reader: who is heard, on which address, and who takes whose place."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from firmware.readers import PRESENT_SECONDS
from hal.drivers import tcp_reader
from hal.drivers.socket_wire import SocketWire
from hal.ports.badge_reader import Fault, Misread
from hal.ports.errors import DeviceConfigError, DeviceLostError
from tests.support.reader_rig import credential, handles, waiting
from tests.support.tcp_rigs import CallingRig, TcpRig
from tools.peers.wires import CallingPeer

NetworkRig = TcpRig | CallingRig


@pytest.fixture
def dialling() -> Iterator[TcpRig]:
    rig = TcpRig()
    yield rig
    rig.close()


@pytest.mark.parametrize("make", [lambda: TcpRig("::1"), lambda: CallingRig("::1", "::1")], ids=["tcp", "tcp-listen"])
def test_over_ipv6(make: Callable[[], NetworkRig]) -> None:
    rig = make()

    async def main() -> None:
        task = await waiting(rig)
        await rig.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    rig.run(main())
    rig.close()


def test_a_line_that_the_end_of_the_connection_cuts_is_no_badge_though_a_pause_would_end_it() -> None:
    rig = TcpRig(options="&end=idle")

    async def main() -> None:
        task = await waiting(rig)
        rig.wire.send(b"04a1")
        await rig.unplug()
        with pytest.raises(DeviceLostError, match="closed the connection"):
            await task

    rig.run(main())
    rig.close()


def test_the_last_badge_before_the_end_of_the_connection_is_read(dialling: TcpRig) -> None:
    async def main() -> None:
        task = await waiting(dialling)
        await dialling.tap("04a1b2c3")
        await dialling.unplug()
        assert await credential(task) == b"04a1b2c3"
        with pytest.raises(DeviceLostError):
            await dialling.reader.next_reading()

    dialling.run(main())


def test_nothing_is_said_to_a_reader_that_only_sends(dialling: TcpRig) -> None:
    async def main() -> None:
        task = await waiting(dialling)
        connection = dialling.peer.accept()
        await dialling.tap("04a1b2c3")
        await task
        dialling.reader.acknowledge(good=True)
        await dialling.reader.aclose()
        connection.settimeout(60)
        assert connection.recv(100) == b""

    dialling.run(main())


def test_a_reader_that_is_switched_off_without_a_word_is_noticed(dialling: TcpRig) -> None:
    async def main() -> None:
        task = await waiting(dialling)
        wire = dialling.driver._wire
        assert isinstance(wire, SocketWire)
        assert wire.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert wire.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
        assert wire.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 5
        assert wire.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3
        task.cancel()

    dialling.run(main())


def test_a_host_that_does_not_answer_is_told_as_lost_before_it_looks_present(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tcp_reader.PATIENCE_SECONDS < PRESENT_SECONDS
    monkeypatch.setattr(tcp_reader, "CONNECT_SECONDS", 600.0)  # it is our patience that ends, on a slow machine too
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address):  # its queue is full now: nobody is refused, nobody is answered
            rig = TcpRig()
            silent = tcp_reader.open(f"tcp://127.0.0.1:{address[1]}?name=front", rig.context)

            async def main() -> None:
                for _ in range(2):
                    async with asyncio.timeout(60):
                        with pytest.raises(DeviceLostError, match="no answer yet"):
                            await silent.next_reading()
                await silent.aclose()
                assert asyncio.all_tasks() == {asyncio.current_task()}

            before = handles()
            rig.run(main())
            assert handles() <= before
            rig.close()


def test_a_name_without_an_address_is_lost(dialling: TcpRig) -> None:
    reader = tcp_reader.open("tcp://reader.invalid:2001", dialling.context)

    async def main() -> None:
        with pytest.raises(DeviceLostError):
            await reader.next_reading()
        await reader.aclose()

    dialling.run(main())


def test_a_name_server_that_does_not_answer_keeps_nobody_else_waiting(
    dialling: TcpRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering = threading.Event()

    def hanging(*_: object, **__: object) -> list[object]:
        answering.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    async def main() -> None:
        monkeypatch.setattr(socket, "getaddrinfo", hanging)
        readers = [tcp_reader.open(f"tcp://reader{at}.example:2001", dialling.context) for at in range(4)]
        for reader in readers:
            with pytest.raises(DeviceLostError, match="no answer yet"):
                await reader.next_reading()
        assert await dialling.workers.run(lambda: "at once") == "at once"
        assert await asyncio.to_thread(lambda: "this too") == "this too"
        assert not answering.is_set()
        for reader in readers:
            await reader.aclose()
        answering.set()

    dialling.run(main())


def test_a_station_that_answers_slowly_holds_a_flood_back_and_says_so(dialling: TcpRig) -> None:
    """A megabyte of ever new badges: some are read, the flood is told, and the rest waits at the sender."""

    async def main() -> None:
        task = await waiting(dialling)
        connection = dialling.peer.accept()
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        flood = b"".join(b"%08d\r" % at for at in range(120_000))
        sent = 0
        for _ in range(200):
            try:
                sent += connection.send(flood[sent:])
            except BlockingIOError:
                await asyncio.sleep(0)
        assert sent < len(flood)
        found = [await task]
        while not isinstance(found[-1], Misread):
            found.append(await dialling.reader.next_reading())
        assert found[-1].fault == Fault.FLOOD
        assert len(found) <= 32

    dialling.run(main())


@pytest.mark.parametrize("make", [TcpRig, CallingRig])
def test_two_hundred_connections_later_nothing_is_left_over(make: Callable[[], NetworkRig]) -> None:
    rig = make()

    async def replugged() -> None:
        lost = asyncio.create_task(rig.reader.next_reading())
        await rig.connected()
        await rig.unplug()
        with pytest.raises(DeviceLostError):
            await lost
        await rig.plug()

    async def main() -> None:
        await replugged()
        before = handles(), len(asyncio.all_tasks())
        for _ in range(200):
            await replugged()
        after = handles(), len(asyncio.all_tasks())
        assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)
        task = await waiting(rig)
        await rig.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    rig.run(main())
    rig.close()


@pytest.mark.parametrize(
    "uri",
    [
        "tcp:",
        "tcp://",
        "tcp://reader.example",
        "tcp://:2001",
        "tcp://reader.example:0",
        "tcp://reader.example:70000",
        "tcp://user@reader.example:2001",
        "tcp://reader.example:2001/path",
        "tcp://reader.example:2001#1",
        "tcp://reader.example:2001?baud=9600",
        "tcp://reader.example:2001?from=10.0.0.17",
        "tcp://r\u00e4der.example:2001",
        "tcp-listen://10.0.0.5:2001",
        "tcp-listen://10.0.0.5:2001?from=",
        "tcp-listen://10.0.0.5:2001?from=10.0.0.17,",
        "tcp-listen://10.0.0.5:2001?from=reader.example",
        "tcp-listen://10.0.0.5:2001?from=10.0.0.0/24",
        "tcp-listen://station.example:2001?from=10.0.0.17",
        "tcp-listen://0.0.0.0:2001?from=10.0.0.17",
        "tcp-listen://[::]:2001?from=10.0.0.17&any=no",
        "tcp-listen://[fe80::zz]:2001?from=fe80::1",
    ],
)
def test_what_it_cannot_be_is_refused(dialling: TcpRig, uri: str) -> None:
    with pytest.raises(DeviceConfigError):
        tcp_reader.open(uri, dialling.context)


@pytest.mark.parametrize(
    "uri",
    [
        "tcp://10.0.0.17:2001",
        "tcp://[fe80::1%25eth0]:2001",
        "tcp-listen://0.0.0.0:2001?from=10.0.0.17&any=yes",
        "tcp-listen://[fe80::2%25eth0]:2001?from=fe80::1",
    ],
)
def test_opening_says_that_the_wire_is_open_to_eavesdroppers(
    dialling: TcpRig, uri: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "lockgate.reader"):
        reader = tcp_reader.open(uri, dialling.context)
    assert reader.name in {"10.0.0.17", "fe80::1%eth0", "0.0.0.0", "fe80::2%eth0"}  # noqa: S104 (a name, not an address)
    assert [f"reader={reader.name} has no encryption" in record.getMessage() for record in caplog.records] == [True]


def test_a_peer_says_where_nobody_listens() -> None:
    peer = CallingPeer()
    peer.plug()
    with pytest.raises(ConnectionError):
        peer.tap("04a1b2c3")
    peer.unplug()
