"""Presses out of a device's file: what both kinds of buttons have in common."""

from hal.drivers.opened_file import OpenedFile
from hal.ports.buttons import Press


class ButtonFile(OpenedFile[Press]):
    """Implements `Buttons`."""

    async def next_press(self) -> Press:
        """As the port says."""
        return await self.next()
