"""Virtual time: as asyncio, but waiting costs nothing, every run is the same, and nothing hangs."""

import asyncio
import socket
import time
from itertools import repeat

import pytest

from hal.sim import virtual_time
from hal.sim.virtual_time import DeadlockError, HorizonError, LivelockError, RealWorldError, VirtualTimeError, run


def now() -> float:
    return asyncio.get_running_loop().time()


async def for_ever(seconds: float) -> None:
    for _ in repeat(None):
        await asyncio.sleep(seconds)


def test_a_year_takes_no_time() -> None:
    async def main() -> float:
        for _ in range(365 * 24):
            await asyncio.sleep(3600)
        return now()

    before = time.monotonic()
    assert run(main(), timeout=366 * 24 * 3600) == 365 * 24 * 3600
    assert time.monotonic() - before < 60


def test_times_are_exact() -> None:
    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(0.1)
        return now()

    assert run(main()) == 100


def test_tasks_wake_in_the_order_of_their_deadlines() -> None:
    woken = []

    async def sleeper(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, now()))

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for seconds in (3, 1, 2):
                group.create_task(sleeper(seconds))

    run(main())
    assert woken == [(1, 1), (2, 2), (3, 3)]


def test_timeouts_queues_and_calls_later() -> None:
    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        asyncio.get_running_loop().call_later(5, queue.put_nowait, 1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await queue.get()
        assert now() == 2
        assert await asyncio.wait_for(queue.get(), 10) == 1
        assert now() == 5

    run(main())


def test_tasks_are_cancelled_in_the_same_order_in_every_run() -> None:
    def order() -> list[int]:
        ended: list[int] = []

        async def one(number: int) -> None:
            try:
                await asyncio.sleep(1000)
            finally:
                ended.append(number)

        async def main() -> None:
            async with asyncio.timeout(1), asyncio.TaskGroup() as group:
                for number in range(20):
                    group.create_task(one(number))

        with pytest.raises(TimeoutError):
            run(main())
        return ended

    assert order() == order() == list(range(20))


def test_a_deadlock_is_said_with_who_waits_where() -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.Queue[int]().get(), name="the dispatcher")

    with pytest.raises(DeadlockError, match=r"(?s)at 0 s.*task-1 waits in .*main.*the dispatcher waits in Queue\.get"):
        run(main())


def test_what_never_ends_ends_at_the_horizon() -> None:
    with pytest.raises(HorizonError, match="still running at 3660 s"):
        run(for_ever(60), timeout=3600)


def test_what_spins_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_time, "MAX_TURNS_IN_PLACE", 1000)

    with pytest.raises(LivelockError, match="1000 turns at 0 s"):
        run(for_ever(0))


def test_the_main_task_may_clean_up_after_the_horizon() -> None:
    cleaned = []

    async def main() -> None:
        try:
            await asyncio.sleep(7200)
        finally:
            await asyncio.sleep(5)
            cleaned.append(now())

    with pytest.raises(HorizonError):
        run(main(), timeout=3600)
    assert cleaned


def test_what_is_raised_comes_out() -> None:
    async def main() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run(main())


def test_the_real_world_is_out_of_reach() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(RealWorldError, match="threads"):
            await asyncio.to_thread(print)
        with pytest.raises(RealWorldError, match="processes"):
            await asyncio.create_subprocess_exec("true")
        with pytest.raises(RealWorldError, match="processes"):
            await asyncio.create_subprocess_shell("true")
        with pytest.raises(RealWorldError, match="signals"):
            loop.add_signal_handler(1, print)
        with pytest.raises(RealWorldError):
            await asyncio.open_connection("127.0.0.1", 1)
        with socket.socket() as real, pytest.raises(RealWorldError, match="input or output"):
            loop.add_reader(real, print)

    run(main())
    assert issubclass(RealWorldError, VirtualTimeError)
