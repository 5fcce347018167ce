"""What the panel shows before a station serves: that it starts, joins its mesh by a code, or cannot; then its desk."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.core.signs import Notice
from firmware.pairing.port import CodeNotice
from firmware.panel.refusals import DeskError
from firmware.panel.showcase import Showcase
from firmware.panel.view import PREFS_SECONDS, Prefs, Said, Screen, View
from hal.ports.clock import Clock

if TYPE_CHECKING:
    from firmware.panel.desk import Desk


class Lobby:
    """Nobody can do anything here but have the screen as they like it. Implements `onlookers.Onlooker`. A desk that is
    made with its `showcase` takes the screen over, and whoever looks at it notices nothing."""

    def __init__(self, clock: Clock) -> None:
        self.showcase = Showcase()
        self._clock = clock
        self._desk: Desk | None = None
        self._prefs = Prefs()
        self._touched = asyncio.Event()

    # What the start of a station tells

    def code(self, notice: CodeNotice | None) -> None:
        """It joins; `notice` has the code that an administrator is waited for with, None: there is none now."""
        self._show(View(Screen.PAIRING, pairing_code=notice.code if notice else ""))

    def failed(self, code: str) -> None:
        """It was not let in, for this code of docs/errors.md, and tries again by itself."""
        self._show(View(Screen.PAIRING, said=Said(Notice.REFUSED, code=code)))

    def late(self) -> None:
        """Its certificate has run out, and the mesh did not renew it; that too is tried again."""
        self._show(View(Screen.NOT_CONNECTED))

    def starting(self) -> None:
        """It has all that it needs."""
        self._show(View(Screen.STARTING))

    def open(self, desk: "Desk") -> None:
        """From now on the station's desk does what is asked for."""
        self._desk = desk

    def close(self) -> None:
        """It cannot serve, or no longer."""
        self._desk = None
        self._show(View(Screen.OUT_OF_SERVICE))

    async def keep_on(self) -> None:
        """A duty until the process ends: what a passer-by touched is undone where nothing follows."""
        while True:
            await self._touched.wait()
            self._touched.clear()
            await self._clock.sleep(PREFS_SECONDS)
            if not self._touched.is_set() and self._desk is None:
                self._prefs = Prefs()
                self._show(self.view)

    # What the page reads, and asks for

    @property
    def view(self) -> View:
        """What is on the screen now."""
        return self.showcase.view

    def views(self) -> AsyncIterator[View]:
        """As the desk's."""
        return self.showcase.views()

    @property
    def reached(self) -> "Desk | Lobby":
        """Who does what is asked for at the page now."""
        return self._desk or self

    @property
    def hand(self) -> "Desk | None":
        """The same for a keypad."""
        return self._desk

    def prefer(self, visit: int, prefs: Prefs) -> None:
        """How whoever stands here wants the screen. Raises `DeskError` for a visit: there is none."""
        if visit:
            raise DeskError
        self._prefs = prefs
        self._touched.set()
        self._show(self.view)

    def _show(self, view: View) -> None:
        self.showcase.show(replace(view, prefs=self._prefs))
