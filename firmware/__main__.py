"""`lockgate`: arguments, configuration, the real board, the exit code."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware import devices
from firmware.auditing import add_audit
from firmware.config import Config, load
from firmware.errors import LockgateError
from firmware.membership import EXIT_CONFIG, EXIT_INTERRUPTED, add_membership
from firmware.process import harden, no_public_authorities, reuse_memory
from firmware.provisioning.command import add_provision
from firmware.signals import ended_by_signals, stop_on_signals
from firmware.technician.badge import Hands, add_badge
from firmware.technician.doctor import add_doctor
from firmware.technician.packing import add_bundle
from firmware.technician.printer import PrinterHands, add_printer
from firmware.technician.update import add_update
from hal.ports.errors import DeviceError, StorageError

if TYPE_CHECKING:
    from firmware.inside import Technician
    from hal.ports.finding import Finding

DEFAULT_CONFIG = Path("/etc/lockgate/lockgate.toml")
# As in sysexits.h: EX_UNAVAILABLE, EX_IOERR, EX_NOPERM.
EXIT_UNAVAILABLE, EXIT_STORAGE, EXIT_REFUSED = 69, 74, 77
UNAVAILABLE = frozenset({"mesh-unreachable", "mesh-not-found"})
REFUSED = frozenset({"answer-mismatch", "ca-mismatch", "enrolment-expired", "mesh-untrusted"})
EXIT_CODES = """exit codes: 0 done, or stopped as asked; 1 internal fault, or audit verify has found one, badge solve no
rule, doctor something to mend, printer find no printer, or printer show one that cannot print now; 2 wrong arguments,
or printer approve another key than --pin says; 69 the mesh cannot be reached; 74 the storage failed; 77 the mesh did
not admit this box, or is not the one that was expected; 78 the configuration, a device or its URI, or the station's
identity cannot be used (status: there is none; printer test: the page did not come out); 130 interrupted. All codes in
messages are explained in firmware/docs/errors.md."""
EXAMPLES = """examples:
  lockgate pair --name lobby --mesh https://mesh.example:8443
  lockgate pair --provision /boot/provision.toml
  lockgate --check
  lockgate run
  lockgate status --json
  lockgate audit verify
  lockgate badge watch
  lockgate printer find
  lockgate printer show
  lockgate printer approve
  lockgate doctor
  lockgate provision check site.toml
  lockgate unpair --yes

"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the station, or one of its commands. The exit code, as in EXIT_CODES."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("lockgate.indicator").setLevel(logging.INFO)  # what a screen would say: without one it is here
    harden()
    reuse_memory()
    try:
        code: int = options.act(load(options.config) if options.needs_config else None, options)
    except (LockgateError, DeviceError) as exc:
        return _fail(exc, as_json=getattr(options, "json", False))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "lockgate",
        description="A print release station.",
        epilog=EXAMPLES + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="default: %(default)s")
    parser.add_argument("--check", action="store_true", help="check configuration and identity, then exit")
    parser.set_defaults(act=_run, json=False, needs_config=True)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    run = _command(commands, "run", _run, "serve, and pair first where need be; what happens without a command")
    run.add_argument("--check", action="store_true", default=argparse.SUPPRESS, help="check, then exit")
    add_membership(commands, _command)
    add_audit(commands, _command, devices.own_ca)
    add_provision(commands, _command, devices.require_named)
    add_update(commands, _command, devices.installer)
    add_badge(commands, _command, Hands(devices.readers, devices.storage, _live))
    _add_devices(commands)
    return parser


def _add_devices(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    hands = PrinterHands(
        uri=devices.printer_uri,
        open_bench=devices.printer_bench,
        open_storage=devices.storage,
        find=devices.find_printers,
        presented=devices.presented_key,
        findings=devices.printer_findings,
        run=_live,
    )

    def findings(config: Config) -> "tuple[Finding, ...]":
        from firmware.technician.checkup import board_time, look_around  # noqa: PLC0415 - `--help` and a wrong file must answer at once
        from firmware.technician.printer_checkup import look  # noqa: PLC0415 - as above

        of_machine = (*devices.reader_findings(config.readers), *devices.converter_findings(config.converter))
        return (*of_machine, *look(config, hands), *look_around(config, devices.keys, board_time()))

    add_printer(commands, _command, hands)
    add_doctor(commands, _command, findings)
    add_bundle(commands, _command, findings, devices.keys)


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    act: Callable[[Config, argparse.Namespace], int],
    words: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name, help=words, description=words, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, metavar="FILE", help=f"default: {DEFAULT_CONFIG}"
    )
    parser.set_defaults(act=act)
    return parser


def _live(main: Coroutine[Any, Any, int], ended: int) -> int:
    return asyncio.run(ended_by_signals(main, ended))


def _run(config: Config, options: argparse.Namespace) -> int:
    return _check(config) if options.check else asyncio.run(ended_by_signals(_served(config), 0))


def _served(config: Config) -> Coroutine[Any, Any, int]:
    with no_public_authorities():
        import aiohttp  # noqa: F401, PLC0415 - as above
    from firmware.service import serve  # noqa: PLC0415 - as above

    board = devices.board(config)
    technician: Technician | None = None
    if config.technician:
        from firmware.panel.technician.duty import TechnicianPage  # noqa: PLC0415 - as above

        technician = TechnicianPage(board.clock)
    return serve(board, config, stop_on_signals, devices.printer, technician=technician)


def _check(config: Config) -> int:
    from firmware.joining import settled  # noqa: PLC0415 - as above
    from firmware.serving import with_printer  # noqa: PLC0415 - as above
    from firmware.trust.trust import open_trust  # noqa: PLC0415 - as above

    board = devices.board(config)
    config = settled(config, board.keys)
    identity = open_trust(with_printer(board, config, devices.printer), config).credentials.identity
    print(f"the configuration is fine: station {identity.id} of {identity.org_id}")  # noqa: T201 - the answer asked for
    return 0


def _fail(exc: LockgateError | DeviceError, *, as_json: bool) -> int:
    from firmware.mesh.port import MeshError  # noqa: PLC0415 - as above
    from firmware.technician.printer_checkup import remedy_of  # noqa: PLC0415 - as above

    if as_json:
        import json  # noqa: PLC0415 - as above

        print(json.dumps({"error": {"code": exc.code, "detail": exc.detail}}), flush=True)  # noqa: T201 - the answer asked for
    remedy = remedy_of(exc)
    words = f"lockgate: {exc}" + (f"\n    {remedy}" if remedy else "")
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - for the person or the log that reads it
    if isinstance(exc, StorageError):
        return EXIT_STORAGE
    if exc.code in UNAVAILABLE:
        return EXIT_UNAVAILABLE
    return EXIT_REFUSED if isinstance(exc, MeshError) or exc.code in REFUSED else EXIT_CONFIG


if __name__ == "__main__":
    sys.exit(main())
