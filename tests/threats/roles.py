"""Attacks by a vault, with all of its keys, on node, key service and clients."""

from dataclasses import replace
from datetime import timedelta

from firmware.mesh.decode import Fields
from firmware.vault import boxes, denials, signing
from firmware.vault.delegation import Delegation, SignedDelegation
from firmware.vault.delegation import encode as encode_delegation
from firmware.vault.denials import DenyList, SignedDenyList
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Identity
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tests.support.octets import unbase64
from tests.support.registrar_rig import Registry
from tests.support.threat_model import Threat, believing, nothing, refuses, virtual, without, yes
from tests.support.threat_vault import RogueVault
from tests.threats.releasing import BEN, held
from tools.edgemesh.evidence import Verifier
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.signed import Signed
from tools.edgemesh.statements import EpochStatement, encode_epoch
from tools.edgemesh.storage.records import User
from tools.submit.directory import Checker


@virtual
async def without_a_station() -> None:
    """Releases a job to a station where nobody has asked: the station's signature is what it lacks."""
    rogue = RogueVault(*await held())
    asked = rogue.evidence().request
    forged = Signed(asked.raw, rogue.keys.signer.sign(signing.RELEASE_REQUEST, asked.raw), rogue.station.chain)
    rogue.ask(rogue.evidence(request=forged), "signature-refused")


@virtual
async def as_a_station() -> None:
    """Releases a job to itself, with its own certificate in the station's place."""
    rogue = RogueVault(*await held())
    vault = rogue.keys.id
    asked = rogue.site.station.signed_request(rogue.job, station_id=vault)
    request = rogue.keys.sign(signing.RELEASE_REQUEST, unbase64(asked["request"]))
    session, lease = rogue.session("ada", vault), rogue.lease(vault)
    rogue.ask(rogue.evidence(request=request, session=session, lease=lease), "not-allowed")


def _of_any_kind(self: Verifier, chain: tuple[bytes, ...], *_kinds: object) -> Identity:
    return _identify(self, chain)


_identify = Verifier.identify


@virtual
async def with_an_old_request() -> None:
    """Keeps a station's request, to have the parts of the job again tomorrow."""
    site, job = await held()
    rogue = RogueVault(site, job)
    kept = rogue.evidence()
    await site.clock.sleep(3600)
    later = RogueVault(site, job)
    session, lease = later.session("ada", "station-1"), later.lease("station-1")
    later.ask(replace(kept, session=session, lease=lease), "request-stale")


@virtual
async def with_a_request_twice() -> None:
    """Serves another release with a request that has served one."""
    rogue = RogueVault(*await held())
    evidence = rogue.evidence()
    rogue.roles.node("node-1").part(evidence)
    rogue.roles.org.part(evidence)
    release = f"r-{8:032x}"
    rogue.ask(
        replace(evidence, release_id=release, lease=rogue.lease("station-1", release=release)), "request-replayed"
    )


@virtual
async def with_another_lease() -> None:
    """Shows the lease of one station for another's request."""
    rogue = RogueVault(*await held())
    rogue.ask(rogue.evidence(lease=rogue.lease("station-2")), "lease-refused")


@virtual
async def for_a_revoked_station() -> None:
    """Goes on serving a station that is revoked."""
    registry = Registry()
    site, job = registry.site, await registry.site.client.submit(b"x")
    (await site.station.tap(BADGE)).expect(201)
    evidence = RogueVault(site, job).evidence()
    (await registry.deny("station/station-1")).expect(201)
    RogueVault(site, job).ask(evidence, "identity-revoked")


@virtual
async def for_a_blocked_person() -> None:
    """Goes on letting in a person who is blocked."""
    registry = Registry()
    site, job = registry.site, await registry.site.client.submit(b"x")
    (await site.station.tap(BADGE)).expect(201)
    (await registry.deny("user/ada")).expect(201)
    RogueVault(site, job).ask(RogueVault(site, job).evidence(), "locked-out")


