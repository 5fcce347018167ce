"""Whole sites of real processes whose station, mesh and printer can be killed."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from firmware.delivery.ledger import Ledger
from hal.drivers.file_storage import FileStorage
from hal.drivers.system_clock import SystemClock
from tools.demo.processes import Talker, submit, talker
from tools.demo.show import configuration
from tools.edgemesh import bootstrap
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.leases import settle
from tools.edgemesh.site import Site
from tools.edgemesh.storage.databases import vault_database
from tools.edgemesh.storage.records import User
from tools.edgemesh.storage.sqlite_jobs import SqliteJobs

PATIENCE = 60.0
Found = TypeVar("Found")
_LOOK = threading.Event()  # never set: a pause between two looks


def until(look: Callable[[], Found], wanted: Callable[[Found], bool], pause: float = 0.02) -> Found:
    """What `look` finds once that is `wanted`; an assertion fails after PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while not wanted(found := look()):
        assert time.monotonic() < end, f"still {found}"
        _LOOK.wait(pause)
    return found


def is_ready(said: dict[str, Any]) -> bool:
    return str(said.get("line", "")).endswith("-> ready")


def line_with(words: str) -> Callable[[dict[str, Any]], bool]:
    return lambda said: words in str(said.get("line", ""))


def is_outcome(said: dict[str, Any]) -> bool:
    """Whether this is the line that says how a delivery ended."""
    words = str(said.get("line", "")).partition(":")[0].partition(" after ")[0].split()
    return len(words) == 3 and words[0] == "delivery" and words[2] in {"printed", "held", "gone", "unknown"}


def kill(running: Talker) -> None:
    """SIGKILL; returns when it is gone and all that it said was heard."""
    running.process.kill()
    running.process.wait()
    running.rest()


@contextmanager
def serving(site: Site, port: int = 0) -> Iterator[tuple[Talker, str]]:
    """A mesh and its URL."""
    words = ("tools.edgemesh", "serve", "--dir", str(site.directory), "--port", str(port))
    with talker("the mesh", *words) as running:
        yield running, str(running.wait_for(lambda said: said.get("ready") is True)["url"])


@contextmanager
def printing(spool: Path) -> Iterator[str]:
    """A printer twin and its URI."""
    spool.mkdir()
    with talker("the printer", "tools.peers.twin", str(spool)) as running:
        yield str(running.wait_for(lambda said: said.get("ready") is True)["uri"])


def _badge(name: str) -> str:
    """A number that nothing else of this person contains."""
    return hashlib.sha256(name.encode()).hexdigest()[:14].upper()


@dataclass(frozen=True)
class Life:
    """One person with a document, and one station, of a site that others may use as well."""

    site: Site
    url: str
    spool: Path
    config: Path
    document: Path
    profile: Path
    station_id: str
    user: str
    badge: str = field(repr=False)

    @classmethod
    def begin(cls, site: Site, url: str, printer: str, spool: Path, directory: Path, *, size: int, name: str) -> "Life":
        """Everything new in `directory`: `name` tells its people and things from those of others."""
        station, profile, badge = directory / "station-keys", directory / "profile", _badge(name)
        bootstrap.add_station(site, f"station-{name}", station)
        bootstrap.add_user(site, User(name))
        bootstrap.add_client(site, f"client-{name}", (name,), profile)
        bootstrap.give_badge(site, badge, name)
        made = MadeMesh(site, station, profile, name, badge)
        document = directory / f"{name}.txt"
        document.write_text("".join(f"{name} {number:09}\n" for number in range(size // (len(name) + 11))))
        config = configuration(directory, made, url, printer)
        return cls(site, url, spool, config, document, profile, f"station-{name}", name, badge)

    def submit(self, *options: str) -> str:
        """The job's id."""
        return str(submit(self.document, self.profile, self.url, "--user", self.user, *options)["job"])

    @contextmanager
    def station(self) -> Iterator[Talker]:
        """The next life of the station, ready for a tap."""
        with talker("the station", "tools.demo.station", str(self.config)) as running:
            running.wait_for(is_ready)
            yield running

    def tap(self, running: Talker) -> None:
        running.tell(f"tap {self.badge}")

    def print_held(self, running: Talker) -> str:
        """Tap, again if the station is offline and says so, until a delivery ended; the line that says how."""
        self.tap(running)
        said = running.wait_for(lambda said: is_outcome(said) or line_with("not connected")(said))
        if is_outcome(said):
            return str(said["line"])
        running.wait_for(is_ready)
        return self.print_held(running)

    def phase(self, job: str) -> str:
        """The job's state as the vault's own store has it."""
        database = vault_database(self.site)
        try:
            state = SqliteJobs(database).state(job)
        finally:
            database.close()
        return "forgotten" if state is None else settle(state, SystemClock().now()).phase.value

    def arrived(self) -> int:
        """Bytes of the document that are at the printer."""
        return sum(map(len, self.delivered().values()))

    def releases(self) -> set[str]:
        """Every release that the station's ledger knows; it must open and be whole."""
        data = self.config.parent / "station"
        ledger = Ledger(FileStorage(data))
        assert ledger.damaged == 0
        rows = (data / "releases.v1").read_bytes().splitlines()
        return {str(json.loads(row[row.index(b"{") :])["release"]) for row in rows}

    def delivered(self) -> dict[str, bytes]:
        """What came to the printer of this document, by the printer job's file: a job is one start of transmission."""
        start = self.document.read_bytes()[:64]
        found = {path.name: path.read_bytes() for path in self.spool.iterdir()}
        return {name: data for name, data in found.items() if data and start.startswith(data[:64])}
