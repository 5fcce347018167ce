"""The clock twin: time as the running loop has it, on a calendar of our choosing."""

import asyncio
from datetime import UTC, datetime, timedelta

MONDAY_MORNING = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class VirtualClock:
    """`start` is the wall time at 0 s of the loop; `jump` is what a time server does to a box without a clock."""

    def __init__(self, start: datetime = MONDAY_MORNING) -> None:
        self._start = start
        self._skew = timedelta()
        self._last = 0.0

    def now(self) -> datetime:
        """Wall time, timezone-aware UTC."""
        return self._start + self._skew + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """The loop's time; outside a loop, time stands still where it was last seen."""
        try:
            self._last = asyncio.get_running_loop().time()
        except RuntimeError:
            return self._last
        return self._last

    async def sleep(self, seconds: float) -> None:
        """Wait in the loop's time; safe to cancel."""
        await asyncio.sleep(seconds)

    def jump(self, seconds: float) -> None:
        """Fault: wall time moves by `seconds`, back when negative. Monotonic time does not."""
        self._skew += timedelta(seconds=seconds)

    def set_right(self) -> None:
        """Wall time is what it would be without any jump."""
        self._skew = timedelta()
