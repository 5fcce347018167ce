"""The indicator port: lights and sounds that tell a person what is going on, and words where there is a screen."""

from dataclasses import dataclass
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
    HELD = "held"
    """It was not printed, or not all of it, and is kept: another tap prints what is missing."""
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Caption:
    """One plain sentence or two that go with a signal, and the key of a picture; nothing in it tells of a person or a
    document. `question` is the number of what is asked, which goes back with the answer; 0 where nothing is."""

    words: str
    picture: str
    question: int = 0


class Indicator(Protocol):
    """Shows one signal at a time."""

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:
        """Show `signal` at once, without waiting for light or sound to end, with its captions where there is a screen.
        Called in the running loop. Raises `DeviceError`, also for what came to light since it was called last."""
        ...

    def acknowledge(self, *, good: bool) -> None:
        """Make the short sound of a good read, or of a bad one, where there is sound; the light stays as it is. Returns
        at once and never raises: what is broken is said by `show`."""
        ...

    async def aclose(self) -> None:
        """Dark and silent; idempotent."""
        ...
