"""How the readers do: taps, misreads by their codes, losses. Counted for the technician, and kept over restarts."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

from firmware.core.events import BadgeRead, BadgeUnreadable, Event, ReaderChanged
from firmware.errors import LockgateError
from firmware.vault.fields import FieldError, Fields, encode_object, encode_time, known, read_kept
from hal.board import Board
from hal.ports.clock import Clock
from hal.ports.errors import StorageError
from hal.ports.storage import Storage

LOG = logging.getLogger("lockgate.readers")
FILE = "reader-health"
VERSION = 1
LONGEST = 64 * 1024
MOST_READERS = 64
MOST_CODES = 64
EVERY_SECONDS = 60.0
"""Between two writes at most so often: a reader that floods must not wear out the card that it is written to."""

Post = Callable[[Event], None]
_NAMES = ("taps", "misreads", "lost", "present", "last_code", "last_misread", "last_lost")


class HealthError(LockgateError):
    """The kept counts are damaged: counting begins anew."""

    code = "reader-health-damaged"


@dataclass(frozen=True, slots=True)
class ReaderHealth:
    """Of one reader since counting began. `misreads` counts by code; times are RFC 3339 in UTC, empty for never."""

    taps: int = 0
    misreads: Mapping[str, int] = field(default_factory=dict)
    lost: int = 0
    present: bool = True
    last_code: str = ""
    last_misread: str = ""
    last_lost: str = ""

    def after(self, event: BadgeRead | BadgeUnreadable | ReaderChanged, at: str) -> "ReaderHealth":
        """With one more event."""
        match event:
            case BadgeRead():
                return replace(self, taps=self.taps + 1)
            case BadgeUnreadable(_, code):
                counted = {**self.misreads, code: self.misreads.get(code, 0) + 1}
                return replace(self, misreads=counted, last_code=code, last_misread=at)
            case ReaderChanged(_, True):
                return replace(self, present=True)
            case ReaderChanged():
                return replace(self, present=False, lost=self.lost + 1, last_lost=at)


class Reading(Protocol):
    """What of the storage port is read from."""

    def read(self, name: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True)
class KeptHealth:
    """What was counted by the readers' names, `as_of` (RFC 3339 in UTC; empty where nothing was kept)."""

    readers: Mapping[str, ReaderHealth] = field(default_factory=dict)
    as_of: str = ""


def read_health(data: bytes) -> KeptHealth:
    """The content of the file. Raises `HealthError`."""
    try:
        if len(data) > LONGEST:
            raise FieldError("too long")  # noqa: TRY301 - told as what is found within
        fields = read_kept(data, ("version", "as_of", "readers"))
        fields.integer("version", least=VERSION, most=VERSION)
        readers = fields.value("readers")
        if not isinstance(readers, dict) or len(readers) > MOST_READERS:
            raise FieldError("readers")  # noqa: TRY301 - as above
        counted = {name: _health(value) for name, value in readers.items()}
        return KeptHealth(counted, fields.text("as_of", longest=64))
    except FieldError as exc:
        raise HealthError(f"{FILE}: {exc}") from exc


def _health(value: object) -> ReaderHealth:
    fields = known(value, _NAMES)
    misreads, present = fields.value("misreads"), fields.value("present")
    if not isinstance(misreads, dict) or len(misreads) > MOST_CODES or not isinstance(present, bool):
        raise FieldError("misreads or present")
    counts = Fields(misreads, tuple(misreads))
    return ReaderHealth(
        taps=fields.integer("taps"),
        misreads={code: counts.integer(code) for code in misreads},
        lost=fields.integer("lost"),
        present=present,
        **{name: fields.text(name, longest=64, shortest=0) for name in _NAMES[-3:]},
    )


def kept_health(storage: Reading) -> KeptHealth:
    """What was counted so far; nothing where nothing was kept. Raises `HealthError`, `StorageError`."""
    data = storage.read(FILE)
    return KeptHealth() if data is None else read_health(data)


class HealthBook:
    """Counts what it hears on its way to the core. Good taps alone are not written: they come with the next trouble,
    and at the end."""

    def __init__(self, board: Board, clock: Clock) -> None:
        self._storage, self._workers, self._clock = board.storage, board.workers, clock
        self.counted = _taken_up(board.storage, tuple(reader.name for reader in board.readers))
        self._troubled = asyncio.Event()

    def hearing(self, post: Post) -> Post:
        """`post`, with each event counted first."""

        def heard(event: Event) -> None:
            if isinstance(event, BadgeRead | BadgeUnreadable | ReaderChanged):
                self._count(event)
            post(event)

        return heard

    def _count(self, event: BadgeRead | BadgeUnreadable | ReaderChanged) -> None:
        before = self.counted.get(event.reader, ReaderHealth())
        self.counted[event.reader] = before.after(event, encode_time(self._clock.now()))
        if not isinstance(event, BadgeRead):
            self._troubled.set()

    async def keep_on(self) -> None:
        """Write at the start, after each trouble, at most once a minute, and when it is cancelled."""
        try:
            while True:
                await self._workers.run(self._write)
                await self._clock.sleep(EVERY_SECONDS)
                await self._troubled.wait()
                self._troubled.clear()
        finally:
            self._write()

    def _write(self) -> None:
        readers = {name: asdict(health) for name, health in sorted(self.counted.items())}
        book = {"version": VERSION, "as_of": encode_time(self._clock.now()), "readers": readers}
        try:
            self._storage.replace(FILE, encode_object(book) + b"\n")
        except StorageError as exc:
            LOG.warning("the readers' counts are not kept: %s", exc.code)


def _taken_up(storage: Storage, readers: tuple[str, ...]) -> dict[str, ReaderHealth]:
    """The counts of the readers there are now; each is there until it is found not to be."""
    try:
        kept = kept_health(storage).readers
    except (HealthError, StorageError) as exc:
        LOG.warning("the readers' counts begin anew: %s", exc.code)
        kept = {}
    return {name: replace(kept.get(name, ReaderHealth()), present=True) for name in readers}
