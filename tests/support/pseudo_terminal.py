"""A pseudo-terminal in place of a device file: the far end is the device's."""

import os
import tty
from pathlib import Path


class Far:
    """`path` is what a driver opens."""

    def __init__(self) -> None:
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        self.path = Path(os.ttyname(self._near))

    def read(self, size: int) -> bytes:
        """So many bytes of what was written there."""
        data = b""
        while len(data) < size:
            data += os.read(self._far, size - len(data))
        return data

    def close(self) -> None:
        os.close(self._far)
        os.close(self._near)
