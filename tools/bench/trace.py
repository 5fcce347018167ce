"""All that happened in a simulated world, line by line with its time: what stories compare and the shell shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hal.ports.clock import Clock
from hal.ports.indicator import Caption, Signal
from hal.sim.indicator import SimIndicator

See = Callable[[tuple[Caption, ...]], None]


class Of(StrEnum):
    """Where a line comes from."""

    COMMAND = "command"
    JOURNAL = "journal"
    LIGHT = "light"
    SCREEN = "screen"
    """What goes with a light in words, and the key of its picture."""
    PAPER = "paper"
    MESH = "mesh"
    """Where a job stands now, by the mesh's own account."""
    REMARK = "remark"
    """What the world answers to whoever drives it: why something could not be done, or ended unasked."""


def stamp(at: datetime) -> str:
    """The time of day, to the millisecond."""
    return f"{at:%H:%M:%S.%f}"[:-3]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    of: Of
    text: str

    def __str__(self) -> str:
        return f"{stamp(self.at)}  {self.of:<8} {self.text}"


class Trace:
    """The lines so far, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self.lines: list[Line] = []
        self.told_at = float("-inf")
        """When the station last told something, in the clock's monotonic seconds."""
        self._clock = clock

    def note(self, of: Of, text: str, at: datetime | None = None) -> None:
        """Add a line, now or as of `at`."""
        self.lines.append(Line(at or self._clock.now(), of, text))

    def write(self, line: str) -> None:
        """The station's journal (firmware/journal.py)."""
        self.told_at = self._clock.monotonic()
        self.note(Of.JOURNAL, line)

    def texts(self, of: Of, since: int = 0) -> tuple[str, ...]:
        """The texts of one kind, from the line numbered `since` on."""
        return texts(self.lines[since:], of)


def texts(lines: Sequence[Line], of: Of) -> tuple[str, ...]:
    """The texts of one kind among `lines`."""
    return tuple(line.text for line in lines if line.of is of)


class TracedIndicator:
    """The indicator twin, with the time of each signal in the trace; `see` is told what the screen shows."""

    def __init__(self, twin: SimIndicator, trace: Trace, see: See) -> None:
        self._twin = twin
        self._trace = trace
        self._see = see

    def show(self, signal: Signal, captions: tuple[Caption, ...] = ()) -> None:
        """As the twin does. Raises `DeviceLostError`."""
        self._twin.show(signal, captions)
        self._see(captions)
        self._trace.note(Of.LIGHT, signal.value)
        for caption in captions:
            self._trace.note(Of.SCREEN, f"[{caption.picture}] {caption.words}")

    def acknowledge(self, *, good: bool) -> None:
        """As the twin does."""
        self._twin.acknowledge(good=good)

    async def aclose(self) -> None:
        """Dark and silent."""
        await self._twin.aclose()
