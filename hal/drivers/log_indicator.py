"""An indicator for boxes without lights: each signal is a line in the log."""

import logging

from hal.drivers.context import DriverContext
from hal.drivers.uri import parse
from hal.ports.indicator import Caption, Signal

LOG = logging.getLogger("lockgate.indicator")


class LogIndicator:
    """Each change is one record of level INFO with the field `signal`, and one for each of its captions."""

    def __init__(self) -> None:
        self._shown = ""

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:
        """Log `signal`, also when it is shown again: a person tapped twice."""
        self._say(signal.value)
        for caption in captions:
            LOG.info("picture=%s %s", caption.picture, caption.words)

    def acknowledge(self, *, good: bool) -> None:
        """Nothing: what comes of a read is a signal of its own."""

    async def aclose(self) -> None:
        """Log `dark`, once."""
        if self._shown != "dark":
            self._say("dark")

    def _say(self, signal: str) -> None:
        self._shown = signal
        LOG.info("signal=%s", signal, extra={"signal": signal})


def check(uri: str) -> None:
    """`log:`. Raises `DeviceConfigError`."""
    parse(uri)


def open(uri: str, context: DriverContext) -> LogIndicator:  # noqa: ARG001 (every driver's factory has this shape)
    """As `check`. Raises `DeviceConfigError`."""
    check(uri)
    return LogIndicator()
