"""`tools/dev bench`: measures ours and the peers in one run, and says where each figure lands."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.measure import report, sections, trust
from tools.measure.sections import MB
from tools.measure.series import Row
from tools.peers import cupsd, ippeveprinter

FULL = (50 * MB, 500 * MB, 2000 * MB)
QUICK = (50 * MB, 200 * MB)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if not (ippeveprinter.available() and cupsd.available()):
        print("bench: needs root, ippeveprinter, dbus-daemon, cupsd and its commands", file=sys.stderr)
        return 1
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="lockgate-bench-", dir=options.scratch) as directory:
        root = Path(directory)
        root.chmod(0o755)
        for found in (
            sections.crypto(options.runs),
            trust.verification(root),
            trust.pairing(options.runs, root),
            trust.crowded(options.runs, root),
            sections.starting(options.runs, root),
            sections.releases(options.runs, root, QUICK if options.quick else FULL),
        ):
            for row in found:
                rows.append(row)
                print(f"measured: {row.name}", file=sys.stderr, flush=True)
    print(json.dumps(report.as_json(rows)) if options.json else report.table(rows))
    report.plot(rows, options.plot)
    print(f"plot: {options.plot}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tools/dev bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds of each measurement (default: 5)")
    parser.add_argument("--quick", action="store_true", help="50 and 200 MB only")
    parser.add_argument("--scratch", type=Path, metavar="DIR", help="where documents go; needs 8 GB (default: /tmp)")
    parser.add_argument("--plot", type=Path, default=Path("bench.svg"), metavar="FILE", help="(default: bench.svg)")
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of the table")
    return parser


if __name__ == "__main__":
    sys.exit(main())
