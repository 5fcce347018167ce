"""What a hostile or broken mesh, node, client or printer may hand a release: a clear code, and the job still held."""

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from firmware.core.events import Outcome
from firmware.delivery.outcomes import Ended
from firmware.delivery.records import Entry, Step
from firmware.mesh.messages import Grant, HeldJob
from firmware.mesh.port import MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from firmware.vault import boxes
from firmware.vault.boxes import PartKind
from firmware.vault.identity import Kind
from firmware.vault.stream import SEGMENT
from hal.ports.errors import (
    DeviceError,
    PrinterProtocolError,
    PrinterRefusedError,
    PrinterUnreachableError,
    StorageError,
)
from hal.ports.printer import JobTicket
from hal.sim.printer_faults import Answers, Condition, CutLeaves
from hal.sim.storage import StorageFault
from hal.sim.virtual_time import run
from tests.support.pki import Pki
from tests.unit.delivery.world import UNREACHABLE, World, in_pieces, pdf

HELD, GONE, UNKNOWN = Outcome.HELD, Outcome.GONE, Outcome.UNKNOWN
LONG = 5 * 2**19


def nothing_left_the_mesh(world: World) -> None:
    assert world.mesh.fetched_from == []
    assert world.printer.deliveries == []
    assert not world.printer.engine.jobs


# What the mesh lists


def resigned(world: World, job: HeldJob) -> HeldJob:
    """Signed by somebody of another organisation with the same name."""
    other = Pki().holder(Kind.CLIENT, "client-1", users=["ada"])
    return replace(job, signature=other.signer.sign(b"lockgate/v1/manifest", job.manifest), chain=other.chain)


def by_another_client(world: World, job: HeldJob) -> HeldJob:
    """Signed by a client of ours that may not submit for this person."""
    other = world.pki.holder(Kind.CLIENT, "client-2", users=["eve"])
    return replace(job, signature=other.signer.sign(b"lockgate/v1/manifest", job.manifest), chain=other.chain)


BAD_LISTINGS: dict[str, tuple[Callable[[World, HeldJob], HeldJob], str]] = {
    "not JSON": (lambda _, job: replace(job, manifest=b"<html>"), "manifest-malformed"),
    "empty": (lambda _, job: replace(job, manifest=b""), "manifest-malformed"),
    "oversized": (lambda _, job: replace(job, manifest=job.manifest + b" " * 70_000), "manifest-malformed"),
    "a field changed": (
        lambda _, job: replace(job, manifest=job.manifest.replace(b"pdf", b"xdf")),
        "manifest-signature",
    ),
    "signature cut": (lambda _, job: replace(job, signature=job.signature[:-1]), "manifest-signature"),
    "no signature": (lambda _, job: replace(job, signature=b""), "manifest-signature"),
    "no chain": (lambda _, job: replace(job, chain=()), "manifest-untrusted"),
    "chain is no certificate": (lambda _, job: replace(job, chain=(b"0",)), "manifest-untrusted"),
    "re-signed by a stranger": (resigned, "manifest-untrusted"),
    "re-signed by another client": (by_another_client, "manifest-untrusted"),
    "another job's": (lambda world, job: replace(world.submit(pdf()), job_id=job.job_id), "manifest-foreign"),
}


@pytest.mark.parametrize("case", BAD_LISTINGS)
def test_a_bad_listing_is_refused_before_the_mesh_is_asked(case: str) -> None:
    world = World()
    job = world.submit(pdf())
    spoil, code = BAD_LISTINGS[case]
    assert run(world.deliver(spoil(world, job))) == Ended(HELD, code)
    assert world.mesh.asked == 0
    nothing_left_the_mesh(world)


def test_another_persons_job_is_refused() -> None:
    world = World()
    job = world.submit(pdf())
    assert run(world.deliver(job, user="eve")) == Ended(HELD, "owner-foreign")
    assert world.mesh.asked == 0


