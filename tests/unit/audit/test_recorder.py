"""Recording from the event loop: order, shared writes, a full queue, a failing medium, cancelled callers."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from firmware.audit.events import AuditEvent
from firmware.audit.port import AuditError
from firmware.audit.recorder import Recorder
from firmware.audit.records import parse_entry
from hal.drivers.thread_workers import ThreadWorkers
from hal.sim import virtual_time
from hal.sim.storage import StorageFault
from tests.support.aio import run
from tests.support.audit_rig import AuditRig

T = TypeVar("T")


class SlowWorkers:
    """A medium that takes a second for each write."""

    def __init__(self) -> None:
        self.calls = 0

    async def run(self, call: Callable[[], T]) -> T:
        self.calls += 1
        await asyncio.sleep(1)
        return call()


def impressions(rig: AuditRig) -> list[object]:
    lines = rig.open().read_after(0, 10_000)
    return [entry.fields["impressions"] for entry in map(parse_entry, lines) if entry.event is AuditEvent.PRINTED]


def test_who_comes_while_a_write_is_under_way_shares_the_next() -> None:
    rig, workers = AuditRig(), SlowWorkers()
    recorder = Recorder(rig.open(), workers)

    async def main() -> None:
        first = asyncio.create_task(recorder.record(AuditEvent.PRINTED, impressions=0))
        await asyncio.sleep(0.5)
        assert impressions(rig) == []
        others = [asyncio.create_task(recorder.record(AuditEvent.PRINTED, impressions=n)) for n in range(1, 100)]
        await first
        assert impressions(rig) == [0]
        await asyncio.gather(*others)

    virtual_time.run(main())
    assert impressions(rig) == list(range(100))
    assert workers.calls == 2


def test_a_batch_has_a_bound() -> None:
    rig, workers = AuditRig(), SlowWorkers()
    recorder = Recorder(rig.open(), workers, batch=10)

    async def main() -> None:
        await asyncio.gather(*(recorder.record(AuditEvent.PRINTED, impressions=n) for n in range(25)))

    virtual_time.run(main())
    assert impressions(rig) == list(range(25))
    assert workers.calls == 3


def test_the_queue_is_bounded_and_says_so() -> None:
    rig = AuditRig()
    recorder = Recorder(rig.open(), SlowWorkers(), waiting=3)

    async def main() -> None:
        waiting = [asyncio.create_task(recorder.record(AuditEvent.PRINTED, impressions=n)) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(AuditError, match="too many"):
            await recorder.record(AuditEvent.PRINTED, impressions=3)
        await asyncio.gather(*waiting)
        await recorder.record(AuditEvent.PRINTED, impressions=4)

    virtual_time.run(main())
    assert impressions(rig) == [0, 1, 2, 4]


def test_a_full_medium_is_told_to_everybody_it_concerns() -> None:
    rig = AuditRig()
    recorder = Recorder(rig.open(), SlowWorkers())

    async def main() -> None:
        rig.storage.fault = StorageFault.FULL
        results = await asyncio.gather(
            *(recorder.record(AuditEvent.PRINTED, impressions=n) for n in range(3)), return_exceptions=True
        )
        assert [type(result) for result in results] == [AuditError] * 3
        rig.storage.fault = None
        await recorder.record(AuditEvent.PRINTED, impressions=3)

    virtual_time.run(main())
    assert impressions(rig) == [3]


def test_who_is_cancelled_leaves_entries_behind_and_settling_waits_for_them() -> None:
    rig = AuditRig()
    recorder = Recorder(rig.open(), SlowWorkers())

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(recorder.record(AuditEvent.PRINTED, impressions=1), 0.1)
        assert impressions(rig) == []
        await recorder.settle()
        assert impressions(rig) == [1]

    virtual_time.run(main())


def test_what_is_no_field_is_refused_before_it_waits() -> None:
    recorder = Recorder(AuditRig().open(), SlowWorkers())

    async def main() -> None:
        with pytest.raises(ValueError, match="title"):
            await recorder.record(AuditEvent.PRINTED, title="x")

    virtual_time.run(main())


def test_real_threads_keep_the_order_too() -> None:
    rig, workers = AuditRig(), ThreadWorkers(2)
    recorder = Recorder(rig.open(), workers)

    async def main() -> None:
        await asyncio.gather(*(recorder.record(AuditEvent.PRINTED, impressions=n) for n in range(300)))

    try:
        run(main())
    finally:
        workers.close()
    assert impressions(rig) == list(range(300))
    assert rig.verify().ok
