"""What keeps a printer from printing now, by its own word."""

from firmware.core.conditions import UNKNOWN as UNEXPLAINED
from firmware.core.conditions import condition
from hal.ports.printer import PrinterState, PrinterStatus

BLOCKING = frozenset(
    {
        *("media-empty", "media-needed", "media-jam", "input-tray-missing"),
        *("cover-open", "door-open", "interlock-open", "fuser-over-temp"),
        *("output-area-full", "output-tray-missing", "spool-area-full"),
        *("toner-empty", "marker-supply-empty", "marker-supply-missing"),
        *("paused", "moving-to-paused", "shutdown", "timed-out"),
    }
)
"""printer-state-reasons (IANA) that keep paper from coming out; all others are warnings, or pass by themselves."""

NOT_ACCEPTING = "printer-not-accepting"
"""Not a reason of the registry: printer-is-accepting-jobs is false (RFC 8011 5.4.23)."""

MILD = ("-warning", "-report")
"""RFC 8011 5.4.12: with these nothing prevents a job from completing; `-error` or nothing means that something does."""


def blocking(status: PrinterStatus) -> tuple[str, ...]:
    """The reasons that keep a printer from printing, bare and sorted; empty when it can print. Of one that has stopped
    they are all that are known here and that it does not call mild; else what it calls so may be the reason."""
    stopped = status.state is PrinterState.STOPPED
    serious = {_bare(reason) for reason in status.reasons if not reason.endswith(MILD)}
    found = {reason for reason in serious if condition(reason) is not UNEXPLAINED} if stopped else serious & BLOCKING
    if stopped and not found:
        found = {_bare(reason) for reason in status.reasons} & BLOCKING
    if found:
        return tuple(sorted(found))
    if not status.accepting:
        return (NOT_ACCEPTING,)
    return ("printer-stopped",) if stopped else ()


def halting(status: PrinterStatus) -> tuple[str, ...]:
    """The same for a job that it has already: whether it takes another is no matter then."""
    if status.accepting or status.state is not PrinterState.STOPPED:
        return tuple(reason for reason in blocking(status) if reason != NOT_ACCEPTING)
    return tuple(reason.replace(NOT_ACCEPTING, "printer-stopped") for reason in blocking(status))


def _bare(reason: str) -> str:
    for severity in ("-error", *MILD):
        reason = reason.removesuffix(severity)
    return reason
