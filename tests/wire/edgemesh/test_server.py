"""The real server over real TLS: the whole way of a job, and peers that misbehave."""

import asyncio
from contextlib import AsyncExitStack

import aiohttp
import pytest

from firmware.mesh.sse import SseParser
from tests.support.aio import run
from tests.support.mesh_http import HttpWire, pieces, send_json
from tests.support.mesh_people import people
from tests.support.mesh_serving import serving
from tools.edgemesh import bootstrap
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.interface.shapes import MAX_JSON
from tools.edgemesh.process import Running, running

DOCUMENT = b"%PDF-1.7 over the wire " * 100_000


def test_the_way_of_a_job(made: MadeMesh) -> None:
    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (client, station):
            job = await client.submit(DOCUMENT, title="Payroll")
            (await station.tap(made.badge)).expect(201)
            grant, document, title = await station.print(job)
            assert (document == DOCUMENT, title) == (True, "Payroll")
            rest = await station.fetch(grant, "bytes=1048576-")
            assert (rest.status, len(rest.body)) == (206, grant["body"]["size"] - 1048576)
            assert rest.headers["content-length"] == str(len(rest.body))
            (await station.report(grant, 1, "started")).expect(200)
            (await station.report(grant, 2, "printed")).expect(200)
            await mesh.api.roles.round()
            assert list((made.site.path("node-1") / "bodies").iterdir()) == []

    serving(made, story)


def test_announcements_arrive_and_the_stream_ends_with_the_server(made: MadeMesh) -> None:
    async def main() -> None:
        parser = SseParser()
        async with running(made.site) as mesh, people(mesh.url, made) as (client, station):
            assert isinstance(station.wire, HttpWire)
            answer = await station.wire.session.get(f"{mesh.url}/v1/events")
            assert answer.content_type == "text/event-stream"
            job = await client.submit(b"document")
            events = list(parser.feed(await answer.content.readuntil(b"}\n\n")))
            assert [(event.kind, event.data) for event in events] == [("job-held", f'{{"job":"{job}"}}')]
            answer.close()  # or our side would wait for the goodbye of a stream without end
        async with AsyncExitStack() as stack:
            async with running(made.site) as mesh:
                _, station = await stack.enter_async_context(people(mesh.url, made))
                assert isinstance(station.wire, HttpWire)
                missed = await station.wire.session.get(f"{mesh.url}/v1/events", headers={"Last-Event-ID": "0"})
                assert job.encode() in await missed.content.readuntil(b"}\n\n")
                reading = asyncio.ensure_future(missed.content.read())
            with pytest.raises(aiohttp.ClientPayloadError):  # broken off: it was not the end of anything
                await asyncio.wait_for(reading, 60)
            missed.close()

    run(main())


def test_a_json_body_is_bounded_while_it_is_read(made: MadeMesh) -> None:
    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (_, station):
            large = {"credential": "x" * MAX_JSON}
            refused = await send_json(station.wire, "POST", "/v1/sessions", large)
            assert refused.refusal == (413, "request-too-large", "")

    serving(made, story)


def test_a_body_needs_its_length(made: MadeMesh) -> None:
    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (client, _):
            upload = await client.seal(b"document")
            url = (await client.announce(upload)).expect(201)["body_urls"][0]
            assert isinstance(client.wire, HttpWire)
            async with client.wire.session.put(url, data=pieces(upload.body)) as answer:
                assert (answer.status, (await answer.json(content_type=None))["code"]) == (411, "length-required")

    serving(made, story)


def test_a_peer_that_goes_away_in_the_middle_leaves_nothing(made: MadeMesh) -> None:
    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (client, station):
            upload = await client.seal(bytes(3_000_000))
            url = (await client.announce(upload)).expect(201)["body_urls"][0]
            wire = HttpWire(mesh.url, made.client)
            host, port = mesh.url.removeprefix("https://").split(":")
            _, writer = await asyncio.open_connection(host, int(port), ssl=wire.context)
            target = url.removeprefix(mesh.url).encode()
            writer.write(b"PUT %s HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (target, len(upload.body)))
            writer.write(upload.body[:2_000_000])
            await writer.drain()
            writer.transport.abort()
            (await client.put(upload, url)).expect(201)
            await station.tap(made.badge)
            grant = (await station.ask(upload.job)).expect(201)
            assert isinstance(station.wire, HttpWire)
            answer = await station.wire.session.get(grant["body"]["urls"][0])
            await answer.content.readexactly(100_000)
            assert answer.connection is not None
            answer.connection.close()
            assert (await station.fetch(grant)).body == upload.body
        names = [path.name for path in (made.site.path("node-1") / "bodies").iterdir()]
        assert names == [f"{upload.job}.body"]

    serving(made, story)


def test_two_stations_racing_over_the_wire_get_one_lease(made: MadeMesh) -> None:
    bootstrap.add_station(made.site, "station-2", made.site.directory.parent / "station-2")
    second = type(made)(made.site, made.site.directory.parent / "station-2", made.client, made.user, made.badge)

    async def story(mesh: Running) -> None:
        async with people(mesh.url, made) as (client, first), people(mesh.url, second) as (_, other):
            other.keys = type(other.keys)("station-2", other.keys.identity_key, other.keys.box_key, other.keys.chain)
            await first.tap(made.badge)
            await other.tap(made.badge)
            for _ in range(5):
                job = await client.submit(b"document")
                answers = await asyncio.gather(first.ask(job), other.ask(job))
                assert sorted(answer.status for answer in answers) == [201, 409]

    serving(made, story)
