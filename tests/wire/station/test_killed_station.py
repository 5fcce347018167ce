"""kill -9 of the station or the mesh in the middle of a release: real processes, a real ledger."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.station_life import Life, is_outcome, kill, line_with, printing, serving, until
from tools.demo.processes import Talker
from tools.edgemesh.bootstrap import init_site
from tools.edgemesh.site import Site
from tools.peers.ports import free_port

SIZE = 6_000_000
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Place:
    site: Site
    url: str
    printer: str
    spool: Path

    def life(self, directory: Path) -> Life:
        """A person with a document at a station, both new here."""
        name = f"person{next(_NUMBERS)}"
        return Life.begin(self.site, self.url, self.printer, self.spool, directory, size=SIZE, name=name)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One mesh and one printer for every station that is killed here."""
    directory = tmp_path_factory.mktemp("place")
    site = init_site(directory / "mesh", "kills.lockgate")
    with serving(site) as (_, url), printing(directory / "spool") as printer:
        yield Place(site, url, printer, directory / "spool")


def after_line(words: str) -> Callable[[Life, Talker], object]:
    return lambda _life, running: running.wait_for(line_with(words))


def after_bytes(count: int) -> Callable[[Life, Talker], object]:
    def reached(life: Life, running: Talker) -> None:
        running.wait_for(line_with(" sending"))
        until(life.arrived, lambda arrived: arrived >= count, pause=0.001)

    return reached


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(after_line("delivery 1 asking"), id="asking"),
        pytest.param(after_line("delivery 1 sending"), id="sending"),
        pytest.param(after_bytes(1), id="first byte"),
        pytest.param(after_bytes(SIZE // 2), id="half"),
        pytest.param(after_line("delivery 1 printing"), id="printing"),
    ],
)
def test_a_killed_station_starts_no_release_twice(
    place: Place, tmp_path: Path, moment: Callable[[Life, Talker], object]
) -> None:
    life = place.life(tmp_path)
    job = life.submit()
    with life.station() as first:
        life.tap(first)
        moment(life, first)
        kill(first)
    with life.station() as second:
        phase = until(lambda: settled(life, job, second), lambda found: found in {"held", "unknown", "printed"})
        if phase == "held":
            assert life.print_held(second).endswith(" printed")
            until(lambda: life.phase(job), lambda found: found == "printed")
        kill(second)
    check(life, told_unknown=phase == "unknown")


def settled(life: Life, job: str, running: Talker) -> str:
    """The job's state; of one whose release died before the ledger had it, what asking again makes of it."""
    phase = life.phase(job)
    return "held" if phase == "released" and not life.releases() else phase


def check(life: Life, *, told_unknown: bool) -> None:
    """One start of transmission for a release at most, and the document whole at most once unless nobody knows."""
    document, delivered, releases = life.document.read_bytes(), life.delivered(), life.releases()
    assert all(document.startswith(data) for data in delivered.values()), "never anything else, nor twice into one job"
    assert len(delivered) <= len(releases)
    assert all(sum(release in name for name in delivered) <= 1 for release in releases)
    whole = sum(data == document for data in delivered.values())
    assert whole <= 1
    assert whole == 1 or told_unknown


@pytest.mark.parametrize("line", ["delivery 1 asking", "delivery 1 sending"])
def test_a_killed_mesh_is_told_the_truth_when_it_is_back(line: str, tmp_path: Path) -> None:
    site, port = init_site(tmp_path / "mesh", "kills.lockgate"), free_port()
    with printing(tmp_path / "spool") as printer, serving(site, port) as (mesh, url):
        life = Life.begin(site, url, printer, tmp_path / "spool", tmp_path, size=SIZE, name="ada")
        job = life.submit()
        with life.station() as running:
            life.tap(running)
            running.wait_for(line_with(line))
            kill(mesh)
            with serving(site, port):
                end = str(running.wait_for(is_outcome)["line"])
                told = end.partition("delivery 1 ")[2].partition(":")[0].partition(" after ")[0]
                states = {"printed": {"printed"}, "held": {"held", "released"}, "unknown": {"unknown"}}[told]
                until(lambda: life.phase(job), lambda found: found in states)
                if told == "held":
                    assert life.print_held(running).endswith(" printed")
                    until(lambda: life.phase(job), lambda found: found == "printed")
                kill(running)
        check(life, told_unknown=told == "unknown")
