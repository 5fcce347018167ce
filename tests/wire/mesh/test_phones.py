"""Release from a phone, titles, deleting and keeping, with the station's own client and a browser over real TLS."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector

from firmware.mesh.messages import MeshEvent, MeshEventKind, Report, ReportKind
from firmware.mesh.port import MeshError
from firmware.panel.phone import PhoneCodes
from firmware.vault.identity import TrustAnchor
from firmware.vault.manifest import verify
from firmware.vault.release import open_preview
from firmware.vault.signing import Signer
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from tests.support.aio import run
from tests.support.web_certificate import web_certificate
from tests.wire.edgemesh.test_registrar import free_port
from tests.wire.mesh.test_reference_mesh import STATION, Scene, scene
from tools.demo.sample import sample_pdf
from tools.edgemesh.__main__ import main
from tools.edgemesh.phones.desk_page import COOKIE, MOST_A_MINUTE
from tools.edgemesh.phones.listener import MAX_FORM, MAX_OF_ONE
from tools.edgemesh.settings import PhonePage, Settings
from tools.edgemesh.site import read_site

PIN = "271828"
_TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


@dataclass
class Stage:
    """A scene with a page for phones, a browser, and what the station heard."""

    here: Scene
    page: PhonePage
    browser: ClientSession
    codes: PhoneCodes
    heard: "asyncio.Queue[MeshEvent]"

    async def get(self, path: str) -> tuple[int, str]:
        async with self.browser.get(self.page.url + path) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, origin: str = "", **form: str) -> tuple[int, str]:
        headers = {"Origin": origin or self.page.url}
        async with self.browser.post(self.page.url + path, data=form, headers=headers) as answer:
            return answer.status, await answer.text()

    async def told(self, kind: str) -> MeshEvent:
        while (event := await asyncio.wait_for(self.heard.get(), 30)).kind != kind:
            pass
        return event


@asynccontextmanager
async def stage(folder: Path) -> AsyncIterator[Stage]:
    chain, key = web_certificate(folder)
    port = free_port()
    page = PhonePage(f"https://localhost:{port}", f"127.0.0.1:{port}", chain, key)
    context = ssl.create_default_context(cafile=chain)
    async with (
        scene(folder / "mesh", settings=Settings(phone=page)) as here,
        ClientSession(connector=TCPConnector(ssl=context), cookie_jar=CookieJar()) as browser,
    ):
        sign = Signer(here.keys.load("identity.key")).sign
        codes = PhoneCodes("acme.example", STATION, sign=sign, clock=SystemClock(), random=SystemRandom())
        codes.page = await here.mesh.phone_page()
        heard: asyncio.Queue[MeshEvent] = asyncio.Queue()

        async def listen() -> None:
            async for event in here.mesh.events(0):
                heard.put_nowait(event)

        listening = asyncio.create_task(listen())
        found = Stage(here, page, browser, codes, heard)
        try:
            await found.told(MeshEventKind.CONNECTED)
            yield found
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def give_pin(here: Scene) -> None:
    """As an administrator does, in the vault's own process."""
    await here.desk.pins.set("ada", PIN)


def test_a_phone_releases_here(tmp_path: Path) -> None:
    async def go() -> None:
        async with stage(tmp_path) as on:
            job = (await on.here.submit(sample_pdf()))["job"]
            await give_pin(on.here)
            path = on.codes.url().removeprefix(on.page.url)
            status, body = await on.get(path)
            assert (status, STATION in body) == (200, True)
            status, body = await on.post("/print", code=path.removeprefix("/p/"))
            assert status == 200
            await on.told(MeshEventKind.CODE_USED)
            assert [one.key for one in on.browser.cookie_jar] == [COOKIE]
            token = _TOKEN.findall(body)[0]
            status, body = await on.post("/sign-in", token=token, user="ada", pin="000000", code="")
            assert status == 401
            status, body = await on.post("/sign-in", token=token, user="ada", pin=PIN, code="")
            assert status == 200, body
            ticket = (await on.told(MeshEventKind.RELEASE_ASKED)).ticket
            session = await on.here.mesh.handoff(ticket)
            assert (session.user, session.method) == ("ada", "phone")
            with pytest.raises(MeshError) as again:
                await on.here.mesh.handoff(ticket)
            assert again.value.code == "ticket-expired"
            (held,) = await on.here.mesh.held_jobs(session.session_id)
            grant = await on.here.mesh.ask_release(session.session_id, held.job_id)
            assert (held.job_id, await on.here.opened(held, grant)) == (job, sample_pdf())

    run(go())


