"""`lockgate pair`, `status`, `unpair` and `reset`: whether and how a box belongs to an organisation."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from firmware import devices
from firmware.config import Config
from firmware.signals import ended_by_signals

if TYPE_CHECKING:
    from firmware.joining import Wanted
    from firmware.resetting import FactoryReset

EXIT_USAGE, EXIT_CONFIG, EXIT_INTERRUPTED = 2, 78, 130  # the second as EX_CONFIG in sysexits.h
Command = Callable[..., argparse.ArgumentParser]
"""Adds a command by its name, what it does and a line about it."""


def add_membership(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", command: Command) -> None:
    """The commands and their arguments."""
    pair = command(commands, "pair", _pair, "join an organisation: shows the code that an administrator types")
    pair.add_argument("--name", metavar="NAME", help="what the station is to be called (default: station.name)")
    pair.add_argument("--mesh", metavar="URL", help="where the mesh answers (default: mesh.url)")
    pair.add_argument("--provision", type=Path, metavar="FILE", help="pair unattended by this file, which is destroyed")
    _manners(pair)
    _manners(command(commands, "status", _status, "say who this station is and how its keys are kept"))
    reset = command(
        commands, "reset", _reset, "factory reset: leave the mesh, destroy all that this box keeps, and start again"
    )
    reset.add_argument("--yes", action="store_true", help="do not ask")
    reset.add_argument("--if-paired", action="store_true", help="change nothing at a box that belongs to no mesh")
    unpair = command(commands, "unpair", _unpair, "destroy the station's identity and keys")
    unpair.add_argument("--yes", action="store_true", help="do not ask")


def _manners(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, for success and failure alike")


def _pair(config: Config, options: argparse.Namespace) -> int:
    from firmware.joining import Wanted  # noqa: PLC0415 - `--help` and a wrong file must answer at once

    wanted = Wanted.configured(config)
    wanted = replace(
        wanted,
        name=options.name or wanted.name,
        url=options.mesh or wanted.url,
        provision=options.provision or (None if options.name or options.mesh else wanted.provision),
    )
    return asyncio.run(ended_by_signals(_paired(config, wanted, as_json=options.json), EXIT_INTERRUPTED))


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
    asked = _confirmed("unpair destroys the station's keys; it must be paired again to serve", options)
    if asked:
        return asked
    kept.unpair(board.keys)
    forget(board.storage)
    _print("unpaired: the keys are destroyed; have an administrator revoke the station at the mesh, too")
    return 0


def _reset(config: Config, options: argparse.Namespace) -> int:
    from firmware.resetting import FactoryReset  # noqa: PLC0415 - as above
    from firmware.service import reach  # noqa: PLC0415 - as above

    board = devices.board(config)
    clock, channels = reach(board)
    reset = FactoryReset(board, config, channels, clock, _tell)
    if options.if_paired and not reset.is_paired:
        _print("this box belongs to no mesh: nothing was changed")
        return 0
    asked = _confirmed("reset destroys all that this box keeps: keys, settings, records", options)
    if asked:
        return asked
    untold = asyncio.run(ended_by_signals(_begun(reset), EXIT_INTERRUPTED))
    _print("this box starts again, with nothing of what it kept")
    return untold


async def _begun(reset: "FactoryReset") -> int:
    if await reset.begin(reset.name()):
        _tell("have an administrator revoke the station at the mesh, too")
    return 0


def _confirmed(words: str, options: argparse.Namespace) -> int:
    """0 where somebody said yes, else the exit code."""
    if options.yes:
        return 0
    if not sys.stdin.isatty():
        _tell(f"lockgate: {words}: say --yes")
        return EXIT_USAGE
    _tell(f"{words}. Type yes to go on:")
    if sys.stdin.readline().strip() != "yes":
        _tell("nothing was changed")
        return EXIT_INTERRUPTED
    return 0


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - for the person or the log that reads it
