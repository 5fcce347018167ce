"""The button on the box: held for ten seconds, it has the box begin anew; let go before, it has done nothing."""

import asyncio
from collections.abc import Callable

from firmware.errors import LockgateError
from firmware.resetting import FactoryReset
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError, DeviceError
from hal.ports.indicator import Indicator
from hal.ports.push_button import Push, PushButton

HOLD_SECONDS, WARN_SECONDS = 10, 3
"""The second: whoever holds it for so long is told what will happen, and reminded by a sound each second."""
LATE_SECONDS = 0.2
"""What was let go in time may be heard so much later."""
RETRY_SECONDS = 1.0
"""Before each new try to reach a lost button."""
MISCONFIGURED_SECONDS = 30.0


class ResetButton:
    """`reset` is asked for when it is wanted: it goes by what the box has become since the start."""

    def __init__(
        self,
        button: PushButton,
        reset: Callable[[], FactoryReset],
        clock: Clock,
        indicator: Indicator,
        say: Callable[[str], object],
    ) -> None:
        self._button = button
        self._reset = reset
        self._clock = clock
        self._indicator = indicator
        self._say = say
        self.is_held = False
        """Whether somebody is on the way to a reset: a process that ends waits for them."""

    async def keep_on(self) -> None:
        """A duty from the first second of a process to its last. How the button was found counts for nothing: one that
        is stuck resets no box."""
        told = ""
        while True:
            try:
                push = await self._button.next_push()
                told = ""
                if push.down and await self._pressed():
                    await asyncio.Event().wait()  # once is enough: the system starts the box again
            except DeviceError as exc:
                if exc.code != told:
                    self._say(f"the reset button does not work: {exc}")
                told = exc.code
                hopeless = isinstance(exc, DeviceConfigError)
                await self._clock.sleep(MISCONFIGURED_SECONDS if hopeless else RETRY_SECONDS)

    async def aclose(self) -> None:
        """Let go of it."""
        await self._button.aclose()

    async def _pressed(self) -> bool:
        """Whether a reset was begun. Raises `DeviceError` where the button is lost meanwhile: that is letting go."""
        self.is_held = True
        try:
            return await self._held() and await self._begun()
        finally:
            self.is_held = False

    async def _held(self) -> bool:
        """Whether nothing but time happens for long enough; counted from now, so that nobody is reset unwarned who was
        heard late."""
        since = self._clock.monotonic()
        for second in range(WARN_SECONDS, HOLD_SECONDS):
            if await self._push_until(since + second):
                self._spare(warned=second > WARN_SECONDS)
                return False
            self._warn(HOLD_SECONDS - second, first=second == WARN_SECONDS)
        push = await self._push_until(since + HOLD_SECONDS + LATE_SECONDS)
        is_enough = push is None or push.at - since >= HOLD_SECONDS
        if not is_enough:
            self._spare(warned=True)
        return is_enough

    def _warn(self, left: int, *, first: bool) -> None:
        if first:
            self._say(f"the reset button is held: in {left} s all that this box keeps is destroyed; let go to keep it")
        self._indicator.acknowledge(good=False)  # a sound alone: the light stays what it is

    def _spare(self, *, warned: bool) -> None:
        if warned:
            self._say("the reset button was let go: nothing was changed")

    async def _push_until(self, moment: float) -> Push | None:
        """What the button did before that, None: nothing. Raises `DeviceError`."""
        pushed = asyncio.ensure_future(self._button.next_push())
        until = asyncio.ensure_future(self._clock.sleep(max(0.0, moment - self._clock.monotonic())))
        try:
            await asyncio.wait({pushed, until}, return_when=asyncio.FIRST_COMPLETED)
            return pushed.result() if pushed.done() else None
        finally:
            for waiting in (pushed, until):
                waiting.cancel()
            await asyncio.gather(pushed, until, return_exceptions=True)

    async def _begun(self) -> bool:
        self._say(f"the reset button was held for {HOLD_SECONDS} s: factory reset")
        try:
            reset = self._reset()
            await reset.begin(reset.name())
        except (LockgateError, DeviceError) as exc:
            self._say(f"no factory reset: {exc}; hold the button again to try again")
            return False
        return True
