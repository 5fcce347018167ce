"""What a reader at a byte stream makes of what it lost: no number that nobody has, and nobody who waits for ever."""

import asyncio
import errno
import socket
from typing import cast

import pytest

from hal.drivers.socket_wire import SocketWire
from hal.drivers.stream_reader import StreamReader, Wire
from hal.drivers.system_clock import SystemClock
from hal.framing.dialect import Answered, CardRead, Read
from hal.framing.holding import Holding
from hal.framing.lines import Framing, Lines
from hal.ports.badge_reader import CardLostError, Fault, Tap
from hal.ports.errors import DeviceLostError
from tests.support.reader_rig import until
from tests.support.stream_line import HandClock, LateClock, Line, on, told


@pytest.mark.parametrize("idle_ends", [False, True])
def test_what_a_station_that_stood_still_finds_is_not_glued_to_what_it_had(idle_ends: bool) -> None:
    clock = LateClock()

    async def story(line: Line) -> None:
        waiting = asyncio.create_task(line.reader.next_reading())
        line.far.send(b"04a1")
        await until(lambda: line.reader._dialect.deadline is not None)
        line.far.send(b"b2c3\r")
        clock.ahead = 60  # as after a disk that stalled the loop: nobody knows what pause lies between
        assert told([await waiting, await line.reader.next_reading()]) == [Fault.TORN, Fault.TORN]
        line.far.send(b"04d4e5f6\r")
        assert told([await line.reader.next_reading()]) == [b"04d4e5f6"]

    on(lambda: Line(clock, Lines(Framing(idle_ends=idle_ends))), story)


def test_opened_in_the_middle_of_a_line_its_rest_is_no_badge() -> None:
    async def story(line: Line) -> None:
        async def connect() -> Wire:
            line.far.send(b"5678\r")
            return SocketWire(line._near, midway=True)

        reader = StreamReader("front", connect, Lines(), SystemClock(), Holding())
        assert told([await reader.next_reading()]) == [Fault.TORN]
        line.far.send(b"04a1b2c3\r")
        assert told([await reader.next_reading()]) == [b"04a1b2c3"]
        await reader.aclose()

    on(Line, story)


def test_it_listens_once_what_had_begun_before_has_passed() -> None:
    async def story(line: Line) -> None:
        async def connect() -> Wire:
            return SocketWire(line._near, midway=True)

        reader = StreamReader("front", connect, Lines(), SystemClock(), Holding())
        waiting = asyncio.create_task(reader.next_reading())
        await until(lambda: reader._wire is not None)
        assert not reader.listening
        await until(lambda: reader.listening)
        line.far.send(b"04a1b2c3\r")
        assert told([await waiting]) == [b"04a1b2c3"]
        await reader.aclose()

    on(Line, story)


def test_the_rest_of_what_a_lost_wire_had_begun_is_no_badge_on_the_next() -> None:
    wires = [socket.socketpair() for _ in range(2)]

    async def story(line: Line) -> None:
        left = list(wires)

        async def connect() -> Wire:
            near = left.pop(0)[1]
            near.setblocking(False)
            return SocketWire(near)

        reader = StreamReader("front", connect, Lines(), SystemClock(), Holding())
        wires[0][0].send(b"1234")
        wires[0][0].close()
        with pytest.raises(DeviceLostError):
            await reader.next_reading()
        wires[1][0].send(b"5678\r04a1b2c3\r")
        assert told([await reader.next_reading() for _ in range(2)]) == [Fault.TORN, b"04a1b2c3"]
        await reader.aclose()
        wires[1][0].close()

    on(Line, story)


def test_what_came_while_it_rested_from_a_flood_is_thrown_away() -> None:
    """Nobody knows what pauses lie between those bytes: two halves of two badges would make a third."""
    clock = HandClock()

    async def story(line: Line) -> None:
        waiting = asyncio.create_task(line.reader.next_reading())
        sent = 0
        while not clock.slept:
            sent += line.far.send(b"\r" * 1000)
            await asyncio.sleep(0)
        line.far.send(b"04d4e5f6\r12345678\r56")
        clock.turn.set()
        await until(lambda: line.reader._dialect.deadline is not None)
        line.far.send(b"78\r04a1b2c3\r")
        assert told([await waiting, *[await line.reader.next_reading() for _ in range(2)]]) == [
            Fault.FLOOD,
            Fault.TORN,
            b"04a1b2c3",
        ]

    on(lambda: Line(clock), story)


class Speaking(Lines):
    """Each line is a card that can be spoken to, and answers with its own number."""

    def __init__(self) -> None:
        super().__init__(meaning=self._card)
        self._last = b""
        self._owed = False

    def _card(self, line: bytes) -> Read:
        self._last = line
        return CardRead(line, speaks=True)

    @property
    def deadline(self) -> float | None:
        return 0.0 if self._owed else super().deadline

    def command(self, apdu: bytes, now: float) -> None:
        self._owed = True

    def pause(self, now: float) -> list[Read]:
        owed, self._owed = self._owed, False
        return [Answered(self._last)] if owed else super().pause(now)


def test_a_card_is_spoken_to_only_while_it_lies_there_also_where_a_second_read_of_another_is_no_tap() -> None:
    one, two = b"04a1b2c3", b"04d4e5f6"

    async def story(line: Line) -> None:
        line.far.send(one + b"\r" + one + b"\r")
        first = await line.reader.next_reading()
        assert isinstance(first, Tap)
        assert first.card is not None
        assert await first.card.transceive(b"?") == one
        line.far.send(two + b"\r" + one + b"\r")
        second = await line.reader.next_reading()
        assert isinstance(second, Tap)
        assert second.card is not None
        await until(lambda: cast(Speaking, line.reader._dialect)._last == one)
        for card in (first.card, second.card):
            with pytest.raises(CardLostError):
                await card.transceive(b"?")

    on(lambda: Line(lines=Speaking()), story)


@pytest.mark.parametrize("mistake", [ValueError, KeyError])
@pytest.mark.parametrize("where", ["start", "feed", "pause", "to_send"])
def test_no_mistake_leaves_anybody_waiting(where: str, mistake: type[BaseException]) -> None:
    """A ValueError of a dialect must not look like a wrong configuration either."""

    def wrong(*_: object) -> None:
        raise mistake

    async def story(line: Line) -> None:
        setattr(line.reader._dialect, where, wrong)
        line.far.send(b"04a1")
        with pytest.raises(mistake):
            await line.reader.next_reading()

    on(Line, story)


def test_a_wire_that_cannot_be_closed_leaves_nobody_waiting() -> None:
    class Stuck(SocketWire):
        def close(self) -> None:
            raise OSError(errno.EIO, "Input/output error")

    async def story(line: Line) -> None:
        async def connect() -> Wire:
            return Stuck(line._near)

        reader = StreamReader("front", connect, Lines(), SystemClock(), Holding())
        line.far.close()
        with pytest.raises(DeviceLostError):
            await reader.next_reading()
        await reader.aclose()

    on(Line, story)
