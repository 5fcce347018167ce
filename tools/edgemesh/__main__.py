"""`edgemesh`: runs a command and turns its errors into a line on stderr and an exit code."""

import json
import logging
import sys

from firmware.errors import LockgateError
from hal.ports.errors import DeviceError
from tools.edgemesh.cli import parser
from tools.edgemesh.site import SiteError

FAILED = 1


def main(words: list[str] | None = None) -> int:
    """0 when done, 1 when not (stderr says why), 2 for wrong words."""
    arguments = parser().parse_args(words)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="edgemesh: %(levelname)s %(message)s")
    try:
        arguments.run(arguments)
    except (LockgateError, DeviceError) as exc:
        return _failed(str(exc), exc.code, as_json=arguments.json)
    except (SiteError, OSError) as exc:
        return _failed(str(exc), "edgemesh-failed", as_json=arguments.json)
    return 0


def _failed(text: str, code: str, *, as_json: bool) -> int:
    print(json.dumps({"error": code, "detail": text}) if as_json else f"edgemesh: {text}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
