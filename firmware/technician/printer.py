"""`lockgate printer`: the printer found, looked at, approved, tried. Nothing of it needs the station to be stopped, but
for the approval, which is written."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from firmware.auditing import MakeCommand
from firmware.config import Config
from firmware.errors import LockgateError
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError, StorageInUseError
from hal.ports.finding import Finding
from hal.ports.printer import Printer
from hal.ports.random_source import RandomSource
from hal.ports.storage import Storage
from hal.ports.workers import Workers

INTERRUPTED, USAGE = 130, 2
NONE = "none:"
"""The URI of a station that has no printer."""
STOP = "the station runs and has its storage: stop it first, such as with systemctl stop lockgate"


class PrinterUseError(LockgateError):
    """Codes: `printer-none` (neither the file nor the mesh says a printer, or it is none), `printer-keyless` (its URI
    is of a kind that has no key to approve), `printer-busy` (the station runs and has its storage),
    `printer-not-printed` (the test page did not come out, or nobody can know), `printer-network` (there is no
    network to look for printers in)."""

    code = "printer-none"


class Heard(Protocol):
    """A printer that advertised itself: `by_address` has its address for its name, for machines that don't look up
    `.local` names."""

    @property
    def name(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def by_address(self) -> str: ...
    @property
    def encrypted(self) -> bool: ...
    @property
    def model(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def formats(self) -> tuple[str, ...]: ...


class Presented(Protocol):
    """The key that a printer shows: `pin` is its SHA-256, hex."""

    @property
    def pin(self) -> str: ...
    @property
    def is_vouched_for(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Bench:
    """One printer, opened, and what is needed to print a page on it."""

    printer: Printer
    clock: Clock
    random: RandomSource
    workers: Workers


@dataclass(frozen=True, slots=True)
class PrinterHands:
    """What firmware.__main__ hands over. `uri` is the printer's as file or mesh say it, empty for none;
    `presented` blocks and raises `PrinterUnreachableError`, `PrinterUntrustedError`, and `DeviceConfigError` for a URI
    without TLS; `find` raises `OSError`; `run` gives a coroutine's exit code, or the one it is handed where a signal
    ends it."""

    uri: Callable[[Config], str]
    open_bench: Callable[[str], Bench]
    open_storage: Callable[[Config], Storage]
    find: Callable[[float], Awaitable[tuple[Heard, ...]]]
    presented: Callable[[str], Presented]
    findings: Callable[[str], tuple[Finding, ...]]
    run: Callable[[Coroutine[Any, Any, int], int], int]


def add_printer(commands: Any, make: MakeCommand, hands: PrinterHands) -> None:
    """The commands' arguments."""
    group = make(commands, "printer", _nothing, "find the printer, look at it, approve its key, try it")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    find = make(verbs, "find", lambda _, options: _find(options, hands), "list the printers that advertise themselves")
    find.set_defaults(needs_config=False)
    find.add_argument("--seconds", type=_seconds, default=3.0, metavar="S", help="how long to listen (default: 3)")
    show = make(verbs, "show", lambda config, options: _show(config, options, hands), "say what the printer says")
    for verb in (find, show):
        verb.add_argument("--json", action="store_true", help="one JSON object on stdout")
    approve = make(
        verbs, "approve", lambda config, options: _approve(config, options, hands), "trust the key that it shows now"
    )
    approve.add_argument("--pin", metavar="SHA256", help="only if it is this one; nobody is asked then")
    make(verbs, "test", lambda config, options: _test(config, options, hands), "print a test page, and say how it went")
    make(
        verbs,
        "identify",
        lambda config, _: _identify(config, hands),
        "let the printer show which one it is (light, sound)",
    )


def _nothing(_config: Config, _options: argparse.Namespace) -> int:
    raise AssertionError("argparse asks for a command")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 60:
        raise argparse.ArgumentTypeError("above 0, and 60 at most")
    return seconds


def _find(options: argparse.Namespace, hands: PrinterHands) -> int:
    from firmware.technician.printer_words import UNHEARD, found_json, heard_lines  # noqa: PLC0415 - `--help` answers at once

    found: list[Heard] = []

    async def finding() -> int:
        _tell(f"listening for {options.seconds:g} s; what is heard is a hint, and nobody vouches for it")
        try:
            found.extend(await hands.find(options.seconds))
        except OSError as exc:
            raise PrinterUseError(exc.strerror or str(exc), code="printer-network") from exc
        return 0 if found else 1

    code = hands.run(finding(), INTERRUPTED)
    if options.json and code != INTERRUPTED:
        _print(found_json(found))
    elif code == 1:
        _print(UNHEARD)
    else:
        for one in found:  # as each comes, outside of the loop: Ctrl-C need not wait for one that does not answer
            _print(heard_lines(one, hands.presented))
    return code


