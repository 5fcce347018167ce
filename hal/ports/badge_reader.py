"""The badge reader port: a source of taps."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Tap:
    """One badge presented once. The credential stays out of `repr`, so out of every log."""

    reader: str
    credential: bytes = field(repr=False)


class BadgeReader(Protocol):
    """A source of taps, oldest first."""

    @property
    def name(self) -> str:
        """A short stable name for journals, such as `reader-1`."""
        ...

    async def next_tap(self) -> Tap:
        """Wait for one tap; safe to cancel. Raises `DeviceLostError` while the reader is gone;
        a later call waits for it to come back or raises again."""
        ...

    async def aclose(self) -> None:
        """Release the device; idempotent."""
        ...
