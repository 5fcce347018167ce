"""`lockgate-submit` run as people run it, and a mesh over real TLS that takes its jobs, or does what a test says."""

import base64
import io
import json
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from firmware.vault import boxes
from firmware.vault.boxes import PartKind
from firmware.vault.identity import Kind
from firmware.vault.manifest import Manifest, verify
from firmware.vault.parts import Parts, derive
from firmware.vault.seal import body_aad
from firmware.vault.stream import BodyOpener
from tests.support import scripted_mesh
from tests.support.mesh_roles import Roles
from tests.support.pki import ORG, Holder, Pki
from tests.support.scripted_mesh import Peer, Request, Script, ScriptedMesh, server_context
from tools.demo.sample import sample_pdf
from tools.edgemesh.ca import Ca, chain_pem
from tools.submit.__main__ import main

NOW = datetime.now(UTC)
# The CA is older than what it certified, so that something can have expired.
PKI = Pki(now=NOW, ca=Ca.create(ORG, now=NOW - timedelta(days=30)))
ROLES = Roles.of(PKI, "127.0.0.1")
CLIENT = PKI.holder(Kind.CLIENT, "laptop", users=("ada",))


@dataclass
class FakeMesh:
    """Takes jobs as a mesh of two nodes does. Scripts in `instead` answer a method in its place, once each."""

    replicas: int = 1
    changes: dict[str, object] = field(default_factory=dict)
    instead: dict[str, list[Script]] = field(default_factory=dict)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict)
    url: str = ""

    async def __call__(self, request: Request, peer: Peer) -> None:
        if scripts := self.instead.get(request.method):
            return await scripts.pop(0)(request, peer)
        return await {"GET": self.describe, "POST": self.announce, "PUT": self.take}[request.method](request, peer)

    async def describe(self, request: Request, peer: Peer) -> None:
        await peer.json(200, ROLES.mesh(NOW) | {"replicas": self.replicas} | self.changes)

    async def announce(self, request: Request, peer: Peer) -> None:
        job = json.loads(request.body)
        if job not in self.jobs:
            self.jobs.append(job)
        urls = [f"{self.url}/v1/jobs/{self.manifest.job_id}/body?node={node.id}" for node in ROLES.nodes]
        await peer.json(201, {"job": self.manifest.job_id, "state": self.state, "body_urls": urls})

    async def take(self, request: Request, peer: Peer) -> None:
        node = request.target.partition("node=")[2]
        if node in self.bodies:
            return await peer.problem(409, "already-held")
        self.bodies[node] = request.body
        told = {"job": self.manifest.job_id, "state": self.state, "holders": sorted(self.bodies)}
        return await peer.json(201, told | {"required": self.replicas, "size": 1, "digest": ""})

    @property
    def state(self) -> str:
        return "held" if len(self.bodies) >= self.replicas else "receiving"

    @property
    def manifest(self) -> Manifest:
        """The one job's, verified as a station would."""
        (job,) = self.jobs
        chain = [base64.b64decode(der) for der in job["chain"]]
        return verify(self._octets("manifest"), self._octets("signature"), chain, PKI.anchor, datetime.now(UTC))

    def opened(self, node: str = "n-1") -> bytes:
        """The document, opened with the three parts as their holders do."""
        manifest, ids = self.manifest, (ORG, self.manifest.job_id)
        box = next(box.box for box in manifest.node_boxes if box.node_id == node)
        holder = next(holder for holder in ROLES.nodes if holder.id == node)
        info = boxes.submit_info
        parts = Parts(
            boxes.open_box(self._octets("job_box"), ROLES.vault.box_private, info(PartKind.JOB, *ids, "v")),
            boxes.open_box(box, holder.box_private, info(PartKind.NODE, *ids, node)),
            boxes.open_box(manifest.org_box.box, ROLES.epoch_private, info(PartKind.ORG, *ids, "3")),
        )
        keys = derive(parts, manifest.salt, *ids)
        opener = BodyOpener(keys.body, body_aad(self._octets("manifest")), manifest.plaintext_size)
        document = b"".join(opener.feed(self.bodies[node]))
        opener.finish()
        return document

    def _octets(self, name: str) -> bytes:
        return base64.b64decode(self.jobs[0][name])


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def code(self) -> str:
        """The code of the error in the JSON on stdout."""
        return str(json.loads(self.out)["error"]["code"])


def tls_of(server: Holder = ROLES.vault, *, clients: Ca | None = None) -> ssl.SSLContext:
    """TLS as this holder, for whoever has a certificate of the organisation, or of another one's CA."""
    own = scripted_mesh.Holder(server.key_pem, chain_pem(server.chain))
    return server_context(PKI.ca, own, clients=clients)


def profile_in(directory: Path, holder: Holder = CLIENT) -> Path:
    directory.mkdir()
    for name, content in {**holder.files(), "ca.pem": PKI.ca.certificate_pem}.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)
    return directory


def submitted(tmp_path: Path, url: str, *words: str, content: bytes = b"", holder: Holder = CLIENT) -> Outcome:
    document = tmp_path / "report.pdf"
    if not document.exists():
        document.write_bytes(content or sample_pdf())
    profile = tmp_path / "profile"
    if not profile.exists():
        profile_in(profile, holder)
    out, err = io.StringIO(), io.StringIO()
    options = ["--profile", str(profile), "--mesh", url, *(words or ("--json",))]
    status = main([str(document), *options], out=out, err=err, environment={})
    return Outcome(status, out.getvalue(), err.getvalue())


def told(
    tmp_path: Path,
    mesh: FakeMesh,
    *words: str,
    content: bytes = b"",
    holder: Holder = CLIENT,
    server: Holder = ROLES.vault,
) -> Outcome:
    with ScriptedMesh(mesh, tls_of(server)) as serving:
        mesh.url = serving.url
        return submitted(tmp_path, serving.url, *words, content=content, holder=holder)


async def reset(request: Request, peer: Peer) -> None:
    peer.reset()


def refusing(status: int, code: str) -> Script:
    async def refuse(request: Request, peer: Peer) -> None:
        await peer.problem(status, code, detail="said the mesh")

    return refuse
