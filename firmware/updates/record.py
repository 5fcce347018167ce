"""What is kept of an update, in the storage port: replaced whole, so a power cut leaves this step or the one before."""

from dataclasses import asdict, fields
from typing import Protocol

from firmware.updates.states import Phase, Record, UpdateError
from firmware.vault.fields import FieldError, encode_object, read_kept
from hal.ports.storage import Storage

FILE = "update"
WISH = "update-wish"
"""Written by `lockgate update`, taken by the station that runs."""
VERSION = 1
LONGEST = 8 * 1024
MOST_FAULTS = 16
_TEXTS = tuple(one.name for one in fields(Record) if one.type in (str, "str"))


class Reading(Protocol):
    """What of the storage port is read from."""

    def read(self, name: str) -> bytes | None: ...


def read_record(data: bytes) -> Record:
    """The content of the file. Raises `UpdateError`."""
    try:
        if len(data) > LONGEST:
            raise FieldError("too long")  # noqa: TRY301 - told as what is found within
        found = read_kept(data, ("version", *(one.name for one in fields(Record))))
        found.integer("version", least=VERSION, most=VERSION)
        known, told = found.value("known"), found.value("told")
        if not (isinstance(known, list) and len(known) <= MOST_FAULTS and all(isinstance(one, str) for one in known)):
            raise FieldError("known")  # noqa: TRY301 - as above
        if not isinstance(told, bool):
            raise FieldError("told")  # noqa: TRY301 - as above
        texts = {name: found.text(name, longest=128, shortest=0) for name in _TEXTS}
        phase = Phase(found.text("phase", longest=16))
        return Record(phase=phase, tries=found.integer("tries"), known=tuple(known), told=told, **texts)
    except (FieldError, ValueError) as exc:
        raise UpdateError(f"{FILE}: {exc}") from exc


def encode_record(record: Record) -> bytes:
    """As `read_record` reads it."""
    return encode_object({"version": VERSION, **asdict(record), "known": list(record.known)}) + b"\n"


def kept_record(storage: Reading) -> Record:
    """What was kept; nothing under way where nothing was. Raises `UpdateError`, `StorageError`."""
    data = storage.read(FILE)
    return Record() if data is None else read_record(data)


def keep(storage: Storage, record: Record) -> None:
    """Durably. Raises `StorageError`."""
    storage.replace(FILE, encode_record(record))
