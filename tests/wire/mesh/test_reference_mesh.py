"""Client, transport and `lockgate-submit` with the reference mesh over real HTTPS: a job from the file to the page."""

import asyncio
import base64
import io
import json
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.delivery.notary import Notary
from firmware.mesh import tls
from firmware.mesh.client import MeshClient
from firmware.mesh.follow import follow
from firmware.mesh.https import HttpsTransport
from firmware.mesh.messages import Grant, HeldJob, MeshEvent, MeshEventKind, Report, ReportKind
from firmware.mesh.port import MeshError
from firmware.vault.identity import TrustAnchor
from firmware.vault.manifest import verify
from firmware.vault.receipt import Asked, Printer
from firmware.vault.release import open_release
from firmware.vault.signing import Signer
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.mesh_http import Json
from tools.demo.sample import sample_pdf
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.process import running
from tools.edgemesh.settings import Settings
from tools.submit import profile as profiles
from tools.submit.__main__ import main
from tools.submit.submit import link_of

STATION = "station-1"


@dataclass(frozen=True)
class Scene:
    """A running mesh with a station's client to it."""

    made: MadeMesh
    url: str
    mesh: MeshClient
    keys: FileKeyStore
    desk: Desk

    async def submit(self, content: bytes) -> dict[str, object]:
        """Hand a document in as a person does; the JSON on stdout."""
        document = self.made.client / "report.pdf"
        document.write_bytes(content)
        out, err = io.StringIO(), io.StringIO()
        words = [str(document), "--profile", str(self.made.client), "--mesh", self.url, "--json"]
        status = await asyncio.to_thread(main, words, out=out, err=err, environment={})
        assert status == 0, err.getvalue()
        answer: dict[str, object] = json.loads(out.getvalue())
        return answer

    def kept(self, job_id: str) -> Json:
        """What the mesh tells the owner's computer of the job's receipts."""
        profile = profiles.load(self.made.client, self.url, datetime.now(UTC))
        answer: Json = json.loads(link_of(profile).ask("GET", f"/v1/jobs/{job_id}/receipts").body)
        return answer

    def receipt(self, job: HeldJob, grant: Grant, report: Report) -> bytes:
        """As the station signs it, for a report."""
        sign, chain = Signer(self.keys.load("identity.key")).sign, tls.chain_der(self.keys.load("identity.chain"))
        notary = Notary("acme.example", STATION, sign, lambda: chain, SystemClock(), lambda: True)
        draft = notary.draft(grant, job.manifest, Printer(model="Example 9000"), Asked())
        return notary.receipt(draft, report).encode()

    async def opened(self, job: HeldJob, grant: Grant) -> bytes:
        """The document of a release, as the station opens it."""
        anchor = TrustAnchor(self.made.site.ca_file.read_bytes())
        release = open_release(
            manifest_raw=job.manifest,
            manifest=verify(job.manifest, job.signature, job.chain, anchor, datetime.now(UTC)),
            job_box=grant.job_box,
            node_box=grant.node_box,
            org_box=grant.org_box,
            release_id=grant.release_id,
            station_id=STATION,
            box_private_key=self.keys.load("box.key"),
        )
        opener = release.body_opener()
        document = b""
        async for chunk in self.mesh.body(grant, 0):
            document += b"".join(opener.feed(chunk))
        opener.finish()
        return document


@asynccontextmanager
async def scene(
    directory: Path, *, nodes: tuple[str, ...] = ("node-1",), settings: Settings | None = None
) -> AsyncIterator[Scene]:
    settings = replace(settings or Settings(), replicas=len(nodes))
    made = make_mesh(directory, "acme.example", settings=settings, nodes=nodes)
    keys, workers = FileKeyStore(made.station), ThreadWorkers()
    ca_pem = made.site.ca_file.read_bytes()
    anchor = TrustAnchor(ca_pem)
    context = tls.station_context(keys, ca_pem, lambda der: anchor.identify((der,), datetime.now(UTC)))
    async with running(made.site) as mesh, HttpsTransport(mesh.url, context, workers) as transport:
        client = MeshClient(
            transport,
            org_id="acme.example",
            station_id=STATION,
            chain=tls.chain_der(keys.load("identity.chain")),
            sign=Signer(keys.load("identity.key")).sign,
            clock=SystemClock(),
            random=SystemRandom(),
        )
        yield Scene(made, mesh.url, client, keys, mesh.api.roles.vault.desk)
    workers.close()


