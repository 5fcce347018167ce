"""What each `edgemesh` command does. Each prints its result: words for a person, or one JSON object."""

import argparse
import asyncio
import getpass
import json
import signal
import sys
from dataclasses import asdict, replace

from firmware.process import harden, reuse_memory
from firmware.vault.fields import encode_time
from tools.edgemesh import admin, bootstrap
from tools.edgemesh.process import running
from tools.edgemesh.records import User
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import FIRST_NODE, Site, SiteError, read_site

Arguments = argparse.Namespace


def _say(arguments: Arguments, words: str, **result: object) -> None:
    print(json.dumps(result) if arguments.json else words)


def init(arguments: Arguments) -> None:
    settings = replace(Settings(), replicas=arguments.replicas)
    site = bootstrap.init_site(
        arguments.dir,
        arguments.org,
        nodes=arguments.node or [FIRST_NODE],
        hosts=arguments.host or bootstrap.HOSTS,
        settings=settings,
    )
    words = f"Made the mesh of {site.org_id} in {site.directory}. Keep {site.path('ca')} safe: it certifies everybody."
    _say(arguments, words, org_id=site.org_id, dir=str(site.directory), ca=str(site.ca_file))


def serve(arguments: Arguments) -> None:
    """The first line on stdout is JSON, whatever the options, once requests are answered."""
    harden()  # it holds keys
    reuse_memory()
    asyncio.run(_serve(arguments, read_site(arguments.dir)))


async def _serve(arguments: Arguments, site: Site) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    served = {"all": (), "vault": ("vault",), "org": ("org",), "node": tuple(arguments.node or site.nodes)}
    roles = served[arguments.role]
    if not set(roles) <= {"vault", "org", *site.nodes}:
        raise SiteError(f"this mesh has the nodes {', '.join(site.nodes)}")
    async with running(site, roles, host=arguments.host, port=arguments.port, public_url=arguments.public_url) as mesh:
        print(json.dumps({"ready": True, "url": mesh.url, "role": arguments.role}), flush=True)
        await stop.wait()


def station_add(arguments: Arguments) -> None:
    bootstrap.add_station(read_site(arguments.dir), arguments.id, arguments.out, again=arguments.again)
    words = f"Keys, certificate and CA of station {arguments.id} are in {arguments.out}; move them, do not copy them."
    _say(arguments, words, id=arguments.id, out=str(arguments.out))


def client_add(arguments: Arguments) -> None:
    site = read_site(arguments.dir)
    bootstrap.check_known(site, arguments.user)
    bootstrap.add_client(site, arguments.id, arguments.user, arguments.out, mesh_url=arguments.mesh)
    words = f"Keys, certificate and CA of client {arguments.id} are in {arguments.out}; move them, do not copy them."
    _say(arguments, words, id=arguments.id, users=arguments.user, out=str(arguments.out))


def user_add(arguments: Arguments) -> None:
    user = User(
        arguments.user,
        language=arguments.language,
        auto_release=not arguments.no_auto_release,
        idle_seconds=arguments.idle_seconds,
        stations=tuple(arguments.station or ()),
    )
    bootstrap.add_user(read_site(arguments.dir), user)
    _say(arguments, f"{arguments.user} is known here.", user=arguments.user)


def user_lock(arguments: Arguments) -> None:
    bootstrap.lock_user(read_site(arguments.dir), arguments.user, locked=arguments.locked)
    words = f"{arguments.user} is locked out." if arguments.locked else f"{arguments.user} is let in again."
    _say(arguments, words, user=arguments.user, locked=arguments.locked)


def badge_add(arguments: Arguments) -> None:
    """The number never stands in the arguments: other people of the machine could read it there."""
    site = read_site(arguments.dir)
    interactive = sys.stdin.isatty()
    try:
        number = getpass.getpass("Badge number (not shown): ") if interactive else sys.stdin.readline()
    except UnicodeDecodeError as exc:
        raise SiteError(bootstrap.BADGE_WANTED) from exc
    bootstrap.give_badge(site, number, arguments.user, move=arguments.move)
    _say(arguments, f"{arguments.user} has the badge now.", user=arguments.user)


def jobs_list(arguments: Arguments) -> None:
    lines = admin.list_jobs(read_site(arguments.dir))
    if arguments.json:
        jobs = [asdict(line) | {"expires": encode_time(line.expires)} for line in lines]
        print(json.dumps({"jobs": jobs}))
        return
    for line in lines or ():
        held = ",".join(line.holders) or "-"
        print(f"{line.job}  {line.state:9}  {line.size:>12}  {encode_time(line.expires)}  {held}  {line.station}")
    if not lines:
        print("No jobs.")


def job_shred(arguments: Arguments) -> None:
    state = admin.shred_job(read_site(arguments.dir), arguments.job)
    _say(arguments, f"The key part of {arguments.job} is gone.", job=arguments.job, state=state.phase.value)


def job_settle(arguments: Arguments) -> None:
    state = admin.settle_job(read_site(arguments.dir), arguments.job, printed=arguments.printed)
    _say(arguments, f"{arguments.job} is {state.phase.value} now.", job=arguments.job, state=state.phase.value)


def node_drop(arguments: Arguments) -> None:
    admin.drop_from_node(read_site(arguments.dir), arguments.node, arguments.job)
    words = f"{arguments.node} refuses its part of {arguments.job} from now on."
    _say(arguments, words, job=arguments.job, node=arguments.node)


def org_rotate(arguments: Arguments) -> None:
    with admin.org_service(read_site(arguments.dir)) as service:
        epoch = service.rotate()
    _say(arguments, f"Epoch {epoch.number} has begun.", epoch=epoch.number)


def org_change(arguments: Arguments) -> None:
    with admin.org_service(read_site(arguments.dir)) as service:
        if arguments.change == "destroy":
            service.destroy(arguments.epoch)
        else:
            service.suspend(arguments.epoch, suspended=arguments.change == "suspend")
    done = {"suspend": "is suspended", "resume": "is given again", "destroy": "is destroyed"}[arguments.change]
    _say(arguments, f"Epoch {arguments.epoch} {done}.", epoch=arguments.epoch, change=arguments.change)
