"""A whole station behind its own cupsd, of which something is killed in mid-job: what ledger and mesh say then."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cups_rig import cups_uri
from tests.support.station_life import PATIENCE, Life, is_outcome, kill, line_with, serving, until
from tools.demo.processes import Talker
from tools.edgemesh.bootstrap import init_site

SIZE = 3000


class Device:
    """A printer at a plain TCP port. CUPS' backend waits until it hangs up: a job is under way for as long as that."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(PATIENCE)
        self.uri = cups_uri(f"socket://127.0.0.1:{self._door.getsockname()[1]}?snmp=false")

    def take(self, size: int) -> tuple[socket.socket, bytes]:
        """The next call, and so many bytes that came by it; whoever gets it hangs up."""
        call, _ = self._door.accept()
        call.settimeout(PATIENCE)
        came = b""
        while len(came) < size:
            more = call.recv(size - len(came))
            assert more, "it hung up"
            came += more
        return call, came

    def close(self) -> None:
        self._door.close()


@dataclass(frozen=True)
class Place:
    life: Life
    device: Device

    def take(self) -> tuple[socket.socket, bytes]:
        return self.device.take(self.life.document.stat().st_size)

    def prints(self, running: Talker) -> None:
        """What is held comes whole, and is printed."""
        self.life.tap(running)
        call, came = self.take()
        call.close()
        assert came == self.life.document.read_bytes()
        assert str(running.wait_for(is_outcome)["line"]).endswith(" printed")

    def ended(self) -> set[str]:
        """How releases ended, as the ledger has it."""
        rows = (self.life.config.parent / "station" / "releases.v1").read_bytes().splitlines()
        found = [json.loads(row[row.index(b"{") :]) for row in rows]
        return {str(row["outcome"]) for row in found if row.get("outcome")}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    site = init_site(tmp_path / "mesh", "kills.lockgate")
    with closing(Device()) as device, serving(site) as (_, url):
        yield Place(Life.begin(site, url, device.uri, tmp_path, tmp_path, size=SIZE, name="ada"), device)


def children(pid: int) -> list[int]:
    """Of all its threads: cupsd is that of the one which looks after it."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for each in lists for one in each.read_text().split()]


def cupsd(running: Talker) -> int:
    (found,) = [pid for pid in children(running.process.pid) if Path(f"/proc/{pid}/comm").read_text() == "cupsd\n"]
    return found


def script(running: Talker) -> int:
    """Around the backend."""
    (found,) = children(cupsd(running))
    return found


def backend(running: Talker) -> int:
    (found,) = children(script(running))
    return found


@pytest.mark.parametrize("victim", [cupsd, script])
def test_a_job_whose_cupsd_was_killed_is_asked_about_and_never_printed_by_itself(
    place: Place, victim: Callable[[Talker], int]
) -> None:
    """All of it had left: nobody but the person knows, and where the station dies as well, nobody."""
    job = place.life.submit()
    with place.life.station() as running:
        place.life.tap(running)
        call, _ = place.take()
        with call:
            os.kill(victim(running), signal.SIGKILL)
        running.wait_for(line_with("asking-person: did all pages come out?"))
        assert (place.life.phase(job), place.ended()) == ("released", set())
        kill(running)
    with place.life.station() as running:
        until(lambda: place.life.phase(job), lambda found: found == "unknown")
        assert place.ended() == {"unknown"}
        place.life.submit()
        place.prints(running)
        assert place.ended() == {"unknown", "printed"}
        kill(running)


def test_a_job_whose_backend_was_killed_is_held_and_printed_at_the_next_tap(place: Place) -> None:
    job = place.life.submit()
    with place.life.station() as running:
        place.life.tap(running)
        call, _ = place.take()
        with call:
            os.kill(backend(running), signal.SIGKILL)
            assert " held: " in str(running.wait_for(is_outcome)["line"])
        until(lambda: place.life.phase(job), lambda found: found == "held")
        assert place.ended() == {"held"}
        place.prints(running)
        until(lambda: place.life.phase(job), lambda found: found == "printed")
        kill(running)
