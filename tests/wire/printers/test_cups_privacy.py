"""Nothing of a document behind a private cupsd is on a disk or on the network, whoever runs it and however it ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hal.drivers import cups_room
from hal.drivers.cups_daemon import members
from hal.ports.errors import DeviceConfigError, SpoolTooSmallError
from hal.ports.printer import JobState
from tests.support import aio
from tests.support.cups_jobs import eventually, over, sent
from tests.support.cups_rig import Gutter
from tests.support.printer_rigs import MIB, document, noise, pieces, ticket
from tools.demo import evidence

ROOT = Path(__file__).parents[3]
CUPS_OWN = [
    Path("/var/spool/cups"),
    Path("/var/cache/cups"),
    Path("/var/log/cups"),
    Path("/run/cups"),
    Path("/etc/cups"),
]


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where whatever wants a temporary or home folder goes: on a disk, and searched afterwards."""
    for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def found(disk: Path, data: bytes) -> list[Path]:
    """Files on a disk, among those that cupsd could have come upon, that hold a piece of the document."""
    canary = {data[at : at + evidence.WINDOW] for at in range(0, len(data), evidence.STEP)}
    return [path for place in (disk, *CUPS_OWN) if place.is_dir() for path in evidence.found_in(place, canary)]


def written_by(pid: int) -> Iterator[os.stat_result]:
    """Every regular file that a process has open for writing; none of one that has just ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        yield from _written_by(pid)


def _written_by(pid: int) -> Iterator[os.stat_result]:
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        flags = int((Path(f"/proc/{pid}/fdinfo") / fd.name).read_text().split("flags:")[1].split()[0], 8)
        if flags & (os.O_WRONLY | os.O_RDWR) and fd.is_file():
            yield fd.stat()


def sockets_of(pid: int) -> set[str]:
    links = (str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir())
    return {link[len("socket:[") : -1] for link in links if link.startswith("socket:")}


def on_the_network(inodes: set[str]) -> list[str]:
    lines = [
        line for name in ("tcp", "tcp6", "udp", "udp6") for line in Path(f"/proc/net/{name}").read_text().split("\n")
    ]
    return [line for line in lines if len(line.split()) > 9 and line.split()[9] in inodes]


def test_while_a_job_prints_all_that_is_written_is_in_memory(gutter: Gutter, disk: Path) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.shut()
        data = noise(7, MIB)
        job_id = await sent(printer, data)
        await eventually(lambda: gutter.waits(job_id))
        root = printer.server.root
        assert root is not None
        assert evidence.found_in(root, {data[4096:4160]})  # the search does find what is there
        assert found(disk, data) == []
        memory = root.stat().st_dev
        programs = members(printer.server.pid)
        assert len(programs) > 1
        assert {one.st_dev for pid in programs for one in written_by(pid)} <= {memory}
        assert on_the_network(sockets_of(printer.server.pid)) == []
        gutter.let_go()
        await over(printer, job_id)
        await eventually(lambda: not evidence.found_in(root, {data[4096:4160]}))
        await printer.aclose()

    aio.run(main())


def test_the_search_for_listeners_finds_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert on_the_network({str(os.fstat(listener.fileno()).st_ino)})


@pytest.mark.parametrize("code", [0, 1, 5])
def test_a_job_that_is_over_has_left_the_spool_and_kept_its_outcome(gutter: Gutter, code: int) -> None:
    async def main() -> None:
        printer = gutter.opened()
        gutter.ends_with(code)
        data = noise(9, MIB)
        job_id = await sent(printer, data)
        state = (await over(printer, job_id)).state
        root = printer.server.root
        assert root is not None
        await eventually(lambda: not evidence.found_in(root, {data[4096:4160]}))
        assert (await printer.job_status(job_id)).state is state
        await printer.aclose()

    aio.run(main())


def test_a_document_larger_than_the_spool_is_refused_before_anything_is_sent(gutter: Gutter, disk: Path) -> None:
    async def main() -> None:
        printer = gutter.opened(spool=2)
        pulled = 0

        async def watched() -> object:
            nonlocal pulled
            pulled += 1
            yield b"x"

        asked = ticket(3 * MIB)
        with pytest.raises(SpoolTooSmallError, match=r"3\.0 MiB"):
            await printer.create_job(asked)
        with pytest.raises(SpoolTooSmallError):
            await printer.send_document(1, asked, watched())  # type: ignore[arg-type]  # never pulled
        assert pulled == 0
        assert await printer.find_job(asked.name) is None
        assert list(gutter.folder.glob("taken-*")) == []
        await printer.aclose()

    aio.run(main())


@pytest.mark.parametrize("chunks", [pieces(3 * MIB), [noise(3, 3 * MIB)]], ids=["on-the-way", "at-once"])
def test_a_document_of_unknown_size_is_cut_at_the_limit_and_not_printed(
    gutter: Gutter, disk: Path, chunks: list[bytes]
) -> None:
    async def main() -> None:
        printer = gutter.opened(spool=2)
        asked = ticket()
        job_id = (await printer.create_job(asked)).job_id
        with pytest.raises(SpoolTooSmallError):
            await printer.send_document(job_id, asked, document(*chunks))
        assert (await printer.job_status(job_id)).state is JobState.CANCELED
        assert found(disk, chunks[0]) == []
        assert (await over(printer, await sent(printer, b"%PDF"))).state is JobState.COMPLETED
        assert len(list(gutter.folder.glob("taken-*"))) == 1
        await printer.aclose()

    aio.run(main())


def test_a_document_as_large_as_the_spool_goes_through(gutter: Gutter) -> None:
    async def main() -> None:
        printer = gutter.opened(spool=2)
        asked = ticket()
        job_id = (await printer.create_job(asked)).job_id
        data = noise(5, 2 * MIB)
        await printer.send_document(job_id, asked, document(data[:MIB], data[MIB:]))
        assert (await over(printer, job_id)).state is JobState.COMPLETED
        assert gutter.taken(job_id) == data
        await printer.aclose()

    aio.run(main())


def test_no_memory_no_cupsd(gutter: Gutter, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        printer = gutter.opened()
        with pytest.raises(DeviceConfigError, match="mount a tmpfs"):
            await printer.status()
        await printer.aclose()

    monkeypatch.setattr(cups_room, "bases", lambda: (disk, disk / "missing" / "deeper"))
    aio.run(main())
    assert list(disk.glob(f"{cups_room.PREFIX}*")) == []


CHILD = """
import asyncio, os, sys
import hal.drivers.cups_printer, encodings.idna
from tests.support import cups_rig
from hal.drivers import cups_config, cups_room
from pathlib import Path

