"""`lockgate badge`: badges watched, their rules found, listed and removed. The readers' station must not run."""

import argparse
import json
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from firmware.auditing import MakeCommand
from firmware.config import Config
from firmware.errors import LockgateError
from hal.ports.badge_reader import BadgeReader
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError
from hal.ports.storage import Storage

if TYPE_CHECKING:
    from firmware.technician.seen import Seen

INTERRUPTED = 130
STOP = "if that is the station, stop it first, such as with systemctl stop lockgate"


class BadgeUseError(LockgateError):
    """Codes: `badge-reader-unknown` (no reader of the configuration has that name, or none was said among several),
    `badge-rule-none` (there is no such stored rule), `badge-busy` (the station runs and has its storage)."""

    code = "badge-reader-unknown"


class Readers(Protocol):
    """The readers of the configuration, opened, and a clock."""

    @property
    def readers(self) -> tuple[BadgeReader, ...]: ...

    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True)
class Hands:
    """What firmware.__main__ hands over: the devices, and how a coroutine ends by a signal. The first two
    raise `DeviceConfigError`, `open_storage` also while the station runs; `run` gives the exit code of a coroutine, or
    the one it is handed where SIGINT or SIGTERM ends it."""

    open_readers: Callable[[Config], Readers]
    open_storage: Callable[[Config], Storage]
    run: Callable[[Coroutine[Any, Any, int], int], int]


def add_badge(commands: Any, make: MakeCommand, hands: Hands) -> None:
    """The commands' arguments."""
    group = make(commands, "badge", _nothing, "watch badges, and find the rule that makes their numbers")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    watch = make(
        verbs, "watch", lambda config, options: _watch(config, options, hands), "show each badge as it is read"
    )
    watch.add_argument("--reader", metavar="NAME", help="of this reader alone (default: all)")
    watch.add_argument("--show", action="store_true", help="numbers in the clear (default: masked)")
    watch.add_argument("--json", action="store_true", help="one JSON object a line on stdout")
    watch.add_argument("--count", type=_positive, metavar="N", help="stop after so many badges")
    solve = make(verbs, "solve", lambda config, options: _solve(config, options, hands), "find the rule, and write it")
    solve.add_argument("--reader", metavar="NAME", help="the reader to tap on; need not be said where there is one")
    solve.add_argument("--number", metavar="N", nargs="+", default=[], help="printed on the cards, as they are tapped")
    solve.add_argument("--site", action="store_true", help="write the rule for all readers without one of their own")
    solve.add_argument("--yes", action="store_true", help="write the first rule without asking, unless it is ambiguous")
    rules = make(verbs, "rules", lambda config, options: _rules(config, options, hands), "list the rules in use")
    rules.add_argument("--json", action="store_true", help="one JSON object on stdout")
    which = rules.add_mutually_exclusive_group()
    which.add_argument("--remove", metavar="NAME", help="remove what was written for this reader")
    which.add_argument("--remove-site", action="store_true", help="remove what was written for the site")


def _nothing(_config: Config, _options: argparse.Namespace) -> int:
    raise AssertionError("argparse asks for a command")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _watch(config: Config, options: argparse.Namespace, hands: Hands) -> int:
    from firmware.rule_store import numbers  # noqa: PLC0415 - `--help` and a wrong file must answer at once
    from firmware.status import Looking  # noqa: PLC0415 - as above
    from firmware.technician.seen import Eye  # noqa: PLC0415 - as above
    from firmware.technician.watch import watch  # noqa: PLC0415 - as above

    eye = Eye(numbers(config, Looking(Path(config.data_dir)), _tell), show=options.show)

    def show(seen: "Seen") -> None:
        _print(seen.json() if options.json else seen.line())

    async def watching() -> int:
        opened = hands.open_readers(config)
        try:
            readers = _wanted(opened.readers, options.reader)
            _tell(f"watching {', '.join(reader.name for reader in readers)}: present a badge; Ctrl-C ends it")
            await watch(readers, opened.clock, eye, show, options.count)
        finally:
            await _close(opened.readers)
        return 0

    return hands.run(watching(), 0)


def _solve(config: Config, options: argparse.Namespace, hands: Hands) -> int:
    from firmware.technician.asking import TypedLines  # noqa: PLC0415 - as above
    from firmware.technician.solve import Solving  # noqa: PLC0415 - as above
    from firmware.technician.writing import find  # noqa: PLC0415 - as above

    class Person(TypedLines):
        tell = staticmethod(_tell)

    async def solving() -> int:
        storage = _storage(config, hands)
        opened = hands.open_readers(config)
        try:
            (reader,) = _wanted(opened.readers, options.reader, alone=True)
            search = Solving(reader, Person(sys.stdin.fileno()), _print, options.number)
            return await find(search, storage, site=options.site, sure=options.yes)
        finally:
            await _close(opened.readers)

    return hands.run(solving(), INTERRUPTED)


def _rules(config: Config, options: argparse.Namespace, hands: Hands) -> int:
    from firmware.rule_store import FILE, StoredRules, store, stored  # noqa: PLC0415 - as above
    from firmware.status import Looking  # noqa: PLC0415 - as above
    from firmware.technician.table import listed  # noqa: PLC0415 - as above

    if not options.remove and not options.remove_site:
        kept = stored(Looking(Path(config.data_dir)))
        site = config.badge_rules if kept.site is None else kept.site
        in_use = {"readers": {**config.reader_rules, **kept.readers}, "site": site}
        _print(json.dumps(in_use) if options.json else listed(config, kept))
        return 0
    storage = _storage(config, hands)
    kept = stored(storage)
    reader: str | None = None if options.remove_site else options.remove
    if (kept.site if reader is None else kept.readers.get(reader)) is None:
        raise BadgeUseError(f"nothing was written for {reader or 'the site'}", code="badge-rule-none")
    left = kept.without(reader)
    if left == StoredRules():
        storage.remove(FILE)
    else:
        store(storage, left)
    _tell("removed: the station goes by its configuration there from its next start")
    return 0


def _storage(config: Config, hands: Hands) -> Storage:
    """Raises `BadgeUseError` while the station has it, `DeviceConfigError`."""
    try:
        return hands.open_storage(config)
    except DeviceConfigError as exc:
        if isinstance(exc.__cause__, BlockingIOError):
            raise BadgeUseError(f"{exc.detail}: {STOP}", code="badge-busy") from exc
        raise


def _wanted(readers: Sequence[BadgeReader], name: str | None, *, alone: bool = False) -> Sequence[BadgeReader]:
    """The readers of that name, or all; one `alone` has to be said where there are several."""
    found = [reader for reader in readers if name in (None, reader.name)]
    if not found or (alone and len(found) > 1):
        names = ", ".join(reader.name for reader in readers)
        raise BadgeUseError(f"no reader {name!r}; there is {names}" if name else f"say --reader, one of {names}")
    return found


async def _close(readers: Sequence[BadgeReader]) -> None:
    for reader in readers:
        await reader.aclose()


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - for the person or the log that reads it
