"""The document as a printer pulls it: one segment ahead, gated, and never left running."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from firmware.delivery.document import Document
from firmware.errors import LockgateError
from hal.sim.virtual_time import run


class Source:
    """Segments that say when they were made."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.made = 0
        self.closed = False
        self._count = count
        self._error = error

    async def segments(self) -> AsyncGenerator[bytes, None]:
        try:
            for number in range(self._count):
                await asyncio.sleep(0.01)
                self.made = number + 1
                yield bytes([number])
            if self._error:
                raise self._error
        finally:
            self.closed = True


async def no_gate() -> None:
    return None


def test_exactly_one_segment_is_prepared_ahead() -> None:
    async def pull() -> list[tuple[bytes, int]]:
        source, seen = Source(4), []
        async with Document(source.segments(), no_gate) as document:
            async for segment in document:
                await asyncio.sleep(1)
                seen.append((segment, source.made))
        return seen

    assert run(pull()) == [(b"\x00", 2), (b"\x01", 3), (b"\x02", 4), (b"\x03", 4)]


def test_preparing_overlaps_sending() -> None:
    async def pull() -> float:
        source, began = Source(10), asyncio.get_running_loop().time()
        async with Document(source.segments(), no_gate) as document:
            async for _ in document:
                await asyncio.sleep(0.01)
        return asyncio.get_running_loop().time() - began

    assert run(pull()) == pytest.approx(0.11)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_gate_is_passed_once_with_the_first_segment_in_hand(count: int) -> None:
    async def pull() -> list[str]:
        source, story = Source(count), []

        async def gate() -> None:
            story.append(f"gate after {min(source.made, 1)}")

        async with Document(source.segments(), gate) as document:
            async for segment in document:
                story.append(f"segment {segment[0]}")
        return story

    assert run(pull()) == [f"gate after {min(count, 1)}", *(f"segment {number}" for number in range(count))]


def test_a_closed_gate_lets_nothing_through() -> None:
    async def pull() -> None:
        source = Source(3)

        async def gate() -> None:
            raise LockgateError(code="fence-stale")

        async with Document(source.segments(), gate) as document:
            with pytest.raises(LockgateError, match="fence-stale"):
                await anext(document)
            assert document.handed_over == 0
        assert source.closed

    run(pull())


def test_an_error_comes_after_what_was_good_and_stays() -> None:
    async def pull() -> None:
        async with Document(Source(2, LockgateError(code="body-forged")).segments(), no_gate) as document:
            assert [await anext(document), await anext(document)] == [b"\x00", b"\x01"]
            for _ in range(2):
                with pytest.raises(LockgateError, match="body-forged"):
                    await anext(document)

    run(pull())


def test_an_error_before_the_first_segment_never_opens_the_gate() -> None:
    async def pull() -> list[str]:
        opened = []

        async def gate() -> None:
            opened.append("gate")

        async with Document(Source(0, LockgateError(code="body-forged")).segments(), gate) as document:
            with pytest.raises(LockgateError, match="body-forged"):
                await anext(document)
        return opened

    assert run(pull()) == []


def test_leaving_in_the_middle_ends_everything_even_while_somebody_pulls() -> None:
    async def pull() -> None:
        source = Source(3)
        async with Document(source.segments(), no_gate) as document:
            await anext(document)
            pulling = asyncio.ensure_future(anext(document))
            await asyncio.sleep(0)
        assert source.closed
        with pytest.raises((asyncio.CancelledError, StopAsyncIteration)):
            await pulling
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(pull())


def test_it_knows_whose_fault_a_pause_is() -> None:
    async def pull() -> list[bool]:
        source, seen = Source(2), []
        async with Document(source.segments(), no_gate) as document:
            pulling = asyncio.ensure_future(anext(document))
            await asyncio.sleep(0)
            seen.append(document.is_awaited)
            await pulling
            seen.append(document.is_awaited)
        return seen

    assert run(pull()) == [True, False]
