"""The panel without eyes or touch: presses of buttons to the desk, and what stands on it to the voice."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Protocol

from firmware.panel.glance import Glance
from firmware.panel.keys import Front, Keys
from firmware.panel.speech import Speeches
from firmware.panel.spoken import spoken, warning
from firmware.panel.spoken_words import SpokenPhrases
from firmware.panel.view import View
from hal.ports.buttons import Buttons, Press
from hal.ports.clock import Clock
from hal.ports.errors import DeviceConfigError, DeviceError
from hal.ports.voice import Sentence, Voice

LOG = logging.getLogger("lockgate.handsfree")
RETRY_SECONDS = 1.0
"""Before each new try to reach lost buttons."""
MISCONFIGURED_SECONDS = 30.0


class Watched(Front, Protocol):
    """A lobby, and its desk once there is one, which is watched too."""

    def views(self) -> AsyncIterator[View]: ...


class Handsfree:
    """`voice` is None where only buttons are; the screen then shows what they do."""

    def __init__(self, front: Watched, speeches: Speeches, clock: Clock, voice: Voice | None) -> None:
        self._front = front
        self._speeches = speeches
        self._clock = clock
        self._voice = voice
        self._keys = Keys(front)
        self._glance = Glance()
        self._last: tuple[Sentence, ...] = ()
        self._warned: float | None = None

    async def listen(self, buttons: Buttons) -> None:
        """A duty for as long as the station lives: each press, and buttons that are lost and come back."""
        told = ""
        while True:
            try:
                press = await buttons.next_press()
            except DeviceError as exc:
                if exc.code != told:
                    LOG.warning("%s: no presses: %s: %s", buttons.name, exc.code, exc.detail)
                told = exc.code
                hopeless = isinstance(exc, DeviceConfigError)
                await self._clock.sleep(MISCONFIGURED_SECONDS if hopeless else RETRY_SECONDS)
                continue
            told = ""
            self._pressed(press)
            self._last = ()
            self._say(in_full=True)

    def _pressed(self, press: Press) -> None:
        """Nothing is done that nobody can have meant: then it is said what stands there."""
        if self._glance.is_blind(self._front.view, press.at):
            self._keys.pass_over()
            return
        self._keys.press(press.button)
        self._glance.own(self._front.view)

    async def speak(self) -> None:
        """A duty for as long as the station lives: what is new on the desk, and that time runs out."""
        async for view in self._front.views():
            self._say(in_full=False)
            if view.deadline is not None and view.deadline != self._warned:
                await self._warn_or_change(view)

    async def _warn_or_change(self, view: View) -> None:
        """Until it is time to warn, or there is another view."""
        seconds = (view.deadline or 0.0) - view.warning_seconds - self._clock.monotonic()
        until = asyncio.ensure_future(self._clock.sleep(max(0.0, seconds)))
        another = asyncio.ensure_future(self._another(view))
        try:
            await asyncio.wait({until, another}, return_when=asyncio.FIRST_COMPLETED)
            if self._front.view.deadline == view.deadline and until.done():
                self._warned = view.deadline
                left = max(1, round((view.deadline or 0.0) - self._clock.monotonic()))
                self._utter(warning(left))
        finally:
            for waiting in (until, another):
                waiting.cancel()
            await asyncio.gather(until, another, return_exceptions=True)

    async def _another(self, view: View) -> None:
        async for now in self._front.views():
            if now is not view:
                return

    def _say(self, *, in_full: bool) -> None:
        view = self._keys.look()
        self._glance.see(view, self._clock.monotonic())
        sentences = spoken(view, self._keys.pointer, in_full=in_full)
        if sentences != self._last:
            self._last = sentences
            self._utter(sentences)

    def _utter(self, sentences: tuple[Sentence, ...]) -> None:
        if self._voice is None:
            return
        view = self._front.view
        try:
            self._voice.say(
                sentences, SpokenPhrases(self._speeches.of(view.prefs.language, view.language, view.languages))
            )
        except DeviceError as exc:
            LOG.warning("the voice does not work: %s", exc.code)
