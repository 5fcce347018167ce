"""The mesh behind the panel: an organisation made for a cast, its process, and what its people and its administrator do
with the real client and the real commands."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.demo.processes import DemoError, Talker, environment, talker
from tools.edgemesh import bootstrap
from tools.edgemesh.settings import PhonePage, Settings
from tools.edgemesh.site import Site
from tools.edgemesh.storage.records import User
from tools.panel.cast import Paper, Person, document
from tools.peers import keeper
from tools.submit.__main__ import main as lockgate_submit

ORG, STATION, LAPTOP, ADMIN = "panel.lockgate", "station-1", "laptop", "admin"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Office:
    """A mesh that serves. `directory` holds the site, the laptop's profile and the station's keys."""

    directory: Path
    url: str
    process: Talker
    made: list[int] = field(default_factory=list)

    @property
    def tray(self) -> Path:
        """Where the printer lays what it has printed."""
        return self.directory / "stand" / "tray"

    def submit(self, person: Person, paper: Paper) -> str:
        """From the person's laptop; the job's id. Raises `DemoError`."""
        self.made.append(paper.pages)
        file = self.directory / f"{len(self.made)}.pdf"
        file.write_bytes(document(paper))
        words = ["--user", person.name, "--title", paper.title, *paper.options, "--", str(file)]
        answer = self._laptop(words)
        file.unlink()
        return str(json.loads(answer)["job"])

    def lend(self, person: Person) -> None:
        """Until tomorrow. Raises `DemoError`."""
        until = datetime.now(UTC).date() + timedelta(days=1)
        self._laptop(["delegate", "--user", person.name, "--to", person.lends_to, "--until", until.isoformat()])

    def code(self, person: Person) -> str:
        """A one-time code for an unknown badge, from the administrator. Raises `DemoError`."""
        return str(json.loads(self._administrator("user", "code", person.name, "--json"))["code"])

    def set_pin(self, person: Person) -> None:
        """As the administrator does. Raises `DemoError`."""
        self._administrator("user", "pin", person.name, said=f"{person.pin}\n")

    def block(self, person: Person) -> None:
        """Shut somebody out, as the administrator does. Raises `DemoError`."""
        self._administrator("user", "block", person.name)

    def approve(self, name: str, code: str) -> None:
        """Let a station in by the code that it shows, as the administrator does. Raises `DemoError`."""
        self._administrator("pairing", "approve", name, code)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """For as long, the mesh takes connections and answers nothing: its process does not run."""
        found = _children(self.process.process.pid)
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in found:
                os.kill(pid, signal.SIGCONT)

    def _laptop(self, words: list[str]) -> str:
        out, err = io.StringIO(), io.StringIO()
        behind = words.index("--") if "--" in words else len(words)
        who = ["--profile", str(self.directory / LAPTOP), "--mesh", self.url, "--json"]
        if lockgate_submit([*words[:behind], *who, *words[behind:]], out=out, err=err, environment={}):
            raise DemoError(f"lockgate-submit: {out.getvalue()}{err.getvalue()}")
        return out.getvalue().splitlines()[-1]

    def _administrator(self, *words: str, said: str = "") -> str:
        who = ("--profile", str(self.directory / ADMIN), "--mesh", self.url)
        command = [sys.executable, "-m", "tools.edgemesh", *words, *who]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, text=True, input=said, check=False
        )
        if done.returncode:
            raise DemoError(f"edgemesh: {done.stderr.strip()}")
        return done.stdout


def make_site(directory: Path, people: Sequence[Person], phone: PhonePage | None = None) -> Site:
    """An organisation in an empty directory: its mesh, one station, everybody's laptop, an administrator; where `phone`
    says so, a page for phones."""
    settings = Settings(association="code", phone=phone or PhonePage())
    site = bootstrap.init_site(directory / "mesh", ORG, settings=settings)
    for person in people:
        user = User(person.name, person.language, auto_release=person.takes_all, idle_seconds=person.idle_seconds)
        bootstrap.add_user(site, user)
        bootstrap.give_badge(site, person.badge, person.name)
    bootstrap.add_station(site, STATION, directory / "stand" / "keys")
    bootstrap.add_client(site, LAPTOP, [person.name for person in people], directory / LAPTOP)
    bootstrap.add_admin(site, ADMIN, directory / ADMIN)
    return site


@contextmanager
def office(directory: Path, people: Sequence[Person], phone: PhonePage | None = None) -> Iterator[Office]:
    """A mesh that holds what the people have sent, until the block ends. Raises `DemoError`."""
    site = make_site(directory, people, phone)
    serve = ("serve", "--dir", str(site.directory), "--port", "0")
    with talker("the mesh", "tools.edgemesh", *serve, under=keeper.kept([])) as process:
        try:
            url = str(process.wait_for(lambda said: said.get("ready") is True)["url"])
            made = Office(directory, url, process)
            _settle(made, people)
            yield made
        finally:
            keeper.stop(process.process)


def _settle(made: Office, people: Sequence[Person]) -> None:
    for person in people:
        for paper in person.papers:
            made.submit(person, paper)
        if person.lends_to:
            made.lend(person)
        if person.pin:
            made.set_pin(person)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
