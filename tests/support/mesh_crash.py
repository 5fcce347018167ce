"""Power cuts between any two durable steps of the mesh's stores, on real files, without killing the test."""

from collections.abc import Callable
from typing import Any

import pytest

from tools.edgemesh.storage.bodies import FileBodies, FileSink
from tools.edgemesh.storage.sqlite import Database

STEPS: tuple[tuple[type[Any], str], ...] = (
    (Database, "write"),
    (Database, "transaction"),
    (Database, "scrub"),
    (FileSink, "write"),
    (FileSink, "sync"),
    (FileSink, "commit"),
    (FileSink, "abort"),
    (FileBodies, "remove"),
)


class PowerCutError(BaseException):
    """Nobody in the product catches it for good."""


class PowerSwitch:
    """Counts durable steps and cuts the power before step number `cut_at` (from 1); dead, nothing is written any
    more, until `on` again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps, self.cut_at = 0, 0
        for owner, name in STEPS:
            monkeypatch.setattr(owner, name, self._guarded(getattr(owner, name)))

    def _guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **named: Any) -> Any:
            self.steps += 1
            if self.cut_at and self.steps >= self.cut_at:
                if isinstance(args[0], FileSink):
                    args[0]._file.close()  # a dead process has no open files
                raise PowerCutError
            return call(*args, **named)

        return guarded

    def on(self, cut_at: int = 0) -> None:
        """Count anew; cut before step `cut_at`, or never."""
        self.steps, self.cut_at = 0, cut_at
