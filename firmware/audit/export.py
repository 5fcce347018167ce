"""A range of a record as one file of JSON lines that proves itself with the CA's certificate alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from firmware.audit.records import AuditKey, Extent, ExtentKind, hash_of, parse_entry


def assemble(key: AuditKey, now: datetime, header: bytes, lines: Sequence[bytes]) -> bytes:
    """First the signed statement of what the range is and what it continues; then, unless it is in the range, the entry
    that says who signs; then the entries as they are kept, byte for byte. Raises `RecordError` (a `ValueError`) where
    the record is damaged at the range's ends."""
    first, last = parse_entry(lines[0]), parse_entry(lines[-1])
    extent = Extent(
        kind=ExtentKind.EXPORT,
        org_id=key.org_id,
        holder=key.holder,
        at=now,
        segment=0,
        newest=0,
        first=first.sequence,
        after=first.prev,
        last=last.sequence,
        hash=hash_of(lines[-1]),
        chain=key.chain,
    )
    statement = replace(extent, signature=key.sign(extent.body)).line
    context = [] if lines[0] == header else [header]
    return b"".join(line + b"\n" for line in (statement, *context, *lines))