def test_headers_and_cookies_are_strict_and_what_is_no_form_is_refused(tmp_path: Path) -> None:
    async def go() -> None:
        async with stage(tmp_path) as on:
            code = on.codes.url().removeprefix(f"{on.page.url}/p/")
            async with on.browser.post(
                f"{on.page.url}/print", data={"code": code}, headers={"Origin": on.page.url}
            ) as answer:
                told = answer.headers["Set-Cookie"]
                assert told.startswith(f"{COOKIE}=")
                assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/"} <= set(told.split("; "))
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'")
                assert "script-src" not in policy
                assert "frame-ancestors 'none'" in policy
                assert answer.headers["Cache-Control"] == "no-store"
                assert "aiohttp" not in answer.headers["Server"]
                assert "<script" not in await answer.text()
            on.codes.used()
            code = on.codes.url().removeprefix(f"{on.page.url}/p/")
            assert (await on.post("/print", "https://evil.example", code=code))[0] == 403
            assert (await on.post("/print", code="x" * MAX_FORM))[0] == 400
            assert (await on.post("/nowhere"))[0] == 404
            async with on.browser.post(f"{on.page.url}/print", json={"code": code}) as answer:
                assert answer.status == 400
            assert (await on.get("/v1/health"))[0] == 404  # the mesh's own interface is not here
            assert (await on.post("/sign-in", token="\u00e9", user="ada", code="1"))[0] == 403
            for header, value, status in (
                ("Accept-Language", "de;q=1e9, *;q=-1, ../../etc, de-" + "a" * 900, 200),
                ("Accept-Language", "de," * 30_000, 431),
                ("Cookie", f"{COOKIE}=\udcff\udcfe", 200),
            ):
                async with on.browser.get(f"{on.page.url}/", headers={header: value}) as answer:
                    assert answer.status == status
            assert (await on.get("/phone.css"))[0] == 200

    run(go())


def test_a_flood_from_one_address_is_cut_off(tmp_path: Path) -> None:
    async def go() -> None:
        async with stage(tmp_path) as on:
            port = int(on.page.url.rpartition(":")[2])
            context = ssl.create_default_context(cafile=on.page.certificate)
            idle = [
                await asyncio.open_connection("localhost", port, ssl=context, family=2) for _ in range(MAX_OF_ONE + 4)
            ]
            ended = [asyncio.create_task(reader.read()) for reader, _ in idle]
            done, _ = await asyncio.wait(ended, timeout=30, return_when=asyncio.FIRST_COMPLETED)
            assert done
            for _, writer in idle:
                writer.close()
            await asyncio.gather(*ended, return_exceptions=True)
            statuses = [(await on.get("/"))[0] for _ in range(MOST_A_MINUTE + 1)]
            assert statuses[-1] == 429

    run(go())


def test_titles_deleting_and_keeping_by_the_stations_own_client(tmp_path: Path) -> None:
    async def go() -> None:
        async with scene(tmp_path) as here:
            for _ in range(3):
                await here.submit(sample_pdf())
            session = await here.mesh.open_session(here.made.badge)
            jobs = {job.job_id: job for job in await here.mesh.held_jobs(session.session_id)}
            previews = await here.mesh.previews(session.session_id, [*jobs, "nothing"])
            assert [one.job_id for one in previews] == list(jobs)
            anchor = TrustAnchor(here.made.site.ca_file.read_bytes())
            for one in previews:
                job = jobs[one.job_id]
                opened = open_preview(
                    manifest=verify(job.manifest, job.signature, job.chain, anchor, datetime.now(UTC)),
                    node_box=one.node_box,
                    org_box=one.org_box,
                    session_id=session.session_id,
                    station_id=STATION,
                    box_private_key=here.keys.load("box.key"),
                )
                assert opened.title
            deleted, kept, _ = jobs
            await here.mesh.delete_job(session.session_id, deleted)
            await here.mesh.delete_job(session.session_id, deleted)  # it is gone already
            grant = await here.mesh.ask_release(session.session_id, kept)
            await here.mesh.report(Report(grant.release_id, grant.fence, 1, ReportKind.PRINTED, keep=True))
            left = await here.mesh.held_jobs(session.session_id)
            assert {job.job_id for job in left} == set(jobs) - {deleted}
            again = await here.mesh.ask_release(session.session_id, kept)
            assert again.fence == grant.fence + 1
            assert await here.opened(jobs[kept], again) == sample_pdf()
            await here.mesh.close_session(session.session_id)
            with pytest.raises(MeshError) as refused:
                await here.mesh.previews(session.session_id, list(jobs))
            assert refused.value.code == "session-expired"

    run(go())


def test_a_certificate_that_is_none_keeps_the_mesh_from_starting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def go() -> Path:
        async with scene(tmp_path / "mesh") as here:
            return here.made.site.directory

    directory = run(go())
    (tmp_path / "none.pem").write_text("nothing")
    none = str(tmp_path / "none.pem")
    where = ["--url", "https://localhost", "--listen", "127.0.0.1:0", "--certificate", none, "--key", none]
    assert main(["site", "phone", "--dir", str(directory), *where]) == 0
    assert read_site(directory).settings.phone.certificate == none
    assert main(["serve", "--dir", str(directory), "--port", "0"]) != 0
    assert "phone" in capsys.readouterr().err
