"""What every way of speaking with a reader over bytes has in common; each dialect is a module beside this one.

A dialect is sans-IO: bytes and times in, reads out. The same dialect runs over a serial line, a TCP connection or a
twin, and a driver is nothing but a wire.
"""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from hal.feedback.table import Feedback
from hal.ports.badge_reader import Fault, Form, Medium


@dataclass(frozen=True, slots=True)
class CardRead:
    """A card's number was read. `speaks`: the card can be spoken to with `Talkative.command`; then `iso_dep` and `ats`
    are as in `hal.ports.badge_reader.Card`."""

    credential: bytes = field(repr=False)
    form: Form = Form.TEXT
    bits: int = 0
    medium: Medium = Medium.UNKNOWN
    speaks: bool = False
    iso_dep: bool = False
    ats: bytes = b""


@dataclass(frozen=True, slots=True)
class Answered:
    """The card's answer to the command under way; None: the card answers no more."""

    response: bytes | None = field(repr=False)


Read = CardRead | Fault | Answered


class Dialect(Protocol):
    """One reader's language. Times are of one monotonic clock, in seconds."""

    @property
    def deadline(self) -> float | None:
        """When `pause` wants to be called though nothing came; None while only bytes matter."""
        ...

    def start(self, now: float) -> None:
        """The wire is open, for the first time or again: all that was pending is gone, and nothing was said yet."""
        ...

    def feed(self, data: bytes, now: float) -> list[Read]:
        """What `data` completes, oldest first. Any split of the same bytes gives the same reads."""
        ...

    def pause(self, now: float) -> list[Read]:
        """Nothing came until the deadline: what that ends. Raises `TimeoutError`, an `OSError`, where the reader must
        have answered by now: the wire is as good as lost."""
        ...

    def to_send(self) -> bytes:
        """What the reader is to be told now; taken once."""
        ...

    def acknowledge(self, *, good: bool) -> None:
        """Make the reader beep or light up, where it can: what that takes is in `to_send`."""
        ...


@runtime_checkable
class Joining(Dialect, Protocol):
    """A dialect of a reader that speaks unasked: the station may come in the middle of what it says."""

    @property
    def settled(self) -> bool:
        """Whether what comes from now on is read, and not skipped as the rest of something lost."""
        ...

    def join(self, now: float, *, within: bool) -> None:
        """In place of `start`, where the reader may be speaking: what comes at once is the rest of something that
        began before, and no badge. `within`: something was lost for certain, so that the rest may take its time."""
        ...


@runtime_checkable
class Shining(Dialect, Protocol):
    """A dialect of a reader whose lamps and beeper the station has."""

    def show(self, feedback: Feedback) -> None:
        """Follow that row of the table until the next one: what that takes is in `to_send`, now and later."""
        ...


class Talkative(Dialect, Protocol):
    """A dialect of a reader through which a card can be spoken to."""

    def command(self, apdu: bytes, now: float) -> None:
        """Send one command APDU to the card that was read last; its end is one `Answered`."""
        ...
