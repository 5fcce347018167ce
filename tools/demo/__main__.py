"""`tools/dev demo`: a tap, a release and a print, end to end, on this machine."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tools.demo.processes import DemoError
from tools.demo.sample import sample_pdf
from tools.demo.show import Result, Show, Tell

EXIT_FAILED = 1
EPILOG = """exit codes: 0 printed, and what the printer got is the document byte for byte; 1 it was not,
or a part did not come up; 2 wrong arguments."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    started = time.monotonic()

    def tell(line: str) -> None:
        print(
            f"{time.monotonic() - started:7.3f} s  {line}", file=sys.stderr if options.json else sys.stdout, flush=True
        )

    try:
        with ExitStack() as stack:
            directory = _directory(options.out, stack)
            show = stack.enter_context(Show(directory, tell))
            result = show.run(_document(options.document, directory), options.printer)
            _report(result, as_json=options.json, tell=tell)
            if options.keep:
                _wait(directory)
    except DemoError as exc:
        print(f"demo: {exc}", file=sys.stderr)
        return EXIT_FAILED
    return 0 if result.is_good else EXIT_FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tools/dev demo", description=__doc__, epilog=EPILOG)
    parser.add_argument("--document", type=Path, metavar="FILE", help="print this instead of a small PDF")
    parser.add_argument("--printer", metavar="URI", help="print on this: ipps://HOST/ipp/print[?pin=sha256:…]")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep everything in this new or empty folder")
    parser.add_argument("--keep", action="store_true", help="leave it all running until Enter or Ctrl-C")
    parser.add_argument("--json", action="store_true", help="one JSON line on standard output at the end")
    return parser


def _directory(out: Path | None, stack: ExitStack) -> Path:
    if out is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lockgate-demo-")))
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise DemoError(f"{out} is not empty")
    return out.absolute()


def _document(given: Path | None, directory: Path) -> Path:
    if given is not None:
        if not given.is_file():
            raise DemoError(f"{given} is not a file")
        return given
    path = directory / "hello.pdf"
    path.write_bytes(sample_pdf())
    return path


def _report(result: Result, *, as_json: bool, tell: Tell) -> None:
    if as_json:
        print(json.dumps(result.as_json()), flush=True)
    for line in _story_end(result):
        tell(line)


def _story_end(result: Result) -> list[str]:
    lines = [f"outcome: {result.outcome}{': ' + result.code if result.code else ''}"]
    if result.delivered_sha256 is not None:
        same = "the same" if result.delivered_sha256 == result.document_sha256 else "ANOTHER document"
        lines.append(f"the printer got {same}, byte for byte (SHA-256 {result.delivered_sha256[:16]}…)")
    for name, value in (("list", result.tap_to_list_ms), ("first byte", result.tap_to_first_byte_ms)):
        if value is not None:
            lines.append(f"tap to {name}: {value:.0f} ms")
    if result.tap_to_printed_ms is not None:
        lines.append(f"tap to printed: {result.tap_to_printed_ms:.0f} ms")
    lines.append(f"the station's memory at its peak: {result.station_peak_rss_mib} MiB")
    return lines


def _wait(directory: Path) -> None:
    print(f"running; its files are in {directory}. Enter or Ctrl-C ends it.", file=sys.stderr)
    try:
        sys.stdin.readline()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    sys.exit(main())
