"""`edgemesh`: runs a command and turns its errors into words on stderr and an exit code."""

import logging
import sys

from firmware.errors import LockgateError
from hal.ports.errors import DeviceError
from tools.edgemesh.administration.exits import ADVICE, Exit, exit_of
from tools.edgemesh.administration.words import desk
from tools.edgemesh.cli import parse
from tools.edgemesh.site import SiteError


def main(words: list[str] | None = None) -> int:
    """The exit code; `exits.EXITS` says what each means."""
    arguments = parse(words)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="edgemesh: %(levelname)s %(message)s")
    here = desk(arguments)
    try:
        return arguments.run(here) or Exit.DONE
    except (LockgateError, DeviceError) as exc:
        here.talk.failure(exc.detail or exc.code, exc.code, ADVICE.get(exc.code, ""))
        return exit_of(exc)
    except (SiteError, OSError) as exc:
        here.talk.failure(str(exc), "edgemesh-failed")
        return Exit.FAILED
    except KeyboardInterrupt:
        here.talk.failure("interrupted", "edgemesh-interrupted")
        return Exit.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
