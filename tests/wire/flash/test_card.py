"""`lockgate-flash` as a process, with the real zstd and mtools, onto files and the kernel's own disks."""

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from firmware.provisioning.site_file import parse
from tests.unit.flash.rig import Release
from tests.wire.flash.rig import KINDS, MIB, SIZE, image, loop, place, site_file

COMMAND = [sys.executable, "-m", "tools.flash"]
LISTENING = ("env", "--default-signal=INT")
"""Whoever runs the tests in a shell's background ignores Ctrl-C, and so would all that they start."""
ROOT = Path(__file__).parents[3]
LOBBY = f"""\
[mesh]
url = "https://mesh.example:8443"
ca_fingerprint = "sha256:{"ab" * 32}"
token = "{"x" * 43}"
kind = "station"
name = "lobby"
"""
PATIENCE = 120
onto_each = pytest.mark.parametrize("kind", KINDS)
on_disks = pytest.mark.parametrize("kind", KINDS[1:])


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("release")
    made = Release(folder, image(folder / "made.img"))
    subprocess.run(["zstd", "-q", made.plain, "-o", folder / "station.img.zst"], check=True)
    made.sign(made.plain, made.packed, folder / "station.img.zst")
    return made


def run(*words: object) -> subprocess.CompletedProcess[str]:
    told = [*COMMAND, *map(str, words)]
    return subprocess.run(told, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE, stdin=subprocess.DEVNULL)


def written(release: Release, name: str, *words: object) -> dict[str, object]:
    done = run("write", release.folder / name, "--key", release.public, "--yes", "--json", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@onto_each
@pytest.mark.parametrize("name", ["station.img", "station.img.xz", "station.img.zst"])
def test_each_kind_of_image(release: Release, tmp_path: Path, kind: str, name: str) -> None:
    with place(kind, tmp_path, (SIZE + 8) * MIB) as (where, card):
        found = written(release, name, *where)
        assert (found["verified"], found["provisioned"]) == (True, False)
        assert card.read_bytes()[: SIZE * MIB] == release.content


@onto_each
def test_with_the_site_s_settings(release: Release, tmp_path: Path, kind: str) -> None:
    site, lobby = tmp_path / "site.toml", tmp_path / "lobby.toml"
    site.write_text('[panel]\nlanguage = "de"\n')
    lobby.write_text(LOBBY)
    with place(kind, tmp_path, SIZE * MIB) as (where, card):
        found = written(release, "station.img.zst", *where, "--provision", site, "--provision", lobby)
        assert found["provisioned"] is True
        settings = parse(site_file(card))
        assert settings.mesh is not None
        assert (settings.mesh.name, settings.mesh.token, settings.language) == ("lobby", "x" * 43, "de")
        data = card.read_bytes()
        assert data[9 * MIB : SIZE * MIB] == release.content[9 * MIB :]
        assert data[:MIB] == release.content[:MIB]


@onto_each
def test_settings_for_a_card_that_was_written_before(release: Release, tmp_path: Path, kind: str) -> None:
    lobby = tmp_path / "lobby.toml"
    with place(kind, tmp_path, SIZE * MIB) as (where, card):
        written(release, "station.img", *where)
        for name in ("lobby", "attic"):
            lobby.write_text(LOBBY.replace("lobby", name))
            done = run("provision", *where, "--provision", lobby, "--yes", "--json")
            assert json.loads(done.stdout)["provisioned"] is True
            settings = parse(site_file(card))
            assert settings.mesh is not None
            assert settings.mesh.name == name


@on_disks
@pytest.mark.parametrize(
    ("size", "read_only", "code"), [(SIZE - 1, False, "disk-too-small"), (SIZE, True, "disk-read-only")]
)
def test_disks_that_are_refused(
    release: Release, tmp_path: Path, kind: str, size: int, *, read_only: bool, code: str
) -> None:
    card = tmp_path / kind
    card.write_bytes(b"\xa5" * size * MIB)
    with loop(card, read_only=read_only) as name:
        done = run("write", release.plain, "--key", release.public, "--disk", name, "--yes", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (4, code)
    assert card.read_bytes() == b"\xa5" * size * MIB


@on_disks
def test_a_disk_that_another_program_has_for_itself(release: Release, tmp_path: Path, kind: str) -> None:
    card = tmp_path / kind
    card.write_bytes(bytes(SIZE * MIB))
    with loop(card) as name, ExitStack() as stack:
        fd = os.open(name, os.O_RDWR | os.O_EXCL)
        stack.callback(os.close, fd)
        done = run("write", release.plain, "--key", release.public, "--disk", name, "--yes", "--json")
        assert json.loads(done.stdout)["error"]["code"] == "disk-busy"


def test_this_machine_s_own_disk_is_not_offered() -> None:
    done = run("list", "--all", "--json")
    assert done.returncode == 0
    assert all(disk["refused"] for disk in json.loads(done.stdout)["disks"] if "/" in disk["mounted"])
    assert not any("/" in disk["mounted"] for disk in json.loads(run("list", "--json").stdout)["disks"])


@onto_each
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_broken_off_in_the_middle(release: Release, tmp_path: Path, kind: str, number: signal.Signals) -> None:
    """The program that unpacks gives a part and then nothing more; the rest is waited for when the signal comes."""
    tools, more = tmp_path / "tools", tmp_path / "more"
    tools.mkdir()
    os.mkfifo(more)
    zstd = tools / "zstd"
    zstd.write_text(f"#!/bin/sh\nhead -c {5 * MIB} /dev/zero\nexec cat {more}\n")
    zstd.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    with place(kind, tmp_path, SIZE * MIB) as (where, card):
        words = ["write", str(release.folder / "station.img.zst"), "--key", str(release.public), "--yes", *where]
        with subprocess.Popen(
            [*LISTENING, *COMMAND, *words],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stderr is not None
            said = ""
            while "writing" not in said:
                said += process.stderr.readline()
            process.send_signal(number)
            said += process.stderr.read()
            assert process.wait(PATIENCE) == 130
        assert "does not start" in said
        assert "[flash-interrupted]" in said
        assert card.read_bytes()[:512] == bytes(512)
    with suppress(OSError):  # one that was being started when the signal came: a real one ends when nobody reads
        os.close(os.open(more, os.O_WRONLY | os.O_NONBLOCK))
