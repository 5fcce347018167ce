"""`lockgate provision`: a site's file checked, and applied at each start before the station."""

import argparse
import grp
import json
import pwd
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware.auditing import MakeCommand
from firmware.errors import LockgateError
from hal.ports.errors import StorageError

if TYPE_CHECKING:
    from firmware.provisioning.site_file import RequireNamed

DATA = Path("/data")


class OwnerError(LockgateError):
    """There is no such user."""

    code = "user-unknown"


def add_provision(commands: Any, make: MakeCommand, require_named: "RequireNamed") -> None:
    """The commands' arguments. They need no configuration: they make it."""
    group = make(commands, "provision", _nothing, "check a site's file, or apply it")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = make(verbs, "check", partial(_check, require_named), "read a site's file strictly, change nothing")
    check.add_argument("file", type=Path, metavar="FILE")
    words = "apply the card's file once, destroy it, and write the configuration"
    apply = make(verbs, "apply", partial(_apply, require_named), words)
    apply.add_argument("--from", dest="card", type=Path, required=True, metavar="FILE", help="on the card")
    apply.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="the data partition (default: %(default)s)"
    )
    apply.add_argument("--base", type=Path, metavar="FILE", help="the image's configuration, below the site's")
    apply.add_argument("--owner", metavar="USER", help="the station's user, who gets the file to pair with")
    for command in (check, apply):
        command.add_argument("--json", action="store_true", help="one JSON object on stdout")
        command.set_defaults(needs_config=False)


def _nothing(_config: object, _options: argparse.Namespace) -> int:
    raise AssertionError("argparse asks for a command")


def _check(require_named: "RequireNamed", _config: object, options: argparse.Namespace) -> int:
    from firmware.provisioning.medium import Medium  # noqa: PLC0415 - `--help` must answer at once
    from firmware.provisioning.site_file import MOST_BYTES, over, parse, require_devices  # noqa: PLC0415 - as above

    try:
        raw = Medium().read(options.file, MOST_BYTES + 1)
    except OSError as exc:
        raise StorageError("file", f"{options.file}: {exc.strerror or exc}") from exc
    if raw is None:
        raise StorageError("file", f"{options.file}: there is no such file")
    site = parse(raw)
    require_devices(site, require_named)
    name = site.mesh.name if site.mesh else ""
    words = f"the file is fine: station {name or 'without a name'}, host {site.hostname or 'without a name'}"
    for key in over(site, datetime.now(UTC)):
        print(f"lockgate: {key}: a certificate there is valid no more", file=sys.stderr)  # noqa: T201 - beside the answer
    _print(json.dumps({"station": name, "hostname": site.hostname}) if options.json else words)
    return 0


def _apply(require_named: "RequireNamed", _config: object, options: argparse.Namespace) -> int:
    from firmware.provisioning.applying import Application, Places  # noqa: PLC0415 - as above
    from firmware.provisioning.medium import Medium  # noqa: PLC0415 - as above

    medium = Medium(_owner(options.owner) if options.owner else None)
    done = Application(Places(options.card, options.data.resolve(), options.base), require_named, medium).run()
    found = {"applied": done.applied, "destroyed": done.destroyed, "provisioned": done.provisioned, "left": done.left}
    words = "applied, and destroyed on the card" if done.applied else "nothing new on the card"
    _print(json.dumps(found) if options.json else words)
    if done.left:
        words = f"lockgate: of the site's settings this version does not take: {', '.join(done.left)}"
        print(words, file=sys.stderr)  # noqa: T201 - for the log
    if not done.provisioned:
        print("lockgate: no site's file was ever applied here", file=sys.stderr)  # noqa: T201 - for the log
    return 0


def _owner(name: str) -> tuple[int, int]:
    try:
        user = pwd.getpwnam(name)
        return user.pw_uid, grp.getgrgid(user.pw_gid).gr_gid
    except KeyError as exc:
        raise OwnerError(f"there is no user {name}") from exc


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for
