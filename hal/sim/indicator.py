"""The indicator twin: remembers what a person would have seen and heard."""

from hal.ports.errors import DeviceLostError
from hal.ports.indicator import Caption, Signal


class SimIndicator:
    """`shown` is every signal in order; `lit` is the one showing now, None when dark, and `captions` go with it.
    `acknowledged` is each sound of a read: whether it was that of a good one."""

    def __init__(self) -> None:
        self.shown: list[Signal] = []
        self.lit: Signal | None = None
        self.captions: tuple[Caption, ...] = ()
        self.acknowledged: list[bool] = []
        self._plugged = True

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:
        """Show `signal` at once. Raises `DeviceLostError` while unplugged."""
        if not self._plugged:
            raise DeviceLostError("indicator", "unplugged")
        self.shown.append(signal)
        self.lit = signal
        self.captions = captions

    def acknowledge(self, *, good: bool) -> None:
        """Heard, unless it is unplugged."""
        if self._plugged:
            self.acknowledged.append(good)

    async def aclose(self) -> None:
        """Dark and silent."""
        self.lit, self.captions = None, ()

    def unplug(self) -> None:
        """Fault: the cable comes out."""
        self._plugged = False
        self.lit, self.captions = None, ()

    def plug(self) -> None:
        """The cable goes back in; dark until the next signal."""
        self._plugged = True