def test_an_expired_manifest_is_refused() -> None:
    world = World()
    job = world.submit(pdf(), lifetime=timedelta(hours=1))
    world.clock.jump(3601)
    assert run(world.deliver(job)) == Ended(HELD, "manifest-expired")


# What the mesh answers


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (MeshUnreachableError("no answer in time"), HELD),
        (MeshProtocolError("text/html"), HELD),
        (MeshUntrustedError("another CA"), HELD),
        (MeshError("released-elsewhere", status=409), HELD),
        (MeshError("part-withdrawn", status=403, part="org"), HELD),
        (MeshError("session-expired", status=410), HELD),
        (MeshError("not-owner", status=403), HELD),
        (MeshError("internal", status=500), HELD),
        (MeshError("shredded", status=410, part="job"), GONE),
        (MeshError("job-unknown", status=404), GONE),
        (MeshError("job-lost", status=410), GONE),
    ],
)
def test_a_mesh_that_does_not_grant(error: MeshError, outcome: Outcome) -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.fail("ask_release", error)
    assert run(world.deliver(job)) == Ended(outcome, error.code)
    nothing_left_the_mesh(world)


def with_box(grant: Grant, kind: PartKind, box: bytes) -> Grant:
    given = {PartKind.JOB: grant.job_box, PartKind.NODE: grant.node_box, PartKind.ORG: grant.org_box} | {kind: box}
    return replace(grant, job_box=given[PartKind.JOB], node_box=given[PartKind.NODE], org_box=given[PartKind.ORG])


def a_box_of(kind: PartKind) -> Callable[[World, Grant], Grant]:
    """The box for another release in the place of this one's."""

    def spoil(world: World, grant: Grant) -> Grant:
        stored = world.mesh.jobs[grant.job_id]
        stored.release = "r-other"
        other = world.mesh._grant(stored)
        stored.release = grant.release_id
        return with_box(grant, kind, getattr(other, f"{kind}_box"))

    return spoil


def a_part_of_another_job(kind: PartKind) -> Callable[[World, Grant], Grant]:
    """A part that opens, and is not the one this job was sealed with."""

    def spoil(world: World, grant: Grant) -> Grant:
        info = boxes.release_info(kind, "org-1", grant.job_id, grant.release_id, world.station.id)
        return with_box(grant, kind, boxes.seal(bytes(32), world.station.box_key, info, boxes.SUITE))

    return spoil


def swapped(_: World, grant: Grant) -> Grant:
    return replace(grant, job_box=grant.node_box, node_box=grant.job_box)


BAD_GRANTS: dict[str, tuple[Callable[[World, Grant], Grant], str]] = {
    **{f"{kind} box of another release": (a_box_of(kind), "part-refused") for kind in PartKind},
    **{f"{kind} part of another job": (a_part_of_another_job(kind), "commitment-mismatch") for kind in PartKind},
    "empty box": (lambda _, grant: replace(grant, org_box=b""), "part-refused"),
    "boxes swapped": (swapped, "part-refused"),
    "another job": (lambda _, grant: replace(grant, job_id="another"), "grant-foreign"),
    "another length": (lambda _, grant: replace(grant, size=grant.size + 1), "grant-foreign"),
}


@pytest.mark.parametrize("case", BAD_GRANTS)
def test_a_bad_grant_is_given_back_and_nothing_is_fetched(case: str) -> None:
    world = World()
    job = world.submit(pdf())
    spoil, code = BAD_GRANTS[case]
    world.mesh.spoil = lambda grant: spoil(world, grant)
    assert run(world.deliver(job)) == Ended(HELD, code)
    assert world.mesh.kinds() == [f"stopped {code}"]
    nothing_left_the_mesh(world)


def test_a_release_granted_twice_is_refused() -> None:
    world = World()
    job = world.submit(pdf())
    world.start().ledger.intend(Entry("r-0001", "long-ago", 1, Step.INTENDED))
    assert run(world.deliver(job)) == Ended(HELD, "release-repeated")
    nothing_left_the_mesh(world)


