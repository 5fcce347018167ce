"""When the first byte of a document reached a printer: its spool is watched, a millisecond at a time."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

INTERVAL = 0.001


class SpoolWatch:
    """Watches `spool` from now on, until it saw something or `close`."""

    def __init__(self, spool: Path, ignore: Callable[[str], bool] = lambda _name: False) -> None:
        self.first_byte_at: float | None = None
        self._spool = spool
        self._ignore = ignore
        self._known = self._files()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> float | None:
        """The monotonic time of the first byte, once there is one; None after `seconds`."""
        self._thread.join(seconds)
        return self.first_byte_at

    def close(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(INTERVAL):
            now = time.monotonic()
            if any(size > self._known.get(name, 0) for name, size in self._files().items()):
                self.first_byte_at = now
                return

    def _files(self) -> dict[str, int]:
        sizes = {}
        for entry in os.scandir(self._spool):
            try:
                if entry.is_file() and not self._ignore(entry.name):
                    sizes[entry.name] = entry.stat().st_size
            except FileNotFoundError:
                continue
        return sizes
