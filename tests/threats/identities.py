"""Attacks by callers who are not whom they say, or not any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from firmware.vault import identity, signing
from firmware.vault.fields import encode_octets
from firmware.vault.identity import Identity, Kind, TrustAnchor
from firmware.vault.requests import certificate_request
from firmware.vault.signing import Signer, new_identity_key
from tests.support.mesh_http import send_json
from tests.support.mesh_site import ORG, MemorySite
from tests.support.pki import NOW, Pki
from tests.support.registrar_rig import EST, Registry, renewal
from tests.support.threat_model import Threat, believing, breach, nothing, refused, refuses, virtual, without
from tools.edgemesh.ca import Ca
from tools.edgemesh.keys import RoleKeys, issue

DUE = 16 * 3600
"""Seconds of a certificate's life after which it is renewed."""
NAMES = f"spiffe://{ORG}"
TRICKS = (
    (f"{NAMES}/client/client-1", f"{NAMES}/user/%61da"),
    (f"{NAMES}/client/client-1", f"{NAMES.upper()}/user/ada"),
    (f"{NAMES}/client/client-1", f"{NAMES}/user/ada", f"{NAMES}/user/%61da"),
    (f"{NAMES}/station/station-1", f"{NAMES}/user/ada"),
    (f"{NAMES}/admin/admin-1", f"{NAMES}/station/station-1"),
    (f"{NAMES}/station/..%2Fadmin%2Fadmin-1",),
    (f"{NAMES}/station/../admin/admin-1",),
    (f"{NAMES}/station/station-1/",),
    (f"{NAMES}/Admin/admin-1",),
    (f"{NAMES}//admin/admin-1",),
    (f"https://{ORG}/station/station-1",),
    (),
)


@virtual
async def nobody() -> None:
    """Asks for what everybody with a certificate may have, without one."""
    site = MemorySite()
    wire = site.wire(site.station.keys)
    wire._identity = None
    refused(await wire.send("GET", "/v1/mesh"), "identity-missing")


@virtual
async def not_an_administrator() -> None:
    """A station, a client, a node that administer."""
    registry = Registry()
    for keys in (registry.site.station.keys, registry.site.client.keys):
        wire = registry.site.wire(keys)
        refused(await wire.send("GET", "/v1/admin/members"), "not-allowed")
        refused(await send_json(wire, "POST", "/v1/admin/denials", {"holder": "station/station-1"}), "not-allowed")


@virtual
async def namesake() -> None:
    """Another organisation of the very same name, with a station of the same name."""
    site = MemorySite()
    now = site.clock.now()
    with refuses("identity-untrusted"):
        site.mesh.identity(issue(Ca.create(ORG, now=now), Kind.STATION, "station-1", now))


@virtual
async def own_authority() -> None:
    """A station certifies an administrator with its own certificate."""
    site = MemorySite()
    station = site.station.keys
    leaf = x509.load_der_x509_certificate(station.chain[0])
    forger = Ca(ORG, leaf, Ca.create(ORG, now=site.clock.now(), key_pem=station.identity_key)._key)
    admin = issue(forger, Kind.ADMIN, "admin-1", site.clock.now())
    with refuses("identity-untrusted"):
        site.mesh.identity(RoleKeys(admin.id, admin.identity_key, b"", (*admin.chain, *station.chain)))


def _no_path(_self: TrustAnchor, _leaf: object, _others: object, _at: datetime) -> x509.Certificate:
    return Ca.create(ORG, now=NOW).certificate


def other_purpose() -> None:
    """A station is brought to sign something harmless, whose bytes would be a request for a release elsewhere."""
    pki = Pki()
    station = pki.holder(Kind.STATION, "lobby")
    signature = station.signer.sign(signing.RENEWAL, b"{}")
    with refuses("signature-refused"):
        signing.verify(pki.anchor.identify(station.chain, NOW), signing.RELEASE_REQUEST, b"{}", signature)