@pytest.mark.parametrize("nodes", [("node-1",), ("node-1", "node-2")])
def test_a_job_goes_from_the_file_to_the_page(tmp_path: Path, nodes: tuple[str, ...]) -> None:
    content = sample_pdf() + os.urandom(3_000_000)

    async def go() -> None:
        async with scene(tmp_path, nodes=nodes) as here:
            answer = await here.submit(content)
            assert answer["holders"] == list(nodes)
            session = await here.mesh.open_session(here.made.badge)
            (job,) = await here.mesh.held_jobs(session.session_id)
            assert job.job_id == answer["job"]
            grant = await here.mesh.ask_release(session.session_id, job.job_id)
            assert await here.opened(job, grant) == content
            for sequence, kind in enumerate((ReportKind.STARTED, ReportKind.PRINTED), 1):
                await here.mesh.report(Report(grant.release_id, grant.fence, sequence, kind))
            assert await here.mesh.held_jobs(session.session_id) == []
            await here.mesh.close_session(session.session_id)
            await here.mesh.close_session(session.session_id)

    run(go())


def test_how_far_a_job_got_and_its_receipt_are_told(tmp_path: Path) -> None:
    async def go() -> None:
        async with scene(tmp_path) as here:
            await here.submit(sample_pdf())
            session = await here.mesh.open_session(here.made.badge)
            (job,) = await here.mesh.held_jobs(session.session_id)
            assert job.pages_out is None
            grant = await here.mesh.ask_release(session.session_id, job.job_id)
            stopped = Report(grant.release_id, grant.fence, 9, ReportKind.STOPPED, "media-jam", 4, 2)
            receipt = here.receipt(job, grant, stopped)
            for told in (receipt, receipt, b"none", here.receipt(job, grant, replace(stopped, pages=3))):
                await here.mesh.report(replace(stopped, receipt=told))
            (held,) = await here.mesh.held_jobs(session.session_id)
            assert held.pages_out == 2
            reply = await asyncio.to_thread(here.kept, job.job_id)
            assert [base64.b64decode(one["receipt"]) for one in reply["receipts"]] == [receipt]

    run(go())


def test_a_body_goes_on_from_any_segment(tmp_path: Path) -> None:
    async def go() -> None:
        async with scene(tmp_path) as here:
            await here.submit(sample_pdf() + os.urandom(2_500_000))
            session = await here.mesh.open_session(here.made.badge)
            (job,) = await here.mesh.held_jobs(session.session_id)
            grant = await here.mesh.ask_release(session.session_id, job.job_id)
            whole = b"".join([chunk async for chunk in here.mesh.body(grant, 0)])
            assert len(whole) == grant.size
            for offset in (2**20, 2 * 2**20, grant.size - 1):
                assert b"".join([chunk async for chunk in here.mesh.body(grant, offset)]) == whole[offset:]

    run(go())


def test_refusals_keep_their_codes(tmp_path: Path) -> None:
    async def go() -> None:
        async with scene(tmp_path) as here:
            with pytest.raises(MeshError, match="badge-unknown"):
                await here.mesh.open_session("00000000")
            with pytest.raises(MeshError, match="session-expired"):
                await here.mesh.held_jobs("s-" + "0" * 32)
            with pytest.raises(MeshError, match="release-unknown"):
                await here.mesh.report(Report("r-" + "0" * 32, 1, 1, ReportKind.STARTED))

    run(go())


def test_announcements_arrive_and_nothing_is_missed_between_two_connections(tmp_path: Path) -> None:
    async def go() -> None:
        async with scene(tmp_path) as here:
            await here.submit(sample_pdf())
            stands = await first_two(here.mesh.events(0))
            assert [event.kind for event in stands] == [MeshEventKind.CONNECTED] * 2
            answer = await here.submit(sample_pdf())
            changes: list[tuple[bool, str]] = []
            events = follow(
                here.mesh, SystemClock(), SystemRandom(), lambda *change: changes.append(change), stands[1].event_id
            )
            async with asyncio.timeout(60), aclosing(events):  # type: ignore[type-var]
                event = await anext(events)
            assert (event.kind, event.job_id, changes) == (MeshEventKind.JOB_HELD, answer["job"], [(True, "")])

    async def first_two(events: AsyncIterator[MeshEvent]) -> list[MeshEvent]:
        async with asyncio.timeout(60), aclosing(events):  # type: ignore[type-var]
            return [await anext(events), await anext(events)]

    run(go())
