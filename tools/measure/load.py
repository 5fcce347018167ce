"""Many stations at one mesh on one core: taps spread over time, and all of them at once."""

import asyncio
import math
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from firmware.vault.seal import Recipients
from tools.demo.processes import mesh
from tools.measure.crowd import Crowd, Place, Tapped, recipients, submit, tap
from tools.measure.wire import Line, context_of

HEALTH = "/v1/health"
PERCENTILES = (50, 95, 99)
_UPLOADS_AT_ONCE = 8


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This thread, and the processes it starts meanwhile, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def two_cores() -> tuple[int, int]:
    """One for the mesh and another for those who ask it; the same where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return cores[0], cores[-1]


@contextmanager
def served(crowd: Crowd) -> Iterator[str]:
    """The mesh as a process of its own on one core, this thread on the other; the mesh's URL."""
    theirs, ours = two_cores()
    with on_core(theirs):
        running = mesh(crowd.site.directory)
        url = running.__enter__()
    try:
        with on_core(ours):
            yield url
    finally:
        running.__exit__(None, None, None)


@dataclass(frozen=True, slots=True)
class Stations:
    """All places of a crowd, each with its kept connection."""

    crowd: Crowd
    url: str
    lines: tuple[Line, ...] = field(repr=False)

    async def submit(self) -> None:
        """A page by each person."""
        gate = asyncio.Semaphore(_UPLOADS_AT_ONCE)
        to = await self._recipients(self.crowd.places[0])
        async with asyncio.TaskGroup() as group:
            for place in self.crowd.places:
                group.create_task(self._submit(gate, place, to))

    async def _recipients(self, place: Place) -> Recipients:
        line = await self._client(place).open()
        try:
            return await recipients(line)
        finally:
            await line.close()

    async def _submit(self, gate: asyncio.Semaphore, place: Place, to: Recipients) -> None:
        async with gate:
            line = await self._client(place).open()
            try:
                await submit(line, place, to)
            finally:
                await line.close()

    def _client(self, place: Place) -> Line:
        return Line(self.url, context_of(place.client, self.crowd.ca_pem))

    async def taps(self, seconds: float) -> list[Tapped]:
        """Everybody taps once, evenly spread over so many seconds; all at once when it is 0."""
        places, count = self.crowd.places, len(self.lines)

        async def one(number: int) -> Tapped:
            await asyncio.sleep(seconds * number / count)
            return await tap(self.lines[number], places[number])

        return await asyncio.gather(*(one(number) for number in range(count)))

    async def greet(self) -> list[float]:
        """The floor: everybody at once, each from an address of their own, makes a connection and asks for the one
        answer that needs no work; milliseconds each."""
        calls = (_greet(Line(self.url, line.context, _address(place))) for place, line in enumerate(self.lines))
        return await asyncio.gather(*calls)


def _address(place: int) -> str:
    """Of the loopback network."""
    return f"127.0.{1 + place // 250}.{1 + place % 250}"


async def _greet(line: Line) -> float:
    began = time.perf_counter()
    await line.open()
    try:
        await line.ask("GET", HEALTH)
        return (time.perf_counter() - began) * 1000
    finally:
        await line.close()


@asynccontextmanager
async def stations(crowd: Crowd, url: str) -> AsyncIterator[Stations]:
    """Each connected twice, as stations are: for its requests, and for the mesh's announcements."""
    async with AsyncExitStack() as stack:
        contexts = [context_of(place.station, crowd.ca_pem) for place in crowd.places]
        lines, listeners = ([Line(url, context) for context in contexts] for _ in range(2))
        for line in (*lines, *listeners):
            stack.push_async_callback((await line.open()).close)
        for line in lines:
            await line.ask("GET", HEALTH)  # the mesh keeps no connection that says nothing
        group = await stack.enter_async_context(_listening(listeners))
        yield Stations(crowd, url, tuple(lines))
        group.cancel()


@asynccontextmanager
async def _listening(lines: Sequence[Line]) -> AsyncIterator[asyncio.Future[list[None]]]:
    """Event streams that are read until the future is cancelled; one that ends before fails the measurement."""
    reading = asyncio.gather(*(line.listen("/v1/events") for line in lines))
    try:
        yield reading
        if reading.done():
            reading.result()
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
