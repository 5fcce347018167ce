"""`lockgate audit`: the station's record, or an exported one: verified, copied out, pointed at. The station may run."""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from firmware.audit.arguments import verify_arguments
from firmware.config import Config, load
from firmware.errors import LockgateError

OwnCa = Callable[[Config], bytes]


class AuditUseError(LockgateError):
    """Codes: `audit-unreadable` (there is no record to copy, or a file cannot be read), `audit-out` (the directory to
    copy into cannot be used)."""

    code = "audit-unreadable"


class MakeCommand(Protocol):
    """firmware.__main__ makes a command with its manners."""

    def __call__(
        self, commands: Any, name: str, act: Callable[[Any, argparse.Namespace], int], words: str, /
    ) -> argparse.ArgumentParser: ...


def add_audit(commands: Any, make: MakeCommand, own_ca: OwnCa) -> None:
    """The commands' arguments; `own_ca` gives the CA of a configured station's pairing, in PEM."""

    def verify(_config: Config | None, options: argparse.Namespace) -> int:
        return _verify(options, own_ca)

    group = make(commands, "audit", _verify_nothing, "the record that cannot be quietly changed")
    verbs = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = make(verbs, "verify", verify, "prove that nothing was changed: exit code 0 when all is whole, else 1")
    check.add_argument("--dir", type=Path, metavar="PATH", help="of this directory or exported file (default: ours)")
    check.add_argument("--ca", type=Path, metavar="FILE", help="under this CA (default: that of our pairing)")
    verify_arguments(check)
    check.set_defaults(needs_config=False)
    export = make(verbs, "export", _export, "copy the record as it stands into a directory; it verifies anywhere")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty directory")
    export.add_argument("--json", action="store_true", help="one JSON object on stdout")
    make(verbs, "head", _head, "print the signed statement of where the record ends, one JSON object")


def _verify_nothing(_config: Config, _options: argparse.Namespace) -> int:
    raise AssertionError("argparse asks for a command")


def _verify(options: argparse.Namespace, own_ca: OwnCa) -> int:
    """Where both are named, no station need be configured here."""
    from firmware.audit.command import run  # noqa: PLC0415 - `--help` and a wrong file must answer at once

    config = None if options.dir and options.ca else load(options.config)
    ca_pem = _read(options.ca) if options.ca or config is None else own_ca(config)
    directory = options.dir or Path(config.data_dir if config else "")
    return run(directory, ca_pem, options)


def _export(config: Config, options: argparse.Namespace) -> int:
    """The statement first: entries that are written meanwhile come after its end, whole."""
    source, out = Path(config.data_dir), options.out
    files = {"audit.head": _read(source / "audit.head")}
    files |= {path.name: _read(path) for path in sorted(source.glob("audit-[0-9]*.jsonl"))}
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise AuditUseError(f"{out} is not empty", code="audit-out")
        for name, content in files.items():
            _write(out / name, content)
    except OSError as exc:
        raise AuditUseError(f"{out}: {exc.strerror}", code="audit-out") from exc
    entries = sum(content.count(b"\n") for content in files.values()) - 1
    said = {"out": str(out), "entries": entries, "files": len(files) - 1}
    _print(json.dumps(said) if options.json else f"{entries} entries are in {out}")
    return 0


def _head(config: Config, _options: argparse.Namespace) -> int:
    _print(_read(Path(config.data_dir) / "audit.head").decode("ascii", "replace").rstrip("\n"))
    return 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise AuditUseError(f"{path}: {exc.strerror}") from exc


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _print(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - the answer asked for
