"""The lines of the record: entries chained by hash and signed, and the statements that say how far a record goes."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self, TypeVar

from firmware.audit.events import AuditEvent, Value, check
from firmware.vault import signing
from firmware.vault.fields import FieldError, Fields, encode_object, encode_octets, encode_time, read_object
from firmware.vault.identity import MAX_CERTIFICATE_BYTES, MAX_CHAIN
from firmware.vault.signing import Signer

VERSION = 1
NOTHING = "0" * 64
"""What the first entry of all continues: no entry has this hash."""
MAX_SEGMENT = 999_999
"""The highest number of a file of the record."""
HEAD = "audit.head"
"""The name of the file with the statement of the record's end."""
MAX_LINE = 96 * 1024
"""Bytes of the longest line: the first of a segment, with three certificates of 16 KiB."""
_MAX_SIGNATURE = 80
_Record = TypeVar("_Record", "Entry", "Extent")
_ENTRY = ("v", "sequence", "at", "event", "fields", "prev", "signature")
_EXTENT = (
    "v",
    "kind",
    "org_id",
    "holder",
    "at",
    "segment",
    "newest",
    "first",
    "after",
    "last",
    "hash",
    "chain",
    "signature",
)


class RecordError(ValueError):
    """Not a line of ours, or not in its one spelling."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place in a record: an entry's number and its hash. Whoever remembers a point of another's record is its
    witness: a record that was rolled back cannot contain the point any more."""

    sequence: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `sequence:hash`. Raises `ValueError`."""
        number, _, digest = text.partition(":")
        if not (number.isascii() and number.isdecimal() and len(number) <= 16 and is_hash(digest)):
            raise ValueError("a witness is sequence:hash, the hash in 64 hex digits")
        return cls(int(number), digest)

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


BEGINNING = Point(0, NOTHING)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `prev` is the hash of the line before, its signature included."""

    sequence: int
    at: datetime
    event: AuditEvent
    fields: Mapping[str, Value]
    prev: str
    signature: bytes = field(repr=False, default=b"")

    @property
    def body(self) -> bytes:
        """What is signed, with the label `lockgate/v1/audit`."""
        return encode_object(self._values())

    @property
    def line(self) -> bytes:
        """The line as it is kept, without its end."""
        return encode_object(self._values() | {"signature": encode_octets(self.signature)})

    def _values(self) -> dict[str, object]:
        return {
            "v": VERSION,
            "sequence": self.sequence,
            "at": encode_time(self.at),
            "event": str(self.event),
            "fields": dict(sorted(self.fields.items())),
            "prev": self.prev,
        }


class ExtentKind(StrEnum):
    """What a statement is about: the record as it stands, or a range of it that was handed out."""

    HEAD = "head"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Extent:
    """The holder's statement that its record, or an exported range of it, goes from entry `first`, which continues
    `after`, to entry `last` with this `hash`. `segment` and `newest` number the first and last file kept (0: no files).
    It brings its own `chain`, so that it is proven even where nothing else is left."""

    kind: ExtentKind
    org_id: str
    holder: str
    at: datetime
    segment: int
    newest: int
    first: int
    after: str
    last: int
    hash: str
    chain: tuple[bytes, ...] = field(repr=False)
    signature: bytes = field(repr=False, default=b"")

    @property
    def point(self) -> Point:
        """The end."""
        return Point(self.last, self.hash)

    @property
    def body(self) -> bytes:
        """What is signed, with the label `lockgate/v1/audit`."""
        return encode_object(self._values())

    @property
    def line(self) -> bytes:
        """The statement as it is kept, without an end of line."""
        return encode_object(self._values() | {"signature": encode_octets(self.signature)})

    def _values(self) -> dict[str, object]:
        return {
            "v": VERSION,
            "kind": str(self.kind),
            "org_id": self.org_id,
            "holder": self.holder,
            "at": encode_time(self.at),
            "segment": self.segment,
            "newest": self.newest,
            "first": self.first,
            "after": self.after,
            "last": self.last,
            "hash": self.hash,
            "chain": chain_text(self.chain),
        }


