"""What an answer of the printer or an error means for the job: the only place where anything becomes an outcome."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from firmware.core.events import Outcome
from firmware.core.questions import Answer, AnswerKind
from firmware.delivery.counting import Extent
from firmware.errors import LockgateError
from firmware.mesh.port import MeshError
from firmware.vault.release import PartError
from hal.ports.errors import (
    DeviceError,
    OutcomeUnknownError,
    PrinterRefusedError,
    PrinterUnreachableError,
    PrinterUntrustedError,
)
from hal.ports.printer import JobState, JobStatus

GONE = frozenset({"shredded", "job-unknown", "job-lost"})
"""Codes of the mesh that say the job can never be released again."""

WITH_ERRORS = "job-completed-with-errors"
"""RFC 8011 5.3.8: completed, and something is missing or spoilt on paper."""

JOB_REASONS = {
    "unsupported-document-format": "format-refused",
    "document-format-error": "format-refused",
    "document-unprintable-error": "format-refused",
    "job-canceled-at-device": "canceled-at-printer",
    "job-canceled-by-operator": "canceled-at-printer",
}
"""job-state-reasons (IANA) that say more than canceled or aborted."""

SPOILT = frozenset(
    {
        *(WITH_ERRORS, "errors-detected", "aborted-by-system", "submission-interrupted", "compression-error"),
        *("document-access-error", "document-password-error", "document-permission-error", "document-security-error"),
        *("job-canceled-by-user", "job-canceled-after-timeout", *JOB_REASONS),
    }
)
"""job-state-reasons (IANA) with which even a completed job is not all on paper, by the printer's own word."""

JOB_STATES = {JobState.CANCELED: "printer-canceled", JobState.ABORTED: "printer-aborted"}
"""What those two final states are called when the reasons say no more."""

NO_IMPRESSIONS, COMPLETED_EARLY, CANCELS_PRINTED = "no-impressions", "completed-early", "cancels-printed"
"""Quirks of printers (hal/quirks/printers.py): what it counts says nothing; it says completed before it is; it says
canceled of what came out."""

WHOLE_DOCUMENT = Extent(copies=0)
"""Where nothing is known of what was to come out."""

REFUSED_ON_THE_WAY = frozenset({0x0411, 0x0500, 0x0502, 0x0504, 0x0505, 0x0508})
"""IPP statuses document-format-error, internal-error, service-unavailable, device-error, temporary-error and
job-canceled (RFC 8011 B.1): of a printer that prints while it receives they come after the pages that are out."""

FORMAT_REFUSED = (0x040A, 0x0411)
"""IPP statuses client-error-document-format-not-supported and -document-format-error (RFC 8011 B.1.4)."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a delivery ended. `code` says why when it isn't PRINTED; `impressions` as the printer counts them; `part` is
    the key part (`job`, `node`, `org`) that was missing, where that is why. `pages`: so many of the document's pages
    are known to have come out, from its first on; None where nobody knows. `told`: it is so by a person's word.
    `sheets`: as the printer counts them, for the receipt."""

    outcome: Outcome
    code: str = ""
    impressions: int | None = None
    part: str = ""
    pages: int | None = None
    told: bool = False
    sheets: int | None = field(default=None, compare=False)

    @property
    def recorded(self) -> dict[str, Any]:
        """What the ledger keeps of it, by the names of its fields there."""
        kept = {"outcome": self.outcome, "code": self.code, "impressions": self.impressions}
        return kept | {"pages": self.pages, "told": self.told}


class Delivered(StrEnum):
    """What we know of the document at the printer, the printer's own word apart."""

    NOTHING = "nothing"
    """No byte was sent, or the printer refused the document."""
    CUT = "cut"
    """Broken off before its end, for certain."""
    UNSURE = "unsure"
    """The end was sent, or may have been, and no answer came."""
    WHOLE = "whole"
    """The printer answered successful-ok for all of it."""


