"""The clock port: wall time for certificates and records, monotonic time for deadlines."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, real or virtual."""

    def now(self) -> datetime:
        """Wall time, timezone-aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; safe to cancel."""
        ...
