"""Steps in time, played one after the other: a light that blinks, a buzzer that sounds a rhythm."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import Generic, TypeVar

from hal.ports.clock import Clock

T = TypeVar("T")


class Pattern(Generic[T]):
    """One pattern at a time: the latest. `put` carries out one step, at once; it may raise `OSError`, which ends the
    pattern."""

    def __init__(self, put: Callable[[T], None], clock: Clock) -> None:
        self._put = put
        self._clock = clock
        self._playing: asyncio.Task[None] | None = None
        self.failure: OSError | None = None
        """What ended the last pattern before its time."""

    def play(self, steps: Sequence[tuple[T, int]], *, again: bool) -> None:
        """Each step for so many milliseconds; the first of them now, before this returns. `again`: from the first one
        again, for ever. A single step stays. Raises what `put` raises for the first one."""
        self.stop()
        self._put(steps[0][0])
        if len(steps) > 1:
            self._playing = asyncio.get_running_loop().create_task(self._go_on(steps, again))

    def stop(self) -> None:
        """No further step; what the last one did stays. Idempotent."""
        playing, self._playing, self.failure = self._playing, None, None
        if playing is not None:
            playing.cancel()

    async def _go_on(self, steps: Sequence[tuple[T, int]], again: bool) -> None:
        rounds = repeat(steps) if again else iter([steps])
        following = chain.from_iterable(rounds)
        milliseconds = next(following)[1]
        for step, lasting in following:
            await self._clock.sleep(milliseconds / 1000)
            try:
                self._put(step)
            except OSError as exc:
                self.failure = exc
                return
            milliseconds = lasting
