"""Each line of a private cupsd's configuration that protects something: held against a real cupsd where that shows it,
else against what is written."""

import os
import socket
from pathlib import Path

import pytest

from hal.drivers import cups_config, cups_room
from hal.drivers.cups_address import CupsAddress
from hal.drivers.cups_line import CupsError
from hal.ports.printer import JobState
from tests.support import aio
from tests.support.cups_jobs import eventually, over, sent
from tests.support.cups_rig import Gutter
from tests.support.printer_rigs import MIB

WRITTEN = {
    ("cupsd.conf", "MaxJobTime", "0"): "a job that waits for paper over night is not cancelled",
    ("cupsd.conf", "MultipleOperationTimeout", "1000000000"): "nor one that waits for its document when a clock is set",
    ("cupsd.conf", "Timeout", "1000000000"): "nor its connection",
    ("cupsd.conf", "ErrorPolicy", "abort-job"): "no failed job is tried again unasked",
    ("cupsd.conf", "JobRetryLimit", "1"): "not even once",
    ("cupsd.conf", "PreserveJobHistory", "Yes"): "we can ask how a job ended",
    ("cupsd.conf", "MaxJobs", "32"): "that history is bounded",
    (
        "cupsd.conf",
        "MaxRequestSize",
        str((2 << 20) + (1 << 20)),
    ): "a document is cut at the limit, and its IPP fits too",
    ("cupsd.conf", "Browsing", "No"): "the queue is not advertised",
    ("cupsd.conf", "DefaultShared", "No"): "nor shared",
    ("cupsd.conf", "LogLevel", "error"): "titles and names are logged at info",
    ("cupsd.conf", "LogDebugHistory", "0"): "a failed job's debug lines are not logged after all",
    ("cupsd.conf", "AccessLogLevel", "config"): "no line for each request",
    ("cupsd.conf", "JobPrivateAccess", "all"): "we are told our own jobs' names, by which they are found",
    ("cupsd.conf", "JobPrivateValues", "none"): "as above",
    ("cups-files.conf", "AccessLog", "/dev/null"): "nothing of a job is kept",
    ("cups-files.conf", "PageLog", "/dev/null"): "nothing of a job is kept",
    ("cups-files.conf", "FileDevice", "No"): "no document is written to a file that somebody names as device",
    ("cups-files.conf", "Printcap", ""): "no file of the system's is written",
    ("client.conf", "AllowAnyRoot", "No"): "a backend believes no certificate that nobody knows",
    ("client.conf", "AllowExpiredCerts", "No"): "as above",
    ("client.conf", "TrustOnFirstUse", "No"): "nor the first one it meets",
    ("client.conf", "ValidateCerts", "Yes"): "and holds the name against it",
}
"""File, directive, value: and why."""
OURS = ("ServerRoot", "RequestRoot", "CacheDir", "StateDir", "TempDir", "ErrorLog", "ServerKeychain")
"""Places that have to be in the room's memory: cupsd's defaults are on a disk."""


@pytest.fixture(scope="module")
def written() -> dict[tuple[str, str], list[str]]:
    """Every directive that is written outside of a section, and its values."""
    room = cups_room.furnish()
    try:
        cups_config.write(room, CupsAddress("ipp://127.0.0.1:9/", "raw", 2 * MIB), 1)
        found: dict[tuple[str, str], list[str]] = {("room", "root"): [str(room.root)]}
        for path in (room.root / "etc").glob("*.conf"):
            for line in path.read_text().splitlines():
                name, _, value = line.partition(" ")
                found.setdefault((path.name, name), []).append(value)
        return found
    finally:
        room.remove()


@pytest.mark.parametrize("line", WRITTEN, ids=" ".join)
def test_what_protects_something_is_written_once(
    written: dict[tuple[str, str], list[str]], line: tuple[str, str, str]
) -> None:
    assert written[line[:2]] == [line[2]], WRITTEN[line]


@pytest.mark.parametrize("name", OURS)
def test_whatever_cupsd_writes_is_in_the_room(written: dict[tuple[str, str], list[str]], name: str) -> None:
    ((root,), (place,)) = written["room", "root"], written["cups-files.conf", name]
    assert Path(place).is_relative_to(root)


def test_filters_of_a_cupsd_that_is_root_run_as_somebody_else(written: dict[tuple[str, str], list[str]]) -> None:
    expected = ["lp"] if os.geteuid() == 0 else None
    assert (written.get(("cups-files.conf", "User")), written.get(("cups-files.conf", "Group"))) == (expected, expected)


def test_it_listens_at_its_socket_alone(written: dict[tuple[str, str], list[str]]) -> None:
    ((root,), (listen,)) = written["room", "root"], written["cupsd.conf", "Listen"]
    assert Path(listen).is_relative_to(root)
    assert not {name for _, name in written} & {"Port", "SSLListen", "SSLPort", "ServerAlias", "BrowseLocalProtocols"}


@pytest.mark.parametrize(("code", "state"), [(0, JobState.COMPLETED), (1, JobState.ABORTED)])
def test_nothing_of_a_job_that_ended_is_left(gutter: Gutter, code: int, state: JobState) -> None:
    """Neither its document nor a word of what it was: not in a log, however it ended."""

    async def main() -> None:
        printer = gutter.opened()
        gutter.ends_with(code)
        gutter.says("DEBUG: canary-of-a-backend\nINFO: canary-of-a-backend")
        job_id = await sent(printer, b"%PDF-canary")
        assert (await over(printer, job_id)).state is state
        root = printer.server.root
        assert root is not None
        await eventually(lambda: not list((root / "spool").glob("d*")))
        logs = {path.name: path.read_bytes() for path in (root / "log").iterdir()}
        assert set(logs) <= {"error"}
        assert [name for name, said in logs.items() if b"canary" in said or b"job-1" in said] == []
        await printer.aclose()

    aio.run(main())


def test_it_has_no_web_pages_and_writes_to_no_file_as_a_device(gutter: Gutter, tmp_path: Path) -> None:
    async def main() -> None:
        printer = gutter.opened()
        line = await printer.server.line()
        root = printer.server.root
        assert root is not None
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(30)
            asking.connect(str(root / cups_room.DOOR / "cups"))
            asking.sendall(b"GET /admin/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
            said = b""
            while piece := asking.recv(4096):
                said += piece
        assert b"Web Interface is Disabled" in said
        with pytest.raises(CupsError):
            await line.ask(lambda way: way.addPrinter("other", device=f"file:{tmp_path}/out", ppdname="raw"))
        await printer.aclose()

    aio.run(main())
