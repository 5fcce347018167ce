"""The words of the `edgemesh` command."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from tools.edgemesh import commands
from tools.edgemesh.bootstrap import HOSTS
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import FIRST_NODE

Words = argparse.ArgumentParser
MAX_PORT = 65535
EXAMPLES = """\
examples:
  edgemesh init --dir mesh --org acme.example
  edgemesh user add ada --dir mesh
  edgemesh badge add --user ada --dir mesh        (asks for the number)
  edgemesh station add lobby --out lobby-keys --dir mesh
  edgemesh client add laptop --user ada --out laptop-keys --mesh https://localhost:8443 --dir mesh
  edgemesh serve --dir mesh --port 8443
"""


def parser() -> argparse.ArgumentParser:
    """Every command; each sets `run`."""
    words = Words(
        prog="edgemesh",
        description="The reference edge mesh: holds sealed print jobs and releases them to stations.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    groups = words.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _init(groups.add_parser("init", help="make a mesh: CA, keys and stores in an empty directory"))
    _serve(groups.add_parser("serve", help="answer stations and clients until stopped"))
    _identities(groups)
    _people(groups)
    _jobs(groups)
    _org(groups)
    return words


def _common(words: Words, run: Callable[[argparse.Namespace], object]) -> Words:
    known = os.environ.get("EDGEMESH_DIR") or None  # empty is what a shell makes of an unset variable
    words.add_argument(
        "--dir",
        type=Path,
        default=None if known is None else Path(known),
        required=known is None,
        help="the mesh's directory (default: $EDGEMESH_DIR)",
    )
    words.add_argument("--json", action="store_true", help="print one JSON object instead of words")
    words.set_defaults(run=run)
    return words


def _init(words: Words) -> None:
    defaults = Settings()
    _common(words, commands.init)
    words.add_argument("--org", required=True, help="the organisation's id, such as acme.example")
    words.add_argument("--node", action="append", metavar="ID", help=f"a holding node (default: {FIRST_NODE})")
    words.add_argument(
        "--host", action="append", metavar="NAME", help=f"a name or address of the mesh (default: {', '.join(HOSTS)})"
    )
    words.add_argument("--replicas", type=int, default=defaults.replicas, help="nodes that must hold each job")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"a port is 0 to {MAX_PORT}")
    return int(text)


def _serve(words: Words) -> None:
    _common(words, commands.serve)
    words.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    words.add_argument("--port", type=_port, default=8443, help="port to listen on, 0 for a free one (default: 8443)")
    words.add_argument("--public-url", default="", metavar="URL", help="what stations and clients call this process")
    words.add_argument("--role", choices=("all", "vault", "node", "org"), default="all", help="(default: all)")
    words.add_argument("--node", action="append", metavar="ID", help="with --role node: which (default: every node)")


def _subgroup(groups: "argparse._SubParsersAction[Words]", name: str, text: str) -> "argparse._SubParsersAction[Words]":
    return groups.add_parser(name, help=text).add_subparsers(title="commands", required=True, metavar="COMMAND")


def _identities(groups: "argparse._SubParsersAction[Words]") -> None:
    station = _subgroup(groups, "station", "release stations").add_parser("add", help="issue keys and certificate")
    _common(station, commands.station_add).add_argument("id", metavar="ID")
    station.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to put them")
    station.add_argument("--again", action="store_true", help="issue to an id that has keys already: a lost station's")
    client = _subgroup(groups, "client", "submitting clients").add_parser("add", help="issue keys and certificate")
    _common(client, commands.client_add).add_argument("id", metavar="ID")
    client.add_argument(
        "--user", action="append", required=True, help="a person (`user add` first) it may submit for; repeatable"
    )
    client.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to put them")
    client.add_argument("--mesh", default="", metavar="URL", help="the mesh's address, kept with them (mesh.toml)")


def _people(groups: "argparse._SubParsersAction[Words]") -> None:
    users = _subgroup(groups, "user", "people")
    add = _common(users.add_parser("add", help="add a person, or change one"), commands.user_add)
    add.add_argument("user", metavar="USER")
    add.add_argument("--language", default="en", metavar="TAG")
    add.add_argument("--no-auto-release", action="store_true", help="choose jobs at the station")
    add.add_argument("--idle-seconds", type=int, default=30, metavar="N")
    add.add_argument("--station", action="append", metavar="ID", help="may use only this station; repeatable")
    for name, text in (("lock", "lock a person out"), ("unlock", "let a person in again")):
        words = _common(users.add_parser(name, help=text), commands.user_lock)
        words.add_argument("user", metavar="USER")
        words.set_defaults(locked=name == "lock")
    badges = _subgroup(groups, "badge", "badges")
    badge = _common(badges.add_parser("add", help="give a badge; its number comes on stdin"), commands.badge_add)
    badge.add_argument("--user", required=True)
    badge.add_argument("--move", action="store_true", help="take it from the person who has it now")


def _jobs(groups: "argparse._SubParsersAction[Words]") -> None:
    jobs = _subgroup(groups, "jobs", "all jobs")
    _common(jobs.add_parser("list", help="list them, oldest first"), commands.jobs_list)
    job = _subgroup(groups, "job", "one job")
    shred = _common(job.add_parser("shred", help="delete its key part, for ever"), commands.job_shred)
    shred.add_argument("job", metavar="JOB")
    settle = _common(job.add_parser("settle", help="say how an unknown release ended"), commands.job_settle)
    settle.add_argument("job", metavar="JOB")
    outcome = settle.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--printed", action="store_true", help="it came out: delete it")
    outcome.add_argument("--not-printed", dest="printed", action="store_false", help="it did not: hold it again")
    node = _subgroup(groups, "node", "holding nodes")
    drop = _common(node.add_parser("drop", help="withdraw a node's part of one job"), commands.node_drop)
    drop.add_argument("job", metavar="JOB")
    drop.add_argument("--node", default=FIRST_NODE, metavar="ID")


def _org(groups: "argparse._SubParsersAction[Words]") -> None:
    org = _subgroup(groups, "org", "the organisation's key service")
    _common(org.add_parser("rotate", help="begin a new epoch"), commands.org_rotate)
    for name, text in (
        ("suspend", "refuse an epoch's parts"),
        ("resume", "give them again"),
        ("destroy", "delete an epoch's key: its jobs are lost for ever"),
    ):
        words = _common(org.add_parser(name, help=text), commands.org_change)
        words.add_argument("epoch", type=int, metavar="EPOCH")
        words.set_defaults(change=name)
