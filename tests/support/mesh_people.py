"""Stations and clients reduced to what tests of the mesh need: they seal, hand in, tap, ask, fetch, report."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509

from firmware.vault import signing
from firmware.vault.attributes import Attributes
from firmware.vault.fields import encode_octets
from firmware.vault.identity import BOX_KEY_OID
from firmware.vault.manifest import Manifest, parse
from firmware.vault.release import open_preview, open_release
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, SealedJob, seal_job
from hal.sim.random_source import SeededRandom
from tests.support.mesh_http import Answer, HttpWire, Json, Wire, send_json
from tests.support.octets import unbase64
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.interface.shapes import octets_texts
from tools.edgemesh.keys import RoleKeys, read
from tools.edgemesh.statements import parse_epoch


class StationDouble:
    """Taps, lists, asks, fetches, reports."""

    def __init__(self, wire: Wire, keys: RoleKeys, org_id: str, now: Callable[[], datetime]) -> None:
        self.wire, self.keys, self._org_id, self._now = wire, keys, org_id, now
        self.session = ""
        self._nonces = 0

    async def tap(self, number: str) -> Answer:
        credential = {"credential": {"kind": "card", "value": number}}
        answer = await send_json(self.wire, "POST", "/v1/sessions", credential)
        if answer.status == 201:
            self.session = str(answer.json["session"])
        return answer

    async def jobs(self) -> list[Json]:
        answer = await self.wire.send("GET", f"/v1/sessions/{self.session}/jobs")
        listed: list[Json] = answer.expect(200)["jobs"]
        return listed

    async def ask(self, job: str, **changes: object) -> Answer:
        """Ask for a release; `changes` replace fields of the signed request."""
        return await send_json(self.wire, "POST", f"/v1/jobs/{job}/releases", self.signed_request(job, **changes))

    def signed_request(self, job: str, **changes: object) -> Json:
        self._nonces += 1
        request: Json = {
            "v": 1,
            "org_id": self._org_id,
            "job_id": job,
            "session": self.session,
            "station_id": self.keys.id,
            "nonce": f"{self._nonces:016}",
            "asked_at": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        raw = json.dumps(request | changes).encode()
        return {
            "session": self.session,
            "request": encode_octets(raw),
            "request_signature": encode_octets(self.keys.signer.sign(signing.RELEASE_REQUEST, raw)),
            "chain": octets_texts(self.keys.chain),
        }

    async def look(self, *jobs: str, **changes: object) -> Answer:
        """Ask for previews; `changes` replace fields of the signed request."""
        asked = self.signed_look(*jobs, **changes)
        return await send_json(self.wire, "POST", f"/v1/sessions/{self.session}/previews", asked)

    def signed_look(self, *jobs: str, **changes: object) -> Json:
        request: Json = {
            "v": 1,
            "org_id": self._org_id,
            "job_ids": list(jobs),
            "session": self.session,
            "station_id": self.keys.id,
            "nonce": f"{self._nonces:016}",
            "asked_at": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        raw = json.dumps(request | changes).encode()
        return {
            "request": encode_octets(raw),
            "request_signature": encode_octets(self.keys.signer.sign(signing.PREVIEW_REQUEST, raw)),
            "chain": octets_texts(self.keys.chain),
        }

    async def titles(self) -> dict[str, str]:
        """What the listed jobs are called, by job id."""
        listed = {one["job"]: parse(unbase64(one["manifest"])) for one in await self.jobs()}
        answer = (await self.look(*listed)).expect(200)
        return {one["job"]: self.opened(one, listed[one["job"]]).title for one in answer["previews"]}

    def opened(self, preview: Json, manifest: Manifest, session: str = "") -> Attributes:
        """What this station reads of a preview."""
        return open_preview(
            manifest=manifest,
            node_box=unbase64(preview["node_box"]),
            org_box=unbase64(preview["org_box"]),
            session_id=session or self.session,
            station_id=self.keys.id,
            box_private_key=self.keys.box_key,
        )

    async def report(self, grant: Json, sequence: int, kind: str, **more: object) -> Answer:
        told = {"fence": grant["fence"], "sequence": sequence, "kind": kind, **more}
        return await send_json(self.wire, "POST", f"/v1/releases/{grant['release']}/events", told)

    async def fetch(self, grant: Json, wanted: str = "") -> Answer:
        headers = {"Range": wanted} if wanted else {}
        return await self.wire.send("GET", grant["body"]["urls"][0], headers=headers)

    async def print(self, job: str) -> tuple[Json, bytes, str]:
        """Release a listed job and open it: the grant, the document, its title."""
        entry = next(one for one in await self.jobs() if one["job"] == job)
        grant = (await self.ask(job)).expect(201)
        body = await self.fetch(grant)
        assert body.status == 200
        manifest_raw = unbase64(entry["manifest"])
        opened = open_release(
            manifest_raw=manifest_raw,
            manifest=parse(manifest_raw),
            job_box=unbase64(grant["job_box"]),
            node_box=unbase64(grant["node_box"]["box"]),
            org_box=unbase64(grant["org_box"]["box"]),
            release_id=grant["release"],
            station_id=self.keys.id,
            box_private_key=self.keys.box_key,
        )
        opener = opened.body_opener()
        document = b"".join(opener.feed(body.body))
        opener.finish()
        return grant, document, opened.attributes.title


@dataclass(frozen=True, slots=True)
class Upload:
    """A sealed job ready to be handed in."""

    sealed: SealedJob
    body: bytes = field(repr=False)

    @property
    def job(self) -> str:
        return self.sealed.manifest.job_id

    @property
    def announcement(self) -> Json:
        return {
            "manifest": encode_octets(self.sealed.manifest_raw),
            "signature": encode_octets(self.sealed.signature),
            "chain": octets_texts(self.sealed.chain),
            "job_box": encode_octets(self.sealed.job_box),
        }


class ClientDouble:
    """Seals and hands in."""

    def __init__(self, wire: Wire, keys: RoleKeys, now: Callable[[], datetime], seed: int = 1) -> None:
        self.wire, self.keys, self._now = wire, keys, now
        self._random = SeededRandom(seed)
        self.lifetime = timedelta(days=1)

    async def recipients(self) -> Recipients:
        """Whom the mesh says to seal to."""
        mesh = (await self.wire.send("GET", "/v1/mesh")).expect(200)
        epoch = parse_epoch(unbase64(mesh["epoch"]["statement"]))
        vault = Recipient(mesh["vault"]["id"], box_key_of(mesh["vault"]["chain"]))
        nodes = tuple(Recipient(node["id"], box_key_of(node["chain"])) for node in mesh["nodes"])
        return Recipients(mesh["org_id"], vault, nodes, OrgRecipient(epoch.epoch, epoch.box_key, epoch.suite))

    async def seal(self, document: bytes, *, owner: str = "ada", title: str = "A title nobody may read") -> Upload:
        return self.seal_to(await self.recipients(), document, owner=owner, title=title)

    def seal_to(self, recipients: Recipients, document: bytes, *, owner: str = "ada", title: str = "t") -> Upload:
        sealed = seal_job(
            owner=owner,
            attributes=Attributes(title=title),
            document_format="application/pdf",
            plaintext_size=len(document),
            recipients=recipients,
            signer=self.keys.signer,
            chain=self.keys.chain,
            now=self._now(),
            lifetime=self.lifetime,
            token=self._random.token,
        )
        body = b"".join(sealed.body_sealer(self._random.token).seal([document], len(document)))
        return Upload(sealed, body)

    async def announce(self, upload: Upload, **changes: object) -> Answer:
        return await send_json(self.wire, "POST", "/v1/jobs", upload.announcement | changes)

    async def put(self, upload: Upload, url: str) -> Answer:
        return await self.wire.send("PUT", url, upload.body, {"Content-Type": "application/octet-stream"})

    async def submit(self, document: bytes, **sealing: str) -> str:
        """Hand in one document at every node that takes it; its job id."""
        upload = await self.seal(document, **sealing)
        for url in (await self.announce(upload)).expect(201)["body_urls"]:
            (await self.put(upload, url)).expect(201)
        return upload.job


def box_key_of(chain: list[str]) -> bytes:
    """The box key in a certificate, unverified: tests trust their mesh."""
    extension = x509.load_der_x509_certificate(unbase64(chain[0])).extensions.get_extension_for_oid(BOX_KEY_OID)
    assert isinstance(extension.value, x509.UnrecognizedExtension)
    return extension.value.value[2:]


def system_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def people(url: str, made: MadeMesh) -> AsyncIterator[tuple[ClientDouble, StationDouble]]:
    """The client and the station of a made mesh, connected."""
    async with HttpWire(url, made.client) as client_wire, HttpWire(url, made.station) as station_wire:
        client = ClientDouble(client_wire, read(made.client, "client-1"), system_now)
        yield client, StationDouble(station_wire, read(made.station, "station-1"), made.site.org_id, system_now)
