"""Each of the three parts withdrawn, and each role judging for itself what it is shown."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from firmware.vault.fields import encode_octets
from firmware.vault.identity import Identity, Kind
from hal.sim.virtual_time import run
from tests.support.mesh_http import Answer, Json, send_json
from tests.support.mesh_site import BADGE, MemorySite
from tests.support.octets import unbase64
from tools.edgemesh import holdings
from tools.edgemesh.interface.shapes import Fields, octets_texts
from tools.edgemesh.keys import issue
from tools.edgemesh.peers import NodePeer
from tools.edgemesh.people.desk import Credential
from tools.edgemesh.storage.records import User


async def held(site: MemorySite) -> str:
    job = await site.client.submit(b"document")
    (await site.station.tap(BADGE)).expect(201)
    return job


def shred(site: MemorySite, job: str) -> None:
    site.mesh.roles.vault.keys.shred(job)


def drop(site: MemorySite, job: str) -> None:
    holdings.withdraw(site.mesh.holding_stores["node-1"], site.mesh.bodies["node-1"], job)


def suspend(site: MemorySite, _job: str) -> None:
    site.mesh.roles.org.suspend(1, suspended=True)


def destroy(site: MemorySite, _job: str) -> None:
    site.mesh.roles.org.destroy(1)


@pytest.mark.parametrize(
    ("withdraw", "refusal"),
    [
        (shred, (410, "shredded", "job")),
        (drop, (403, "part-withdrawn", "node")),
        (suspend, (403, "part-withdrawn", "org")),
        (destroy, (403, "part-withdrawn", "org")),
    ],
)
def test_a_withdrawn_part_is_named_and_no_lease_stays(
    withdraw: Callable[[MemorySite, str], None], refusal: tuple[int, str, str]
) -> None:
    async def story() -> None:
        site = MemorySite()
        job, other = await held(site), site.new_station("station-2")
        await other.tap(BADGE)
        withdraw(site, job)
        assert (await site.station.ask(job)).refusal == refusal
        assert (await other.ask(job)).refusal == refusal

    run(story())


def test_an_epoch_is_given_again_after_its_suspension() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        site.mesh.roles.org.suspend(1, suspended=True)
        assert (await site.client.wire.send("GET", "/v1/mesh")).refusal == (403, "part-withdrawn", "org")
        site.mesh.roles.org.suspend(1, suspended=False)
        (await site.station.ask(job)).expect(201)

    run(story())


def test_jobs_of_an_earlier_epoch_are_released_and_new_ones_need_the_current() -> None:
    async def story() -> None:
        site = MemorySite()
        job, late = await held(site), await site.client.seal(b"late")
        assert site.mesh.roles.org.rotate().number == 2
        _, document, _ = await site.station.print(job)
        assert document == b"document"
        assert (await site.client.announce(late)).refusal == (422, "manifest-epoch", "")
        _, document, _ = await site.station.print(await site.client.submit(b"new"))
        assert document == b"new"

    run(story())


def test_a_new_epoch_begins_in_good_time() -> None:
    async def story() -> None:
        site = MemorySite()
        await site.mesh.roles.round()
        assert site.mesh.epoch_store.latest() == site.mesh.epoch_store.get(1)
        await site.clock.sleep(336 * 86400)
        await site.mesh.roles.round()
        latest = site.mesh.epoch_store.latest()
        assert latest is not None
        assert latest.number == 2

    run(story(), timeout=400 * 86400)


class Eavesdropper:
    """A caller that keeps what a role was sent."""

    def __init__(self, peer: Any) -> None:
        self._caller, self.bodies = peer._caller, list[Json]()
        peer._caller = self

    async def call(self, method: str, path: str, body: Json | None = None) -> Fields:
        if body is not None:
            self.bodies.append(dict(body))
        answer: Fields = await self._caller.call(method, path, body)
        return answer


async def evidence_of(site: MemorySite) -> Json:
    """What the vault shows a node for one release, with a release id that no role has seen."""
    job = await held(site)
    peer: NodePeer = site.mesh.roles.vault.nodes.all()[0]
    ear = Eavesdropper(peer)
    (await site.station.ask(job)).expect(201)
    return ear.bodies[-1]


def resigned(site: MemorySite, evidence: Json, **changes: object) -> Json:
    """The request changed and signed anew by the right station."""
    request = site.station.signed_request(str(evidence["job"]), **changes)
    return {name: request[name] for name in ("request", "request_signature", "chain")}


async def to_role(site: MemorySite, role: str, evidence: Json) -> Answer:
    vault = site.wire(site.mesh._vault)
    return await send_json(vault, "POST", f"/v1/parts/{role}", evidence)


@pytest.mark.parametrize("role", ["node", "org"])
def test_each_role_refuses_what_it_cannot_verify_itself(role: str) -> None:
    async def story() -> None:
        site = MemorySite()
        good = await evidence_of(site)
        assert (await to_role(site, role, good)).status == 200  # told again, the same answer
        elsewhere = issue(site.mesh.ca, Kind.CLIENT, "client-9", site.clock.now(), users=["ada"])
        other_session = MemorySite().mesh.roles.vault.desk  # a vault of another organisation of the same name
        station = site.mesh.identity(site.station.keys)
        forged = await _statement(other_session, station)
        cases: list[tuple[Json, str]] = [
            ({"release": "r-" + "0" * 32}, "lease-refused"),
            ({"lease_signature": good["session_signature"]}, "signature-refused"),
            ({"lease_chain": octets_texts(site.station.keys.chain)}, "not-allowed"),
            ({"request_signature": good["session_signature"]}, "signature-refused"),
            ({"chain": octets_texts(site.client.keys.chain)}, "not-allowed"),
            ({"session_signature": good["request_signature"]}, "signature-refused"),
            ({"session_chain": octets_texts(site.station.keys.chain)}, "not-allowed"),
            (forged, "identity-untrusted"),
            ({"manifest_signature": good["request_signature"]}, "manifest-signature"),
            ({"manifest_chain": octets_texts(elsewhere.chain)}, "manifest-untrusted"),
            ({"manifest": encode_octets(b"{}")}, "manifest-malformed"),
        ]
        for changes, code in cases:
            assert (await to_role(site, role, good | changes)).code == code, changes

    run(story())


async def _statement(desk: Any, station: Identity) -> Json:
    desk.store.put_user(User("ada"))
    desk.give_badge("1", "ada")
    session, _ = await desk.open_session(station, Credential("1"))
    signed = desk.signed(session)
    return {
        "session_statement": encode_octets(signed.raw),
        "session_signature": encode_octets(signed.signature),
        "session_chain": octets_texts(signed.chain),
    }


@pytest.mark.parametrize("role", ["node", "org"])
def test_each_role_refuses_a_session_of_another_person_station_or_time(role: str) -> None:
    async def story() -> None:
        site = MemorySite()
        good = await evidence_of(site)
        desk = site.mesh.roles.vault.desk
        site.mesh.add_user(User("bob"), "77")
        bob, _ = await desk.open_session(site.mesh.identity(site.station.keys), Credential("77"))
        there = site.new_station("station-2")
        ada_there, _ = await desk.open_session(site.mesh.identity(there.keys), Credential(BADGE))
        job = str(json.loads(unbase64(good["manifest"]))["job_id"])
        for session, request_session, code in (
            (bob, bob.session_id, "not-owner"),
            (ada_there, ada_there.session_id, "session-expired"),
            (bob, site.station.session, "session-expired"),
        ):
            signed = desk.signed(session)
            changes = resigned(site, {"job": job}, session=request_session)
            statement = {
                "session_statement": encode_octets(signed.raw),
                "session_signature": encode_octets(signed.signature),
            }
            assert (await to_role(site, role, good | changes | statement)).code == code
        await site.clock.sleep(601)
        changes = resigned(site, {"job": job})
        assert (await to_role(site, role, good | changes)).code == "session-expired"

    run(story())


def test_a_station_without_a_box_key_gets_no_part() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await held(site)
        keys = site.station.keys
        bare = site.mesh.ca.issue(
            keys.signer.public_key_pem, kind=Kind.STATION, holder_id="station-1", now=site.clock.now()
        )
        site.station.keys = type(keys)(keys.id, keys.identity_key, keys.box_key, tuple(bare))
        site.station.wire = site.wire(site.station.keys)
        assert (await site.station.ask(job)).refusal == (403, "not-allowed", "")

    run(story())
