"""The printer port: IPP's job model in our words (RFC 8011), whatever the wire."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

Document = AsyncIterator[bytes]
"""Plaintext in order, in chunks of at most 1 MiB, pulled by the printer: that pull is the back-pressure."""


class PrinterState(StrEnum):
    """RFC 8011 5.4.11."""

    IDLE = "idle"
    PROCESSING = "processing"
    STOPPED = "stopped"


class JobState(StrEnum):
    """RFC 8011 5.3.7."""

    PENDING = "pending"
    HELD = "pending-held"
    PROCESSING = "processing"
    STOPPED = "processing-stopped"
    CANCELED = "canceled"
    ABORTED = "aborted"
    COMPLETED = "completed"

    @property
    def final(self) -> bool:
        return self in (JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED)


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the printer says of itself now. `reasons` are IANA printer-state-reasons keywords without `none`."""

    state: PrinterState
    reasons: tuple[str, ...]
    accepting: bool
    formats: tuple[str, ...]
    name: str = ""
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class JobTicket:
    """What the printer is asked to make. `name` is unique for ever and says nothing of the document.
    `size`, in bytes, lets the upload state its length, so that a printer can tell a cut one from a whole one.
    Optional settings are IPP keywords (`two-sided-long-edge`, `monochrome`, `iso_a4_210x297mm`)."""

    name: str
    format: str
    size: int | None = None
    copies: int = 1
    sides: str = ""
    color_mode: str = ""
    media: str = ""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What the printer says of one job. `impressions` is None where the printer does not count; `name` is the
    job-name it has for that id, empty where it does not say: ids start again after some printers' power cut."""

    job_id: int
    state: JobState
    reasons: tuple[str, ...]
    impressions: int | None = field(default=None)
    name: str = ""


class Printer(Protocol):
    """One printer. All waiting calls are safe to cancel. Every method raises `PrinterUnreachableError`,
    `PrinterUntrustedError`, `PrinterProtocolError`, `PrinterRefusedError` where it applies."""

    async def status(self) -> PrinterStatus:
        """Ask the printer for its state and what it takes (Get-Printer-Attributes)."""
        ...

    async def create_job(self, ticket: JobTicket) -> int:
        """Open an empty job (Create-Job) and give its job-id. No paper can come of this alone."""
        ...

    async def send_document(self, job_id: int, ticket: JobTicket, document: Document) -> None:
        """Stream the document into the job (Send-Document, last-document true); returns when the printer
        has answered successful-ok for all of it. Pulls the first chunk before it opens the document request. Raises
        `OutcomeUnknownError` when any byte of the document was sent and the answer did not come;
        what `document` raises is passed on after the transfer was broken off unfinished."""
        ...

    async def job_status(self, job_id: int) -> JobStatus:
        """Ask about one job (Get-Job-Attributes). `PrinterRefusedError` with status 0x0406 when unknown."""
        ...

    async def cancel_job(self, job_id: int) -> None:
        """Ask to cancel (Cancel-Job); the honest result is what `job_status` says afterwards."""
        ...
