"""The indicator port: lights and sounds that tell a person what is going on."""

from enum import StrEnum
from typing import Protocol


class Signal(StrEnum):
    """The published vocabulary of lights and sounds."""

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
    """The person is asked something: at the panel, where there is one."""
    DONE = "done"
    FAULT = "fault"


class Indicator(Protocol):
    """Shows one signal at a time."""

    def show(self, signal: Signal) -> None:
        """Show `signal` at once, without waiting for light or sound to end. Raises `DeviceLostError`."""
        ...

    async def aclose(self) -> None:
        """Dark and silent; idempotent."""
        ...
