"""The one view that is on the screen, and whoever waits for the next."""

import asyncio
from collections.abc import AsyncIterator

from firmware.panel.view import Screen, View


class Showcase:
    """`view` is what is shown now."""

    def __init__(self) -> None:
        self.view = View(Screen.STARTING)
        self._changed = asyncio.Event()

    def show(self, view: View) -> None:
        """Show it, where it is another one."""
        if view != self.view:
            self.view = view
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def views(self) -> AsyncIterator[View]:
        """The view now, and each new one; those that come faster than they are read are passed over."""
        while True:
            changed, view = self._changed, self.view
            yield view
            if view is self.view:
                del view  # nothing of a person is kept in a loop that waits
                await changed.wait()