@virtual
async def with_its_own_delegation() -> None:
    """Says in ada's name that ben may have her jobs."""
    site, job = await held()
    site.mesh.add_user(User("ben"), BEN)
    rogue = RogueVault(site, job)
    raw = encode_delegation(Delegation(ORG, f"d-{1:032x}", "ada", "ben", rogue.now, rogue.now + timedelta(hours=1)))
    forged = SignedDelegation(raw, rogue.keys.signer.sign(signing.DELEGATION, raw), site.client.keys.chain)
    evidence = rogue.evidence(session=rogue.session("ben", "station-1"), delegation=forged)
    rogue.ask(evidence, "delegation-refused")


@virtual
async def with_its_own_deny_list() -> None:
    """Lets everybody in again, by a list with the next number."""
    site = MemorySite()
    known, vault = site.mesh.roles.verifier.denials, site.mesh.roles.vault.identity
    raw = denials.encode(DenyList(ORG, known.number + 1, site.clock.now().replace(microsecond=0), bytes(16), {}))
    with refuses("signature-refused"):
        known.take(SignedDenyList(raw, vault.signer.sign(signing.DENY_LIST, raw)))


@virtual
async def with_its_own_epoch() -> None:
    """Tells clients to seal the organisation's part to a key of its own."""
    site = MemorySite()
    answer = (await site.client.wire.send("GET", "/v1/mesh")).expect(200)
    now, vault = site.clock.now().replace(microsecond=0), site.mesh.roles.vault.identity
    raw = encode_epoch(EpochStatement(ORG, 1, boxes.SUITE, boxes.new_box_key()[1], now + timedelta(days=9)))
    answer["epoch"]["statement"] = encode_octets(raw)
    answer["epoch"]["signature"] = encode_octets(vault.signer.sign(signing.EPOCH, raw))
    with refuses("mesh-untrusted"):
        Checker(ORG, site.mesh.roles.verifier.anchor, now).directory(Fields(answer, "mesh"))


@virtual
async def with_a_node_of_its_own() -> None:
    """Tells clients of a node that is none: a station's certificate, whose box key it has."""
    site = MemorySite()
    answer = (await site.client.wire.send("GET", "/v1/mesh")).expect(200)
    station = site.station.keys
    answer["nodes"] = [{"id": station.id, "chain": octets_texts(station.chain), "url": "https://mesh.test"}]
    with refuses("mesh-untrusted"):
        Checker(ORG, site.mesh.roles.verifier.anchor, site.clock.now()).directory(Fields(answer, "mesh"))


def _whoever(self: Checker, chain: tuple[bytes, ...], _kind: object) -> Identity:
    return self.anchor.identify(chain, self.now)


EVIDENCE, DENIED = "tools.edgemesh.evidence", "firmware.vault.denials.DenyList"
REPLAY = (f"{EVIDENCE}.UsedRequests.use", nothing), ("tools.edgemesh.storage.memory.MemoryHoldings.add_grant", yes)
THREATS = (
    Threat("vault-without-a-station", without_a_station, believing(signing.RELEASE_REQUEST)),
    Threat("vault-as-a-station", as_a_station, without((f"{EVIDENCE}.Verifier.identify", _of_any_kind))),
    Threat("vault-with-an-old-request", with_an_old_request, without((f"{EVIDENCE}.check_fresh", nothing))),
    Threat("vault-with-a-request-twice", with_a_request_twice, without(*REPLAY)),
    Threat("vault-with-another-lease", with_another_lease, without((f"{EVIDENCE}.Verifier._check_lease", nothing))),
    Threat("vault-for-a-revoked-station", for_a_revoked_station, without((f"{DENIED}.refuse", nothing))),
    Threat("vault-for-a-blocked-person", for_a_blocked_person, without((f"{DENIED}.since", nothing))),
    Threat("vault-with-its-own-delegation", with_its_own_delegation, believing(signing.DELEGATION)),
    Threat(
        "vault-with-its-own-deny-list", with_its_own_deny_list, without(("firmware.vault.signing.verify_ca", nothing))
    ),
    Threat("vault-with-its-own-epoch", with_its_own_epoch, believing(signing.EPOCH)),
    Threat(
        "vault-with-its-own-node", with_a_node_of_its_own, without(("tools.submit.directory.Checker._proven", _whoever))
    ),
)
