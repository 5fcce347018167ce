"""What is done on the mesh's own machine: making it, with its first administrator, and serving it."""

import argparse
import asyncio
import json
import os
import signal
from dataclasses import replace

from firmware.process import harden, reuse_memory
from tools.edgemesh import bootstrap
from tools.edgemesh.administration import profile
from tools.edgemesh.administration.on_admins import default_url, record_offline
from tools.edgemesh.administration.words import Desk
from tools.edgemesh.people.rekey import rekey
from tools.edgemesh.process import running
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import FIRST_NODE, REGISTRAR, Site, SiteError, read_site


def init(desk: Desk) -> None:
    """A mesh, and keys for whoever is to administer it."""
    given = desk.arguments
    directory = given.profile or profile.default_directory(os.environ)
    profile.require_free(directory)
    site = bootstrap.init_site(
        given.dir,
        given.org,
        nodes=given.node or [FIRST_NODE],
        hosts=given.host or bootstrap.HOSTS,
        settings=replace(Settings(), replicas=given.replicas),
    )
    asyncio.run(record_offline(site, "init", given.admin))
    directory.parent.mkdir(parents=True, exist_ok=True)
    bootstrap.add_admin(site, given.admin, directory, mesh_url=given.url or default_url(site))
    words = (
        f"Made the mesh of {site.org_id} in {site.directory}. Keep {site.path(REGISTRAR)} safe: it certifies all.\n"
        f"{given.admin} administers it; the keys are in {directory}."
    )
    told = {"org_id": site.org_id, "dir": str(site.directory), "ca": str(site.ca_file)}
    desk.talk.result(words, told | {"admin": given.admin, "profile": str(directory)})


def desk_rekey(desk: Desk) -> None:
    """Another badge key for the desk."""
    waiting = rekey(read_site(desk.arguments.dir))
    words = f"From the vault's next start on, badges are kept under a new key: {waiting} are still to be tapped."
    desk.talk.result(words, {"waiting": waiting})


def serve(desk: Desk) -> None:
    """The first line on stdout is JSON, whatever the options, once requests are answered."""
    harden()  # it holds keys
    reuse_memory()
    site = read_site(desk.arguments.dir)
    if "pin" in site.settings.factors:
        desk.talk.warn("factors: a PIN is wanted: nobody gets in at a station with neither screen nor keypad")
    asyncio.run(_serve(desk.arguments, site))


async def _serve(arguments: argparse.Namespace, site: Site) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    nodes = tuple(arguments.node or site.nodes)
    served = {"all": (), "vault": ("vault",), "org": ("org",), "node": nodes, "registrar": (REGISTRAR,)}
    roles = served[arguments.role]
    if not set(roles) <= {"vault", "org", REGISTRAR, *site.nodes}:
        raise SiteError(f"this mesh has the nodes {', '.join(site.nodes)}")
    async with running(
        site,
        roles,
        host=arguments.host,
        port=arguments.port,
        public_url=arguments.public_url,
        clock_is_right=arguments.clock_is_right,
        accept_rollback=arguments.accept_rollback,
        announce=arguments.announce,
    ) as mesh:
        told = {"ready": True, "url": mesh.url, "role": arguments.role, "keys": mesh.api.roles.protection}
        print(json.dumps(told), flush=True)
        await stop.wait()
