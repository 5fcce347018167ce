"""`lockgate`: arguments, configuration, the real board, signals, the exit code. The only importer of hal.registry."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from firmware.config import Config, load
from firmware.core.events import StopAsked
from firmware.errors import LockgateError
from firmware.process import harden, reuse_memory
from hal.ports.errors import DeviceError, StorageError

if TYPE_CHECKING:
    from firmware.app import Post
    from hal.board import Board

DEFAULT_CONFIG = Path("/etc/lockgate/lockgate.toml")
EXIT_INTERNAL, EXIT_STORAGE, EXIT_CONFIG = 1, 74, 78  # the last two as in sysexits.h: EX_IOERR, EX_CONFIG
EXIT_CODES = """exit codes: 0 stopped as asked, or the check passed; 1 internal fault; 2 wrong arguments;
74 the storage failed; 78 the configuration, a device's URI or the station's identity cannot be used.
All codes in messages are explained in firmware/docs/errors.md."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the station, or check its configuration. The exit code, as in EXIT_CODES."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    harden()
    reuse_memory()
    try:
        config = load(options.config)
        return _check(config) if options.check else _serve(config)
    except StorageError as exc:
        return _fail(exc, EXIT_STORAGE)
    except (LockgateError, DeviceError) as exc:
        return _fail(exc, EXIT_CONFIG)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("lockgate", description="A print release station.", epilog=EXIT_CODES)
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="FILE", help="default: %(default)s")
    parser.add_argument("--check", action="store_true", help="check configuration and identity, then exit")
    return parser


def _board(config: Config) -> "Board":
    from hal.registry import BoardConfig, open_board  # noqa: PLC0415 - `--help` and a wrong file must answer at once

    return open_board(
        BoardConfig(
            readers=config.readers,
            printer=config.printer,
            keys=config.keys,
            storage=f"file:{config.data_dir}",
            indicator=config.indicator,
        )
    )


def _check(config: Config) -> int:
    from firmware.app import load_credentials  # noqa: PLC0415 - as above

    identity = load_credentials(_board(config), config).identity
    print(f"the configuration is fine: station {identity.id} of {identity.org_id}")  # noqa: T201 - the answer asked for
    return 0


def _serve(config: Config) -> int:
    from firmware import app  # noqa: PLC0415 - as above
    from firmware.journal import standard_journal  # noqa: PLC0415 - as above

    board = _board(config)

    async def serve() -> int:
        async with app.connect(board, config) as mesh:
            journal = standard_journal(board.clock)
            return await app.run(board, config, mesh, journal=journal, control=_stop_on_signals)

    return asyncio.run(serve())


def _stop_on_signals(post: "Post") -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, post, StopAsked())


def _fail(exc: Exception, code: int) -> int:
    print(f"lockgate: {exc}", file=sys.stderr)  # noqa: T201 - for the person or the log that reads it
    return code


if __name__ == "__main__":
    sys.exit(main())