def _show(config: Config, options: argparse.Namespace, hands: PrinterHands) -> int:
    from firmware.delivery.obstacles import blocking  # noqa: PLC0415 - as above
    from firmware.technician.printer_words import Shown  # noqa: PLC0415 - as above

    uri = _asked_uri(config, hands)

    async def showing() -> int:
        printer = hands.open_bench(uri).printer
        try:
            status, can = await printer.status(), await printer.capabilities()
        finally:
            await printer.aclose()
        shown = Shown(uri, status, can, blocking(status))
        _print(shown.json() if options.json else shown.lines())
        return 1 if shown.blocking else 0

    return hands.run(showing(), INTERRUPTED)


def _approve(config: Config, options: argparse.Namespace, hands: PrinterHands) -> int:
    from firmware.printer_approval import Approval, approve, pinned  # noqa: PLC0415 - as above
    from firmware.technician.printer_words import approval_lines  # noqa: PLC0415 - as above

    uri, storage = configured_uri(config, hands), _storage(config, hands)
    try:
        presented = hands.presented(uri)
    except DeviceConfigError as exc:
        raise PrinterUseError(exc.detail, code="printer-keyless") from exc
    _tell(approval_lines(opened_uri(config, hands), presented))
    if options.pin is not None:
        if options.pin.removeprefix("sha256:").lower() != presented.pin:
            _tell("the printer shows another key than --pin says: nothing was changed")
            return USAGE
    elif not _confirmed():
        _tell("nothing was changed")
        return INTERRUPTED
    approve(storage, Approval(uri, presented.pin))
    _print(
        f"approved: the station trusts this key from its next start, as if its file said {pinned(uri, presented.pin)}"
    )
    return 0


def _confirmed() -> bool:
    _tell("Compare it with the printer's own panel or configuration page. Type yes to trust this key:")
    return sys.stdin.readline().strip() == "yes"


def _test(config: Config, _options: argparse.Namespace, hands: PrinterHands) -> int:
    from firmware.technician.printer_test import print_test  # noqa: PLC0415 - as above

    uri = _asked_uri(config, hands)

    async def testing() -> int:
        bench = hands.open_bench(uri)
        try:
            said = await print_test(bench, config.name, _tell)
        finally:
            await bench.printer.aclose()
        _print(said)
        return 0

    return hands.run(testing(), INTERRUPTED)


def _identify(config: Config, hands: PrinterHands) -> int:
    uri = _asked_uri(config, hands)

    async def identifying() -> int:
        printer = hands.open_bench(uri).printer
        try:
            await printer.identify()
        finally:
            await printer.aclose()
        _print("the printer was asked to show itself")
        return 0

    return hands.run(identifying(), INTERRUPTED)


def _asked_uri(config: Config, hands: PrinterHands) -> str:
    """Of a printer that can be asked something. Raises as `opened_uri`, and `printer-none` where it is none."""
    if (uri := opened_uri(config, hands)) == NONE:
        raise PrinterUseError("this station has none: its URI is none:; lockgate printer find lists some")
    return uri


def configured_uri(config: Config, hands: PrinterHands) -> str:
    """As file or mesh say it. Raises `PrinterUseError` `printer-none`, and what reading the keys raises."""
    uri = hands.uri(config)
    if not uri:
        raise PrinterUseError("neither the file's printer.uri nor the mesh says one; lockgate printer find lists some")
    return uri


def opened_uri(config: Config, hands: PrinterHands) -> str:
    """The printer's URI with the key that was approved for it; read beside a station that runs. Raises as
    `configured_uri`, and `ApprovalError`."""
    from firmware.printer_approval import approved  # noqa: PLC0415 - as above
    from firmware.status import Looking  # noqa: PLC0415 - as above

    return approved(configured_uri(config, hands), Looking(Path(config.data_dir)))


def _storage(config: Config, hands: PrinterHands) -> Storage:
    try:
        return hands.open_storage(config)
    except StorageInUseError as exc:
        raise PrinterUseError(f"{STOP} ({exc.detail})", code="printer-busy") from exc


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - for the person
