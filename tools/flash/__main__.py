"""`lockgate-flash`: runs it, and turns what happened into words and an exit status."""

import signal
import sys
from typing import TextIO

from firmware.errors import LockgateError
from tools.flash.cli import parser
from tools.flash.deeds import Desk
from tools.flash.errors import Exit, FlashError, exit_status
from tools.flash.talk import Talk


def main(
    words: list[str] | None = None,
    *,
    out: TextIO | None = None,
    err: TextIO | None = None,
    asked: TextIO | None = None,
) -> int:
    """The exit status; EXITS in errors.py says what each means."""
    options = parser().parse_args(words)
    if getattr(options, "yes", False) and not (options.disk or options.file):
        parser().error("--yes needs --disk or --file: nothing is destroyed that was not named")
    talk = Talk(out or sys.stdout, err or sys.stderr, asked or sys.stdin, as_json=options.json, quiet=options.quiet)
    desk = Desk(options, talk)
    try:
        desk.run()
    except LockgateError as exc:
        talk.failure(exc)
        if desk.touched:
            talk.say(f"{desk.touched} does not start: it has no partition table")
        return exit_status(exc)
    except KeyboardInterrupt:
        told = f"interrupted: {desk.touched} does not start" if desk.touched else "interrupted: nothing was written"
        talk.failure(FlashError(told, code="flash-interrupted" if desk.touched else "flash-declined"))
        return Exit.INTERRUPTED
    return Exit.WRITTEN


def command() -> int:
    """For the console: an end that is asked for is one by Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return main()


if __name__ == "__main__":
    sys.exit(command())
