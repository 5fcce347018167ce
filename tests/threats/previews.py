"""Attacks on previews: somebody wants to know what others' held jobs are called."""

from typing import Any

from firmware.vault import signing
from tests.support.mesh_http import Answer
from tests.support.mesh_site import BADGE, MemorySite
from tests.support.octets import unbase64
from tests.support.registrar_rig import Registry
from tests.support.threat_model import Threat, believing, breach, nothing, refuses, virtual, without
from tests.support.threat_vault import RogueVault
from tests.threats.releasing import BEN, held
from tools.edgemesh.looking import Looking
from tools.edgemesh.node import Node
from tools.edgemesh.org import OrgKeys
from tools.edgemesh.signed import Signed
from tools.edgemesh.storage.records import User


class LookingVault(RogueVault):
    """Asks node and key service for what a title is sealed under."""

    def looking(self, **changes: Any) -> Looking:
        """As it would be for ada at station-1, who really stands there; `changes` are of the signed request."""
        asked = self.site.station.signed_look(self.job, **changes)
        request = Signed(unbase64(asked["request"]), unbase64(asked["request_signature"]), self.station.chain)
        return Looking(request, self.session("ada", "station-1"))

    def look(self, looking: Looking, *codes: str) -> None:
        """Each for itself; refused as a whole, or for the one job."""
        node, org = self.roles.node("node-1"), self.roles.org
        with refuses(*codes):
            _given(node, looking, [self.job])
        with refuses(*codes):
            _given(org, looking, [self.manifest])


def _given(role: Node | OrgKeys, looking: Looking, asked: list[Any]) -> None:
    seen = role.previews(looking, asked)
    breach(seen.boxes, f"{type(role).__name__} gave its part")
    for problem in seen.refused.values():
        raise problem


async def _rogue() -> LookingVault:
    return LookingVault(*await held())


def _codes(answer: Answer) -> list[str]:
    """Why each job was refused."""
    answer.expect(200)
    breach(answer.json["previews"], "parts of the title were given")
    return [one["code"] for one in answer.json["refused"]]


@virtual
async def anothers_list() -> None:
    """A station where ben stands asks what a job of ada's is called."""
    site = MemorySite()
    site.mesh.add_user(User("ben"), BEN)
    job = await site.client.submit(b"x", title="Notice of termination")
    (await site.station.tap(BEN)).expect(201)
    assert _codes(await site.station.look(job)) == ["not-owner"]


@virtual
async def without_a_station() -> None:
    """The vault asks for itself, in the name of the station."""
    rogue = await _rogue()
    asked = rogue.looking().request
    forged = Signed(asked.raw, rogue.keys.signer.sign(signing.PREVIEW_REQUEST, asked.raw), rogue.station.chain)
    rogue.look(Looking(forged, rogue.session("ada", "station-1")), "signature-refused")


@virtual
async def with_anothers_session() -> None:
    """Ben stands at a station, which asks for his list; the vault answers as if ada stood there."""
    rogue = await _rogue()
    looking = rogue.looking(session=f"s-{9:032x}")
    rogue.look(looking, "session-expired")


@virtual
async def with_an_unasked_job() -> None:
    """The vault adds a job to a station's question."""
    rogue = await _rogue()
    rogue.look(rogue.looking(job_ids=["01900000-0000-7000-8000-000000000000"]), "request-malformed")


@virtual
async def with_an_old_request() -> None:
    """The vault keeps a station's question for tomorrow."""
    site, job = await held()
    kept = LookingVault(site, job).looking()
    await site.clock.sleep(3600)
    later = LookingVault(site, job)
    later.look(Looking(kept.request, later.session("ada", "station-1")), "request-stale")


@virtual
async def for_a_blocked_person() -> None:
    """The vault goes on showing titles to whoever has the badge of a person who is blocked."""
    registry = Registry()
    job = await registry.site.client.submit(b"x")
    (await registry.site.station.tap(BADGE)).expect(201)
    (await registry.deny("user/ada")).expect(201)
    rogue = LookingVault(registry.site, job)
    rogue.look(rogue.looking(), "locked-out")


def _asked_or_not(self: Any, manifest: Any) -> None:
    self._verifier.check_owner(manifest, self.session, self._delegations.get(manifest.owner), self._denied)


LOOKING, VERIFIER = "tools.edgemesh.looking", "tools.edgemesh.evidence.Verifier"
THREATS = (
    Threat("preview-of-anothers-list", anothers_list, without((f"{VERIFIER}.check_owner", nothing))),
    Threat("preview-without-a-station", without_a_station, believing(signing.PREVIEW_REQUEST)),
    Threat("preview-with-anothers-session", with_anothers_session, without((f"{LOOKING}._check_agreement", nothing))),
    Threat("preview-of-an-unasked-job", with_an_unasked_job, without((f"{LOOKING}.Onlooker.may_see", _asked_or_not))),
    Threat("preview-with-an-old-request", with_an_old_request, without((f"{LOOKING}.check_fresh", nothing))),
    Threat("preview-for-a-blocked-person", for_a_blocked_person, without((f"{VERIFIER}.check_person", nothing))),
)