MAY_BE_WHOLE = (Delivered.UNSURE, Delivered.WHOLE)


class Missing(StrEnum):
    """What there is instead of a job's final state."""

    FORGOTTEN = "forgotten"
    """The printer has no such job: nothing more will come of it."""
    SILENT = "silent"
    """No answer that makes sense, or no end for too long: it may still print what it has."""


PRINTED, HELD, UNKNOWN = Outcome.PRINTED, Outcome.HELD, Outcome.UNKNOWN

OUTCOMES = {
    # Printers have been seen to call a cut upload completed: their word alone never proves "printed whole".
    Delivered.NOTHING: {JobState.COMPLETED: HELD, Missing.FORGOTTEN: HELD, Missing.SILENT: HELD},
    # Where the job is forgotten, and at a wire without jobs, what came before the cut may be on paper: nobody can say.
    Delivered.CUT: {JobState.COMPLETED: HELD, Missing.FORGOTTEN: UNKNOWN, Missing.SILENT: UNKNOWN},
    Delivered.UNSURE: {JobState.COMPLETED: UNKNOWN, Missing.FORGOTTEN: UNKNOWN, Missing.SILENT: UNKNOWN},
    Delivered.WHOLE: {JobState.COMPLETED: PRINTED, Missing.FORGOTTEN: UNKNOWN, Missing.SILENT: UNKNOWN},
}
"""The outcome, by what was delivered and what the printer says. A job it calls canceled or aborted is always HELD."""


def weigh(
    delivered: Delivered,
    status: JobStatus | Missing,
    code: str = "",
    extent: Extent = WHOLE_DOCUMENT,
    quirks: frozenset[str] = frozenset(),
    *,
    seen: int = 0,
    is_too_soon: bool = False,
) -> Ended:
    """The outcome of a job at the printer, from what we know was delivered, what was to come out, the printer's last
    word, and what is known of how that printer counts. `code` says what broke the transmission, where something did;
    `seen` is the most impressions that the printer ever said of this job; `is_too_soon`: it said completed sooner than
    it can have made them (pace.py)."""
    seen = 0 if NO_IMPRESSIONS in quirks else seen
    if isinstance(status, Missing):
        return _coded(OUTCOMES[delivered][status], code, seen or None, _part(delivered, extent, seen or None))
    is_over, extent = status.state is JobState.COMPLETED, extent.heeded(status)
    has_gone_back = status.impressions is not None and status.impressions < seen
    if not is_over and status.impressions is None:  # of a job that is over, what was seen before its end says nothing
        status = replace(status, impressions=seen or None)
    # Many printers never count, and say 0 of everything: completed with 0 says something only of one that knew better.
    counts = NO_IMPRESSIONS not in quirks and (status.impressions != 0 or not is_over)
    is_short = (counts or (NO_IMPRESSIONS not in quirks and bool(status.expected))) and extent.is_short(status)
    pages = _part(delivered, extent, status.impressions) if counts and not has_gone_back else None
    if not is_over:
        is_sure = not (counts and extent.is_all(status.impressions) and delivered in MAY_BE_WHOLE)
        return _stopped(status, code, pages, quirks, is_sure=is_sure)
    if delivered is Delivered.WHOLE and SPOILT.intersection(status.reasons):
        return Ended(UNKNOWN, "printed-with-errors", status.impressions, pages=pages)
    if delivered is Delivered.WHOLE and is_short:
        return Ended(UNKNOWN, "printed-in-part" if pages else "outcome-unknown", status.impressions, pages=pages)
    if delivered is Delivered.WHOLE and is_too_soon:  # then what it counted is worth no more
        return Ended(UNKNOWN, "printed-too-soon", status.impressions)
    return _coded(OUTCOMES[delivered][status.state], code, status.impressions, pages, extent)