@dataclass(frozen=True, slots=True)
class AuditKey:
    """Who keeps a record: its organisation, its name (`station/lobby`), the chain that proves it (DER, leaf first),
    and the signing key of the chain's leaf."""

    org_id: str
    holder: str
    chain: tuple[bytes, ...] = field(repr=False)
    signer: Signer = field(repr=False)

    def sign(self, body: bytes) -> bytes:
        """A DER signature under the record's own label."""
        return self.signer.sign(signing.AUDIT, body)


def file_name(number: int) -> str:
    """The name of a file of the record."""
    return f"audit-{number:06d}.jsonl"


def hash_of(line: bytes) -> str:
    """What the next entry's `prev` says of this line (without its end): SHA-256 in hex."""
    return hashlib.sha256(line).hexdigest()


def is_hash(text: str) -> bool:
    """Whether `text` is a SHA-256 in hex as we write it."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def parse_entry(line: bytes) -> Entry:
    """The entry in a line, when that is exactly how we would have written it. Raises `RecordError`."""
    try:
        fields = _read(line, _ENTRY)
        event, values = AuditEvent(fields.text("event", longest=32)), _values_of(fields.value("fields"))
        check(event, values)
        at, prev = fields.time("at"), _hash(fields, "prev")
        entry = Entry(fields.integer("sequence", least=1), at, event, values, prev, _signature(fields))
    except ValueError as exc:
        raise RecordError("not an entry") from exc
    return _exactly(entry, line)


def parse_extent(line: bytes) -> Extent:
    """The statement in a line, when that is exactly how we would have written it. Raises `RecordError`."""
    try:
        fields = _read(line, _EXTENT)
        extent = Extent(
            kind=ExtentKind(fields.text("kind", longest=8)),
            org_id=fields.text("org_id", longest=63),
            holder=fields.text("holder", longest=80),
            at=fields.time("at"),
            segment=fields.integer("segment", most=MAX_SEGMENT),
            newest=fields.integer("newest", most=MAX_SEGMENT),
            first=fields.integer("first", least=1),
            after=_hash(fields, "after"),
            last=fields.integer("last"),
            hash=_hash(fields, "hash"),
            chain=read_chain(fields.text("chain", longest=MAX_LINE)),
            signature=_signature(fields),
        )
    except ValueError as exc:
        raise RecordError("not a statement") from exc
    return _exactly(extent, line)


def chain_text(chain: tuple[bytes, ...]) -> str:
    """A chain as the text of one field."""
    return " ".join(map(encode_octets, chain))


def read_chain(text: str) -> tuple[bytes, ...]:
    """The chain in such a text. Raises `ValueError`."""
    parts = text.split(" ")
    if len(parts) > MAX_CHAIN:
        raise RecordError("too many certificates")
    chain = tuple(base64.b64decode(part, validate=True) for part in parts)
    if any(len(der) > MAX_CERTIFICATE_BYTES for der in chain):
        raise RecordError("a certificate is too long")
    return chain


def _read(line: bytes, names: tuple[str, ...]) -> Fields:
    if len(line) > MAX_LINE:
        raise RecordError("too long")
    fields = read_object(line, names)
    fields.integer("v", least=VERSION, most=VERSION)
    return fields


def _values_of(value: object) -> dict[str, Value]:
    if not isinstance(value, dict) or not all(isinstance(item, str | int) for item in value.values()):
        raise FieldError("fields")
    return value


def _hash(fields: Fields, name: str) -> str:
    text = fields.text(name, longest=64)
    if not is_hash(text):
        raise FieldError(name)
    return text


def _signature(fields: Fields) -> bytes:
    return fields.octets("signature", shortest=1, longest=_MAX_SIGNATURE)


def _exactly(record: _Record, line: bytes) -> _Record:
    if record.line != line:
        raise RecordError("not in its one spelling")
    return record
