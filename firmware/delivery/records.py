"""The lines of the release ledger: one JSON object each behind its CRC-32, and what counts as torn or damaged."""

import json
import zlib
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from firmware.core.events import Outcome


class Step(StrEnum):
    """How far a release is, in the order in which it gets there."""

    INTENDED = "intended"
    CREATED = "created"
    STARTED = "started"
    SENT = "sent"
    ENDED = "ended"
    REPORTED = "reported"

    @property
    def rank(self) -> int:
        return list(Step).index(self)


@dataclass(frozen=True, slots=True)
class Entry:
    """One release as the ledger knows it: ids and outcomes, nothing of the person or the document.

    STARTED is on the medium before the first byte of the document may leave; SENT says that the printer answered
    successful-ok for all of it. `printer_job` and `printer_uuid` are the printer's job-id and job-uuid, once it has
    them. `first_page` is the document's page that the release begins with; `copies` is 0 in lines from before it was
    recorded; `total` is how many pages the client counted, None where it did not, and `two_sided` whether they were to
    be on both sides: so that a later life knows what is to come out. `pages` and `told` as in an outcome. `receipt` is
    its draft from STARTED on, signed at ENDED (notary.py), and gone once the mesh has it. `keep`: once printed, it is
    to be held again."""

    release: str
    job: str
    fence: int
    step: Step = Step.INTENDED
    printer_job: int | None = None
    outcome: Outcome | None = None
    code: str = ""
    impressions: int | None = None
    printer_uuid: str = ""
    first_page: int = 1
    copies: int = 0
    pages: int | None = None
    told: bool = False
    receipt: str = ""
    total: int | None = None
    two_sided: bool = False
    keep: bool = False

    @property
    def job_name(self) -> str:
        """The job-name at the printer: unique for ever, and it says nothing of the document."""
        return f"lockgate-{self.release}"

    @property
    def ended(self) -> bool:
        return self.step.rank >= Step.ENDED.rank


_FIELDS = frozenset(one.name for one in fields(Entry))
_KINDS = {
    **{"release": str, "job": str, "fence": int, "printer_job": int | None, "code": str, "impressions": int | None},
    **{"printer_uuid": str, "first_page": int, "copies": int, "pages": int | None, "told": bool, "receipt": str},
    **{"total": int | None, "two_sided": bool, "keep": bool},
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a ledger's bytes say: the newest entry of each release, oldest release first. `torn`: the last line was
    never finished. `damaged`: how many whole lines are not what was written."""

    entries: dict[str, Entry]
    torn: bool
    damaged: int


def encode(entry: Entry) -> bytes:
    """One line: eight hex digits of CRC-32 (ISO 3309) over the JSON, a space, the JSON, a newline."""
    text = json.dumps(asdict(entry), separators=(",", ":"), sort_keys=True).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read(data: bytes) -> Reading:
    """All that can be trusted of `data`. A line without its newline is an append that never returned."""
    *lines, tail = data.split(b"\n")
    entries: dict[str, Entry] = {}
    damaged = 0
    for line in lines:
        entry = _decode(line)
        if entry is None:
            damaged += 1
        else:
            entries[entry.release] = entry
    if damaged:  # a step may be missing: an open release may have started for all we know
        entries = {name: _doubtful(entry) for name, entry in entries.items()}
    return Reading(entries, torn=tail != b"", damaged=damaged)


def _decode(line: bytes) -> Entry | None:
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        return _entry(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None  # a step or an outcome of a later version, or written by nobody of ours


def _entry(found: Any) -> Entry:
    if not isinstance(found, dict):
        raise TypeError("not an entry")
    said = {name: value for name, value in found.items() if name in _FIELDS}  # a later version may have added some
    outcome = said.pop("outcome")
    entry = Entry(step=Step(said.pop("step")), outcome=Outcome(outcome) if outcome else None, **said)
    if not all(isinstance(getattr(entry, name), kind) for name, kind in _KINDS.items()):
        raise TypeError("not an entry")
    return entry


def _doubtful(entry: Entry) -> Entry:
    return entry if entry.step.rank >= Step.STARTED.rank else replace(entry, step=Step.STARTED)
