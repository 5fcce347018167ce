"""Attacks on releases: by stations, by people, and by whoever has written down what went by."""

from datetime import timedelta
from typing import Any

import pytest

from firmware.vault import signing
from firmware.vault.delegation import Delegation, SignedDelegation, encode
from firmware.vault.identity import Identity
from tests.support.mesh_http import Json, send_json
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tests.support.registrar_rig import Registry
from tests.support.threat_model import Threat, nothing, refused, virtual, without, yes
from tools.edgemesh import leases
from tools.edgemesh.evidence import Evidence, Proven
from tools.edgemesh.interface.exchange import OpenBody
from tools.edgemesh.peers import delegation_document
from tools.edgemesh.storage.records import Session, User

BEN = "0455667788"


async def held() -> tuple[MemorySite, str]:
    """A site, and a job of ada's, who stands at station-1."""
    site = MemorySite()
    job = await site.client.submit(b"document")
    (await site.station.tap(BADGE)).expect(201)
    return site, job


async def _post(site: MemorySite, job: str, request: Json) -> Any:
    return await send_json(site.station.wire, "POST", f"/v1/jobs/{job}/releases", request)


@virtual
async def request_replayed() -> None:
    """The very request of a moment ago, once more."""
    site, job = await held()
    request = site.station.signed_request(job)
    (await _post(site, job, request)).expect(201)
    refused(await _post(site, job, request), "request-replayed")


