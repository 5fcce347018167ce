"""When the visit ends by itself, by the deadlines that the core sets and drops."""

from collections.abc import Iterable

from firmware.core.effects import DropDeadline, Effect, SetDeadline

_OF_A_VISIT = frozenset({"entry", "idle", "question"})


class Countdown:
    """Times in monotonic seconds."""

    def __init__(self) -> None:
        self._deadlines: dict[str, float] = {}

    def step(self, effects: Iterable[Effect], now: float) -> None:
        """These came of a step that was taken now. The core does not drop a deadline that has passed."""
        for effect in effects:
            match effect:
                case SetDeadline(name, _, seconds) if name in _OF_A_VISIT:
                    self._deadlines[name] = now + seconds
                case DropDeadline(name):
                    self._deadlines.pop(name, None)
                case _:
                    pass
        self._deadlines = {name: at for name, at in self._deadlines.items() if at > now}

    def clear(self) -> None:
        """The visit is over."""
        self._deadlines.clear()

    @property
    def ends(self) -> float | None:
        """The first of them, None where there is none."""
        return min(self._deadlines.values(), default=None)
