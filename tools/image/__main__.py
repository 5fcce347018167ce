"""`tools/dev image`: builds the boards' image, boots it in emulation, tests it."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tools.image import proofs, story
from tools.image.build import build, digest, megabytes
from tools.image.errors import ImageError
from tools.image.firmware_twin import FirmwareTwin
from tools.image.rig import BOARD, JOINED, READY, free_port, new_card
from tools.image.site import Site
from tools.image.workplace import ROOT, Workplace, default_folder

EXIT_FAILED = 1
EPILOG = """Building needs root on a Debian machine (mounts, chroot), and about 6 GB in the folder of --work.
exit codes: 0 done; 1 not, and the message says why; 2 wrong arguments."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code, as in EPILOG."""
    options = _parser().parse_args(arguments)
    try:
        place = Workplace(options.work.resolve())
        code: int = options.act(place.with_screen() if options.screen else place, options)
    except ImageError as exc:
        print(f"image: {exc}", file=sys.stderr)
        return EXIT_FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tools/dev image", description=__doc__, epilog=EPILOG)
    parser.add_argument("--work", type=Path, default=default_folder(), metavar="FOLDER", help="default: %(default)s")
    parser.add_argument("--screen", action="store_true", help="the image with a screen, in a folder of its own")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    building = commands.add_parser("build", help="the image, the update bundle, the bill of materials")
    proofs.what(building)
    proofs.signing(building)
    building.set_defaults(act=_build)
    booting = commands.add_parser(
        "boot", help="boot what was built, with a mesh of its own, until the station is ready"
    )
    booting.add_argument("--seconds", type=float, default=600.0, help="how long it may take (default: %(default)s)")
    booting.add_argument("--stay", action="store_true", help="let it run until you end it")
    proofs.card(booting)
    booting.set_defaults(act=_boot)
    proofs.add(commands, _tell)
    testing = commands.add_parser("test", help="boot what was built, and look whether it is as it should be")
    testing.add_argument("--all", action="store_true", help="the long series too: updates, cuts, damage (hours)")
    testing.set_defaults(act=_test)
    for name, act, words in (
        ("update", story.update, "have a box take a newer version, from the mesh's offer until it stays"),
        ("rollback", story.rollback, "have a box try a version that is not well, and go back"),
    ):
        told = commands.add_parser(name, help=words)
        told.set_defaults(act=lambda place, _options, act=act: act(place, _tell))
    return parser


def _build(place: Workplace, options: argparse.Namespace) -> int:
    built = build(place, proofs.order(options), _tell)
    for file in (built.image, built.image.with_name(f"{built.image.name}.zst"), built.bundle):
        print(f"{digest(file)}  {megabytes(file):>10}  {file}")
    return 0


def _boot(place: Workplace, options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as folder, Site(Path(folder), free_port()) as site:
        disk = new_card(place, site.file("hall"), image=options.card)
        site.serve(for_guests=True)
        with FirmwareTwin(place, disk, BOARD).boot("boot") as machine:
            machine.wait(READY, options.seconds)
            _tell(f"{machine.seconds():6.1f} s  ready")
            machine.wait(JOINED, options.seconds)
            _tell(f"{machine.seconds():6.1f} s  joined by the site's file")
            if options.stay:
                _tell("end it with Ctrl+C")
                with suppress(KeyboardInterrupt):
                    machine.process.wait()
            print(machine.tail(8))
    return 0


def _test(place: Workplace, options: argparse.Namespace) -> int:
    folder = ROOT / "tests" / "image"
    kinds = ("emulated*.py", "series_*.py") if options.all else ("emulated*.py",)
    files = [str(file) for kind in kinds for file in sorted(folder.glob(kind))]
    command = [sys.executable, "-m", "pytest", *files]
    return subprocess.run(
        command, env={**os.environ, "IMAGE_WORK": str(place.folder)}, cwd=ROOT, check=False
    ).returncode


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
