"""`lockgate bundle`: the support bundle without the page, also of a station that does not run."""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from firmware.auditing import MakeCommand
from firmware.config import Config
from firmware.errors import LockgateError
from firmware.technician.doctor import Findings, checkup
from firmware.technician.scrub import HIDDEN, shown_words
from hal.ports.errors import DeviceError
from hal.ports.key_store import KeyStore

STDIN = Path("-")
MOST_LINES, LONGEST = 2000, 1000
"""Of the journal: its last lines, each so many characters long."""
MOST_BYTES = 16 * 2**20


class BundleError(LockgateError):
    """Codes: `bundle-out` (the file is there already, or cannot be written), `bundle-journal` (the journal cannot be
    read, or is no text)."""

    code = "bundle-out"


def add_bundle(commands: Any, make: MakeCommand, findings: Findings, open_keys: Callable[[Config], KeyStore]) -> None:
    """The command's arguments; `findings` looks at the machine, and asks printer and mesh."""

    def pack(config: Config, options: argparse.Namespace) -> int:
        packed = packed_for(config, findings, open_keys, journal_lines(options.journal) if options.journal else ())
        write_new(options.out, packed)
        _print(f"{options.out}: {len(packed)} bytes, with nothing secret in it; README.txt says what is in it")
        return 0

    command = make(commands, "bundle", pack, "write what somebody far away needs to see what is wrong here")
    command.add_argument("out", type=Path, metavar="FILE", help="a new file, such as lobby.zip")
    command.add_argument(
        "--journal", type=Path, metavar="FILE", help="put the last lines of this journal in, too; - reads stdin"
    )


def packed_for(
    config: Config, findings: Findings, open_keys: Callable[[Config], KeyStore], journal: Sequence[str]
) -> bytes:
    """A ZIP archive. Raises what `checkup` does."""
    from firmware.status import status  # noqa: PLC0415 - `--help` and a wrong file must answer at once
    from firmware.technician.bundle import Contents, bundle  # noqa: PLC0415 - as above

    try:
        found = status(config, open_keys(config))
    except (LockgateError, DeviceError):
        found = None  # the doctor says why
    tail = kept_tail(Path(config.data_dir))
    return bundle(Contents(config, found, checkup(config, findings), journal, tail), datetime.now(UTC))


def kept_tail(directory: Path, most: int = 50) -> Mapping[str, object]:
    """Where the audit record of that directory ends by its own statement, and the SHA-256 of its last lines; empty
    where there is none that can be read. The station may write it meanwhile."""
    try:
        head = json.loads((directory / "audit.head").read_bytes())
        newest = max(directory.glob("audit-[0-9]*.jsonl"))
        lines = newest.read_bytes().splitlines()[-most:]
        said = {"sequence": head["last"], "hash": head["hash"]}
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return {**said, "lines": [hashlib.sha256(line).hexdigest() for line in lines]}


def journal_lines(file: Path) -> Sequence[str]:
    """Its last lines, without passwords and without what commands a terminal. Raises `BundleError` bundle-journal."""
    try:
        data = _tail(sys.stdin.buffer) if file == STDIN else _tail_of(file)
    except OSError as exc:
        raise BundleError(f"{file}: {exc.strerror}", code="bundle-journal") from exc
    lines = data.decode("utf-8", "replace").splitlines()[-MOST_LINES:]
    # Scrubbed before it is cut: of a URI without its end nobody sees any more that it begins with a password.
    return [_printable(shown_words(line))[:LONGEST] for line in lines]


def _tail_of(file: Path) -> bytes:
    with file.open("rb") as journal:
        return _tail(journal)


def _tail(journal: BinaryIO) -> bytes:
    """The last whole lines within `MOST_BYTES`, however much there is."""
    kept, is_cut = b"", False
    while chunk := journal.read(MOST_BYTES):
        is_cut = is_cut or len(kept) + len(chunk) > MOST_BYTES
        kept = (kept + chunk)[-MOST_BYTES:]
    return kept.partition(b"\n")[2] if is_cut else kept


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\t" else HIDDEN for letter in line)


def write_new(out: Path, content: bytes) -> None:
    """For whoever runs this alone; nothing, where not all of it can be written. Raises `BundleError` bundle-out."""
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            try:
                file.write(content)
                file.flush()
            except OSError:
                out.unlink(missing_ok=True)
                raise
    except OSError as exc:
        raise BundleError(f"{out}: {exc.strerror}") from exc


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for
