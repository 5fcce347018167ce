"""Commands about updates of stations: bundles, stages, and how the fleet does."""

import argparse
import asyncio
from pathlib import Path

from firmware.updates.states import UpdateError, Version
from hal.drivers.rauc_installer import RaucInstaller
from hal.ports.installer import InstallerError
from tools.edgemesh.administration.remote import Json, rows_of
from tools.edgemesh.administration.talk import InputError
from tools.edgemesh.administration.words import Desk, Group, Words, described, local_site, remote
from tools.edgemesh.site import read_site
from tools.edgemesh.updates.bundles import FileBundles, bundle_directory, ends_of
from tools.edgemesh.updates.rollout import Bundle

_UPDATES = "/v1/admin/updates"
_SHORT = 12
"""So much of a digest tells bundles apart on a screen."""


def words(groups: "argparse._SubParsersAction[Words]") -> None:
    """`update`, `fleet`."""
    update = Group(
        groups,
        "update",
        "updates of stations",
        "  edgemesh update add lockgate-0.2.0.raucb --keyring release-ca.pem\n"
        "  edgemesh update stage 0.2.0 --station lobby\n"
        "  edgemesh update stage 0.2.0 --percent 10 --most-failures 2\n"
        "  edgemesh update status\n"
        "  edgemesh update halt 0.2.0",
    )
    add = local_site(update.local("add", "take in a bundle, on the mesh's own machine", add_bundle))
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--keyring", type=Path, required=True, metavar="FILE", help="whom stations believe, in PEM")
    stage = update.verb("stage", "give a bundle to more stations", begin_stage)
    stage.add_argument("bundle", metavar="BUNDLE", help="its version, or the beginning of its digest")
    stage.add_argument("--percent", type=_percent, default=0, metavar="N", help="of all stations")
    stage.add_argument("--station", action="append", default=[], metavar="NAME", help="this one, too")
    stage.add_argument(
        "--most-failures", type=_count, default=0, metavar="N", help="more than that halt it (default: %(default)s)"
    )
    for name, text in (("halt", "give a bundle to nobody any more"), ("resume", "give it to its stations again")):
        changed = update.verb(name, text, change)
        changed.add_argument("bundle", metavar="BUNDLE")
        changed.set_defaults(verb=name)
    update.verb("status", "list bundles, and how they go", status)
    remote(described(groups, "fleet", "the stations' versions and health", "  edgemesh fleet --json"), fleet)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise argparse.ArgumentTypeError("a whole number is wanted")
    return int(text)


def _percent(text: str) -> int:
    if _count(text) > 100:
        raise argparse.ArgumentTypeError("0 to 100 is wanted")
    return int(text)


def add_bundle(desk: Desk) -> None:
    """Its signature is verified here already; each station does it for itself."""
    given, site = desk.arguments, read_site(desk.arguments.dir)
    rauc = RaucInstaller(options=("--keyring", str(given.keyring)))
    try:
        said = asyncio.run(rauc.inspect(ends_of(given.file)))
        version = Version(said.version)
    except (InstallerError, UpdateError) as exc:
        raise InputError(f"{given.file}: {exc.detail}", code=exc.code) from exc
    except OSError as exc:
        raise InputError(f"{given.file}: {exc.strerror}") from exc
    bundle = FileBundles(bundle_directory(site)).add(given.file, Bundle("", version, said.compatible, 1))
    told = {"bundle": bundle.digest, "version": version.text, "compatible": bundle.compatible, "size": bundle.size}
    desk.talk.result(f"Version {version.text} is here; no station gets it before a stage is begun.", told)


def _bundles(desk: Desk) -> list[Json]:
    return rows_of(desk.mesh.ask("vault", "GET", _UPDATES), "updates")


def _named(desk: Desk) -> str:
    """The digest of the bundle that is meant."""
    wanted, rows = desk.arguments.bundle, _bundles(desk)
    found = [
        str(row.get("bundle"))
        for row in rows
        if row.get("version") == wanted or (len(wanted) >= _SHORT and str(row.get("bundle")).startswith(wanted))
    ]
    if len(found) != 1:
        known = ", ".join(f"{row.get('version')} ({str(row.get('bundle'))[:_SHORT]})" for row in rows)
        raise InputError(f"{wanted} is {'several bundles' if found else 'no bundle'}; there is {known or 'none'}")
    return found[0]


def begin_stage(desk: Desk) -> None:
    given = desk.arguments
    if not (given.percent or given.station):
        raise InputError("say --percent or --station")
    stage = {"percent": given.percent, "stations": given.station, "most_failures": given.most_failures}
    answer = desk.mesh.ask("vault", "POST", f"{_UPDATES}/{_named(desk)}/stage", stage)
    number = len(rows_of(answer, "stages"))
    desk.talk.result(f"Stage {number} of version {answer.get('version')} has begun.", answer)


def change(desk: Desk) -> None:
    """`halt` and `resume`."""
    verb = str(desk.arguments.verb)
    answer = desk.mesh.ask("vault", "POST", f"{_UPDATES}/{_named(desk)}/{verb}")
    done = "is given to nobody any more" if answer.get("halted") else "is given to its stations again"
    desk.talk.result(f"Version {answer.get('version')} {done}.", answer)


def status(desk: Desk) -> None:
    rows = _bundles(desk)
    shown = rows if desk.talk.as_json else [row | {"bundle": str(row.get("bundle"))[:_SHORT]} for row in rows]
    columns = ("version", "compatible", "bundle", "wanted", "running", "failed", "halted")
    desk.talk.table("updates", shown, columns)


def fleet(desk: Desk) -> None:
    rows = rows_of(desk.mesh.ask("vault", "GET", "/v1/admin/fleet"), "stations")
    desk.talk.table("stations", rows, ("station", "version", "slot", "phase", "code", "faults", "at"))
