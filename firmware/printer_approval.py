"""The printer's key that a technician approved at the box: kept in the storage port, before the configuration's pin.

It stands for one URI of the configuration, letter by letter: whoever changes that URI has the last word again.
"""

import re
from dataclasses import dataclass

from firmware.errors import LockgateError
from firmware.vault.fields import FieldError, encode_object, read_kept
from hal.ports.storage import Storage

FILE = "printer-approval"
VERSION = 1
LONGEST = 8 * 1024
LONGEST_URI = 2048
_PIN = re.compile(r"[0-9a-f]{64}")
_OPTION = re.compile(r"([?&])pin=[^&#]*")


class ApprovalError(LockgateError):
    """What is stored is damaged: it is not gone by."""

    code = "printer-approval-damaged"


@dataclass(frozen=True, slots=True)
class Approval:
    """`uri` as the configuration has it; `pin` is the SHA-256 of the key approved for it, hex."""

    uri: str
    pin: str


def pinned(uri: str, pin: str) -> str:
    """`uri` with that pin, in place of one it has."""
    option = f"pin=sha256:{pin}"
    if _OPTION.search(uri):
        return _OPTION.sub(lambda found: found.group(1) + option, uri)
    return f"{uri}{'&' if '?' in uri else '?'}{option}"


def read_approval(data: bytes) -> Approval:
    """The content of the file. Raises `ApprovalError`."""
    try:
        if len(data) > LONGEST:
            raise FieldError("too long")  # noqa: TRY301 - told as what is found within
        fields = read_kept(data, ("version", "uri", "pin"))
        fields.integer("version", least=VERSION, most=VERSION)
        found = Approval(fields.text("uri", longest=LONGEST_URI), fields.text("pin", longest=64))
        if not _PIN.fullmatch(found.pin):
            raise FieldError("pin")  # noqa: TRY301 - as above
    except FieldError as exc:
        raise ApprovalError(f"{FILE}: {exc}") from exc
    return found


def approve(storage: Storage, approval: Approval) -> None:
    """Durably, instead of what was there. Raises `ApprovalError` where it could not be read back, `StorageError`."""
    data = encode_object({"version": VERSION, "uri": approval.uri, "pin": approval.pin}) + b"\n"
    read_approval(data)
    storage.replace(FILE, data)


def approved(uri: str, storage: Storage) -> str:
    """The URI to open: the configuration's, with the key that was approved for it, if any was. Raises `ApprovalError`,
    `StorageError`."""
    data = storage.read(FILE)
    if data is None:
        return uri
    found = read_approval(data)
    return pinned(uri, found.pin) if found.uri == uri else uri
