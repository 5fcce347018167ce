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
    name: str = ""
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class RasterNeeds:
    """How pages made elsewhere have to look: PWG 5102.4 `types` (`sgray_8`, `srgb_8`), `dpi` ascending, and how the
    back of a sheet is turned (`normal`, `flipped`, `rotated`, `manual-tumble`; pwg-raster-document-sheet-back). `urf`
    are the words of urf-supported (`W8`, `SRGB24`, `RS300-600`, `DM1` …)."""

    types: tuple[str, ...] = ()
    dpi: tuple[int, ...] = ()
    sheet_back: str = "normal"
    urf: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a printer can do (RFC 8011 5.2, PWG 5100.13): IPP keywords, of each kind none where it does not say.
    `max_copies` is 1 where it makes no copies by itself, None where it does not say; `page_ranges`, whether it prints
    a part of a document when told to; `pages_per_minute`, how fast it says it is, in colour or not, None where it does
    not say; `model` is its make and model as it says them; `quirks` are what is known of that model besides
    (hal/quirks/printers.py): `completed-early`, `no-impressions`, `forgets-jobs`, …"""

    formats: tuple[str, ...]
    media: tuple[str, ...] = ()
    media_ready: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    color_modes: tuple[str, ...] = ()
    finishings: tuple[str, ...] = ()
    resolutions: tuple[int, ...] = ()
    max_copies: int | None = None
    page_ranges: bool = False
    pages_per_minute: int | None = None
    raster: RasterNeeds = field(default_factory=RasterNeeds)
    features: tuple[str, ...] = ()
    model: str = ""
    quirks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class JobTicket:
    """What the printer is asked to make. `name` is unique for ever and says nothing of the document.
    `size`, in bytes, lets the upload state its length, so that a printer can tell a cut one from a whole one.
    Optional settings are IPP keywords (`two-sided-long-edge`, `monochrome`, `iso_a4_210x297mm`, `staple`); `resolution`
    is in dots per inch; `pages` are ranges of the document's pages, from 1, ends included; all where there is none."""

    name: str
    format: str
    size: int | None = None
    copies: int = 1
    sides: str = ""
    color_mode: str = ""
    media: str = ""
    finishings: tuple[str, ...] = ()
    resolution: int | None = None
    pages: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class CreatedJob:
    """A job that the printer opened: its job-id, and its job-uuid (PWG 5100.13), empty where it gives none."""

    job_id: int
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What the printer says of one job. `impressions` is None where the printer does not count; `name` is the
    job-name it has for that id, empty where it does not say: ids start again after some printers' power cut. `sheets`
    are job-media-sheets-completed; `expected` is job-impressions, where the printer knows it."""

    job_id: int
    state: JobState
    reasons: tuple[str, ...]
    impressions: int | None = field(default=None)
    name: str = ""
    uuid: str = ""
    sheets: int | None = None
    expected: int | None = None


class Printer(Protocol):
    """One printer. All waiting calls are safe to cancel. Every method raises `PrinterUnreachableError`,
    `PrinterUntrustedError`, `PrinterProtocolError`, `PrinterRefusedError` where it applies."""

    async def status(self) -> PrinterStatus:
        """Ask the printer for its state (Get-Printer-Attributes)."""
        ...

    async def capabilities(self) -> Capabilities:
        """What it can do: asked once, and again when the printer said that its configuration changed."""
        ...

    async def next_change(self, seconds: float) -> None:
        """Return once the printer or one of its jobs may have changed (RFC 3996), and after `seconds` at the latest.
        A printer that tells nothing of itself is not asked here: this then only waits. Raises nothing of the
        printer's."""
        ...

    async def create_job(self, ticket: JobTicket) -> CreatedJob:
        """Open an empty job (Create-Job). No paper can come of this alone."""
        ...

    async def find_job(self, name: str) -> JobStatus | None:
        """The job with that job-name (Get-Jobs), for a job whose id we never learnt; None where there is none."""
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

    async def identify(self) -> None:
        """Let the printer show which one it is (Identify-Printer, PWG 5100.13). `PrinterRefusedError` 0x0501 where it
        cannot."""
        ...

    async def aclose(self) -> None:
        """Let go of connections, processes and devices. Idempotent."""
        ...
