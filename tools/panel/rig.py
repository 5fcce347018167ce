"""The real station on simulated hardware, on a real mesh, with its panel on the loopback: for tests, measurements and
the demonstration."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.demo.processes import Talker, talker
from tools.panel.cast import CAST, Person, badges
from tools.panel.site import STATION, Office, office

START = "stand/data/panel-start"
"""The file with the address that a browser begins at."""
CALM = "-> ready"
"""How the journal's line ends when the station waits for a badge."""


@dataclass(frozen=True)
class Rig:
    """Everything runs; the station obeys what `lockgate-bench station` understands. A browser begins at `url`."""

    office: Office
    station: Talker
    url: str
    badges: Mapping[str, str]

    def tap(self, person: Person | str) -> float:
        """Hold their badge to the reader, and lift it; the second of the epoch just before."""
        name = person if isinstance(person, str) else person.name
        now = time.time()
        self.say(f"tap {self.badges[name]}")
        return now

    def say(self, words: str) -> None:
        """Type a line before the station, such as `jam` or `printer lies completed`."""
        self.station.tell(words)

    def until(self, words: str) -> str:
        """The journal's next line with these words in it. Raises `DemoError`."""
        return self.until_any(words)

    def until_any(self, *words: str) -> str:
        """The journal's next line with any of these in it. Raises `DemoError`."""
        said = self.station.wait_for(lambda line: any(one in str(line.get("text", "")) for one in words))
        return str(said["text"])

    @property
    def tray(self) -> Path:
        """Where the printer lays what it has printed."""
        return self.office.tray

    @property
    def log(self) -> str:
        """All that the station has said so far."""
        self.station.drain()
        return "\n".join(str(line.get("text", line)) for line in self.station.said)


@contextmanager
def rig(directory: Path, people: Sequence[Person] = CAST) -> Iterator[Rig]:
    """A mesh with the people's jobs, and a station that waits for their badges, until the block ends. Raises
    `DemoError`."""
    with office(directory, people) as mesh, station(mesh, people) as made:
        yield made


@contextmanager
def station(mesh: Office, people: Sequence[Person] = CAST) -> Iterator[Rig]:
    """The mesh's station, started anew on what the last one stored. Raises `DemoError`."""
    data = str(mesh.directory / "stand")
    words = (STATION, "--mesh", mesh.url, "--data", data, "--panel", "tcp:127.0.0.1:0")
    with talker("the station", "tools.bench", "station", *words) as running:
        running.wait_for(lambda _said: _is_on_the_air(running))
        url = (mesh.directory / START).read_text(encoding="ascii").strip()
        yield Rig(mesh, running, url, badges(tuple(people)))


@contextmanager
def newcomer(office: Office, name: str, url: str = "") -> Iterator[Rig]:
    """A station that has never been here, as soon as its panel is up; `url` is where it looks for a mesh, if that is
    another one. Raises `DemoError`."""
    data = office.directory / name
    words = (name, "--mesh", url or office.url, "--data", str(data), "--panel", "tcp:127.0.0.1:0")
    with talker("the newcomer", "tools.bench", "station", *words) as running:
        running.wait_for(lambda said: "panel at " in str(said.get("text", "")))
        start = data / "data" / "panel-start"
        yield Rig(office, running, start.read_text(encoding="ascii").strip(), {})


def _is_on_the_air(running: Talker) -> bool:
    """Whether the station waits for badges, and its panel for a browser: one comes before the other, or after."""
    said = [str(line.get("text", "")) for line in running.said]
    return any(CALM in line for line in said) and any("panel at " in line for line in said)