@pytest.mark.parametrize("error", [MeshError("fence-stale", status=409), UNREACHABLE, MeshProtocolError()])
def test_without_the_meshs_word_nothing_starts(error: MeshError) -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.fail("report started", error)
    assert run(world.deliver(job)) == Ended(HELD, error.code)
    assert world.printer.deliveries == []


# The body


@pytest.mark.parametrize(
    ("at", "starts"), [(0, False), (50, False), (SEGMENT - 1, False), (SEGMENT, True), (2 * SEGMENT + 9, True)]
)
def test_a_flipped_bit_prints_nothing_of_its_segment_or_after(at: int, starts: bool) -> None:
    world, document = World(), pdf(size=LONG)
    job = world.submit(document)
    body = bytearray(world.mesh.jobs[job.job_id].body)
    body[at] ^= 1
    world.mesh.jobs[job.job_id].body = bytes(body)
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "body-forged" if at else "body-header")
    assert world.delivered() == []
    for delivery in world.printer.deliveries:
        assert document.startswith(bytes(delivery.data))
    assert bool(world.printer.deliveries) is starts
    assert world.mesh.jobs[job.job_id].phase == "held"


@pytest.mark.parametrize("cut", [0, 10, SEGMENT, 2 * SEGMENT, 2 * SEGMENT + 100])
def test_a_body_cut_short_for_good_is_never_a_document(cut: int) -> None:
    world = World()
    job = world.submit(pdf(size=LONG))
    stored = world.mesh.jobs[job.job_id]
    whole = len(stored.body)
    stored.body = stored.body[:cut]
    world.mesh.spoil = lambda grant: replace(grant, size=whole)
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "body-truncated")
    assert world.delivered() == []
    assert world.mesh.jobs[job.job_id].phase == "held"


def test_bytes_after_the_end_stop_a_short_document_before_it_starts() -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.bad_bodies.append(lambda rest: [rest + b"\x00"])
    assert run(world.deliver(job)) == Ended(HELD, "body-trailing")
    assert world.printer.deliveries == []


def test_a_break_in_the_fetch_is_not_seen_on_paper() -> None:
    world, document = World(), pdf(size=LONG)
    job = world.submit(document)
    world.mesh.bad_bodies.append(lambda rest: [*in_pieces(rest[: SEGMENT + 7]), UNREACHABLE])
    assert run(world.deliver(job)).outcome is Outcome.PRINTED
    assert world.delivered() == [document]
    assert world.mesh.fetched_from == [0, SEGMENT]


def test_a_node_that_dies_in_the_middle_leaves_the_job_held_and_the_printer_free() -> None:
    world = World()
    job = world.submit(pdf(size=LONG))
    world.mesh.bad_bodies.extend(
        [lambda rest: [*in_pieces(rest[:SEGMENT]), UNREACHABLE], *[lambda _: [UNREACHABLE]] * 9]
    )
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "mesh-unreachable")
    assert world.mesh.jobs[job.job_id].phase == "held"
    assert run(world.deliver(job)).outcome is Outcome.PRINTED


# The printer


@pytest.mark.parametrize("condition", Condition)
def test_a_blocked_printer_is_not_sent_to(condition: Condition) -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.engine.conditions.add(condition)
    assert run(world.deliver(job)) == Ended(HELD, "printer-needs-you")
    assert world.mesh.asked == 0


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (Answers.MALFORMED, "printer-protocol"),
        (Answers.OVERSIZED, "printer-protocol"),
        (Answers.HTML, "printer-protocol"),
        (Answers.SILENT, "printer-unreachable"),
        (Answers.CUT, "printer-unreachable"),
    ],
)
def test_a_printer_that_makes_no_sense_is_not_sent_to(answers: Answers, code: str) -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.answers = answers
    assert run(world.deliver(job)) == Ended(HELD, code)
    assert world.mesh.asked == 0


def test_a_printer_with_another_key_is_not_sent_to() -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.untrusted = True
    assert run(world.deliver(job)) == Ended(HELD, "printer-untrusted")


