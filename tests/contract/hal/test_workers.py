"""The workers' contract, on the twin and on threads."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NamedTuple

import pytest

from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.workers import Workers
from hal.sim import virtual_time
from hal.sim.workers import InlineWorkers
from tests.support import aio


class Rig(NamedTuple):
    workers: Workers
    run: Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=["twin", "threads"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "twin":
        yield Rig(InlineWorkers(), virtual_time.run)
        return
    threads = ThreadWorkers(2)
    yield Rig(threads, aio.run)
    threads.close()


@pytest.fixture
def one_thread() -> Iterator[ThreadWorkers]:
    threads = ThreadWorkers(1)
    yield threads
    threads.close()


def test_the_result_comes_back(rig: Rig) -> None:
    async def main() -> None:
        assert await rig.workers.run(lambda: 6 * 7) == 42

    rig.run(main())


def test_an_error_comes_back_as_itself(rig: Rig) -> None:
    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await rig.workers.run(lambda: 1 // 0)

    rig.run(main())


def test_a_cancelled_wait_ends_and_the_call_runs_to_its_end(rig: Rig) -> None:
    ended = threading.Event()

    async def main() -> None:
        waiting = asyncio.create_task(rig.workers.run(ended.set))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    rig.run(main())
    assert ended.wait(60)


def test_an_error_nobody_waits_for_is_silent(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        waiting = asyncio.create_task(rig.workers.run(lambda: 1 // 0))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await rig.workers.run(int)

    rig.run(main())
    assert not caplog.records


def test_threads_the_loop_turns_while_a_call_blocks(one_thread: ThreadWorkers) -> None:
    gate = threading.Event()

    async def main() -> None:
        waiting = asyncio.create_task(one_thread.run(lambda: gate.wait(10)))
        await asyncio.sleep(0)
        assert not waiting.done()
        gate.set()
        assert await waiting

    aio.run(main())


def test_threads_a_call_cancelled_before_its_turn_still_runs(one_thread: ThreadWorkers) -> None:
    gate, ended = threading.Event(), threading.Event()

    async def main() -> None:
        first = asyncio.create_task(one_thread.run(lambda: gate.wait(10)))
        second = asyncio.create_task(one_thread.run(ended.set))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        gate.set()
        await first

    aio.run(main())
    assert ended.wait(60)


def test_threads_a_call_may_outlive_the_loop(one_thread: ThreadWorkers, caplog: pytest.LogCaptureFixture) -> None:
    gate = threading.Event()

    async def main() -> None:
        asyncio.create_task(one_thread.run(lambda: gate.wait(10)))  # noqa: RUF006 (dropped on purpose)
        await asyncio.sleep(0)

    aio.run(main())
    gate.set()
    aio.run(_nothing(one_thread))
    assert not caplog.records


async def _nothing(workers: ThreadWorkers) -> None:
    await workers.run(int)
