"""The words of `lockgate-flash`."""

import argparse
import re
from pathlib import Path

from tools.flash.errors import EXITS
from tools.flash.source import MANIFEST

DESCRIPTION = """\
Writes a station's image to a card, and onto the card what the site wants of the station.

examples:
  lockgate-flash list
  sudo lockgate-flash write lockgate-1.0.img.zst --provision site.toml --provision lobby.toml
  sudo lockgate-flash write lockgate-1.0.img.zst --disk sdb --yes --json
  lockgate-flash write lockgate-1.0.img.zst --file card.img
  lockgate-flash check site.toml lobby.toml"""
EPILOG = """\
An image is written only if the manifest beside it lists it, and the release's key has signed the manifest
({manifest}, {manifest}.sig). A disk is written only if people take it out, nothing of it is mounted, and its name was
typed again, or said with --disk and --yes.

exit status:
{exits}"""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HTTPS = re.compile(r"https://[!-~]+")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    exits = "\n".join(f"  {status.value:<3} {words}" for status, words in EXITS.items())
    words = argparse.ArgumentParser(
        "lockgate-flash",
        description=DESCRIPTION,
        epilog=EPILOG.format(manifest=MANIFEST, exits=exits),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = words.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)
    listing = _command(commands, "list", "the disks that can be written")
    listing.add_argument("--all", action="store_true", help="and those that cannot, with the reason")
    _writing(_command(commands, "write", "check an image, write it, read it back, add the site's settings"))
    again = _command(commands, "provision", "put the site's settings onto a card that has its image already")
    _where(again)
    again.add_argument("--provision", type=_file, action="append", required=True, metavar="FILE", help=_SITE)
    check = _command(commands, "check", "read the site's settings strictly, write nothing")
    check.add_argument("files", type=_file, nargs="+", metavar="FILE")
    verify = _command(commands, "verify", "check an image and its signature, write nothing")
    verify.add_argument("image", type=_file, metavar="IMAGE")
    _trust(verify)
    _releasing(commands)
    return words


_SITE = "the site's settings (firmware/docs/provisioning.md); may be said several times"


def _writing(write: argparse.ArgumentParser) -> None:
    write.add_argument("image", type=_file, metavar="IMAGE", help=".img, .img.xz or .img.zst")
    _where(write)
    write.add_argument("--provision", type=_file, action="append", default=[], metavar="FILE", help=_SITE)
    _trust(write)


def _releasing(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sign = _command(commands, "sign", "make and sign the manifest of a release")
    sign.add_argument("images", type=_file, nargs="+", metavar="IMAGE")
    sign.add_argument("--key", type=_file, required=True, metavar="FILE", help="the private key, Ed25519 in PEM")
    sign.add_argument("--release", required=True, metavar="VERSION")
    sign.add_argument("--date", type=_date, required=True, metavar="YYYY-MM-DD")
    sign.add_argument("--out", type=_file, default=Path(MANIFEST), metavar="FILE", help="default: %(default)s")
    entry = _command(commands, "os-list", "a repository for Raspberry Pi Imager, of a signed manifest")
    entry.add_argument("--base", type=_folder_url, required=True, metavar="URL", help="where the images are fetched")
    entry.add_argument("--icon", type=_url, required=True, metavar="URL")
    entry.add_argument("--website", type=_url, metavar="URL")
    _trust(entry)


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, words: str
) -> argparse.ArgumentParser:
    found = commands.add_parser(name, help=words, description=words)
    found.add_argument("--json", action="store_true", help="one JSON object on stdout, for success and failure alike")
    found.add_argument("--quiet", action="store_true", help="no progress and no talk, only errors")
    return found


def _where(command: argparse.ArgumentParser) -> None:
    place = command.add_mutually_exclusive_group()
    place.add_argument("--disk", metavar="NAME", help="such as sdb, or /dev/sdb (default: it asks)")
    place.add_argument("--file", type=_file, metavar="FILE", help="into a file, as a card would have it")
    command.add_argument("--yes", action="store_true", help="do not ask; --disk or --file must be said")


def _trust(command: argparse.ArgumentParser) -> None:
    command.add_argument("--key", type=_file, metavar="FILE", help="the public key, PEM (default: the releases' own)")
    command.add_argument("--manifest", type=_file, metavar="FILE", help=f"default: {MANIFEST} beside the image")


def _file(text: str) -> Path:
    path = Path(text)
    if not path.name:  # a folder such as . has none
        raise argparse.ArgumentTypeError("a file's name is wanted")
    return path


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise argparse.ArgumentTypeError("a day such as 2026-11-22 is wanted")
    return text


def _url(text: str) -> str:
    if not _HTTPS.fullmatch(text):
        raise argparse.ArgumentTypeError("an address that begins with https:// is wanted")
    return text


def _folder_url(text: str) -> str:
    return _url(text).rstrip("/") + "/"