def _without_purpose(key: Any, _label: bytes, message: bytes, signature: bytes) -> None:
    _verify_key(key, signing.RENEWAL, message, signature)


_verify_key = signing.verify_key


@virtual
async def odd_spelling() -> None:
    """Certificates of our own CA, were it careless: names that another reader would take for somebody else's."""
    site = MemorySite()
    for uris in TRICKS:
        with refuses("identity-malformed"):
            site.mesh.identity(_named(site, uris))


def _named(site: MemorySite, uris: Sequence[str]) -> RoleKeys:
    names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tools.edgemesh.ca._names", lambda _uris, _hosts: names)
        return issue(site.mesh.ca, Kind.CLIENT, "client-1", site.clock.now())


def _any_spelling(uris: list[str]) -> tuple[str, Kind, str, frozenset[str]]:
    try:
        return _spelt(uris)
    except ValueError:
        return ORG, Kind.CLIENT, "client-1", frozenset({"ada"})


_spelt = identity._names


@virtual
async def expired() -> None:
    """A certificate of yesterday, whose holder did not renew."""
    site = MemorySite()
    keys = issue(site.mesh.ca, Kind.STATION, "station-1", site.clock.now())
    await site.clock.sleep(25 * 3600)
    with refuses("identity-expired"):
        site.mesh.identity(keys)


def _timeless(self: TrustAnchor, chain: Sequence[bytes], now: datetime, **_options: Any) -> Identity:
    return self._prove(chain, now)


@virtual
async def stolen_station() -> None:
    """A station that was reported stolen, with a lease that it got a moment before."""
    registry = Registry()
    site = registry.site
    job = await site.client.submit(b"document")
    await site.station.tap("04A1B2C3D4")
    grant = (await site.station.ask(job)).expect(201)
    (await registry.deny("station/station-1")).expect(201)
    with refuses("identity-revoked"):
        wire = site.wire(site.station.keys)
        breach((await wire.send("GET", grant["body"]["urls"][0])).status == 200, "it has the body")


@virtual
async def replaced_station() -> None:
    """The keys of a station that was paired anew in the same name."""
    registry = Registry()
    stolen = await registry.pair(registry.device())
    await registry.pair(registry.device(nonce=b"\x01" * 32), replace=True)
    with refuses("identity-revoked"):
        registry.identity(stolen)


@virtual
async def administrator_robbed() -> None:
    """An administrator's computer is stolen. There is no session to steal: the certificate is what is withdrawn."""
    registry = Registry()
    thief = registry.site.mesh.add_admin("admin-2")
    assert (await registry.site.wire(thief).send("GET", "/v1/admin/members")).status == 200
    (await registry.deny("admin/admin-2")).expect(201)
    with refuses("identity-revoked"):
        registry.site.wire(thief)


async def _renew(registry: Registry, body: object) -> Any:
    return await send_json(registry.unpaired(), "POST", f"{EST}/simplereenroll", body)


@virtual
async def renewal_after_revocation() -> None:
    """Whoever was thrown out asks for tomorrow's certificate."""
    registry = Registry()
    keys = await registry.pair(registry.device())
    await registry.site.clock.sleep(DUE)
    await registry.deny("station/lobby")
    refused(await _renew(registry, renewal(registry.site, Kind.STATION, keys)), "identity-revoked")


@virtual
async def renewal_after_a_season() -> None:
    """A box from the attic, that nobody has missed."""
    registry = Registry()
    keys = await registry.pair(registry.device())
    await registry.site.clock.sleep(32 * 86400)
    refused(await _renew(registry, renewal(registry.site, Kind.STATION, keys)), "identity-lapsed")


@virtual
async def renewal_replayed() -> None:
    """A request to renew that was kept for later."""
    registry = Registry()
    keys = await registry.pair(registry.device())
    await registry.site.clock.sleep(DUE)
    body = renewal(registry.site, Kind.STATION, keys)
    await registry.site.clock.sleep(600)
    refused(await _renew(registry, body), "request-stale")


