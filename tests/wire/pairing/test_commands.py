"""`lockgate` and `lockgate-submit` as processes that pair, say who they are, and leave."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

import pytest

from firmware.pairing.names import CHAIN, PROVISION
from hal.drivers.file_key_store import FileKeyStore
from tests.support.pairing_mesh import PairingMesh, problem
from tests.support.pairing_server import served

ROOT = Path(__file__).parents[3]
TOKEN = "t" * 43


def config(folder: Path, url: str, more: str = "") -> Path:
    path = folder / "lockgate.toml"
    path.write_text(
        f"""
readers = ["serial://{folder}/ttyNone"]
[station]
data_dir = "{folder}/data"
name = "lobby"
[mesh]
url = "{url}"
[identity]
keys = "file:{folder}/keys"
[printer]
uri = "ipps://127.0.0.1:9/ipp/print?pin=sha256:{"00" * 32}"
{more}
"""
    )
    return path


def environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LOCKGATE_")}
    return {**ours, "PYTHONPATH": str(ROOT)}


def ran(module: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", module, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=60, input="")


@contextmanager
def talking(module: str, *words: str | Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-W", "error", "-m", module, *map(str, words)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment()) as process:
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def line_with(stream: IO[str] | None, words: str) -> str:
    """The next line that has the words."""
    assert stream is not None
    for _ in range(50):
        assert select.select([stream], [], [], 60)[0], "it never said it"
        line = stream.readline()
        assert line, f"it ended without {words!r}"
        if words in line:
            return line
    raise AssertionError(f"it never said {words!r}")


def code_in(line: str) -> str:
    digits = "".join(letter for letter in line.partition("code")[2] if letter.isdigit())
    return digits[:12]


def provisioning(folder: Path, mesh: PairingMesh, url: str, kind: str = "station") -> Path:
    path = folder / "provision.toml"
    users = 'users = ["ada"]' if kind == "client" else ""
    path.write_text(
        f'[mesh]\nurl = "{url}"\nca_fingerprint = "sha256:{mesh.fingerprint}"\ntoken = "{TOKEN}"\n'
        f'kind = "{kind}"\nname = "lobby"\n{users}\n'
    )
    path.chmod(0o600)
    mesh.tokens.add(TOKEN)
    return path


def test_pair_status_unpair(tmp_path: Path) -> None:
    with served() as (mesh, server):
        path = config(tmp_path, server.url)
        assert ran("firmware", "status", "--config", path).returncode == 78
        with talking("firmware", "pair", "--config", path, "--json") as process:
            mesh.approve(code_in(line_with(process.stderr, "pairing code")))
            said, _ = process.communicate(timeout=60)
            assert process.returncode == 0
        found = json.loads(said)
        assert (found["name"], found["org_id"], found["ca"]) == ("lobby", "org-1", mesh.fingerprint)
        assert "not sealed" in found["key_protection"]
        assert ran("firmware", "status", "--config", path, "--json").stdout.strip() == said.strip()
        assert "station lobby of org-1" in ran("firmware", "status", "--config", path).stdout
        again = ran("firmware", "pair", "--config", path)
        assert (again.returncode, "already-paired" in again.stderr) == (78, True)
        assert ran("firmware", "--config", path, "--check").stdout == (
            "the configuration is fine: station lobby of org-1\n"
        )
        assert ran("firmware", "unpair", "--config", path).returncode == 2
        assert ran("firmware", "status", "--config", path).returncode == 0
        assert ran("firmware", "unpair", "--config", path, "--yes").returncode == 0
        assert ran("firmware", "status", "--config", path).stdout.startswith("not paired")
        assert list((tmp_path / "keys").iterdir()) == []


def test_a_factory_reset_tells_the_mesh_and_asks_the_system(tmp_path: Path) -> None:
    wish = tmp_path / "factory-reset"
    with served() as (mesh, server):
        path = config(tmp_path, server.url)
        refused = ran("firmware", "reset", "--config", path, "--yes")
        assert (refused.returncode, "reset-not-offered" in refused.stderr) == (78, True)
        path.write_text(path.read_text().replace("[station]\n", f'[station]\nreset = "{wish}"\n'))
        unpaired = ran("firmware", "reset", "--config", path, "--yes", "--if-paired")
        assert (unpaired.returncode, wish.exists()) == (0, False), unpaired.stderr
        with talking("firmware", "pair", "--config", path) as process:
            mesh.approve(code_in(line_with(process.stderr, "pairing code")))
            assert process.wait(60) == 0
        assert ran("firmware", "reset", "--config", path).returncode == 2
        assert (wish.exists(), mesh.revoked) == (False, set())
        done = ran("firmware", "reset", "--config", path, "--yes", "--if-paired")
        assert (done.returncode, wish.exists()) == (0, True), done.stderr
        assert "the mesh knows" in done.stderr
        assert mesh.revoked == {"station/lobby"}


def test_a_station_that_is_started_unpaired_pairs_and_serves(tmp_path: Path) -> None:
    with served() as (mesh, server):
        path = config(tmp_path, server.url, "[pairing]\nslip = false\n")
        with talking("firmware", "run", "--config", path) as process:
            mesh.approve(code_in(line_with(process.stdout, "pairing code")))
            line_with(process.stdout, "paired: station lobby of org-1")
            line_with(process.stdout, "started ->")
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors


def test_a_station_that_waits_for_its_administrator_can_be_stopped(tmp_path: Path) -> None:
    with served() as (_mesh, server):
        path = config(tmp_path, server.url)
        with talking("firmware", "--config", path) as process:
            first = code_in(line_with(process.stdout, "pairing code"))
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        with talking("firmware", "--config", path) as process:
            assert code_in(line_with(process.stdout, "pairing code")) == first, "the same attempt goes on"


def test_unattended(tmp_path: Path) -> None:
    with served() as (mesh, server):
        file = provisioning(tmp_path, mesh, server.url)
        path = config(tmp_path, "https://127.0.0.1:9", f'[pairing]\nprovision = "{file}"\n')
        with talking("firmware", "run", "--config", path) as process:
            line_with(process.stdout, "started ->")
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        assert not file.exists()
        assert mesh.tokens == set()
        assert not (tmp_path / "keys" / PROVISION).exists()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ("stop", 69, "mesh-unreachable"),
        ("refuse", 77, "token-refused"),
        ("fingerprint", 77, "ca-mismatch"),
        ("exposed", 78, "provisioning-exposed"),
    ],
)
def test_what_keeps_it_from_pairing_is_told(tmp_path: Path, change: str, status: int, code: str) -> None:
    with served() as (mesh, server):
        file = provisioning(tmp_path, mesh, "https://127.0.0.1:9" if change == "stop" else server.url)
        if change == "refuse":
            mesh.tokens.clear()
        if change == "fingerprint":
            file.write_text(file.read_text().replace(mesh.fingerprint, "00" * 32))
        if change == "exposed":
            file.chmod(0o644)
        done = ran("firmware", "pair", "--config", config(tmp_path, server.url), "--provision", file, "--json")
        assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (status, code)
        assert TOKEN not in done.stdout + done.stderr


def test_nothing_to_pair_by(tmp_path: Path) -> None:
    path = config(tmp_path, "https://127.0.0.1:9")
    path.write_text(path.read_text().replace('name = "lobby"', ""))
    done = ran("firmware", "run", "--config", path)
    assert (done.returncode, "unpaired" in done.stderr) == (78, True)


def test_help_has_examples() -> None:
    for words in ([], ["pair"], ["status"], ["unpair"], ["reset"]):
        assert "exit codes:" in ran("firmware", *words, "--help").stdout
    assert "lockgate pair --name lobby" in ran("firmware", "--help").stdout
    assert "lockgate-submit pair --mesh" in ran("tools.submit", "pair", "--help").stdout


def test_a_laptop_pairs(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with served() as (mesh, server):
        words: list[str | Path] = [
            "pair",
            "--mesh",
            server.url,
            "--name",
            "laptop",
            "--user",
            "ada",
            "--profile",
            profile,
        ]
        assert ran("tools.submit", "status", "--profile", profile).returncode == 4
        with talking("tools.submit", *words) as process:
            mesh.approve(code_in(line_with(process.stderr, "pairing code")))
            said, _ = process.communicate(timeout=60)
            assert (process.returncode, said) == (0, "paired: laptop of org-1, for ada\n")
        assert ran("tools.submit", *words).returncode == 4
        found = json.loads(ran("tools.submit", "status", "--profile", profile, "--json").stdout)
        assert (found["name"], found["users"]) == ("laptop", ["ada"])
        document = tmp_path / "page.txt"
        document.write_text("a page\n")
        before = FileKeyStore(profile).load(CHAIN)
        ran("tools.submit", document, "--profile", profile)
        assert FileKeyStore(profile).load(CHAIN) == before, "not due"


def test_a_laptop_renews_when_it_submits(tmp_path: Path) -> None:
    profile, document = tmp_path / "profile", tmp_path / "page.txt"
    document.write_text("a page\n")
    with served() as (mesh, server):
        mesh.lifetime = timedelta(minutes=2)  # and five minutes back: two thirds of it are over
        file = provisioning(tmp_path, mesh, server.url, "client")
        assert ran("tools.submit", "pair", "--provision", file, "--profile", profile).returncode == 0
        before = FileKeyStore(profile).load(CHAIN)
        mesh.before = lambda trust, method, path: problem(503, "store-failed")
        done = ran("tools.submit", document, "--profile", profile)
        assert "warning: the certificate was not renewed: store-failed" in done.stderr
        assert FileKeyStore(profile).load(CHAIN) == before
        mesh.before = lambda trust, method, path: None
        ran("tools.submit", document, "--profile", profile)
        assert FileKeyStore(profile).load(CHAIN) != before
        assert ("mutual", "POST", "/.well-known/est/simplereenroll") in mesh.requests


def test_a_laptop_pairs_unattended(tmp_path: Path) -> None:
    with served() as (mesh, server):
        file = provisioning(tmp_path, mesh, server.url, "client")
        done = ran("tools.submit", "pair", "--provision", file, "--profile", tmp_path / "profile", "--json")
        assert (done.returncode, json.loads(done.stdout)["users"]) == (0, ["ada"])
        assert not file.exists()
