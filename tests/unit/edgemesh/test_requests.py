"""A station's signed request: what it must say, who must have signed it, and that it serves once."""

from datetime import UTC, datetime

import pytest

from firmware.vault import signing
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Kind
from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer, Json, send_json
from tests.support.mesh_site import BADGE, MemorySite
from tests.support.octets import unbase64
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.keys import issue


async def held(site: MemorySite) -> str:
    """A job of ada's, and ada's session at the station."""
    job = await site.client.submit(b"document")
    (await site.station.tap(BADGE)).expect(201)
    return job


def test_a_request_is_good_for_one_release() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        request = site.station.signed_request(job)
        target = f"/v1/jobs/{job}/releases"
        grant = (await send_json(site.station.wire, "POST", target, request)).expect(201)
        again = await send_json(site.station.wire, "POST", target, request)
        assert again.refusal == (409, "request-replayed", "")
        (await site.station.report(grant, 1, "started")).expect(200)

    run(story())


REQUESTS = [
    ({"v": 2}, (400, "request-malformed")),
    ({"nonce": "short"}, (400, "request-malformed")),
    ({"extra": 1}, (400, "request-malformed")),
    ({"asked_at": "yesterday"}, (400, "request-malformed")),
    ({"org_id": "other.example"}, (400, "request-malformed")),
    ({"station_id": "station-2"}, (400, "request-malformed")),
    ({"job_id": "01900000-0000-7000-8000-000000000000"}, (400, "request-malformed")),
    ({"session": "s-" + "0" * 32}, (410, "session-expired")),
    ({"asked_at": "2026-01-05T07:54:59Z"}, (403, "request-stale")),
    ({"asked_at": "2026-01-05T08:05:01Z"}, (403, "request-stale")),
    ({"nonce": "x" * 5000}, (400, "request-malformed")),
]


@pytest.mark.parametrize(("changes", "refusal"), REQUESTS)
def test_a_request_that_says_something_else(changes: Json, refusal: tuple[int, str]) -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        assert site.clock.now() < datetime(2026, 1, 5, 8, 0, 1, tzinfo=UTC)
        assert (await site.station.ask(job, **changes)).refusal == (*refusal, "")
        assert (await site.station.ask(job)).status == 201  # nothing was taken by the refused one

    run(story())


async def ask_with(site: MemorySite, job: str, **changes: object) -> Answer:
    request = site.station.signed_request(job)
    return await send_json(site.station.wire, "POST", f"/v1/jobs/{job}/releases", request | changes)


def test_a_request_that_is_signed_wrongly() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        other = issue(site.mesh.ca, Kind.STATION, "station-1", site.clock.now())  # another identity of the same name
        raw = unbase64(site.station.signed_request(job)["request"])
        wrong_label = encode_octets(site.station.keys.signer.sign(signing.SESSION, raw))
        foreign = octets_texts(other.chain)
        client_chain = octets_texts(site.client.keys.chain)
        assert (await ask_with(site, job, request_signature="AAAA")).refusal == (403, "signature-refused", "")
        assert (await ask_with(site, job, request_signature=wrong_label)).code == "signature-refused"
        assert (await ask_with(site, job, chain=foreign)).code == "signature-refused"
        assert (await ask_with(site, job, chain=client_chain)).refusal == (403, "not-allowed", "")
        assert (await ask_with(site, job, chain=["AAAA"])).refusal == (403, "identity-malformed", "")
        signed = {
            "request": encode_octets(raw),
            "request_signature": encode_octets(other.signer.sign(signing.RELEASE_REQUEST, raw)),
            "chain": foreign,
        }
        assert (await ask_with(site, job, **signed)).refusal == (403, "not-allowed", "")
        assert (await ask_with(site, job, session="s-" + "0" * 32)).refusal == (410, "session-expired", "")

    run(story())