def test_a_printer_that_changes_its_key_before_the_document_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())
    create = world.printer.create_job

    async def and_then_change(ticket: JobTicket) -> int:
        job_id = await create(ticket)
        world.printer.faults.untrusted = True
        return job_id

    monkeypatch.setattr(world.printer, "create_job", and_then_change)
    assert run(world.deliver(job)) == Ended(HELD, "printer-untrusted")
    assert world.printer.deliveries == []
    assert world.mesh.kinds()[-1] == "stopped printer-untrusted"


def test_a_format_the_printer_does_not_list_is_not_sent() -> None:
    world = World()
    job = world.submit(b"...", document_format="application/x-foreign")
    assert run(world.deliver(job)) == Ended(HELD, "format-unsupported")
    assert world.mesh.asked == 0


def test_a_format_the_printer_refuses_after_all_leaves_the_job_held() -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.refused_formats.add("application/pdf")
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, "format-refused")
    assert world.sheets() == 0


@pytest.mark.parametrize("leaves", CutLeaves)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("size", [2000, LONG])
def test_a_connection_cut_at_any_byte_is_held_or_told_unknown_and_never_printed(
    leaves: CutLeaves, share: float, size: int
) -> None:
    world, document = World(), pdf(pages=3, size=size)
    job = world.submit(document)
    world.printer.faults.cut_after = int(share * len(document))
    world.printer.faults.cut_leaves = leaves
    ended = run(world.deliver(job))
    assert ended.outcome in (HELD, UNKNOWN)
    assert ended.code in ("transfer-broken", "outcome-unknown")
    phase = world.mesh.jobs[job.job_id].phase
    assert phase == ("held" if ended.outcome is HELD else "unknown")
    if ended.outcome is HELD and ended.impressions is not None:
        assert ended.impressions == world.sheets()
    if leaves is CutLeaves.ABORTED:
        assert ended.outcome is HELD


@pytest.mark.parametrize("answer", [Answers.SILENT, Answers.CUT, Answers.MALFORMED])
def test_a_whole_document_without_an_answer_is_unknown_however_the_printer_calls_it(answer: Answers) -> None:
    world = World()
    job = world.submit(pdf())
    world.printer.faults.document_answer = answer
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (UNKNOWN, "outcome-unknown")
    assert world.mesh.jobs[job.job_id].phase == "unknown"
    again = run(world.deliver(job))
    assert again == Ended(UNKNOWN, "outcome-unknown")  # the mesh does not release it again by itself
    assert len(world.printer.deliveries) == 1


def test_a_printer_switched_off_while_it_prints_is_unknown() -> None:
    world = World()
    job = world.submit(pdf(pages=30))

    async def story() -> Ended:
        asyncio.get_running_loop().call_later(9, lambda: world.printer.switch(on=False))
        return await world.deliver(job)

    ended = run(story())
    assert (ended.outcome, ended.code) == (UNKNOWN, "outcome-unknown")
    assert world.mesh.kinds()[-1] == "unknown outcome-unknown"


@pytest.mark.parametrize(
    "error", [PrinterUnreachableError("p"), PrinterRefusedError("p", status=0x0507), PrinterProtocolError("p")]
)
def test_a_job_the_printer_does_not_open_is_held(error: DeviceError, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    job = world.submit(pdf())

    async def refuse(_ticket: JobTicket) -> int:
        raise error

    monkeypatch.setattr(world.printer, "create_job", refuse)
    ended = run(world.deliver(job))
    assert (ended.outcome, ended.code) == (HELD, error.code)
    assert world.printer.deliveries == []
    assert world.mesh.kinds() == [f"stopped {ended.code}"]


# Our own medium


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


def test_every_field_of_the_grant_is_under_test() -> None:
    """A new field of the grant needs a line in this file."""
    assert {field.name for field in dataclasses.fields(Grant)} == {
        *("release_id", "job_id", "fence", "lease_expires", "job_box", "node_box", "org_box", "body_urls", "size"),
    }
