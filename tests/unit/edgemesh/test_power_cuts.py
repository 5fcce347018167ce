"""The power is cut before each durable step of an upload and of a release, on real files; the mesh starts again."""

import asyncio
from pathlib import Path

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_crash import PowerSwitch
from tests.support.mesh_filed import ORG, FiledMesh, copied, cuts
from tests.support.mesh_http import Answer, Json
from tests.support.mesh_people import Upload
from tools.edgemesh.bootstrap import make_mesh

DOCUMENT = bytes(range(256)) * 6_000  # two batches of the receiver


async def upload_once(mesh: FiledMesh, upload: Upload) -> Answer:
    url = (await mesh.client.announce(upload)).expect(201)["body_urls"][0]
    return await mesh.client.put(upload, url)


def test_an_upload_cut_off_anywhere_is_simply_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def undisturbed(mesh: FiledMesh) -> None:
        (await upload_once(mesh, await mesh.client.seal(DOCUMENT))).expect(201)

    async def story(switch: PowerSwitch, cut_at: int) -> None:
        mesh = FiledMesh(copied(tmp_path, str(cut_at)), switch)
        upload = await mesh.client.seal(DOCUMENT)
        await mesh.until_cut(cut_at, lambda: upload_once(mesh, upload))
        assert [name for name in mesh.bodies() if name != f"{upload.job}.body"] == []
        assert (await upload_once(mesh, upload)).status in (201, 409)
        assert mesh.bodies() == [f"{upload.job}.body"]
        await mesh.station.tap(mesh.made.badge)
        _, document, _ = await mesh.station.print(upload.job)
        assert document == DOCUMENT
        await mesh.stack.aclose()

    with cuts(tmp_path, monkeypatch, undisturbed, 8) as (switch, places):
        for cut_at in places:
            run(story(switch, cut_at))


async def print_once(mesh: FiledMesh, job: str, told: list[Json]) -> None:
    """What a station does; `told` gains the grant, and each answer it heard to a report."""
    await mesh.station.tap(mesh.made.badge)
    grant = (await mesh.station.ask(job)).expect(201)
    told.append(grant)
    assert (await mesh.station.fetch(grant)).status == 200
    for sequence, kind in enumerate(("started", "printed"), 1):
        told.append((await mesh.station.report(grant, sequence, kind)).expect(200))
    await mesh.api.roles.round()


def test_a_release_cut_off_anywhere_ends_with_one_print_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def undisturbed(mesh: FiledMesh) -> None:
        job = await mesh.client.submit(DOCUMENT)
        mesh.switch.on()
        await print_once(mesh, job, [])

    async def story(switch: PowerSwitch, cut_at: int) -> None:
        mesh = FiledMesh(copied(tmp_path, str(cut_at)), switch)
        upload = await mesh.client.seal(DOCUMENT)
        (await upload_once(mesh, upload)).expect(201)
        told: list[Json] = []
        await mesh.until_cut(cut_at, lambda: print_once(mesh, upload.job, told))
        await mesh.station.tap(mesh.made.badge)
        again = await mesh.station.ask(upload.job)
        states = [answer["state"] for answer in told[1:]]
        if "printed" in states:  # what was acknowledged holds
            assert again.refusal == (410, "shredded", "job")
        elif "released" in states:  # started: nobody may start it again
            assert again.status in (409, 410)
            (await mesh.station.report(told[0], 2, "printed")).expect(200)
        elif again.status == 201:
            (await mesh.station.report(again.json, 1, "printed")).expect(200)
        else:  # `started` was taken in, its answer not heard
            assert again.refusal == (409, "outcome-unknown", "")
            (await mesh.station.report(told[0], 2, "printed")).expect(200)
        await mesh.api.roles.round()
        assert mesh.bodies() == []
        assert (await mesh.station.ask(upload.job)).refusal == (410, "shredded", "job")
        await mesh.stack.aclose()
        for path in filter(Path.is_file, mesh.made.site.path("vault").rglob("*")):
            assert upload.sealed.job_box not in path.read_bytes(), path

    with cuts(tmp_path, monkeypatch, undisturbed, 8) as (switch, places):
        for cut_at in places:
            run(story(switch, cut_at))


def test_the_switch_really_cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    switch = PowerSwitch(monkeypatch)

    async def story() -> None:
        mesh = FiledMesh(make_mesh(tmp_path, ORG), switch)
        upload = await mesh.client.seal(DOCUMENT)
        await mesh.until_cut(3, lambda: upload_once(mesh, upload))
        assert mesh.bodies() == []
        await mesh.stack.aclose()
        await asyncio.sleep(0)

    run(story())
