"""The words of the `edgemesh` command: what is done on the mesh's own machine, and everything else over HTTPS."""

import argparse
from pathlib import Path

from tools.edgemesh import commands
from tools.edgemesh.administration import (
    on_admins,
    on_audit,
    on_cards,
    on_members,
    on_mesh,
    on_people,
    on_receipts,
    on_site,
    on_updates,
)
from tools.edgemesh.administration.exits import EXITS
from tools.edgemesh.administration.words import Group, Words, common, described, local_site
from tools.edgemesh.bootstrap import HOSTS
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import FIRST_NODE

MAX_PORT = 65535
DESCRIPTION = """\
examples:
  edgemesh init --dir mesh --org acme.example
  edgemesh serve --dir mesh
  edgemesh user add ada
  edgemesh badge add --user ada        (asks for the number)
  edgemesh pairing approve lobby       (asks for the code on its screen)
  edgemesh member revoke station/lobby
  edgemesh audit verify

The reference edge mesh: holds sealed print jobs and releases them to stations."""
EPILOG = """\
who you are: a profile directory with identity.key, identity.chain, ca.pem and mesh.toml. `edgemesh init` makes the
first administrator's; others come by `edgemesh admin pair`. There is no password anywhere.

environment:
  EDGEMESH_PROFILE  the profile (default: $XDG_CONFIG_HOME/edgemesh)
  EDGEMESH_DIR      the mesh's directory, for what is done on its own machine
  NO_COLOR          no colour in messages

exit status:
{exits}"""


def parser() -> argparse.ArgumentParser:
    """Every command; each sets `run`."""
    exits = "\n".join(f"  {status.value:<3} {words}" for status, words in EXITS.items())
    words = Words(
        prog="edgemesh",
        usage="%(prog)s COMMAND [OPTION…]",
        description=DESCRIPTION,
        epilog=EPILOG.format(exits=exits),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    groups = words.add_subparsers(title="commands", required=True, metavar="COMMAND", prog="edgemesh")
    _init(
        described(
            groups, "init", "make a mesh and its first administrator", "  edgemesh init --dir mesh --org acme.example"
        )
    )
    _serve(described(groups, "serve", "answer until stopped", "  edgemesh serve --dir mesh --port 8443"))
    on_admins.words(groups)
    on_members.words(groups)
    on_people.words(groups)
    on_cards.words(groups)
    on_mesh.words(groups)
    node = Group(groups, "node", "holding nodes", "  edgemesh node list")
    on_mesh.node_words(node)
    on_admins.node_words(node)
    on_receipts.words(groups)
    on_audit.words(groups)
    on_site.words(groups)
    on_updates.words(groups)
    desk = Group(groups, "desk", "the desk's own keys", "  edgemesh desk rekey --dir mesh")
    local_site(desk.local("rekey", "begin another badge key, while the vault does not run", commands.desk_rekey))
    return words


def parse(words: list[str] | None = None) -> argparse.Namespace:
    """A line of words. A command whose last words may also stand behind its options names them as `late`: argparse
    takes all words of a command from the first place where there are some. Raises `SystemExit` 2."""
    commands = parser()
    arguments, rest = commands.parse_known_args(words)
    late = getattr(arguments, "late", "")
    if (rest and not late) or any(word.startswith("-") for word in rest):
        commands.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        setattr(arguments, late, [*getattr(arguments, late), *rest])
    return arguments


def _init(words: Words) -> None:
    defaults = Settings()
    local_site(common(words, commands.init))
    words.add_argument("--org", required=True, help="the organisation's id, such as acme.example")
    words.add_argument("--node", action="append", metavar="ID", help=f"a holding node (default: {FIRST_NODE})")
    words.add_argument(
        "--host", action="append", metavar="NAME", help=f"a name or address of the mesh (default: {', '.join(HOSTS)})"
    )
    words.add_argument("--replicas", type=int, default=defaults.replicas, help="nodes that must hold each job")
    words.add_argument("--admin", default="admin", metavar="NAME", help="the first administrator (default: admin)")
    words.add_argument("--profile", type=Path, metavar="DIR", help="where to put its keys (default: $EDGEMESH_PROFILE)")
    words.add_argument(
        "--url", default="", metavar="URL", help="where the mesh will answer (default: https://HOST:8443)"
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"a port is 0 to {MAX_PORT}")
    return int(text)


def _serve(words: Words) -> None:
    local_site(common(words, commands.serve))
    words.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    words.add_argument("--port", type=_port, default=8443, help="port to listen on, 0 for a free one (default: 8443)")
    words.add_argument("--public-url", default="", metavar="URL", help="what stations and clients call this process")
    words.add_argument(
        "--role", choices=("all", "vault", "node", "org", "registrar"), default="all", help="(default: all)"
    )
    words.add_argument("--node", action="append", metavar="ID", help="with --role node: which (default: every node)")
    words.add_argument(
        "--announce",
        action=argparse.BooleanOptionalAction,
        help="say in the network where the mesh is, for stations that were told of none (default: unless on loopback)",
    )
    words.add_argument(
        "--clock-is-right",
        action="store_true",
        help="you have looked at this computer's clock: start, although it disagrees with the last good time",
    )
    words.add_argument(
        "--accept-rollback",
        action="store_true",
        help="go on with an old copy of the registrar's database: what was denied since is denied "
        "again, who was paired since pairs again",
    )
