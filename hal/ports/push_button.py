"""The push button port: one button of which it counts how long it is held. What it is for is the firmware's to say."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Push:
    """The button went down, or it was let go. `at` is the board's monotonic clock, in seconds."""

    down: bool
    at: float


class PushButton(Protocol):
    """A source of pushes, oldest first. How the button was before somebody first waited, and whether it is still down
    when it is back after a loss, is told by nothing but its next change."""

    @property
    def name(self) -> str:
        """A short stable name for journals."""
        ...

    async def next_push(self) -> Push:
        """Wait for one change; safe to cancel. Raises `DeviceError` while the button cannot be had; a later call tries
        again."""
        ...

    async def aclose(self) -> None:
        """Release the device; idempotent. Who waits for a change gets `DeviceLostError`."""
        ...
