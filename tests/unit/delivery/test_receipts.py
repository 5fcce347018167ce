"""The receipt that goes with a final report: it verifies, says what was told, and is the same when told again."""

from dataclasses import replace

import pytest

from firmware.delivery.records import Step
from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.vault.receipt import Outcome
from firmware.vault.receipt_form import verify
from hal.ports.errors import KeyMissingError
from hal.sim import virtual_time
from hal.sim.printer_faults import Condition
from tests.unit.delivery.world import World, pdf

run = virtual_time.run


def test_a_print_has_a_receipt_that_the_mesh_gets() -> None:
    world = World()
    job = world.submit(pdf(3))
    run(world.deliver(job))
    (final,) = [report for report in world.mesh.reports if report.receipt]
    receipt = verify(final.receipt, world.pki.anchor)
    assert (receipt.outcome, receipt.job_id, receipt.station_id) == (Outcome.PRINTED, job.job_id, "station-1")
    assert (receipt.release_id, receipt.fence, receipt.impressions) == (final.release_id, final.fence, 3)
    assert receipt.sheets == 3
    assert (receipt.printer.uuid, receipt.asked.copies, receipt.told) == (world.printer.uuid, 1, False)
    assert receipt.began is not None
    assert receipt.began <= receipt.ended


def test_nothing_that_never_began_has_one() -> None:
    world = World()
    world.printer.engine.put(Condition.PAPER_OUT)
    run(world.deliver(world.submit(pdf())))
    assert not [report for report in world.mesh.reports if report.receipt]


def test_it_is_signed_once_and_told_again_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    away = [MeshUnreachableError("away")] * 2
    world.mesh.fail("report printed", *away)
    means = world.start()

    async def story() -> list[bytes]:
        await world.deliver(job, means=means)
        with pytest.raises(MeshUnreachableError):
            await means.reports.push(means.ledger.unreported()[0])
        kept = [entry.receipt.encode() for entry in means.ledger.unreported()]
        await world.start().reports.flush()
        return kept

    kept = run(story())
    told = [report.receipt for report in world.mesh.reports if report.receipt]
    assert kept[0]
    assert set(told) == set(kept)


def test_the_ledger_forgets_it_once_it_was_told() -> None:
    world = World()
    run(world.deliver(world.submit(pdf())))
    (entry,) = world.entries()
    assert (entry.step, entry.receipt) == (Step.REPORTED, "")


def test_a_report_that_the_mesh_will_not_hear_keeps_no_other_from_it() -> None:
    world = World()
    first, second = world.submit(pdf(seed=1)), world.submit(pdf(seed=2))
    means = world.start()
    deaf = MeshError("malformed", status=422)

    async def story() -> bool:
        world.mesh.fail("report printed", deaf, deaf, None)
        await world.deliver(first, means=means)  # refused
        await world.deliver(second, means=means)  # the first is refused again, and the second is told
        assert [entry.job for entry in means.ledger.unreported()] == [first.job_id]
        return await means.reports.flush()

    assert run(story())
    assert {stored.phase for stored in world.mesh.jobs.values()} == {"printed"}


def test_a_key_store_that_fails_at_the_end_leaves_the_outcome_told(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    means = world.start()

    def chain() -> tuple[bytes, ...]:
        raise KeyMissingError("keys")

    means = replace(means, notary=replace(means.notary, chain=chain))
    monkeypatch.setattr(means.reports, "_notary", means.notary)
    assert run(world.deliver(job, means=means)).outcome.value == "printed"
    assert world.mesh.kinds()[-1] == "printed"
    assert world.mesh.reports[-1].receipt == b""
