"""The receipt that goes with a final report: it verifies, says what was told, and is the same when told again."""

import pytest

from firmware.delivery.records import Step
from firmware.mesh.port import MeshUnreachableError
from firmware.vault.receipt import Outcome
from firmware.vault.receipt_form import verify
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
