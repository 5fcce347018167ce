"""A reader at the end of a byte stream: any chunks in time give the same taps, whatever the station does meanwhile."""

import asyncio
import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.drivers.socket_wire import SocketWire
from hal.drivers.stream_reader import BYTES_A_SECOND, StreamReader, Wire
from hal.drivers.system_clock import SystemClock
from hal.framing.dialect import Read
from hal.framing.holding import Holding
from hal.framing.lines import Lines
from hal.ports.badge_reader import Fault, Misread, Reading
from hal.ports.errors import DeviceLostError
from tests.support.stream_line import HandClock, Line, on, told

NUMBERS = [b"04a1b2c3", b"04d4e5f6", b"04778899aabbcc"]
SENT = st.lists(
    st.sampled_from([*(number + b"\r" for number in NUMBERS), b"\r\n", b"04\xff\r", b"9" * 200 + b"\r"]), max_size=12
).map(lambda lines: b"".join(lines) + b"0e0d\r")
"""Ends with a badge that nothing before it is."""


def expected(sent: bytes) -> list[bytes | Fault]:
    holding = Holding()
    passed = [holding.passes(read, 0) for read in Lines().feed(sent, 0)]
    return [read if isinstance(read, Fault) else read.credential for read in passed if read is not None]  # type: ignore[union-attr]


@settings(max_examples=40, deadline=None)
@given(SENT, st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), min_size=1, max_size=60))
def test_any_chunks_at_any_pace_below_the_gap_give_the_same_taps(sent: bytes, chunks: list[tuple[int, int]]) -> None:
    """After each chunk the loop turns that many times: the reader sees it alone, or together with the next."""

    async def story(line: Line) -> None:
        found = asyncio.create_task(line.until_last())
        rest = sent
        for size, turns in chunks:
            if rest:
                line.far.send(rest[:size])
                rest = rest[size:]
            for _ in range(turns):
                await asyncio.sleep(0)
        if rest:
            line.far.send(rest)
        assert told(await found) == expected(sent)

    on(Line, story)


def test_byte_for_byte_and_a_station_that_gives_up_waiting_again_and_again() -> None:
    sent = b"".join(number + b"\r" for number in NUMBERS) + b"0e0d\r"
    found: list[Reading] = []

    async def story(line: Line) -> None:
        for byte in sent:
            line.far.send(bytes([byte]))
            waiting = asyncio.create_task(line.reader.next_reading())
            for _ in range(3):
                await asyncio.sleep(0)
            if waiting.done():
                found.append(waiting.result())
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        found.extend(await line.until_last())
        assert told(found) == [*NUMBERS, b"0e0d"]

    on(Line, story)


def test_a_flood_is_told_once_a_second_at_most_and_the_reader_rests_meanwhile() -> None:
    clock = HandClock()

    async def story(line: Line) -> None:
        line.far.setblocking(False)
        waiting = asyncio.create_task(line.reader.next_reading())
        sent = 0
        while not clock.slept:
            sent += line.far.send(b"1" * 1000)
            await asyncio.sleep(0)
        first, second = await waiting, await line.reader.next_reading()
        assert [reading.fault for reading in (first, second) if isinstance(reading, Misread)] == [
            Fault.OVERLONG,
            Fault.FLOOD,
        ]
        assert BYTES_A_SECOND <= sent <= BYTES_A_SECOND + 8192
        assert 0 < clock.slept[0] <= 1

    on(lambda: Line(clock), story)


def test_a_mistake_in_a_dialect_is_no_lost_reader() -> None:
    class Broken(Lines):
        def feed(self, data: bytes, now: float) -> list[Read]:
            raise ZeroDivisionError

    async def story(line: Line) -> None:
        line.far.send(b"04a1\r")
        with pytest.raises(ZeroDivisionError):
            await line.reader.next_reading()

    on(lambda: Line(lines=Broken()), story)


def test_an_end_that_takes_nothing_more_is_lost_and_not_waited_for() -> None:
    class Chatty(Lines):
        def to_send(self) -> bytes:
            return b"?" * 10_000_000

    async def story(line: Line) -> None:
        with pytest.raises(DeviceLostError, match="takes no more"):
            await line.reader.next_reading()
        line.reader.acknowledge(good=True)

    on(lambda: Line(lines=Chatty()), story)


def test_an_adapter_that_returns_an_io_error_is_lost_with_that_reason() -> None:
    class Failing(SocketWire):
        def read(self) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    async def story(line: Line) -> None:
        async def connect() -> Wire:
            return Failing(line._near)

        reader = StreamReader("front", connect, Lines(), SystemClock(), Holding())
        line.far.send(b"0")
        with pytest.raises(DeviceLostError, match="Input/output error"):
            await reader.next_reading()
        assert not reader.listening
        await reader.aclose()

    on(Line, story)
