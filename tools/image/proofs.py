"""The commands of `tools/dev image` that prove something of what was built, or sign it."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tools.image.bench import bench
from tools.image.build import Order, build, digest, last_commit, megabytes
from tools.image.bundle import Signer
from tools.image.errors import ImageError
from tools.image.guided import tell_visit
from tools.image.mirror import Mirror
from tools.image.release import development_key, make_release
from tools.image.reproduce import reproduce
from tools.image.table import PAGE, write_table
from tools.image.workplace import ROOT, Workplace

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
Tell = Callable[[str], None]
SIGNER = {"cert": "certificate", "key": "key", "ca": "authority"}


def add(commands: "Commands", tell: Tell) -> None:
    """Their words."""
    again = commands.add_parser("reproduce", help="build once more from nothing, and compare bit by bit")
    what(again)
    again.add_argument("--quick", action="store_true", help="with the packages that are there, not from nothing")
    again.set_defaults(act=lambda place, options: _reproduce(place, options, tell))
    measuring = commands.add_parser("bench", help="start to ready, memory and size, beside a bare Debian")
    measuring.add_argument("--times", type=int, default=3, help="starts of each (default: %(default)s)")
    measuring.set_defaults(act=lambda place, options: _bench(place, options, tell))
    visiting = commands.add_parser("visit", help="boot what was built; it pairs, a badge is tapped, a document printed")
    visiting.add_argument(
        "--seconds", type=float, default=1800.0, help="how long a step may take (default: %(default)s)"
    )
    card(visiting)
    visiting.set_defaults(act=lambda place, options: _visit(place, options, tell))
    telling = commands.add_parser("table", help="what was proved, from the tests' results into images/README.md")
    telling.set_defaults(act=lambda place, _: _table(place))
    releasing = commands.add_parser("release", help="build, sign, and check as those who get it do")
    what(releasing)
    signing(releasing)
    releasing.add_argument("--image-key", type=Path, metavar="FILE", help="the key of lockgate-flash sign")
    releasing.set_defaults(act=lambda place, options: _release(place, options, tell))


def what(parser: argparse.ArgumentParser) -> None:
    """The options that say what is to be built."""
    parser.add_argument("--version", default="0.1.0", help="of the image (default: %(default)s)")
    for name, words in (("archive", "archive"), ("security", "security updates")):
        parser.add_argument(f"--{name}", metavar="URI", help=f"Debian's {words} (default: as apt is configured)")
    parser.add_argument("--epoch", type=int, default=None, help="the time in all files (default: the last commit's)")


def card(parser: argparse.ArgumentParser) -> None:
    """The option that says what is booted."""
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help="a card as lockgate-flash wrote it (default: the image)"
    )


def signing(parser: argparse.ArgumentParser) -> None:
    """The options that say who signs the bundle."""
    for name, words in SIGNER.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"the release's {words}, in FOLDER")


def order(options: argparse.Namespace) -> Order:
    """What the options say. Raises `ImageError` for half a signer."""
    epoch = last_commit() if options.epoch is None else options.epoch
    given: list[Path] = [file for name in SIGNER if (file := getattr(options, name, None))]
    if len(given) not in (0, len(SIGNER)):
        raise ImageError("--cert, --key and --ca belong together")
    mirrors: list[str] = [uri.rstrip("/") for uri in (options.archive, options.security) if uri]
    if len(mirrors) == 1:
        raise ImageError("--archive and --security belong together")
    return Order(options.version, epoch, Signer(*given) if given else None, Mirror(*mirrors) if mirrors else None)


def _reproduce(place: Workplace, options: argparse.Namespace, tell: Tell) -> int:
    ordered = order(options)
    build(place, ordered, tell)
    return 0 if reproduce(place, ordered, tell, quick=options.quick) else 1


def _bench(place: Workplace, options: argparse.Namespace, tell: Tell) -> int:
    return 0 if bench(place, last_commit(), options.times, tell) else 1


def _visit(place: Workplace, options: argparse.Namespace, tell: Tell) -> int:
    tell_visit(place, options.seconds, tell, options.card)
    return 0


def _table(place: Workplace) -> int:
    print(f"{PAGE.relative_to(ROOT)}: {write_table(place)} tests")
    return 0


def _release(place: Workplace, options: argparse.Namespace, tell: Tell) -> int:
    ordered = order(options)
    if (ordered.signer is None) != (options.image_key is None):
        raise ImageError("--image-key belongs to --cert, --key and --ca: a release has all keys, a trial none")
    if ordered.signer is None:
        tell("signed with keys made here, for development: no release")
    build(place, ordered, tell)
    made = make_release(place, ordered, options.image_key or development_key(place))
    for file in sorted(made.folder.iterdir()):
        print(f"{digest(file)}  {megabytes(file):>9}  {file.name}")
    print(f"in {made.folder}; lockgate-flash write {made.image} --key {made.public}")
    return 0