@virtual
async def renewed_again_and_again() -> None:
    """Wants many certificates: sends one request again and again, and signs others."""
    registry = Registry()
    keys = await registry.pair(registry.device())
    await registry.site.clock.sleep(DUE)
    body = renewal(registry.site, Kind.STATION, keys)
    others = [body] * 3 + [renewal(registry.site, Kind.STATION, keys) for _ in range(3)]
    given = {str((await _renew(registry, one)).expect(200)["chain"]) for one in others}
    breach(len(given) > 1, f"{len(given)} certificates")


@virtual
async def renewal_forged() -> None:
    """Has seen a certificate go by, and signs with a key of its own."""
    registry = Registry()
    seen = await registry.pair(registry.device())
    await registry.site.clock.sleep(DUE)
    keys = RoleKeys(seen.id, new_identity_key(), seen.box_key, seen.chain)
    csr = certificate_request(seen.identity_key, seen.id, registry.identity(seen).box_key)
    body = renewal(registry.site, Kind.STATION, keys, csr=encode_octets(csr))
    refused(await _renew(registry, body), "signature-refused")


@virtual
async def renewal_for_another_key() -> None:
    """Can make a station sign, and would like a certificate for a key that it may carry away."""
    registry = Registry()
    keys = await registry.pair(registry.device())
    await registry.site.clock.sleep(DUE)
    csr = certificate_request(new_identity_key(), keys.id, registry.identity(keys).box_key)
    body = renewal(registry.site, Kind.STATION, keys, csr=encode_octets(csr))
    assert Signer(keys.identity_key).public_key_pem
    refused(await _renew(registry, body), "csr-malformed")


def _forgiving(self: Any, holder: Identity) -> Any:
    return self._store.member(holder.name)


RENEWALS = "tools.edgemesh.registrar.renewals"
PURPOSE = "firmware.vault.signing.verify_key"
PATH = "firmware.vault.identity.TrustAnchor._root"
DENIED = "firmware.vault.denials.DenyList.refuse"
ADMIT = "tools.edgemesh.interface.api._admit"
THREATS = (
    Threat("no-certificate", nobody, without((ADMIT, nothing))),
    Threat("not-an-administrator", not_an_administrator, without((ADMIT, nothing))),
    Threat("organisation-of-the-same-name", namesake, without((PATH, _no_path))),
    Threat("station-as-authority", own_authority, without((PATH, _no_path))),
    Threat("signature-for-something-else", other_purpose, without((PURPOSE, _without_purpose))),
    Threat("name-oddly-spelt", odd_spelling, without(("firmware.vault.identity._names", _any_spelling))),
    Threat("certificate-expired", expired, without(("firmware.vault.identity.TrustAnchor.identify", _timeless))),
    Threat("station-stolen", stolen_station, without((DENIED, nothing))),
    Threat(
        "certificate-of-before",
        replaced_station,
        without(("tools.edgemesh.registrar.denybook.DenyBook.deny", nothing)),
    ),
    Threat("administrator-robbed", administrator_robbed, without((DENIED, nothing))),
    Threat(
        "renewal-after-revocation", renewal_after_revocation, without((f"{RENEWALS}.Renewals._entitled", _forgiving))
    ),
    Threat("renewal-lapsed", renewal_after_a_season, without((f"{RENEWALS}.GRACE", timedelta(days=999)))),
    Threat("renewal-replayed", renewal_replayed, without((f"{RENEWALS}.FRESH", timedelta(days=999)))),
    Threat(
        "renewal-again-and-again",
        renewed_again_and_again,
        without((f"{RENEWALS}.Renewals._known", nothing), (f"{RENEWALS}.Renewals._check_pace", nothing)),
    ),
    Threat("renewal-forged", renewal_forged, believing(signing.RENEWAL)),
    Threat("renewal-for-another-key", renewal_for_another_key, without((f"{RENEWALS}._check_same", nothing))),
)
