"""A mesh with many stations and people, made at once, and what its members do: submit a page, tap and release it."""

import time
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from firmware.vault import signing
from firmware.vault.attributes import Attributes
from firmware.vault.fields import encode_object, encode_octets, encode_time
from firmware.vault.identity import BOX_KEY_OID, Kind
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, seal_job
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.system_random import SystemRandom
from tools.edgemesh.bootstrap import init_site
from tools.edgemesh.ca import Ca
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.keys import RoleKeys, issue
from tools.edgemesh.people.badges import Badges, read_keys
from tools.edgemesh.site import REGISTRAR, Site
from tools.edgemesh.statements import parse_epoch
from tools.edgemesh.storage.databases import vault_database
from tools.edgemesh.storage.records import Badge, User
from tools.edgemesh.storage.sqlite_desk import SqliteDesk
from tools.measure.wire import Line, LoadError

ORG = "bench.lockgate"
PAGE = b"%PDF-1.4\n" + bytes(1000)


@dataclass(frozen=True, slots=True)
class Place:
    """A station, the person who taps there, and that person's computer."""

    station: RoleKeys
    client: RoleKeys
    user: str = field(repr=False)
    badge: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Crowd:
    """A site, with as many stations as people."""

    site: Site
    ca: Ca
    places: tuple[Place, ...]

    @property
    def ca_pem(self) -> bytes:
        return self.ca.certificate_pem


def make_crowd(directory: Path, count: int) -> Crowd:
    """A mesh in an empty directory with `count` places."""
    site = init_site(directory, ORG)
    ca = Ca.load(site.ca_file.read_bytes(), FileKeyStore(site.path(REGISTRAR)).load("ca.key"))
    now = datetime.now(UTC)
    places = tuple(_place(ca, number, now) for number in range(count))
    _know(site, places, now)
    return Crowd(site, ca, places)


def _place(ca: Ca, number: int, now: datetime) -> Place:
    user = f"person-{number}"
    station = issue(ca, Kind.STATION, f"station-{number}", now)
    client = issue(ca, Kind.CLIENT, f"client-{number}", now, users=(user,))
    return Place(station, client, user, f"04{number:012X}")


def _know(site: Site, places: Sequence[Place], now: datetime) -> None:
    database = vault_database(site)
    try:
        desk, keys = SqliteDesk(database), read_keys(FileKeyStore(site.path("vault")))
        known, since = Badges(desk, keys), now.replace(microsecond=0)
        hashes = [(known.hash(place.badge), place.user) for place in places]
        badges = [Badge(badge, known.id_of(badge), user, keys.tag, since) for badge, user in hashes]
        desk.put_people([User(place.user) for place in places], badges, [])
    finally:
        database.close()


async def recipients(line: Line) -> Recipients:
    """Whom the mesh says to seal to. Unverified: it is our own, and what is measured is the mesh."""
    mesh = await line.ask("GET", "/v1/mesh")
    epoch = parse_epoch(b64decode(mesh["epoch"]["statement"]))
    vault = Recipient(mesh["vault"]["id"], _box_key(mesh["vault"]["chain"]))
    nodes = tuple(Recipient(node["id"], _box_key(node["chain"])) for node in mesh["nodes"])
    return Recipients(mesh["org_id"], vault, nodes, OrgRecipient(epoch.epoch, epoch.box_key, epoch.suite))


def _box_key(chain: Sequence[str]) -> bytes:
    certificate = x509.load_der_x509_certificate(b64decode(chain[0]))
    value = certificate.extensions.get_extension_for_oid(BOX_KEY_OID).value
    return value.public_bytes()[2:]


async def submit(line: Line, place: Place, to: Recipients) -> str:
    """One page from the person's computer; the job's id."""
    random = SystemRandom()
    sealed = seal_job(
        owner=place.user,
        attributes=Attributes(title="A page"),
        document_format="application/pdf",
        plaintext_size=len(PAGE),
        recipients=to,
        signer=place.client.signer,
        chain=place.client.chain,
        now=datetime.now(UTC),
        lifetime=timedelta(days=1),
        token=random.token,
    )
    announcement = {
        "manifest": encode_octets(sealed.manifest_raw),
        "signature": encode_octets(sealed.signature),
        "chain": octets_texts(sealed.chain),
        "job_box": encode_octets(sealed.job_box),
    }
    taken = await line.ask("POST", "/v1/jobs", announcement)
    body = b"".join(sealed.body_sealer(random.token).seal([PAGE], len(PAGE)))
    for url in taken["body_urls"]:
        await line.send("PUT", url.removeprefix(line.url), body, "application/octet-stream")
    return sealed.manifest.job_id


@dataclass(frozen=True, slots=True)
class Tapped:
    """Milliseconds from the tap to the list, and to the grant of its first job with its three boxes; `release_ms` is
    the release's own request."""

    list_ms: float
    grant_ms: float
    release_ms: float


async def tap(line: Line, place: Place) -> Tapped:
    """What one person does: tap, see the list, print its first job. Raises `LoadError`."""
    began = time.perf_counter()
    credential = {"credential": {"kind": "card", "value": place.badge}}
    session = (await line.ask("POST", "/v1/sessions", credential))["session"]
    jobs = (await line.ask("GET", f"/v1/sessions/{session}/jobs"))["jobs"]
    listed = time.perf_counter()
    if not jobs:
        raise LoadError("nothing is held for a person who submitted a page")
    job = str(jobs[0]["job"])
    grant = await line.ask("POST", f"/v1/jobs/{job}/releases", signed_request(place, job, session))
    granted = time.perf_counter()
    await printed(line, grant)
    await line.ask("DELETE", f"/v1/sessions/{session}")
    return Tapped((listed - began) * 1000, (granted - began) * 1000, (granted - listed) * 1000)


async def printed(line: Line, grant: dict[str, Any]) -> None:
    """The reports of a printing without trouble."""
    for sequence, kind in enumerate(("started", "printed"), 1):
        told = {"fence": grant["fence"], "sequence": sequence, "kind": kind}
        await line.ask("POST", f"/v1/releases/{grant['release']}/events", told)


def signed_request(place: Place, job: str, session: str) -> dict[str, object]:
    """A station's request for one release."""
    raw = encode_object(
        {
            "v": 1,
            "org_id": ORG,
            "job_id": job,
            "session": session,
            "station_id": place.station.id,
            "nonce": SystemRandom().token(16).hex(),
            "asked_at": encode_time(datetime.now(UTC)),
        }
    )
    return {
        "session": session,
        "request": encode_octets(raw),
        "request_signature": encode_octets(place.station.signer.sign(signing.RELEASE_REQUEST, raw)),
        "chain": octets_texts(place.station.chain),
    }