@virtual
async def request_of_before() -> None:
    """A request that was signed for later use, or by a station whose clock somebody has set."""
    site, job = await held()
    asked_at = (site.clock.now() - timedelta(minutes=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
    refused(await site.station.ask(job, asked_at=asked_at), "request-stale")


@virtual
async def request_of_another() -> None:
    """A station shows a request that another station has signed."""
    site, job = await held()
    other = site.new_station("station-2")
    other.session = site.station.session
    refused(await _post(site, job, other.signed_request(job)), "session-expired")


def _of_whomever(self: Any, evidence: Evidence, _station: Identity) -> Proven:
    proven: Proven = self._verifier.request(evidence)
    return proven


@virtual
async def session_of_another() -> None:
    """A station uses the session of somebody who stands at another one."""
    site, job = await held()
    other = site.new_station("station-2")
    other.session = site.station.session
    refused(await other.ask(job), "session-expired")


def _any_session(self: Any, session_id: str, _station: Identity) -> Session | None:
    found: Session | None = self.store.session(session_id)
    return found


@virtual
async def job_of_another() -> None:
    """Ben knows the number of a job of ada's."""
    site, job = await held()
    site.mesh.add_user(User("ben"), BEN)
    await site.station.tap(BEN)
    refused(await site.station.ask(job), "not-owner")


@virtual
async def body_of_another() -> None:
    """A station fetches what is released to another one."""
    site, job = await held()
    grant = (await site.station.ask(job)).expect(201)
    refused(await site.new_station("station-2").fetch(grant), "not-allowed")


async def _to_anybody(self: Any, _station: Identity, job_id: str, _release_id: str) -> tuple[OpenBody, str]:
    return self.holdings.bodies.open(job_id), self.holdings.store.get(job_id).digest


@virtual
async def lease_of_before() -> None:
    """A station whose lease has ended fetches all the same."""
    site, job = await held()
    grant = (await site.station.ask(job)).expect(201)
    await site.clock.sleep(61)
    refused(await site.station.fetch(grant), "fence-stale")


@virtual
async def released_again_and_again() -> None:
    """A station asks for the same job on and on, each time anew, to fill the stores of vault and node."""
    site, job = await held()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leases, "MOST_RELEASES", min(leases.MOST_RELEASES, 20))  # a thousand would take long
        answers = [await site.station.ask(job) for _ in range(21)]
    assert {answer.status for answer in answers[:20]} == {201}
    refused(answers[-1], "too-many-releases")


@virtual
async def session_of_before() -> None:
    """Somebody else finds the session of a person who left ten minutes ago."""
    site, job = await held()
    await site.clock.sleep(601)
    refused(await site.station.ask(job), "session-expired")


@virtual
async def blocked_in_between() -> None:
    """A person who was blocked a second ago, in front of an open list."""
    registry = Registry()
    job = await registry.site.client.submit(b"x")
    (await registry.site.station.tap(BADGE)).expect(201)
    (await registry.deny("user/ada")).expect(201)
    refused(await registry.site.station.ask(job), "locked-out")


@virtual
async def denials_withheld() -> None:
    """Keeps the registrar from being heard, so that nobody learns who is revoked."""
    site = MemorySite()
    await site.clock.sleep(25 * 3600)
    refused(await site.station.tap(BADGE), "deny-list-stale")


@virtual
async def delegation_after_its_end() -> None:
    """A delegation of last week."""
    site, job, given = await _delegated()
    await site.clock.sleep(7200)
    site.mesh.roles.registrar.denybook.refresh()
    await site.station.tap(BEN)
    refused(await _with(site, job, given), "delegation-ended")


async def _delegated() -> tuple[MemorySite, str, SignedDelegation]:
    site, job = await held()
    site.mesh.add_user(User("ben"), BEN)
    now = site.clock.now().replace(microsecond=0)
    raw = encode(Delegation(ORG, f"d-{1:032x}", "ada", "ben", now, now + timedelta(hours=1)))
    given = SignedDelegation(raw, site.client.keys.signer.sign(signing.DELEGATION, raw), site.client.keys.chain)
    (await send_json(site.client.wire, "POST", "/v1/delegations", delegation_document(given))).expect(201)
    return site, job, given


async def _with(site: MemorySite, job: str, given: SignedDelegation) -> Any:
    return await _post(site, job, site.station.signed_request(job) | delegation_document(given))


@virtual
async def delegation_backdated() -> None:
    """A delegation that begins an hour ago: before the computer that signed it was reported stolen."""
    site, _ = await held()
    site.mesh.add_user(User("ben"), BEN)
    await site.clock.sleep(3600)
    begins = site.clock.now().replace(microsecond=0) - timedelta(minutes=30)
    raw = encode(Delegation(ORG, f"d-{1:032x}", "ada", "ben", begins, begins + timedelta(hours=9)))
    given = SignedDelegation(raw, site.client.keys.signer.sign(signing.DELEGATION, raw), site.client.keys.chain)
    answer = await send_json(site.client.wire, "POST", "/v1/delegations", delegation_document(given))
    refused(answer, "delegation-refused")


@virtual
async def delegation_to_another() -> None:
    """Kim has seen a delegation from ada to ben."""
    site, job, given = await _delegated()
    site.mesh.add_user(User("kim"), "0499887766")
    await site.station.tap("0499887766")
    refused(await _with(site, job, given), "not-owner")


EVIDENCE, DESK = "tools.edgemesh.evidence", "tools.edgemesh.people.desk.Desk"
CHECKS = f"{EVIDENCE}.Verifier"
SESSION = ((f"{DESK}.live_session", _any_session), (f"{CHECKS}.check_session", nothing))
USED = ((f"{EVIDENCE}.UsedRequests.use", nothing), ("tools.edgemesh.storage.memory.MemoryHoldings.add_grant", yes))
OTHERS = ("tools.edgemesh.jobkeys.JobKeys._verify", _of_whomever)
THREATS = (
    Threat("request-replayed", request_replayed, without(*USED)),
    Threat("request-of-before", request_of_before, without((f"{EVIDENCE}.check_fresh", nothing))),
    Threat("request-of-another-station", request_of_another, without(SESSION[1], OTHERS)),
    Threat("session-of-another-station", session_of_another, without(*SESSION)),
    Threat("session-of-before", session_of_before, without(*SESSION)),
    Threat("job-of-another", job_of_another, without((f"{CHECKS}.check_owner", nothing))),
    Threat("body-of-another-station", body_of_another, without(("tools.edgemesh.node.Node.body", _to_anybody))),
    Threat("lease-of-before", lease_of_before, without(("tools.edgemesh.leases.live", lambda state, *_: state.lease))),
    Threat(
        "released-again-and-again", released_again_and_again, without(("tools.edgemesh.leases._check_often", nothing))
    ),
    Threat("person-blocked", blocked_in_between, without(("firmware.vault.denials.DenyList.since", nothing))),
    Threat("deny-list-withheld", denials_withheld, without(("tools.edgemesh.denials.MAX_AGE", timedelta(days=999)))),
    Threat("delegation-ended", delegation_after_its_end, without(("firmware.vault.delegation._check_dates", nothing))),
    Threat(
        "delegation-backdated",
        delegation_backdated,
        without(("tools.edgemesh.people.delegations.FRESH", timedelta(days=999))),
    ),
    Threat("delegation-to-another", delegation_to_another, without((f"{CHECKS}.check_owner", nothing))),
)
