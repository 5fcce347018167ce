"""A mesh whose service is given a credential: its keys are sealed as a station's, and it says so."""

import asyncio
import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.aio import run
from tests.support.mesh_people import people
from tests.support.mesh_process import ROOT, MeshProcess
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.process import all_roles, running

SECRETS = ("identity.key", "box.key", "ca.key", "badge.key", "pin.key")


def plain(made: MadeMesh) -> list[str]:
    found = (made.site.path(role) / name for role in all_roles(made.site) for name in SECRETS)
    return [str(path) for path in found if path.exists()]


def test_keys_are_sealed_at_the_first_start_with_a_credential(
    made: MadeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prints(url: str) -> None:
        async with people(url, made) as (client, station):
            job = await client.submit(b"document")
            (await station.tap(made.badge)).expect(201)
            assert (await station.print(job))[1] == b"document"

    assert len(plain(made)) > len(SECRETS)
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "lockgate.kek").write_bytes(base64.b64encode(bytes(range(32))))
    for _ in range(2):
        with monkeypatch.context() as service:
            service.setenv("CREDENTIALS_DIRECTORY", str(credentials))
            process = MeshProcess(made.site.directory)
        with process as mesh:
            run(prints(mesh.url))
            assert mesh.stop() == (0, "")
    assert plain(made) == []
    assert (made.site.path("vault") / "identity.key.sealed").exists()
    words = [sys.executable, "-m", "tools.edgemesh", "serve", "--dir", str(made.site.directory), "--port", "0"]
    without = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (without.returncode != 0, without.stdout) == (True, "")
    assert "lockgate.kek" in without.stderr


@pytest.mark.parametrize(("sealed", "words"), [(True, "sealed with AES-256-GCM"), (False, "not sealed")])
def test_it_says_how_its_keys_are_kept(
    made: MadeMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, sealed: bool, words: str
) -> None:
    (tmp_path / "lockgate.kek").write_bytes(bytes(32))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path if sealed else tmp_path / "mesh"))

    async def story() -> None:
        async with running(made.site) as mesh:
            assert words in mesh.api.roles.protection
        await asyncio.sleep(0)

    run(story())