def _stopped(status: JobStatus, code: str, pages: int | None, quirks: frozenset[str], *, is_sure: bool) -> Ended:
    """Of a job that was canceled or aborted; not `is_sure` of one that was counted to its end all the same."""
    if status.state is JobState.CANCELED and CANCELS_PRINTED in quirks:
        return Ended(UNKNOWN, "outcome-unknown", status.impressions)
    if not is_sure:
        return Ended(UNKNOWN, "outcome-unknown", status.impressions, pages=pages)
    said = (JOB_REASONS[reason] for reason in status.reasons if reason in JOB_REASONS)
    return Ended(HELD, code or next(said, JOB_STATES[status.state]), status.impressions, pages=pages)


def by_word(answer: Answer | None, weighed: Ended, extent: Extent) -> Ended:
    """The outcome once the person was asked whether it came out: theirs to say where nobody else can know. Without an
    answer it stays as it was weighed. Their no is also one to a printer that counted every page, and then to all that
    it counted."""
    if answer is None:
        return weighed
    whole = answer.kind is AnswerKind.YES or (answer.pages is not None and answer.pages == extent.pages)
    if whole:
        return Ended(PRINTED, "", weighed.impressions, pages=extent.pages, told=True)
    said = answer.pages if answer.kind is AnswerKind.PAGES else _beside_their_no(weighed, extent)
    return Ended(HELD, "printed-in-part" if said else "not-printed", weighed.impressions, pages=said, told=True)


def _beside_their_no(weighed: Ended, extent: Extent) -> int:
    """What is known to be out of a document whose last page is not."""
    before = extent.before if extent.pages is None or extent.before < extent.pages else 0
    if weighed.pages is None:
        return before
    is_part = weighed.code == "printed-in-part" if extent.pages is None else weighed.pages < extent.pages
    return weighed.pages if is_part else before


def _part(delivered: Delivered, extent: Extent, impressions: int | None) -> int | None:
    """The pages that are out. Of what was cut short, or never sent, a count of all of them is no count."""
    if delivered not in MAY_BE_WHOLE and extent.is_all(impressions):
        return None
    return extent.out(impressions)


def ended_by(error: BaseException) -> Ended:
    """The outcome of a delivery of which nothing reached the printer, from what stopped it."""
    code, part = code_of(error), error.part if isinstance(error, MeshError | PartError) else ""
    if code in GONE:
        return Ended(Outcome.GONE, code, part=part)
    unknown = code in ("release-unsettled", "outcome-unknown")
    return Ended(Outcome.UNKNOWN if unknown else Outcome.HELD, code, part=part)


def delivered_before(error: BaseException, *, handed_over: int, whole: bool) -> Delivered:
    """What the printer has of a document when the transmission ended with `error` after so many bytes were handed over
    to be sent; `whole`: those were all of them."""
    if isinstance(error, PrinterUnreachableError | PrinterUntrustedError):
        return Delivered.NOTHING
    if isinstance(error, PrinterRefusedError) and error.status not in REFUSED_ON_THE_WAY:
        return Delivered.NOTHING
    if whole:
        return Delivered.UNSURE
    return Delivered.CUT if handed_over else Delivered.NOTHING


def code_of(error: BaseException) -> str:
    """The stable code of any exception; one that nobody foresaw is `internal`."""
    if isinstance(error, OutcomeUnknownError):
        return "transfer-broken"
    if isinstance(error, PrinterRefusedError) and error.status in FORMAT_REFUSED:
        return "format-refused"
    return error.code if isinstance(error, LockgateError | DeviceError) else "internal"


def _coded(
    outcome: Outcome, code: str, impressions: int | None, pages: int | None, extent: Extent = WHOLE_DOCUMENT
) -> Ended:
    codes = {Outcome.PRINTED: "", Outcome.UNKNOWN: "outcome-unknown"}
    known = extent.pages if outcome is Outcome.PRINTED else pages
    return Ended(outcome, codes.get(outcome, code), impressions, pages=known)
