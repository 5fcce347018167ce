"""`tools/dev demo`: a tap, a release and a print, end to end, on this machine."""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from tools.demo import printers
from tools.demo.processes import DemoError
from tools.demo.sample import sample_pdf
from tools.demo.show import Result, Scene, Show, Tell
from tools.peers import kinds
from tools.submit.document import Document
from tools.submit.errors import SubmitError

EXIT_FAILED = 1
PRINTER_HELP = (
    "print on this: any printer of a station's configuration, such as ipps://HOST/ipp/print[?pin=sha256:…] or "
    f"'cups:?device=URI&model=MODEL', or one of {', '.join(printers.KINDS)}"
)
EPILOG = """exit codes: 0 it was printed and, where we can look into the printer, byte for byte; 1 it was not, or a part
did not come up; 2 wrong arguments. With your own printer the first byte is the moment the station began to send."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        with ExitStack() as stack:
            return _run(options, stack)
    except (DemoError, SubmitError) as exc:
        print(f"demo: {exc}", file=sys.stderr)
        return EXIT_FAILED


def _run(options: argparse.Namespace, stack: ExitStack) -> int:
    tell = _story(time.monotonic(), sys.stderr if options.json else sys.stdout)
    if options.printer:
        printers.check(options.printer)
    directory = _directory(options.out, stack)
    document = _document(options.document, directory)
    show = stack.enter_context(Show(directory, tell))
    scene = show.set_up(options.printer, options.reader)
    show.submit(scene, document)
    result = show.release(scene, document)
    _report(result, as_json=options.json, tell=tell)
    if options.keep:
        _go_on(show, scene, document)
    return 0 if result.is_good else EXIT_FAILED


def _story(started: float, stream: TextIO) -> Tell:
    def tell(line: str) -> None:
        print(f"{time.monotonic() - started:7.3f} s  {line}", file=stream, flush=True)

    return tell


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tools/dev demo", description=__doc__, epilog=EPILOG)
    parser.add_argument("--document", type=Path, metavar="FILE", help="print this instead of a small PDF")
    parser.add_argument("--printer", metavar="URI", help=PRINTER_HELP)
    parser.add_argument(
        "--reader",
        choices=kinds.KINDS,
        default=kinds.TYPED,
        metavar="KIND",
        help=f"tap at an emulated reader of this kind, through its real driver: {', '.join(kinds.KINDS)}",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep everything in this new or empty folder")
    parser.add_argument(
        "--keep", action="store_true", help="then go on: `submit FILE`, `tap`, `quit` on standard input"
    )
    parser.add_argument("--json", action="store_true", help="one JSON line on standard output at the end")
    return parser


def _directory(out: Path | None, stack: ExitStack) -> Path:
    if out is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lockgate-demo-")))
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise DemoError(f"{out} is not empty")
    except OSError as exc:
        raise DemoError(f"{out}: {exc.strerror}") from exc
    return out.absolute()


def _document(given: Path | None, directory: Path) -> Path:
    """The document to print, of a kind that can be submitted. Raises `SubmitError`."""
    if given is None:
        given = directory / "hello.pdf"
        given.write_bytes(sample_pdf())
    with Document(given) as document:
        document.format()
    return given


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
    whole = "whole and held against each other" if result.records_whole else "NOT WHOLE: see `edgemesh audit verify`"
    lines.append(f"the audit records of station and mesh, {result.record_entries} entries, were verified: {whole}")
    return lines


def _go_on(show: Show, scene: Scene, document: Path) -> None:
    """Obey standard input until `quit`; where there is none, run until a signal."""
    client = scene.made.client
    show.tell(f"running in {show.directory}; here: submit FILE, tap, quit. From elsewhere:")
    show.tell(f"  tools/dev run lockgate-submit --profile {client} --mesh {scene.url} FILE")
    for line in sys.stdin:
        verb, _, rest = line.strip().partition(" ")
        if verb == "quit":
            return
        document = _obey(show, scene, verb, Path(rest) if rest else document)
    signal.pause()


def _obey(show: Show, scene: Scene, verb: str, document: Path) -> Path:
    try:
        if verb == "submit":
            show.submit(scene, document)
        elif verb == "tap":
            _report(show.release(scene, document), as_json=False, tell=show.tell)
        else:
            show.tell("say submit FILE, tap or quit")
    except (DemoError, OSError) as exc:
        show.tell(str(exc))
    return document


def _stop_in_order(_number: int, _frame: object) -> None:
    """A signal unwinds like an error: every part is stopped, every file of ours goes."""
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop_in_order)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
