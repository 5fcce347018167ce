"""Connections without end, and duties that end: what a process does then."""

import asyncio
import errno
import resource
import socket
import ssl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.aio import run
from tests.support.mesh_people import people
from tests.support.mesh_process import ROOT, MeshProcess
from tests.support.reader_rig import until
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.serving import door
from tools.edgemesh.serving.door import Door, network, raise_file_limit, room

FLOOD = 2500
PATIENT = "from tools.edgemesh.serving import door; door.HANDSHAKE_SECONDS = 600.0"
"""No handshake of the flood ends by its time, nor does one of a station whose machine is slow: who is served is served
beside the flood."""
MIB = 2**20


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


async def silent(host: str, port: int, address: str) -> asyncio.StreamWriter | None:
    """A connection that never says anything."""
    try:
        _, writer = await asyncio.open_connection(host, port, local_addr=(address, 0))
    except OSError:
        return None
    return writer


def test_a_station_prints_while_one_address_floods(made: MadeMesh) -> None:
    """In a process of its own: the flood's end of the connections must not count."""

    async def story(mesh: MeshProcess) -> None:
        host, port = mesh.url.removeprefix("https://").split(":")
        async with people(mesh.url, made) as (client, _):
            job, before = await client.submit(b"document"), resident(mesh.process.pid)
            flood = [asyncio.ensure_future(silent(host, int(port), "127.0.0.9")) for _ in range(FLOOD)]
            await asyncio.wait(flood, return_when=asyncio.FIRST_COMPLETED)
            async with people(mesh.url, made) as (_, station):
                async with asyncio.timeout(60):
                    (await station.tap(made.badge)).expect(201)
                    _, document, _ = await station.print(job)
            assert document == b"document"
            opened = await asyncio.gather(*flood)
            assert resident(mesh.process.pid) - before < 150 * MIB
            for writer in opened:
                if writer is not None:
                    writer.transport.abort()

    raise_file_limit()
    with MeshProcess(made.site.directory, before=PATIENT) as mesh:
        run(story(mesh))
        assert mesh.stop() == (0, "")


def test_a_handshake_has_its_time() -> None:
    async def main() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        entrance = Door(asyncio.Protocol, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), handshake_seconds=0.1)
        entrance.open(listener)
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        assert await asyncio.wait_for(reader.read(), 30) == b""
        await entrance.close()
        await entrance.close()
        writer.close()

    run(main())


def test_what_is_under_way_ends_with_the_door() -> None:
    async def main() -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        entrance = Door(asyncio.Protocol, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), handshake_seconds=60)
        entrance.open(listener)
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        await until(lambda: bool(entrance._greeting))  # the kernel may tell us of the connection before the door
        assert await asyncio.to_thread(len, entrance._greeting) == 1
        await entrance.close()
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 30) == b""
        writer.close()

    run(main())


class Crowded:
    """A listening socket of a process that has no files left."""

    def __init__(self, real: socket.socket) -> None:
        self._real, self.tried = real, asyncio.Event()

    def accept(self) -> None:
        self.tried.set()
        raise OSError(errno.EMFILE, "Too many open files")

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def test_no_files_left_is_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(door, "PAUSE_SECONDS", 0.01)

    async def main() -> None:
        listener = Crowded(socket.create_server(("127.0.0.1", 0)))
        entrance = Door(asyncio.Protocol, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        entrance.open(listener)  # type: ignore[arg-type]
        _, writer = await asyncio.open_connection(*listener._real.getsockname())
        for _ in range(5):
            await asyncio.wait_for(listener.tried.wait(), 30)
            listener.tried.clear()
        await entrance.close()
        writer.close()

    run(main())
    assert [record.getMessage() for record in caplog.records] == ["connections cannot be accepted: EMFILE"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
    ],
)
def test_addresses_that_one_peer_has(one: str, other: str, same: bool) -> None:
    assert (network(one) == network(other)) is same


def test_some_files_are_for_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 1024))
    assert (room(1024), room(100)) == (1024 - door.RESERVED_FILES, 100)


ENDING = """
import sys
from tools.edgemesh.__main__ import main
from tools.edgemesh.roles import Roles
async def tend(self): {what}
Roles.tend = tend
sys.exit(main(["serve", "--dir", sys.argv[1], "--port", "0"]))
"""


@pytest.mark.parametrize("what", ["return", "raise OSError(5, 'Input/output error')"])
def test_a_process_whose_chores_end_ends(made: MadeMesh, what: str) -> None:
    command = [sys.executable, "-c", ENDING.format(what=what), str(made.site.directory)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "duty-ended" in ended.stderr
    assert "Traceback" not in ended.stderr
