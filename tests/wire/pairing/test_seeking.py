"""A box that was told of no mesh, and the real mesh that says in the network where it is; each a process of its own."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from firmware.pairing.names import CHAIN
from tests.wire.pairing.test_commands import ROOT, code_in, config, environment, line_with, ran, talking
from tools.image.apart import apart

SEEKING = "[pairing]\nseek = true\nslip = false\n"
HOST = "127.0.0.1"


@pytest.fixture(autouse=True)
def in_a_network_of_its_own() -> Iterator[None]:
    """A mesh that stands in the network of whoever runs these tests would be found, too."""
    with apart():
        yield


def told_nothing(folder: Path) -> Path:
    path = config(folder, "", SEEKING)
    path.write_text(path.read_text().replace('[mesh]\nurl = ""\n', "").replace('name = "lobby"\n', ""))
    return path


class Mesh:
    """A mesh of one machine and its first administrator."""

    def __init__(self, folder: Path) -> None:
        self.environment = {**environment(), "EDGEMESH_PROFILE": str(folder / "admin")}
        self.folder = folder / "mesh"
        with socket.create_server((HOST, 0)) as free:
            self.port = str(free.getsockname()[1])
        self.run("init", "--dir", self.folder, "--org", "acme.example", "--url", f"https://{HOST}:{self.port}")

    def command(self, *words: str | Path) -> list[str]:
        return [sys.executable, "-m", "tools.edgemesh", *map(str, words)]

    def run(self, *words: str | Path) -> str:
        done = subprocess.run(
            self.command(*words),
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    @contextmanager
    def serving(self, *words: str) -> Iterator[None]:
        command = self.command("serve", "--dir", self.folder, "--host", HOST, "--port", self.port, *words)
        with subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                line_with(process.stdout, "ready")
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=60)


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    return Mesh(tmp_path)


def served_until(output: IO[str] | None, process: "subprocess.Popen[str]") -> None:
    line_with(output, "started ->")
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_a_box_that_was_told_nothing_is_let_in_by_its_code(mesh: Mesh, tmp_path: Path) -> None:
    path = told_nothing(tmp_path)
    with mesh.serving("--announce"), talking("firmware", "run", "--config", path) as process:
        code = code_in(line_with(process.stdout, "pairing code"))
        (waiting,) = json.loads(mesh.run("pairing", "list", "--json"))["enrolments"]
        assert waiting["name"].startswith("station-")
        mesh.run("pairing", "approve", waiting["name"], code)
        line_with(process.stdout, f"paired: station {waiting['name']} of acme.example")
        served_until(process.stdout, process)
    with mesh.serving(), talking("firmware", "run", "--config", path) as process:
        served_until(process.stdout, process)  # nobody says any more where the mesh is: it knows


def test_a_mesh_on_the_loopback_says_nothing_unless_it_is_to(mesh: Mesh, tmp_path: Path) -> None:
    path = told_nothing(tmp_path)
    with mesh.serving(), talking("firmware", "run", "--config", path) as process:
        assert "mesh-not-found" in line_with(process.stdout, "not paired")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        done = ran("firmware", "pair", "--config", path, "--json")
        assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (69, "mesh-not-found")
    assert not (tmp_path / "keys" / CHAIN).exists()
