"""The watchdog twin: does not bite, but says when it would have."""

from hal.ports.clock import Clock


class SimWatchdog:
    """As systemd counts: from `ready()` on, a pause longer than `timeout` seconds between feedings is fatal.
    `restart` is a new life of the station."""

    def __init__(self, clock: Clock, timeout: float = 20.0) -> None:
        self._clock = clock
        self._timeout = timeout
        self._fed_at: float | None = None
        self._bites: list[float] = []
        self.feedings = 0

    @property
    def interval(self) -> float:
        """Half the timeout."""
        return self._timeout / 2

    @property
    def started(self) -> bool:
        """Whether `ready()` was said in this life."""
        return self._fed_at is not None

    @property
    def bites(self) -> tuple[float, ...]:
        """Each moment (monotonic, seconds) at which a real one would have killed the station."""
        self._count()
        return tuple(self._bites)

    def ready(self) -> None:
        """Start-up is complete: the time begins."""
        self._fed_at = self._clock.monotonic()

    def feed(self) -> None:
        """The dispatcher is alive; before `ready()` nobody counts."""
        self._count()
        self.feedings += 1
        if self.started:
            self._fed_at = self._clock.monotonic()

    def restart(self) -> None:
        """The station was started anew: nothing counts until it is ready again."""
        self._count()
        self._fed_at = None

    def _count(self) -> None:
        if self._fed_at is None or self._clock.monotonic() - self._fed_at <= self._timeout:
            return
        self._fed_at += self._timeout
        self._bites.append(self._fed_at)
        self._fed_at = self._clock.monotonic()  # restarted by itself: one pause, one bite
