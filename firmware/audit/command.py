"""The verifier as part of the commands: what a person or a script reads, and the exit codes."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from firmware.audit.records import Point
from firmware.audit.verify import Report, Witnessed, verify_path
from firmware.errors import LockgateError
from firmware.vault.identity import IdentityError, TrustAnchor

WHOLE, FAULTY, USAGE = 0, 1, 2
"""Exit codes: nothing wrong; a fault was found; the command itself was wrong (no CA, a malformed witness, or a record
to be witnesses of which nothing can be believed)."""


class WitnessError(LockgateError):
    """A record that cannot be anybody's witness: nothing of it is proven. The code is that of its fault."""


def run(path: Path, ca_pem: bytes, options: argparse.Namespace) -> int:
    """Verify the record at `path`; returns the exit code."""
    try:
        anchor = TrustAnchor(ca_pem)
        witnesses = [Point.parse(text) for text in options.witness]
        witnessed = remembered(options.witness_from, anchor)
    except (IdentityError, WitnessError, ValueError) as exc:
        sys.stderr.write(f"lockgate: {exc}\n")
        return USAGE
    report = verify_path(path, anchor, holder=options.holder, witnesses=witnesses, witnessed=witnessed)
    sys.stdout.write((json.dumps(report.as_json()) if options.json else sentences(report)) + "\n")
    return WHOLE if report.ok else FAULTY


def remembered(paths: Iterable[Path], anchor: TrustAnchor) -> list[Witnessed]:
    """What these records remember of others, as far as each is whole: up to its first fault, what its holder signed.
    Raises `WitnessError` for one of which nothing is."""
    found: list[Witnessed] = []
    for path in paths:
        report = verify_path(path, anchor)
        if report.fault is not None and not report.entries:
            raise WitnessError(f"{path}: {report.fault.detail}", code=report.fault.code.value)
        found += report.witnessed
    return found


def sentences(report: Report) -> str:
    """A report for people."""
    lines = []
    if report.holder:
        lines.append(f"{report.holder} of {report.org_id}: {report.entries} entries in {report.files} files")
    if report.fault is None and not report.entries:
        lines.append("whole: nothing is in it yet")
    elif report.fault is None:
        lines.append(f"whole, from entry {report.first} to {report.last}")
        lines.append(f"to remember as a witness: {report.last}:{report.hash}")
    else:
        fault = report.fault
        place = f"{fault.file} line {fault.line}" if fault.line else fault.file
        wanted = f", where entry {fault.sequence} should be" if fault.sequence else ""
        lines.append(f"{fault.code}: {place}{wanted}: {fault.detail}")
        lines.append(f"{report.entries} entries before it are whole")
    if report.unconfirmed:
        lines.append(f"{report.unconfirmed} entries after the stated end: whole, as after a power cut")
    if report.unjudged:
        lines.append(f"{report.unjudged} witnesses saw entries that have been pruned since")
    if report.strays:
        lines.append(f"{report.strays} files are not of the chain")
    return "\n".join(lines)
