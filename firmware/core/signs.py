"""What the person is told, whatever tells it."""

from enum import StrEnum


class Notice(StrEnum):
    """What the person is told, by light, sound or screen. The values are hal's Signal values."""

    READY = "ready"
    READING = "reading"
    GOOD = "good"
    NO_JOBS = "no-jobs"
    PIN_ASKED = "pin-asked"
    PIN_WRONG = "pin-wrong"
    WHO_ARE_YOU = "who-are-you"
    UNKNOWN_BADGE = "unknown-badge"
    REFUSED = "refused"
    NOT_CONNECTED = "not-connected"
    PRINTER_NEEDS_YOU = "printer-needs-you"
    PRINTING = "printing"
    QUESTION = "question"
    DONE = "done"
    HELD = "held"
    FAULT = "fault"
