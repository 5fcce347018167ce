"""The clock of this computer."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """Wall time from CLOCK_REALTIME, deadlines from CLOCK_MONOTONIC."""

    def now(self) -> datetime:
        """Wall time, timezone-aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since boot, more or less; never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the running loop; safe to cancel."""
        await asyncio.sleep(seconds)
