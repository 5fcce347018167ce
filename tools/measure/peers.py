"""What the figures are held against: ipptool, cupsd and openssl, each doing the same work its own way."""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from tools.peers.cupsd import Cupsd
from tools.peers.ippeveprinter import IppEvePrinter
from tools.peers.spool import SpoolWatch

LIMIT = 300.0
SEGMENT = 2**20

PRINT_JOB = """\
{
  NAME "upload"
  OPERATION Print-Job
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR language attributes-natural-language en
  ATTR uri printer-uri $uri
  ATTR name requesting-user-name peer
  ATTR mimeMediaType document-format application/pdf
  FILE $filename
  STATUS successful-ok
}
"""


def empty(printer: IppEvePrinter) -> None:
    """Remove what was delivered: half a gigabyte a time."""
    for path in printer.documents():
        path.unlink(missing_ok=True)


def ipptool_upload(printer: IppEvePrinter, document: Path) -> float:
    """Seconds for ipptool to upload the plain document over IPPS, answer included."""
    with tempfile.NamedTemporaryFile("w", suffix=".test") as test:
        test.write(PRINT_JOB)
        test.flush()
        command = ["ipptool", "-q", "-T", str(int(LIMIT)), "-f", str(document), printer.uri, test.name]
        started = time.monotonic()
        subprocess.run(command, check=True, timeout=LIMIT, capture_output=True)
        return time.monotonic() - started


def cups_resume_first_byte(cups: Cupsd, printer: IppEvePrinter, document: Path) -> float:
    """Milliseconds from `lp -H resume` of a held job to its first byte in the printer's spool."""
    job = cups.hold(document)
    watch = SpoolWatch(printer.spool)
    started = time.monotonic()
    cups.resume(job)
    first = watch.wait(LIMIT)
    _until_done(cups, job)
    if first is None:
        raise RuntimeError("CUPS delivered nothing")
    return (first - started) * 1000


def cups_resume_whole(cups: Cupsd, document: Path) -> float:
    """Seconds from `lp -H resume` of a held job until cupsd says it is done."""
    job = cups.hold(document)
    started = time.monotonic()
    cups.resume(job)
    _until_done(cups, job)
    return time.monotonic() - started


def _until_done(cups: Cupsd, job: str) -> None:
    end = time.monotonic() + LIMIT
    while not cups.is_done(job):
        if time.monotonic() > end:
            raise RuntimeError(f"{job} is not done after {LIMIT:g} s")
        time.sleep(0.01)


def openssl_gcm() -> float:
    """MB/s of `openssl speed` for AES-256-GCM in pieces of one segment."""
    command = ["openssl", "speed", "-mr", "-seconds", "1", "-bytes", str(SEGMENT), "-evp", "aes-256-gcm"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    found = re.search(r"^\+F:\d+:[^:]+:([\d.]+)", said.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError("openssl speed said nothing that can be read")
    return float(found[1]) / 1e6
