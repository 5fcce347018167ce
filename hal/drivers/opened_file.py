"""What came out of a device's file, opened when it is first waited on: what all buttons have in common."""

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from hal.drivers.arrivals import Arrivals
from hal.ports.errors import DeviceError
from hal.ports.workers import Workers

T = TypeVar("T")
WAITING = 16
"""Presses that are kept."""


class Source(Protocol[T]):
    """An open device."""

    def files(self) -> tuple[int, ...]:
        """Readable when something may have come, or it is gone."""
        ...

    def take(self) -> list[T]:
        """What came. Raises `OSError` when it is gone."""
        ...

    def close(self) -> None:
        """Idempotent."""
        ...


class OpenedFile(Generic[T]):
    """Opened when first waited on, and again after it was lost; what was done before it was opened is nothing.
    `connect` raises `DeviceError`; `meaning` says which a lost device is."""

    def __init__(
        self, name: str, connect: Callable[[], Source[T]], meaning: Callable[[OSError], DeviceError], workers: Workers
    ) -> None:
        self._name = name
        self._connect = connect
        self._meaning = meaning
        self._workers = workers
        self._opening: asyncio.Task[None] | None = None
        self._source: Source[T] | None = None
        self._came: Arrivals[T] = Arrivals(name, WAITING)

    @property
    def name(self) -> str:
        """As configured."""
        return self._name

    @property
    def listening(self) -> bool:
        """Whether the device is open: from now on nothing is missed."""
        return self._source is not None

    async def next(self) -> T:
        """The oldest that came. Raises `DeviceError`."""
        while (came := self._came.take()) is None:
            if self._source is None:
                await self._opened()
            else:
                await self._came.changed()
        return came

    async def aclose(self) -> None:
        """As the port says."""
        self._came.close()
        if self._opening is not None:
            await asyncio.gather(self._opening, return_exceptions=True)
        self._let_go()
        self._came.stir()

    async def _opened(self) -> None:
        """Once it is, or raises; an opening outlives whoever waited for it, lest nobody closes what it opened."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(), name=f"opening {self._name}")
        opening = self._opening
        await asyncio.wait({opening})
        self._opening = None
        opening.result()

    async def _open(self) -> None:
        self._source = await self._workers.run(self._connect)
        loop = asyncio.get_running_loop()
        for number in self._source.files():
            loop.add_reader(number, self._look)

    def _look(self) -> None:
        if self._source is None:
            return
        try:
            self._came.add(self._source.take())
        except OSError as exc:
            self._let_go()
            self._came.fail(self._meaning(exc))

    def _let_go(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            loop = asyncio.get_running_loop()
            for number in source.files():
                loop.remove_reader(number)
            source.close()