async def main(device, programs, user):
    cups_room.PROGRAMS = cups_config.PROGRAMS = Path(programs)
    if user and os.geteuid() == 0:
        os.setgroups([]); os.setgid(user); os.setuid(user)
    printer = cups_rig.opened_at(device)
    from tests.support.printer_rigs import document, ticket
    asked = ticket(4)
    job_id = (await printer.create_job(asked)).job_id
    await printer.send_document(job_id, asked, document(b"%PDF"))
    print(os.geteuid(), printer.server.pid, printer.server.root, job_id, flush=True)
    sys.stdin.readline()
    while not (status := await printer.job_status(job_id)).state.final:
        await asyncio.sleep(0.01)
    print(status.state, flush=True)
    await printer.aclose()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def station(gutter: Gutter, user: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, gutter.device, str(cups_room.PROGRAMS), str(user)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def said(child: "subprocess.Popen[str]") -> list[str]:
    assert child.stdout is not None
    return child.stdout.readline().split()


def test_a_station_that_dies_takes_cupsd_along_and_the_next_one_cleans_up(gutter: Gutter) -> None:
    gutter.shut()
    with station(gutter, 0) as child:
        _, pid, root, job_id = said(child)
        aio.run(eventually(lambda: gutter.waits(int(job_id))))
        child.send_signal(signal.SIGKILL)
    aio.run(eventually(lambda: members(int(pid)) == []))

    async def next_station() -> None:
        printer = gutter.opened()
        await printer.status()
        cleared = not left.is_dir()  # noqa: ASYNC240 (a test waits for its own disk)
        await printer.aclose()
        assert cleared

    left = Path(root)
    aio.run(next_station())


def test_it_works_for_a_user_without_rights(gutter: Gutter) -> None:
    with station(gutter, 65534) as child:
        user, pid, root, _ = said(child)
        assert Path(f"/proc/{pid}").stat().st_uid == int(user) != 0
        child.communicate("\n", timeout=60)
        assert child.returncode == 0
    assert not Path(root).exists()
