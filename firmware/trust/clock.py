"""The time a station believes: the mesh's signed time, carried on by the monotonic clock. The board's calendar is never
asked: it has no battery, and whoever can set it could bring back what has expired. docs/time.md has the rules."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firmware.vault.fields import FieldError, encode_time, read_time
from firmware.vault.timing import TimeRefusedError
from hal.ports.clock import Clock
from hal.ports.storage import Storage

FILE = "clock"
RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
"""No image with this program is older."""
BUILD_TIME = Path("/usr/lib/lockgate/build-time")
"""An image says here when it was built (RFC 3339, UTC), in its read-only part."""

SLACK = timedelta(minutes=5)
"""How far a statement may lie behind what we know, or ahead of it without a word in the journal."""
DRIFT = 0.0005
"""By how much a board's monotonic clock may run too fast; crystals are ten times better."""
FARTHEST = timedelta(days=366)
"""How far ahead of all we know a statement may lie: a box that was off for longer is paired anew in any case."""


def built(path: Path = BUILD_TIME) -> datetime:
    """When the image was built, as far as it says so, and not before this program was released."""
    try:
        return max(RELEASED, read_time(path.read_text(encoding="ascii").strip()))
    except (OSError, UnicodeDecodeError, FieldError):
        return RELEASED


@dataclass(frozen=True, slots=True)
class _Mark:
    """A moment, and where the monotonic clock stood then."""

    moment: datetime
    at: float

    def carried(self, now: float, rate: float = 1.0) -> datetime:
        return self.moment + timedelta(seconds=(now - self.at) * rate)


class TrustedClock:
    """Implements Clock over the board's own. Until the first signed time, `now` is the floor carried on: the earliest
    that it can be. Only the event loop changes it; any thread may read it. Raises `StorageError`."""

    def __init__(self, clock: Clock, storage: Storage, *, earliest: datetime) -> None:
        self._clock, self._storage, self._earliest = clock, storage, earliest
        kept = storage.read(FILE)
        self._floor = max(earliest, _kept(kept) or earliest)
        self.damaged = kept is not None and _kept(kept) is None
        """Whether the last good time could not be read: then only the image's age is known."""
        self.known = False
        """Whether a signed time was accepted since the start."""
        self._base = self._highest = _Mark(self._floor, clock.monotonic())
        self._calendar_gap = self._gap()

    @property
    def floor(self) -> datetime:
        """It is later than that: the image's build, the last good time, our own certificate's beginning."""
        return self._floor

    def now(self) -> datetime:
        """The trusted time, UTC; the earliest that it can be while it is not `known`."""
        return self._base.carried(self._clock.monotonic())

    def monotonic(self) -> float:
        """The board's own."""
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """The board's own."""
        await self._clock.sleep(seconds)

    @property
    def certified(self) -> datetime:
        """The latest moment that is proven without anybody's clock but the CA's when it certified us."""
        return self._earliest

    def at_least(self, moment: datetime) -> None:
        """The organisation's CA has certified us at `moment`, so it is later. Not kept: it is proven again at each
        start."""
        self._earliest = max(self._earliest, moment)
        if not self.known and moment > self._floor:
            self._floor = moment
            self._base = self._highest = _Mark(moment, self._clock.monotonic())

    def accept(self, moment: datetime) -> timedelta:
        """It is `moment` now, by a verified statement. By how much that differs from the time carried on; nothing the
        first time. Raises `TimeRefusedError`: then nothing has changed."""
        at, carried = self._clock.monotonic(), self.now()
        if moment < self._highest.carried(at, 1 - DRIFT) - SLACK:
            raise TimeRefusedError("earlier than the last good time")
        if moment > carried + FARTHEST:
            raise TimeRefusedError("more than a year after the last good time")
        moment, jump = max(moment, self._floor), moment - carried if self.known else timedelta()
        if moment >= self._highest.carried(at):
            self._highest = _Mark(moment, at)
        self._base, self.known, self._calendar_gap = _Mark(moment, at), True, self._gap()
        return jump

    def take_back(self, moment: datetime) -> None:
        """It was no later than `moment`, by what cannot be forged (docs/time.md): what is higher was a lie, and the
        time has to be asked for again. Raises `StorageError`; it is believed all the same."""
        self._floor = max(self._earliest, moment)
        self._base = self._highest = _Mark(self._floor, self._clock.monotonic())
        self.known = False
        self._write()

    def keep(self) -> None:
        """Write the last good time down, to be the floor from now on. Raises `StorageError`; it is the floor of this
        life all the same."""
        if self.known:
            self._floor = max(self._floor, self.now().replace(microsecond=0))
            self._write()

    def was_disturbed(self) -> bool:
        """Whether the board's calendar and its monotonic clock went apart since the last statement: it was suspended,
        or somebody has set its clock. A reason to ask again, and no more than that."""
        return abs(self._gap() - self._calendar_gap) > SLACK

    def _gap(self) -> timedelta:
        return self._clock.now() - datetime.fromtimestamp(0, UTC) - timedelta(seconds=self._clock.monotonic())

    def _write(self) -> None:
        self._storage.replace(FILE, encode_time(self._floor).encode())


def _kept(raw: bytes | None) -> datetime | None:
    try:
        return read_time((raw or b"").decode("ascii").strip())
    except (UnicodeDecodeError, FieldError):
        return None
