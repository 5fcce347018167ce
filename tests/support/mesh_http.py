"""Stations and clients reduced to what tests of the mesh need, over real HTTPS or straight into `Api`. Every answer
they get is checked against the interface's document."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from cryptography import x509

from firmware.mesh.tls import client_context, load_identity
from firmware.vault import signing
from firmware.vault.attributes import Attributes
from firmware.vault.fields import encode_octets
from firmware.vault.identity import BOX_KEY_OID, Identity
from firmware.vault.manifest import parse
from firmware.vault.release import open_release
from firmware.vault.seal import OrgRecipient, Recipient, Recipients, SealedJob, seal_job
from hal.sim.random_source import SeededRandom
from tests.support.mesh_openapi import check_answer
from tools.edgemesh.api import Api
from tools.edgemesh.bootstrap import MadeMesh
from tools.edgemesh.exchange import Request
from tools.edgemesh.keys import RoleKeys, read
from tools.edgemesh.shapes import octets_texts
from tools.edgemesh.statements import parse_epoch

Json = dict[str, Any]
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Json:
        parsed: Json = json.loads(self.body)
        return parsed

    @property
    def code(self) -> str:
        """A problem's code, empty for a good answer."""
        return str(self.json.get("code", "")) if self.status >= 400 else ""

    def expect(self, status: int) -> Json:
        """The JSON of an answer of this status; anything else fails the test."""
        assert self.status == status, (self.status, self.body[:500])
        return self.json if self.body else {}

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Status, code and part of a problem."""
        return self.status, self.code, str(self.json.get("part", ""))


class Wire(Protocol):
    """Carries one request as one identity."""

    async def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        """`target` is a path with query, or an absolute URL."""
        ...


class LocalWire:
    """Straight into the service."""

    def __init__(self, api: Callable[[], Api], identity: Identity) -> None:
        self._api, self._identity = api, identity

    async def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        parts = urlsplit(target)
        fields = {name.lower(): value for name, value in headers.items()}
        if body is not None:
            fields.setdefault("content-length", str(len(body)))
        stream = pieces(body) if body is not None else None
        query = dict(parse_qsl(parts.query))
        reply = await self._api().handle(
            Request(method, parts.path, self._identity, query=query, headers=fields, stream=stream)
        )
        raw = b"" if reply.json is None else json.dumps(reply.json).encode()
        if reply.file is not None:
            raw = reply.file.body.read(reply.file.start, reply.file.length)
            reply.file.body.close()
        check_answer(method, parts.path, reply.status, reply.media_type, raw)
        return Answer(reply.status, reply.headers, raw)


async def pieces(body: bytes, size: int = 70_000) -> AsyncIterator[bytes]:
    """A body as a network would bring it."""
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await asyncio.sleep(0)


class HttpWire:
    """Real HTTPS with a bundle's identity; an async context manager."""

    def __init__(self, url: str, bundle: Path) -> None:
        self.url = url
        self.context = client_context((bundle / "ca.pem").read_bytes())
        load_identity(self.context, (bundle / "identity.chain").read_bytes(), (bundle / "identity.key").read_bytes())

    async def __aenter__(self) -> "HttpWire":
        connector = aiohttp.TCPConnector(ssl=self.context)
        self.session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def send(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        url = target if target.startswith("https:") else self.url + target
        data = None if body is None else BytesIO(body)
        async with self.session.request(method, url, data=data, headers=dict(headers)) as answer:
            raw = await answer.read()
            media_type = answer.content_type if raw or answer.status != 204 else ""
            check_answer(method, urlsplit(url).path, answer.status, media_type, raw)
            return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, raw)


async def send_json(wire: Wire, method: str, target: str, value: object) -> Answer:
    """One request with a JSON body."""
    return await wire.send(method, target, json.dumps(value).encode(), {"Content-Type": "application/json"})


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


def unbase64(text: str) -> bytes:
    return b64decode(text, validate=True)


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
