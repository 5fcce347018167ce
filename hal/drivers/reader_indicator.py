"""The lamps and beepers that badge readers bring: they show what the station shows, where they can."""

from collections.abc import Sequence

from hal.ports.badge_reader import BadgeReader, Showing
from hal.ports.errors import DeviceConfigError
from hal.ports.indicator import Caption, Signal

URI = "reader:"


class ReaderIndicator:
    """The readers stay whose they are: they are neither opened nor closed here."""

    def __init__(self, readers: Sequence[BadgeReader]) -> None:
        self._showing = tuple(reader for reader in readers if isinstance(reader, Showing))

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:  # noqa: ARG002 (no screen)
        """On all readers that can; one that is gone shows it when it is back."""
        for reader in self._showing:
            reader.show(signal)

    def acknowledge(self, *, good: bool) -> None:
        """Nothing: each reader is told of its own reads."""

    async def aclose(self) -> None:
        """Nothing: they go dark as they are closed."""


def check(uri: str) -> None:
    """`reader:`. Raises `DeviceConfigError`."""
    if uri != URI:
        raise DeviceConfigError("reader", f"{URI} takes nothing more: {uri!r}")
