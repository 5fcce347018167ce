"""The mesh as processes: one or four, stopped, killed at bad moments, started again."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import aiohttp
import pytest

from tests.support.aio import run
from tests.support.mesh_http import HttpWire
from tests.support.mesh_people import ClientDouble, StationDouble, Upload, people
from tests.support.mesh_process import ROOT, MeshProcess
from tools.demo import evidence
from tools.edgemesh.__main__ import main
from tools.edgemesh.bootstrap import MadeMesh, add_admin

DOCUMENT = bytes(range(256)) * 12_000
GONE = (aiohttp.ClientError, OSError, asyncio.TimeoutError)


def bodies(made: MadeMesh) -> list[str]:
    return sorted(path.name for path in (made.site.path("node-1") / "bodies").iterdir())


def test_four_processes_do_what_one_does(made: MadeMesh) -> None:
    profile = made.site.directory.parent / "admin"
    add_admin(made.site, "grace", profile, mesh_url="https://localhost:8443")

    async def story(vault: str, node: str) -> None:
        async def epoch(state: str) -> None:
            words = ["epoch", {"suspended": "suspend", "active": "resume"}[state], "1", "--profile", str(profile)]
            assert await asyncio.to_thread(main, [*words, "--mesh", vault]) == 0

        async with people(vault, made) as (client, station):
            upload = await client.seal(DOCUMENT)
            (url,) = (await client.announce(upload)).expect(201)["body_urls"]
            assert url.startswith(node)
            (await client.put(upload, url)).expect(201)
            (await station.tap(made.badge)).expect(201)
            grant, document, _ = await station.print(upload.job)
            assert document == DOCUMENT
            assert grant["body"]["urls"][0].startswith(node)
            (await station.report(grant, 1, "stopped")).expect(200)
            await epoch("suspended")
            assert (await station.ask(upload.job)).refusal == (403, "part-withdrawn", "org")
            await epoch("active")
            grant = (await station.ask(upload.job)).expect(201)
            (await station.report(grant, 1, "printed")).expect(200)
            (await client.wire.send("GET", f"{node}/v1/health")).expect(200)
            assert (await client.wire.send("GET", f"{node}/v1/mesh")).code == "route-unknown"

    with ExitStack() as stack:
        registrar = stack.enter_context(MeshProcess(made.site.directory, "--role", "registrar"))
        org = stack.enter_context(MeshProcess(made.site.directory, "--role", "org"))
        node = stack.enter_context(MeshProcess(made.site.directory, "--role", "node"))
        vault = stack.enter_context(MeshProcess(made.site.directory, "--role", "vault"))
        run(story(vault.url, node.url))
        for process in (vault, node, org, registrar):
            assert process.stop() == (0, "")
    assert bodies(made) == []


def test_a_role_that_was_restarted_is_found_again(made: MadeMesh) -> None:
    async def story(stack: ExitStack, vault: str, node: MeshProcess) -> None:
        async with people(vault, made) as (client, station):
            job = await client.submit(DOCUMENT)
            node.kill()
            await station.tap(made.badge)
            assert (await station.ask(job)).refusal == (503, "peer-unreachable", "")
            stack.enter_context(MeshProcess(made.site.directory, "--role", "node"))
            _, document, _ = await station.print(job)
            assert document == DOCUMENT

    with ExitStack() as stack:
        stack.enter_context(MeshProcess(made.site.directory, "--role", "registrar"))
        node = stack.enter_context(MeshProcess(made.site.directory, "--role", "node"))
        with MeshProcess(made.site.directory, "--role", "org"):
            vault = stack.enter_context(MeshProcess(made.site.directory, "--role", "vault"))
            run(story(stack, vault.url, node))


def test_a_vault_without_its_fellows_says_so(made: MadeMesh) -> None:
    async def story(vault: str) -> None:
        async with people(vault, made) as (client, _):
            assert (await client.wire.send("GET", "/v1/mesh")).refusal == (503, "peer-unreachable", "")

    with MeshProcess(made.site.directory, "--role", "vault") as vault:
        run(story(vault.url))


def test_it_is_ready_quickly_stops_in_order_and_is_alone(made: MadeMesh) -> None:
    with MeshProcess(made.site.directory) as mesh:
        second = subprocess.run(
            [sys.executable, "-m", "tools.edgemesh", "serve", "--dir", str(made.site.directory), "--port", "0"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert (second.returncode, second.stdout) == (1, "")
        assert "another process serves" in second.stderr
        assert mesh.stop() == (0, "")


async def upload_half(client: ClientDouble, url: str, body: bytes, half_sent: asyncio.Event) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield body[: len(body) // 2]
        half_sent.set()
        await asyncio.Event().wait()

    assert isinstance(client.wire, HttpWire)
    with suppress(*GONE):
        await client.wire.session.put(url, data=half(), headers={"Content-Length": str(len(body))})


def test_killed_in_the_middle_of_an_upload(made: MadeMesh) -> None:
    async def before(mesh: MeshProcess) -> None:
        async with people(mesh.url, made) as (client, _):
            upload = await client.seal(DOCUMENT)
            url = (await client.announce(upload)).expect(201)["body_urls"][0]
            half_sent = asyncio.Event()
            putting = asyncio.create_task(upload_half(client, url, upload.body, half_sent))
            await half_sent.wait()
            mesh.kill()
            await putting
            again.append((upload, url))

    async def after(mesh: MeshProcess) -> None:
        async with people(mesh.url, made) as (client, station):
            assert bodies(made) == []
            (upload, url) = again.pop()
            (await client.put(upload, mesh.url + "/v1/" + url.partition("/v1/")[2])).expect(201)
            await station.tap(made.badge)
            _, document, _ = await station.print(upload.job)
            assert document == DOCUMENT

    again: list[tuple[Upload, str]] = []
    with MeshProcess(made.site.directory) as mesh:
        run(before(mesh))
    with MeshProcess(made.site.directory) as mesh:
        run(after(mesh))


Story = Callable[[ClientDouble, StationDouble, str], Awaitable[object]]


async def acknowledged(_client: ClientDouble, _station: StationDouble, _job: str) -> None:
    """Killed right after the upload was acknowledged."""


async def granted(_client: ClientDouble, station: StationDouble, job: str) -> None:
    await station.tap("04A1B2C3")
    (await station.ask(job)).expect(201)


async def fetching(_client: ClientDouble, station: StationDouble, job: str) -> None:
    await station.tap("04A1B2C3")
    grant = (await station.ask(job)).expect(201)
    assert isinstance(station.wire, HttpWire)
    answer = await station.wire.session.get(grant["body"]["urls"][0])
    await answer.content.readexactly(1000)
    answer.close()


@pytest.mark.parametrize("story", [acknowledged, granted, fetching])
def test_killed_before_anything_was_printed_the_job_is_still_held(made: MadeMesh, story: Story) -> None:
    async def before(mesh: MeshProcess) -> str:
        async with people(mesh.url, made) as (client, station):
            job = await client.submit(DOCUMENT)
            await story(client, station, job)
            mesh.kill()
            return job

    async def after(mesh: MeshProcess, job: str) -> None:
        async with people(mesh.url, made) as (_, station):
            await station.tap(made.badge)
            grant, document, _ = await station.print(job)
            assert document == DOCUMENT
            (await station.report(grant, 1, "printed")).expect(200)

    with MeshProcess(made.site.directory) as mesh:
        job = run(before(mesh))
    with MeshProcess(made.site.directory) as mesh:
        run(after(mesh, job))


@pytest.mark.parametrize("outcome", ["printed", "stopped"])
def test_killed_while_printing_the_station_s_word_still_settles_it(made: MadeMesh, outcome: str) -> None:
    async def before(mesh: MeshProcess) -> tuple[str, dict[str, object]]:
        async with people(mesh.url, made) as (client, station):
            job = await client.submit(DOCUMENT)
            await station.tap(made.badge)
            grant = (await station.ask(job)).expect(201)
            (await station.report(grant, 1, "started")).expect(200)
            mesh.kill()
            return job, grant

    async def after(mesh: MeshProcess, job: str, grant: dict[str, object]) -> None:
        async with people(mesh.url, made) as (_, station):
            await station.tap(made.badge)
            assert (await station.ask(job)).refusal == (409, "outcome-unknown", "")
            (await station.report(grant, 2, outcome)).expect(200)
            again = await station.ask(job)
            assert again.status == (410 if outcome == "printed" else 201)

    with MeshProcess(made.site.directory) as mesh:
        job, grant = run(before(mesh))
    with MeshProcess(made.site.directory) as mesh:
        run(after(mesh, job, grant))


def test_killed_right_after_printed_the_body_goes_at_the_next_start(made: MadeMesh) -> None:
    async def before(mesh: MeshProcess) -> bytes:
        async with people(mesh.url, made) as (client, station):
            upload = await client.seal(DOCUMENT)
            url = (await client.announce(upload)).expect(201)["body_urls"][0]
            (await client.put(upload, url)).expect(201)
            await station.tap(made.badge)
            grant = (await station.ask(upload.job)).expect(201)
            (await station.report(grant, 1, "printed")).expect(200)
            mesh.kill()
            return upload.sealed.job_box

    with MeshProcess(made.site.directory) as mesh:
        job_box = run(before(mesh))
    with MeshProcess(made.site.directory) as mesh:
        mesh.stop()
    assert bodies(made) == []
    search(made.site.path("vault"), job_box)


def test_nothing_secret_is_on_any_disk(made: MadeMesh) -> None:
    """Badge number, title and document over everything that mesh, commands and logs wrote."""
    title = "Redundancies in May 7b1f"
    document = b"for your eyes only 9c2e " * 5000

    async def story(mesh: MeshProcess) -> str:
        async with people(mesh.url, made) as (client, station):
            job = await client.submit(document, title=title)
            await station.tap(made.badge)
            await station.tap("99" + made.badge)
            grant, _, seen = await station.print(job)
            assert seen == title
            (await station.report(grant, 1, "stopped", reason="media-jam")).expect(200)
            return station.session

    with MeshProcess(made.site.directory) as mesh:
        run(story(mesh))
        searched = search(made.site.directory.parent, made.badge.encode(), title.encode(), document[:24])
        assert searched > 10
        _, errors = mesh.stop()
    assert errors == ""
    search(made.site.directory.parent, made.badge.encode(), title.encode(), document[:24])


def search(root: Path, *canaries: bytes) -> int:
    """As `look_through`, where a running mesh may put one file in another's place meanwhile."""
    return evidence.steadily(lambda: look_through(root, *canaries))


def look_through(root: Path, *canaries: bytes) -> int:
    """Every file under `root` holds none of these, in any letter case; how many files there were. None is readable
    by others, but for the CA and the settings."""
    files = [path for path in root.rglob("*") if path.is_file()]
    for path in files:
        content = path.read_bytes().lower()
        assert [canary for canary in canaries if canary.lower() in content] == [], path
        if path.name not in ("ca.pem", "mesh.toml") and path.parent.name != "run":
            assert path.stat().st_mode & 0o077 == 0, path
    return len(files)
