"""Commands that make administrators and nodes: pairing from their own machines, and the way back at the mesh's own."""

import argparse
import asyncio
import os
from contextlib import closing
from math import ceil
from pathlib import Path
from urllib.parse import urlsplit

from firmware.audit.events import AuditEvent
from firmware.pairing.applicant import Applicant
from firmware.pairing.port import CodeDisplay, CodeNotice
from firmware.vault.identity import Identity, Kind
from hal.drivers.thread_workers import ThreadWorkers
from tools.edgemesh import bootstrap
from tools.edgemesh import keys as role_keys
from tools.edgemesh.administration import profile
from tools.edgemesh.administration.talk import InputError, Talk
from tools.edgemesh.administration.words import Desk, Group, Words, local_site
from tools.edgemesh.audits import audit_key, open_audit
from tools.edgemesh.opener import world_of
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import REGISTRAR, REGISTRAR_ID, Site, lock_role, read_site, write_site
from tools.pairing_client.directory import IdentityDirectory

HTTPS = 443
DEFAULT_URL = "https://{host}:8443"


def words(groups: "argparse._SubParsersAction[Words]") -> None:
    """`admin`."""
    examples = """\
  edgemesh admin pair --mesh https://mesh.example:8443 --name grace
  edgemesh admin recover --dir mesh --name grace --profile ./grace        (at the mesh's own machine)"""
    admin = Group(groups, "admin", "administrators: clients of the kind admin, paired like everybody", examples)
    pair = admin.local("pair", "ask to become one; another administrator types the code shown here", pair_admin)
    pair.add_argument("--mesh", metavar="URL", help="where the registrar answers")
    pair.add_argument("--name", metavar="NAME")
    pair.add_argument("--provision", type=Path, metavar="FILE", help="instead of both: pair by it; it is destroyed")
    pair.add_argument("--profile", type=Path, metavar="DIR", help="where to keep the keys (default: $EDGEMESH_PROFILE)")
    recover = local_site(admin.local("recover", "make one with the CA's own key, when nobody is left", recover_admin))
    recover.add_argument("--name", required=True, metavar="NAME")
    recover.add_argument("--profile", type=Path, required=True, metavar="DIR", help="where to put the keys")
    recover.add_argument("--url", default="", metavar="URL", help="where the mesh answers (default: https://HOST:8443)")
    recover.add_argument("--yes", action="store_true", help="do not ask")


def node_words(node: Group) -> None:
    """`node pair`."""
    pair = node.local("pair", "ask for this machine to become a holding node", pair_node)
    pair.add_argument("--mesh", required=True, metavar="URL", help="where the registrar answers")
    pair.add_argument("--name", required=True, metavar="NAME")
    pair.add_argument("--url", required=True, metavar="URL", help="where this node will answer")
    pair.add_argument("--host", action="append", required=True, metavar="NAME", help="its names; repeatable")
    pair.add_argument("--dir", type=Path, required=True, metavar="DIR", help="where to keep its keys and bodies")


def default_url(site: Site) -> str:
    """Where `edgemesh serve` answers unless it is told otherwise."""
    return DEFAULT_URL.format(host=site.hosts[0])


def shown(talk: Talk) -> CodeDisplay:
    """Shows a pairing's code to whoever sits here."""

    def show(notice: CodeNotice | None) -> None:
        if notice is not None:
            minutes = max(1, ceil(notice.seconds / 60))
            print(f"pairing code: {notice.code}", file=talk.err, flush=True)
            words = f"edgemesh pairing approve {notice.kind}/{notice.name}"
            talk.say(f"An administrator types it within {minutes} minutes: {words}")

    return show


def pair_admin(desk: Desk) -> None:
    """The keys are made here and stay here."""
    given = desk.arguments
    directory = given.profile or profile.default_directory(os.environ)
    profile.require_free(directory)
    directory.parent.mkdir(parents=True, exist_ok=True)
    kept = IdentityDirectory(directory)
    if given.provision is not None:
        applicant = kept.provisioned(given.provision, Kind.ADMIN)
    elif given.mesh and given.name:
        applicant = Applicant(Kind.ADMIN, given.name, given.mesh)
    else:
        raise InputError("say --mesh and --name, or --provision")
    identity = kept.pair(applicant, shown(desk.talk))
    urls = kept.site.urls if kept.site else {}
    profile.write_url(directory, urls.get("vault", applicant.url))
    _told(desk, identity, directory)


def _told(desk: Desk, identity: Identity, directory: Path) -> None:
    said = f"{identity.name} administers {identity.org_id} from here; the keys are in {directory}."
    desk.talk.result(said, {"member": identity.name, "org_id": identity.org_id, "profile": str(directory)})


def pair_node(desk: Desk) -> None:
    """Leaves a directory that `edgemesh serve --role node` serves."""
    given = desk.arguments
    if (given.dir / "mesh.toml").exists():
        raise InputError(f"{given.dir} holds a mesh already")
    given.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = IdentityDirectory(given.dir / given.name)
    applicant = Applicant(Kind.NODE, given.name, given.mesh, hosts=tuple(given.host), node_url=given.url)
    identity = kept.pair(applicant, shown(desk.talk))
    told = kept.site.urls if kept.site else {}
    urls = {"vault": told.get("vault", given.mesh), REGISTRAR: told.get("registrar", given.mesh), given.name: given.url}
    site = Site(given.dir, identity.org_id, (given.name,), tuple(given.host), Settings(), tuple(urls.items()))
    site.ca_file.write_bytes(kept.member().ca_pem)
    write_site(site)
    serve = f"edgemesh serve --dir {given.dir} --role node --host ADDRESS --port {_port(given.url)}"
    said = f"{identity.name} belongs to {identity.org_id}: {serve} --public-url {given.url}"
    desk.talk.result(said, {"member": identity.name, "org_id": identity.org_id, "dir": str(given.dir)})


def _port(url: str) -> int:
    return urlsplit(url).port or HTTPS


def recover_admin(desk: Desk) -> None:
    """Whoever can read the CA's key could do this anyway; here it is at least recorded."""
    given = desk.arguments
    site = read_site(given.dir)
    profile.require_free(given.profile)
    desk.talk.warn("this goes round every approval: do it only when no administrator is left, and read the audit")
    desk.talk.confirm(f"{given.name} becomes an administrator of {site.org_id}.", given.name)
    descriptor = lock_role(site.path(REGISTRAR))
    try:
        asyncio.run(record_offline(site, "admin-recover", given.name))
        bootstrap.add_admin(site, given.name, given.profile, mesh_url=given.url or default_url(site), again=True)
    finally:
        os.close(descriptor)
    said = f"{given.name} is an administrator; the keys are in {given.profile}. Revoke whoever lost theirs."
    desk.talk.result(said, {"member": f"admin/{given.name}", "profile": str(given.profile)})


async def record_offline(site: Site, action: str, admin: str) -> None:
    """Write into the registrar's record while nobody serves it."""
    keys = role_keys.read(site.path(REGISTRAR), REGISTRAR_ID)
    with closing(ThreadWorkers(1)) as workers:
        world = world_of(site, workers)
        audit = open_audit(
            site.path(REGISTRAR),
            lambda: audit_key(site.org_id, Kind.REGISTRAR, keys),
            anchor=world.verifier.anchor,
            clock=world.clock,
            workers=workers,
        )
        by = f"{Kind.REGISTRAR}/{keys.id}"
        await audit.record(AuditEvent.ADMIN_ACTED, by=by, action=action, holder=f"{Kind.ADMIN}/{admin}")
