"""What is to be verified, read from wherever it lies: a holder's files, or one export. Nothing here is trusted."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from firmware.audit.faults import Fault, FaultCode, FaultFoundError
from firmware.audit.records import HEAD, MAX_LINE, file_name
from firmware.audit.walk import Line, lines_of
from hal.ports.storage import Storage

MAX_BYTES = 256 * 1024 * 1024
"""More than this is not read; a record's quota is far below."""
_FILE = re.compile(r"audit-(\d{6})\.jsonl", re.ASCII)


@dataclass(frozen=True, slots=True)
class Material:
    """`statement` is the line that says how far the record goes, from the file `origin`. A holder's files are in
    `files` by number; an exported file's lines, without the statement, are in `exported`."""

    origin: str
    statement: bytes | None = field(repr=False)
    files: dict[int, bytes] = field(repr=False, default_factory=dict)
    exported: list[Line] | None = field(repr=False, default=None)


def from_path(path: Path) -> Material:
    """A directory of a holder, or an exported file. Raises `FaultFoundError` for what cannot be read."""
    try:
        if not path.is_dir():
            return from_export(path.name, _read(path, MAX_BYTES))
        found = {int(match[1]): file for file in path.iterdir() if (match := _FILE.fullmatch(file.name))}
        head = path / HEAD
        left = MAX_BYTES
        files: dict[int, bytes] = {}
        for number, file in sorted(found.items()):
            files[number] = _read(file, left)
            left -= len(files[number])
        return Material(HEAD, _statement(_read(head, MAX_LINE)) if head.exists() else None, files)
    except (OSError, ValueError) as exc:  # a path with a NUL in it is a ValueError
        raise FaultFoundError(Fault(FaultCode.UNREADABLE, path.name, 0, 0, type(exc).__name__)) from exc


def from_export(name: str, data: bytes) -> Material:
    """An exported file: the statement in its first line, entries in the others."""
    first, _, rest = data.partition(b"\n")
    return Material(name, _statement(first + b"\n"), exported=lines_of(name, rest, start=2))


def from_storage(storage: Storage, first: int, newest: int) -> dict[int, bytes]:
    """The files `first` to `newest` as far as they exist, and those after them without a gap. Raises `StorageError`."""
    files: dict[int, bytes] = {}
    number = first
    while True:
        data = storage.read(file_name(number))
        if data is not None:
            files[number] = data
        elif number > newest:
            return files
        number += 1


def _statement(data: bytes) -> bytes:
    """The one line in `data`; whatever else there is makes it no statement of ours."""
    return data[:-1] if data.endswith(b"\n") and data.count(b"\n") == 1 else b""


def _read(path: Path, most: int) -> bytes:
    if not path.is_file():
        raise FaultFoundError(Fault(FaultCode.UNREADABLE, path.name, 0, 0, "not a file"))
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise FaultFoundError(Fault(FaultCode.UNREADABLE, path.name, 0, 0, "longer than any record"))
    return data
