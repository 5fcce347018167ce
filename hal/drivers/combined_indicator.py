"""Several indicators as one: each shows every signal, and one that fails stops none of the others."""

import logging
from collections.abc import Sequence

from hal.ports.errors import DeviceError
from hal.ports.indicator import Caption, Indicator, Signal

LOG = logging.getLogger("lockgate.indicator")


class CombinedIndicator:
    """That one of them fails is said once, and once when it works again."""

    def __init__(self, parts: Sequence[Indicator]) -> None:
        self._parts = tuple(parts)
        self._failing: dict[int, str] = {}

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:
        """On all of them. Raises the last `DeviceError` where none could show it."""
        last: DeviceError | None = None
        failed = 0
        for index, part in enumerate(self._parts):
            try:
                part.show(signal, captions)
            except DeviceError as exc:
                last, failed = exc, failed + 1
                self._note(index, exc.code, exc.device, exc.detail)
            else:
                if self._failing.pop(index, ""):
                    LOG.info("indicator %d works again", index + 1)
        if last is not None and failed == len(self._parts):
            raise last

    def acknowledge(self, *, good: bool) -> None:
        """With all of them."""
        for part in self._parts:
            part.acknowledge(good=good)

    async def aclose(self) -> None:
        """All of them, also where one fails at it."""
        for part in self._parts:
            try:
                await part.aclose()
            except DeviceError as exc:
                LOG.warning("an indicator did not close: %s", exc.code)

    def _note(self, index: int, code: str, device: str, detail: str) -> None:
        if self._failing.get(index) != code:
            self._failing[index] = code
            LOG.warning("indicator %d does not work: %s: %s: %s", index + 1, code, device, detail)
