"""The watchdog port: whoever restarts us when we stop feeding it."""

from typing import Protocol


class Watchdog(Protocol):
    """Fed by the healthy dispatcher, never by a timer of its own."""

    @property
    def interval(self) -> float:
        """Seconds between two feedings that keep it quiet; `inf` when nothing watches."""
        ...

    def ready(self) -> None:
        """Say once that start-up is complete."""
        ...

    def feed(self) -> None:
        """Say that the dispatcher is alive."""
        ...
