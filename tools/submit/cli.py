"""The words of `lockgate-submit`."""

import argparse
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import TextIO

from tools.submit import formats
from tools.submit.errors import EXITS

DESCRIPTION = """\
Seals a document on this computer and hands it to the edge mesh, which holds it, unreadable to itself, until you
release it at a station.

examples:
  lockgate-submit report.pdf
  lockgate-submit report.pdf --copies 2 --sides two-sided-long-edge
  lockgate-submit photo.jpg --title "Holiday" --user ada
  lockgate-submit report.pdf --json | jq -r .job
  lockgate-submit -- -name-with-a-dash.pdf

once, before the first document, and to see who this computer is (a file of that name is ./pair, ./status):
  lockgate-submit pair --mesh https://mesh.example:8443 --name my-laptop --user ada
  lockgate-submit status

afterwards, what became of it, with the station's signed word for a refund (a file of that name is ./receipt):
  lockgate-submit receipt JOB"""

EPILOG = """\
accepted by content, whatever the name says: {formats}

profile: a directory with identity.key, identity.chain and ca.pem, as `lockgate-submit pair` makes it; its certificate
is renewed whenever a document is submitted. mesh.toml in it, with one line, url = "https://HOST:PORT", says where the
mesh answers now.

privacy: others who use this computer can read a running command's arguments, the file's name and --title among
them. --title-from-stdin keeps a title out of sight; give the file a name that says nothing.

environment:
  LOCKGATE_PROFILE  the profile directory (default: ~/.config/lockgate)
  NO_COLOR          no colour in messages

exit status:
{exits}"""

SIDES = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
COLORS = ("auto", "color", "monochrome")
_MOST_COPIES = 9999
_MOST_DAYS = 30
_LONGEST_TITLE = 255
_KEYWORD = "abcdefghijklmnopqrstuvwxyz0123456789-_."


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person asked for. Settings are IPP keywords, empty where they are left to the printer."""

    file: Path
    profile: Path | None
    mesh: str | None
    user: str | None
    title: str | None = field(repr=False)
    copies: int
    sides: str
    color_mode: str
    media: str
    keep: timedelta
    json: bool
    quiet: bool


def parse(words: list[str] | None, stdin: TextIO | None = None) -> Wish:
    """The wish in the command's words; ends the program where there is none (2), or help was asked for (0).
    `stdin` is where a title may stand, if it is not the program's own."""
    parser = _parser()
    found = parser.parse_args(words)
    if found.title_from_stdin:
        try:
            found.title = _title_line(stdin or sys.stdin)
        except (argparse.ArgumentTypeError, UnicodeDecodeError) as exc:
            parser.error(f"the title on stdin: {exc}")
    return Wish(
        file=found.file,
        profile=found.profile,
        mesh=found.mesh,
        user=found.user,
        title=found.title,
        copies=found.copies,
        sides=found.sides or "",
        color_mode=found.color or "",
        media=found.media or "",
        keep=timedelta(days=found.keep_days),
        json=found.json,
        quiet=found.quiet,
    )


def _parser() -> argparse.ArgumentParser:
    exits = "\n".join(f"  {status.value:<3} {words}" for status, words in EXITS.items())
    words = argparse.ArgumentParser(
        prog="lockgate-submit",
        usage="%(prog)s [OPTION…] [--] FILE",
        description=DESCRIPTION,
        epilog=EPILOG.format(formats=formats.accepted(), exits=exits),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words.add_argument("file", metavar="FILE", type=_file, help="the document; no pipe, and not - for stdin")
    _settings(words.add_argument_group("how to print it"))
    _ways(words.add_argument_group("who and where"))
    _manners(words.add_argument_group("output"))
    return words


def _settings(group: "argparse._ArgumentGroup") -> None:
    title = group.add_mutually_exclusive_group()
    title.add_argument("--title", type=_title, help="what you see at the station (default: the file's name)")
    title.add_argument("--title-from-stdin", action="store_true", help="the title is the first line of stdin")
    group.add_argument("--copies", type=_copies, default=1, metavar="N", help="1 to 9999 (default: 1)")
    group.add_argument("--sides", choices=SIDES, metavar="SIDES", help=f"{', '.join(SIDES)} (default: the printer's)")
    group.add_argument("--color", choices=COLORS, metavar="COLOR", help=f"{', '.join(COLORS)} (default: the printer's)")
    group.add_argument("--media", type=_keyword, metavar="NAME", help="such as iso_a4_210x297mm")


def _ways(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--user", metavar="NAME", help="submit for this person (default: the one in the certificate)")
    group.add_argument("--profile", type=Path, metavar="DIR", help="who this computer is (default: $LOCKGATE_PROFILE)")
    group.add_argument("--mesh", metavar="URL", help="where the mesh answers (default: as mesh.toml says)")
    group.add_argument(
        "--keep-days", type=_days, default=7, metavar="N", help="hold it for so long, 1 to 30 days (default: 7)"
    )


def _manners(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--json", action="store_true", help="one JSON object on stdout, for success and failure alike")
    group.add_argument("--quiet", action="store_true", help="no progress and no talk, only errors")
    group.add_argument("--version", action="version", version=f"lockgate-submit {_version()}")


def _version() -> str:
    try:
        return metadata.version("lockgate")
    except metadata.PackageNotFoundError:  # run from a checkout
        return "(not installed)"


def _copies(text: str) -> int:
    return _between(text, _MOST_COPIES)


def _days(text: str) -> int:
    return _between(text, _MOST_DAYS)


def _between(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 1 <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"a number from 1 to {most} is wanted")
    return int(text)


def _file(text: str) -> Path:
    if text == "-":
        raise argparse.ArgumentTypeError("standard input cannot be submitted, only a file (one named - is ./-)")
    return Path(text)


def _title_line(stdin: TextIO) -> str:
    return _title(stdin.readline(_LONGEST_TITLE + 2).rstrip("\r\n"))


def _title(text: str) -> str:
    if not 0 < len(text) <= _LONGEST_TITLE or not text.isprintable():
        raise argparse.ArgumentTypeError(f"1 to {_LONGEST_TITLE} printable characters are wanted")
    return text


def _keyword(text: str) -> str:
    if not 0 < len(text) <= _LONGEST_TITLE or set(text) - set(_KEYWORD):
        raise argparse.ArgumentTypeError("an IPP keyword is wanted, such as iso_a4_210x297mm")
    return text
