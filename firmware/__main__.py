"""`lockgate`: arguments, configuration, the real board, signals, the exit code."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware import devices
from firmware.auditing import add_audit
from firmware.config import Config, load
from firmware.core.events import StopAsked
from firmware.errors import LockgateError
from firmware.process import harden, reuse_memory
from firmware.technician.badge import Hands, add_badge
from firmware.technician.doctor import add_doctor
from firmware.technician.printer import PrinterHands, add_printer
from hal.ports.errors import DeviceError, StorageError

if TYPE_CHECKING:
    from firmware.app import Post
    from firmware.joining import Wanted
    from hal.ports.finding import Finding

DEFAULT_CONFIG = Path("/etc/lockgate/lockgate.toml")
# But for the first and last, as in sysexits.h: EX_UNAVAILABLE, EX_IOERR, EX_NOPERM, EX_CONFIG.
EXIT_INTERNAL, EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_STORAGE, EXIT_REFUSED, EXIT_CONFIG = 1, 2, 69, 74, 77, 78
EXIT_INTERRUPTED = 130
UNAVAILABLE = frozenset({"mesh-unreachable"})
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
    pair = _command(commands, "pair", _pair, "join an organisation: shows the code that an administrator types")
    pair.add_argument("--name", metavar="NAME", help="what the station is to be called (default: station.name)")
    pair.add_argument("--mesh", metavar="URL", help="where the mesh answers (default: mesh.url)")
    pair.add_argument("--provision", type=Path, metavar="FILE", help="pair unattended by this file, which is destroyed")
    _manners(pair)
    _manners(_command(commands, "status", _status, "say who this station is and how its keys are kept"))
    unpair = _command(commands, "unpair", _unpair, "destroy the station's identity and keys")
    unpair.add_argument("--yes", action="store_true", help="do not ask")
    add_audit(commands, _command, devices.own_ca)
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
        from firmware.technician.printer_checkup import look  # noqa: PLC0415 - as above

        of_machine = (*devices.reader_findings(config.readers), *devices.converter_findings(config.converter))
        return (*of_machine, *look(config, hands))

    add_printer(commands, _command, hands)
    add_doctor(commands, _command, findings)


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


def _manners(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, for success and failure alike")


def _live(main: Coroutine[Any, Any, int], ended: int) -> int:
    return asyncio.run(_ended_by_signals(main, ended))


def _run(config: Config, options: argparse.Namespace) -> int:
    from firmware.service import serve  # noqa: PLC0415 - as above

    return (
        _check(config)
        if options.check
        else asyncio.run(_ended_by_signals(serve(devices.board(config), config, _stop_on_signals, devices.printer), 0))
    )


def _check(config: Config) -> int:
    from firmware.joining import settled  # noqa: PLC0415 - as above
    from firmware.service import with_printer  # noqa: PLC0415 - as above
    from firmware.trust.trust import open_trust  # noqa: PLC0415 - as above

    board = devices.board(config)
    config = settled(config, board.keys)
    identity = open_trust(with_printer(board, config, devices.printer), config).credentials.identity
    _print(f"the configuration is fine: station {identity.id} of {identity.org_id}")
    return 0


def _pair(config: Config, options: argparse.Namespace) -> int:
    from firmware.joining import Wanted  # noqa: PLC0415 - as above

    wanted = Wanted.configured(config)
    wanted = replace(
        wanted,
        name=options.name or wanted.name,
        url=options.mesh or wanted.url,
        provision=options.provision or (None if options.name or options.mesh else wanted.provision),
    )
    return asyncio.run(_ended_by_signals(_paired(config, wanted, as_json=options.json), EXIT_INTERRUPTED))


async def _paired(config: Config, wanted: "Wanted", *, as_json: bool) -> int:
    from firmware.joining import pair_once  # noqa: PLC0415 - as above
    from firmware.service import reach  # noqa: PLC0415 - as above
    from firmware.status import status  # noqa: PLC0415 - as above

    board = devices.board(config)
    clock, channels = reach(board)
    await pair_once(board, wanted, channels, clock, _tell, slip=config.slip is True)
    found = status(config, board.keys)
    _print(found.json() if as_json else f"paired: {found.kind} {found.name} of {found.org_id}")
    return 0


def _status(config: Config, options: argparse.Namespace) -> int:
    from firmware.status import status  # noqa: PLC0415 - as above

    found = status(config, devices.keys(config))
    _print(found.json() if options.json else found.lines())
    return 0 if found.paired else EXIT_CONFIG


def _unpair(config: Config, options: argparse.Namespace) -> int:
    from firmware.pairing import kept  # noqa: PLC0415 - as above
    from firmware.trust.trust import forget  # noqa: PLC0415 - as above

    board = devices.board(config)
    if not options.yes:
        if not sys.stdin.isatty():
            _tell("lockgate: unpair destroys the station's keys: say --yes")
            return EXIT_USAGE
        _tell("This destroys the station's keys; it must be paired again to serve. Type yes to go on:")
        if sys.stdin.readline().strip() != "yes":
            _tell("nothing was changed")
            return EXIT_INTERRUPTED
    kept.unpair(board.keys)
    forget(board.storage)
    _print("unpaired: the keys are destroyed; have an administrator revoke the station at the mesh, too")
    return 0


async def _ended_by_signals(main: Coroutine[Any, Any, int], ended: int) -> int:
    """The exit code of `main`, or `ended` where SIGTERM or SIGINT ends it before it serves. A pairing that is ended so
    goes on with the same code when it is asked for again."""
    task = asyncio.ensure_future(main)
    loop, asked = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        if not asked.is_set():  # once is enough: devices are being closed
            asked.set()
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
        _hear_no_more(loop)
        return ended


def _hear_no_more(loop: asyncio.AbstractEventLoop) -> None:
    """Impatient signals on the way to the process's end, which Python would answer with a traceback."""
    signals = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    for number in signals:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)


def _stop_on_signals(post: "Post") -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, post, StopAsked())


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - for the person or the log that reads it


def _fail(exc: LockgateError | DeviceError, *, as_json: bool) -> int:
    from firmware.mesh.port import MeshError  # noqa: PLC0415 - as above
    from firmware.technician.printer_checkup import REMEDIES  # noqa: PLC0415 - as above

    if as_json:
        import json  # noqa: PLC0415 - as above

        _print(json.dumps({"error": {"code": exc.code, "detail": exc.detail}}))
    _tell(f"lockgate: {exc}")
    if exc.code in REMEDIES:
        _tell(f"    {REMEDIES[exc.code]}")
    if isinstance(exc, StorageError):
        return EXIT_STORAGE
    if exc.code in UNAVAILABLE:
        return EXIT_UNAVAILABLE
    return EXIT_REFUSED if isinstance(exc, MeshError) or exc.code in REFUSED else EXIT_CONFIG


if __name__ == "__main__":
    sys.exit(main())
