"""A holding node on a machine of its own: paired by code, holding replicas, revoked, and back by pairing again."""

import asyncio
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.aio import run
from tests.support.mesh_http import HttpWire, Wire
from tests.support.mesh_people import people
from tests.support.mesh_process import ROOT, MeshProcess
from tests.support.station_life import until
from tests.wire.edgemesh.test_registrar import free_port
from tools.edgemesh.__main__ import main
from tools.edgemesh.bootstrap import add_admin, make_mesh
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import write_site

DOCUMENT = b"held twice " * 5000
CODE = re.compile(r"pairing code: ([0-9 ]+)")


@contextmanager
def pairing(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`edgemesh` asking to be let in, and the code that it shows."""
    command = [sys.executable, "-W", "error", "-m", "tools.edgemesh", *words]
    asking = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert asking.stderr is not None
    try:
        found = next((match for line in asking.stderr if (match := CODE.search(line))), None)
        assert found, asking.communicate()
        yield asking, found[1].strip()
    finally:
        asking.kill()
        asking.communicate()


class Site:
    """One mesh in one process, which wants two holders of each job, and its administrator."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.made = make_mesh(folder, "acme.example")
        settings = Settings(replicas=2)
        write_site(type(self.made.site)(self.made.site.directory, "acme.example", ("node-1",), HOSTS, settings))
        self.port, self.profile = free_port(), folder / "grace"

    @property
    def own(self) -> str:
        return f"https://localhost:{self.port}"

    def administer(self, url: str) -> None:
        add_admin(self.made.site, "grace", self.profile, mesh_url=url)

    def ask(self, *words: str) -> dict[str, Any]:
        self._capsys.readouterr()
        status = main([*words, "--profile", str(self.profile), "--json"])
        told = self._capsys.readouterr()
        assert status == 0, told.err
        answer: dict[str, Any] = json.loads(told.out)
        return answer

    def pair(self, url: str, directory: Path, *more: str) -> None:
        words = ("--mesh", url, "--name", "node-2", "--dir", str(directory), "--url", self.own, "--host", "localhost")
        with pairing("node", "pair", *words) as (asking, code):
            self.ask("pairing", "approve", "node/node-2", *code.split(), *more)
            assert asking.wait(60) == 0

    def administered(self) -> None:
        """A node of another machine is one for its administrator, too."""
        listed = {one["node"]: (one["url"], one["answers"]) for one in self.ask("node", "list")["nodes"]}
        assert listed["node-2"] == (self.own, "ok")
        assert self.ask("status")["roles"]["node-2"] == "ok"
        assert "entries" in self.ask("audit", "read", "node-2")
        assert {"node-1", "node-2"} <= self.ask("audit", "verify")["records"].keys()

    def second(self, directory: Path) -> MeshProcess:
        return MeshProcess(directory, "--role", "node", "--port", str(self.port), "--public-url", self.own)


HOSTS = ("localhost", "127.0.0.1", "::1")


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    return Site(tmp_path, capsys)


async def described(wire: Wire) -> list[str]:
    return sorted(str(node["id"]) for node in (await wire.send("GET", "/v1/mesh")).expect(200)["nodes"])


def test_a_node_of_another_machine_from_its_pairing_to_its_return(site: Site) -> None:
    async def story(stack: ExitStack, url: str) -> None:
        async with people(url, site.made) as (client, station):

            async def nodes(*wanted: str) -> None:
                async with asyncio.timeout(60):
                    while await described(client.wire) != list(wanted):
                        pass  # each look is a request over the network

            await nodes("node-1", "node-2")
            await asyncio.to_thread(site.administered)
            upload = await client.seal(DOCUMENT)
            urls = (await client.announce(upload)).expect(201)["body_urls"]
            assert [place.startswith(site.own) for place in sorted(urls)].count(True) == 1
            first = (await client.put(upload, urls[0])).expect(201)
            assert first["state"] == "receiving"
            assert sorted((await client.put(upload, urls[1])).expect(201)["holders"]) == ["node-1", "node-2"]
            (await station.tap(site.made.badge)).expect(201)
            grant, document, _ = await station.print(upload.job)
            assert document == DOCUMENT
            (await station.report(grant, 1, "printed")).expect(200)
            until(lambda: [*(site.folder / "far" / "node-2" / "bodies").iterdir()], lambda left: left == [])

            alone = await client.seal(DOCUMENT)
            for place in (await client.announce(alone)).expect(201)["body_urls"]:
                (await client.put(alone, place)).expect(201)
            await asyncio.to_thread(site.ask, "node", "drop", alone.job, "--node", "node-1", "--yes")
            await asyncio.to_thread(site.ask, "member", "revoke", "node/node-2", "--yes")
            assert await described(client.wire) == ["node-1"]
            assert (await station.ask(alone.job)).refusal == (403, "part-withdrawn", "node")
            async with HttpWire(url, site.folder / "far" / "node-2") as denied:
                refusal = (await denied.send("DELETE", f"/v1/holders/{alone.job}")).refusal
                assert refusal == (403, "identity-revoked", "")

            stack.pop_all().close()
            gone = await asyncio.to_thread(site.ask, "node", "list")
            assert [one["node"] for one in gone["nodes"]] == ["node-1"]  # it was revoked
            again = site.folder / "again"
            await asyncio.to_thread(site.pair, url, again, "--replace")
            with ExitStack() as later:
                await asyncio.to_thread(later.enter_context, site.second(again))
                await nodes("node-1", "node-2")
                job = await client.seal(DOCUMENT)
                for place in (await client.announce(job)).expect(201)["body_urls"]:
                    (await client.put(job, place)).expect(201)
                assert (await station.print(job.job))[1] == DOCUMENT

    with MeshProcess(site.made.site.directory) as mesh, ExitStack() as stack:
        site.administer(mesh.url)
        site.pair(mesh.url, site.folder / "far")
        stack.enter_context(site.second(site.folder / "far"))
        run(story(stack, mesh.url))


def test_an_administrator_pairs_by_code_and_may_then_act(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MeshProcess(site.made.site.directory) as mesh:
        site.administer(mesh.url)
        profile = tmp_path / "hedy"
        words = ("--mesh", mesh.url, "--name", "hedy", "--profile", str(profile))
        with pairing("admin", "pair", *words) as (asking, code):
            site.ask("pairing", "approve", "admin/hedy", *code.split())
            assert asking.wait(60) == 0
        site.profile = profile
        monkeypatch.setattr("sys.stdin", io.StringIO("0499AA\n"))
        badge = str(site.ask("badge", "add", "--user", "ada")["badge"])
        site.ask("badge", "remove", badge, "--yes")
        assert badge not in str(site.ask("badge", "list", "--user", "ada"))
