"""Our own disk and our own mistakes: nothing starts that is not recorded, and no job is left without an end."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from firmware.core.events import Outcome
from firmware.delivery.outcomes import Ended
from firmware.delivery.records import Entry
from firmware.mesh.port import MeshError
from hal.ports.errors import (
    StorageError,
)
from hal.sim.storage import StorageFault
from hal.sim.virtual_time import run
from tests.unit.delivery.world import UNREACHABLE, World, pdf

T = TypeVar("T")
HELD = Outcome.HELD


def nothing_left_the_mesh(world: World) -> None:
    assert world.mesh.fetched_from == []
    assert world.printer.deliveries == []
    assert not world.printer.engine.jobs


@pytest.mark.parametrize(
    ("fault", "code"), [(StorageFault.FULL, "storage-full"), (StorageFault.IO_ERROR, "storage-failed")]
)
def test_without_a_ledger_nothing_starts(fault: StorageFault, code: str) -> None:
    world = World()
    job = world.submit(pdf())
    means = world.start()
    world.storage.fault = fault
    assert run(world.deliver(job, means=means)) == Ended(HELD, code)
    nothing_left_the_mesh(world)
    assert world.mesh.kinds() == [f"stopped {code}"]
    assert world.mesh.jobs[job.job_id].phase == "held"


@pytest.mark.parametrize("error", [UNREACHABLE, MeshError("fence-stale", status=409)])
def test_a_grant_that_cannot_be_given_back_is_left_to_lapse(error: Exception) -> None:
    world = World()
    job = world.submit(pdf())
    means = world.start()
    world.storage.fault = StorageFault.FULL
    world.mesh.fail("report stopped", error)
    assert run(world.deliver(job, means=means)) == Ended(HELD, "storage-full")


class Threads:
    """What a thread began, it does, whoever still waits for it."""

    async def run(self, call: Callable[[], T]) -> T:
        result = call()
        await asyncio.sleep(0.01)
        return result


def test_a_call_to_end_while_the_ledger_takes_a_grant_in_leaves_no_release_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, cancel = World(), asyncio.Event()
    job = world.submit(pdf())
    means = replace(world.start(), workers=Threads())
    intend = means.ledger.intend

    def called_off(entry: Entry) -> None:
        cancel.set()
        intend(entry)

    monkeypatch.setattr(means.ledger, "intend", called_off)
    assert run(world.deliver(job, means=means, cancel=cancel)) == Ended(HELD, "canceled")
    assert means.ledger.unsettled() == []
    assert world.mesh.kinds()[-1] == "stopped canceled"


@pytest.mark.parametrize("writes_before", [1, 2, 3, 4])
def test_a_medium_that_fails_in_the_middle_never_makes_a_lie(
    writes_before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    job = world.submit(pdf())
    append, left = world.storage.append, writes_before

    def failing(name: str, data: bytes) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise StorageError("storage", "I/O error")
        append(name, data)

    monkeypatch.setattr(world.storage, "append", failing)
    monkeypatch.setattr(world.storage, "replace", failing)
    ended = run(world.deliver(job))
    started = writes_before >= 3
    assert ended == (Ended(Outcome.PRINTED, "", 2) if started else Ended(HELD, "storage-failed"))
    assert len(world.delivered()) == (1 if started else 0)
    assert world.mesh.jobs[job.job_id].phase == ("printed" if started else "held")


def test_an_unforeseen_fault_still_gives_the_job_an_honest_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    job = world.submit(pdf())

    async def bug(*_: object) -> None:
        raise ZeroDivisionError("Redundancies, draft 3")

    monkeypatch.setattr(world.printer, "send_document", bug)
    assert run(world.deliver(job)) == Ended(HELD, "internal")
    assert "ZeroDivisionError" in caplog.text
    assert "Redundancies" not in caplog.text
