"""`tools/dev bench`: measures ours and the peers in one run, and says where each figure lands."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from tools.measure import conversion, panel, readers, report, sections, trust
from tools.measure.sections import MB
from tools.measure.series import Row
from tools.peers import cupsd, ippeveprinter

FULL = (50 * MB, 500 * MB, 2000 * MB)
QUICK = (50 * MB, 200 * MB)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if missing := _missing():
        print(f"bench: needs {missing}", file=sys.stderr)
        return 1
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="lockgate-bench-", dir=options.scratch) as directory:
        root = Path(directory)
        root.chmod(0o755)
        made = _sections(root, options.runs, QUICK if options.quick else FULL)
        for name in options.only or made:
            for row in made[name]():
                rows.append(row)
                print(f"measured: {row.name}", file=sys.stderr, flush=True)
    print(json.dumps(report.as_json(rows)) if options.json else report.table(rows))
    report.plot(rows, options.plot)
    print(f"plot: {options.plot}", file=sys.stderr)
    return 0


def _sections(root: Path, runs: int, sizes: tuple[int, ...]) -> Mapping[str, Callable[[], Iterator[Row]]]:
    return {
        "crypto": partial(sections.crypto, runs),
        "verification": partial(trust.verification, root),
        "pairing": partial(trust.pairing, runs, root),
        "crowd": partial(trust.crowded, runs, root),
        "start": partial(sections.starting, runs, root),
        "readers": partial(readers.measured, root),
        "conversion": partial(conversion.measured, runs, root),
        "panel": partial(panel.measured, runs, root),
        "releases": partial(sections.releases, runs, root, sizes),
    }


def _missing() -> str:
    """What is not installed, in words."""
    if not (ippeveprinter.available() and cupsd.available()):
        return "root, ippeveprinter, dbus-daemon, cupsd and its commands"
    if not conversion.available():
        return "mupdf-tools, bubblewrap"
    if not panel.available():
        return "chromium"
    return "" if readers.available() else "pcscd, vsmartcard-vpcd, umockdev, gir1.2-umockdev-1.0, python3-gi"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tools/dev bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds of each measurement (default: 5)")
    parser.add_argument("--quick", action="store_true", help="50 and 200 MB only")
    names = tuple(_sections(Path(), 0, ()))
    parser.add_argument("--only", action="append", choices=names, help="this section alone; may be said again")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where documents go; needs 8 GB (default: /tmp)")
    parser.add_argument("--plot", type=Path, default=Path("bench.svg"), metavar="FILE", help="(default: bench.svg)")
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of the table")
    return parser


if __name__ == "__main__":
    sys.exit(main())
