"""`lockgate-bench station` as a person uses it: a process on a real mesh, what is typed, what is printed."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.mesh_process import MeshProcess
from tools.demo.processes import submit
from tools.edgemesh import bootstrap
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import Site
from tools.edgemesh.storage.records import User

ROOT = Path(__file__).parents[3]
BADGE, BENS, NOBODYS = "04A1B2C3D4", "04D4E5F6A7", "04FFEEDDCC"
PIN = "471108"


@dataclass(frozen=True)
class Place:
    """A mesh that serves, an administrator, and the computer of two people: ada, who gets all her jobs at the tap, and
    ben, who has a PIN and chooses."""

    site: Site
    url: str
    profile: Path

    def edgemesh(self, *words: str, said: str = "") -> str:
        who = ("--profile", str(self.site.directory.parent / "admin"), "--mesh", self.url)
        command = [sys.executable, "-m", "tools.edgemesh", *words, *who]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, input=said, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def provision(self, name: str, folder: Path) -> Path:
        file = folder / f"{name}.toml"
        self.edgemesh("provision", "station", name, "--out", str(file))
        return file

    def print_for(self, user: str, folder: Path) -> bytes:
        document = folder / "page.txt"
        document.write_text(f"for {user}\n" * 100)
        submit(document, self.profile, self.url, "--user", user)
        return document.read_bytes()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("stand")
    site = bootstrap.init_site(directory / "mesh", "stand.lockgate", settings=Settings(association="code"))
    for person, badge in ((User("ada"), BADGE), (User("ben", auto_release=False), BENS)):
        bootstrap.add_user(site, person)
        bootstrap.give_badge(site, badge, person.user_id)
    bootstrap.add_client(site, "laptop", ("ada", "ben"), directory / "profile")
    bootstrap.add_admin(site, "grace", directory / "admin")
    with MeshProcess(site.directory) as mesh:
        yield Place(site, mesh.url, directory / "profile")


class Stand:
    """The process, its words and its answers (both streams in one)."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._said = b""
        self.lines: list[str] = []

    def type(self, words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(words.encode() + b"\n")
        self.process.stdin.flush()

    def until(self, words: str) -> str:
        """The next line with these words."""
        assert self.process.stdout is not None
        while True:
            while b"\n" in self._said:
                line, _, self._said = self._said.partition(b"\n")
                self.lines.append(line.decode())
                if words in self.lines[-1]:
                    return self.lines[-1]
            assert select.select([self.process.stdout], [], [], 30)[0], (words, self.lines)
            read = os.read(self.process.stdout.fileno(), 65536)
            assert read, (words, self.lines)
            self._said += read

    def ended(self) -> int:
        """The exit code; whatever it still said is in `lines`."""
        rest, _ = self.process.communicate(timeout=30)
        self.lines += (self._said + rest).decode().splitlines()
        assert "Traceback" not in "\n".join(self.lines), self.lines
        return self.process.returncode


def command(url: str, data: Path, name: str, *words: str) -> list[str]:
    task = ["station", name, "--mesh", url, "--data", str(data), *words]
    return [sys.executable, "-W", "error", "-m", "tools.bench", *task]


@contextmanager
def standing(url: str, data: Path, name: str, *words: str) -> Iterator[Stand]:
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("LOCKGATE_", "JOURNAL_STREAM"))}
    with subprocess.Popen(
        command(url, data, name, *words),
        cwd=ROOT,
        env=ours,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            yield Stand(process)
        finally:
            if process.poll() is None:
                process.kill()


def test_it_pairs_by_a_token_prints_into_its_tray_and_quits(place: Place, tmp_path: Path) -> None:
    file = place.provision("lobby", tmp_path)
    document = place.print_for("ada", tmp_path)
    with standing(place.url, tmp_path / "lobby", "lobby", "--provision", str(file)) as stand:
        stand.until("type: tap <text>")
        stand.until("paired: station lobby")
        stand.until("-> ready")
        stand.type(f"tap {BADGE}")
        stand.until("delivery 1 printed")
        stand.type("wait 5s")
        assert "not at this station; type: tap <text>" in stand.until("not at this")
        stand.type(f"pin 47a1 {PIN}")
        assert PIN not in stand.until("not understood")
        stand.type("quit")
        assert stand.ended() == 0
    assert not file.exists()
    (sheet,) = (tmp_path / "lobby" / "tray").iterdir()
    assert sheet.read_bytes() == document
    assert BADGE.lower() not in "\n".join(stand.lines).lower()


def test_pin_choice_and_code_are_typed_too(place: Place, tmp_path: Path) -> None:
    place.edgemesh("user", "pin", "ben", said=f"{PIN}\n")
    file = place.provision("library", tmp_path)
    document = place.print_for("ben", tmp_path)
    with standing(place.url, tmp_path / "library", "library", "--provision", str(file)) as stand:
        stand.until("-> ready")
        stand.type("choose 1")
        stand.until("there is no list to choose from")
        stand.type(f"tap {BENS}")
        stand.until("pin-required")
        stand.type(f"pin {PIN}")
        stand.until("1 job listed")
        stand.type("choose 2")
        stand.until("the list ends at 1")
        stand.type("choose 1")
        stand.until("delivery 1 printed")
        stand.type("log out")
        stand.until("closed")
        code = json.loads(place.edgemesh("user", "code", "ben", "--json"))["code"]
        stand.type(f"tap {NOBODYS}")
        stand.until("badge-unknown")
        stand.type(f"associate ben {code}")
        stand.until("pin-required")  # whoever has a PIN gives it, also with a badge that was just made theirs
        stand.type(f"pin {PIN}")
        stand.until("badge accepted")
        stand.type("log out")
        stand.until("closed")
        stand.type(f"tap {BENS}")
        stand.until("pin-required")
        stand.type("cancel entry")
        stand.until("entry canceled")
        stand.type("quit")
        assert stand.ended() == 0
    (sheet,) = (tmp_path / "library" / "tray").iterdir()
    assert sheet.read_bytes() == document
    said = "\n".join(stand.lines)
    assert PIN not in said
    assert code not in said


def test_a_tap_before_it_serves_is_refused_and_not_replayed(place: Place, tmp_path: Path) -> None:
    with standing(place.url, tmp_path / "hall", "hall") as stand:
        stand.until("pairing code")
        stand.type(f"tap {BADGE}")
        assert "not serving yet" in stand.until("not serving")
        stand.type("quit")
        assert stand.ended() == 0
    file = place.provision("hall-2", tmp_path)
    with standing(place.url, tmp_path / "hall-2", "hall-2", "--provision", str(file)) as stand:
        stand.type(f"tap {BADGE}")
        stand.until("not serving yet")
        stand.until("-> ready")
        stand.type("quit")
        assert stand.ended() == 0
    assert not any("badge read" in line for line in stand.lines)


def test_what_goes_wrong_with_the_printer_is_typed_and_its_questions_are_answered(place: Place, tmp_path: Path) -> None:
    """Over real IPP: the twin is at the other end of TLS."""
    file = place.provision("cellar", tmp_path)
    document = place.print_for("ada", tmp_path)
    with standing(place.url, tmp_path / "cellar", "cellar", "--provision", str(file)) as stand:
        assert "printer hangs up after document" in stand.until("type: tap <text>")
        stand.until("-> ready")
        stand.type("paper out")
        stand.until("[paper] There is no paper. Put paper in.")
        stand.type("paper in")
        stand.until("printer can print -> ready")
        stand.type("printer hangs up after document")
        stand.type(f"tap {BADGE}")
        stand.until("[question] Did all pages come out?")
        stand.type("no")
        stand.until("delivery 1 held: not-printed after 0 pages, by a person's word")
        stand.until("session 1 closed")
        stand.until("[held] It is kept. Tap again when you want it.")
        stand.type("yes")  # to the question that is over
        stand.until("late delivery answered for question 1 dropped")
        stand.type("printer behaves")
        stand.type(f"tap {BADGE}")
        while "0 jobs" in stand.until(" listed"):  # the mesh has yet to hear that it is held again
            stand.until("closed")
            stand.type(f"tap {BADGE}")
        stand.until("delivery 2 printed")
        stand.type("quit")
        assert stand.ended() == 0
    assert [sheet.read_bytes() for sheet in (tmp_path / "cellar" / "tray").iterdir()] == [document] * 2


@pytest.mark.parametrize("source", ["/dev/null", "file", "pipe"])
def test_the_end_of_what_is_typed_is_the_end(source: str, tmp_path: Path) -> None:
    """Of a mesh that nobody answers for: it would try for ever."""
    words = tmp_path / "words"
    words.write_text("help\n")
    name = {"/dev/null": os.devnull, "file": str(words)}.get(source)
    with open(name or words, "rb") as file:  # noqa: PTH123 - one of them is a device
        typed = subprocess.PIPE if name is None else file
        with subprocess.Popen(
            command("https://127.0.0.1:9", tmp_path / "s", "lobby"),
            cwd=ROOT,
            stdin=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            stand = Stand(process)
            assert stand.ended() == 0
    said = "\n".join(stand.lines)
    assert "standard input has ended" in said
    assert said.count("type: tap <text>") == (2 if source == "file" else 1)
