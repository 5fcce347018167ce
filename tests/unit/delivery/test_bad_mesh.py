"""What a hostile or broken mesh may list and grant: a clear code, and the job still held."""

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
from firmware.trust.denials import KeptDenials
from firmware.vault import boxes
from firmware.vault.boxes import PartKind
from firmware.vault.denials import SignedDenyList
from firmware.vault.identity import Kind
from hal.sim.virtual_time import run
from tests.support.pki import ORG, Pki
from tests.unit.delivery.world import UNREACHABLE, World, pdf

HELD, GONE = Outcome.HELD, Outcome.GONE


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


@pytest.mark.parametrize(("since", "ended"), [(0, Ended(HELD, "client-revoked")), (1, None)])
def test_a_job_of_a_client_that_was_revoked_by_then_is_refused(since: int, ended: Ended | None) -> None:
    world = World()
    job = world.submit(pdf())
    world.truth.ahead = timedelta(seconds=since)
    world.truth.deny("client/client-1")
    answer = world.truth.denials()
    KeptDenials(world.storage, world.pki.anchor, ORG).take(SignedDenyList(answer.raw, answer.signature))
    means = world.start()
    found = run(world.deliver(job, means=means))
    assert found.outcome is Outcome.PRINTED if ended is None else found == ended
    assert world.mesh.asked == (ended is None)


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
    assert run(world.deliver(job)) == Ended(outcome, error.code, part=getattr(error, "part", ""))
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


BAD_GRANTS: dict[str, tuple[Callable[[World, Grant], Grant], str, str]] = {
    **{f"{kind} box of another release": (a_box_of(kind), "part-refused", str(kind)) for kind in PartKind},
    **{
        f"{kind} part of another job": (
            a_part_of_another_job(kind),
            "commitment-mismatch",
            "job" if kind is PartKind.JOB else "node-or-org",
        )
        for kind in PartKind
    },
    "empty box": (lambda _, grant: replace(grant, org_box=b""), "part-refused", "org"),
    "boxes swapped": (swapped, "part-refused", "job"),
    "another job": (lambda _, grant: replace(grant, job_id="another"), "grant-foreign", ""),
    "another length": (lambda _, grant: replace(grant, size=grant.size + 1), "grant-foreign", ""),
}


@pytest.mark.parametrize("case", BAD_GRANTS)
def test_a_bad_grant_is_given_back_and_nothing_is_fetched(case: str) -> None:
    world = World()
    job = world.submit(pdf())
    spoil, code, part = BAD_GRANTS[case]
    world.mesh.spoil = lambda grant: spoil(world, grant)
    assert run(world.deliver(job)) == Ended(HELD, code, part=part)
    assert world.mesh.kinds() == [f"stopped {code}"]
    nothing_left_the_mesh(world)


def test_a_release_granted_twice_is_refused() -> None:
    world = World()
    job = world.submit(pdf())
    world.start().ledger.intend(Entry("r-0001", "long-ago", 1, Step.INTENDED))
    assert run(world.deliver(job)) == Ended(HELD, "release-repeated")
    nothing_left_the_mesh(world)
    assert world.mesh.kinds() == []  # how that release ended is not ours to say now


@pytest.mark.parametrize("error", [MeshError("fence-stale", status=409), UNREACHABLE, MeshProtocolError()])
def test_without_the_meshs_word_nothing_starts(error: MeshError) -> None:
    world = World()
    job = world.submit(pdf())
    world.mesh.fail("report started", error)
    assert run(world.deliver(job)) == Ended(HELD, error.code)
    assert world.printer.deliveries == []


def test_every_field_of_the_grant_is_under_test() -> None:
    """A new field of the grant needs a line in this file."""
    assert {field.name for field in dataclasses.fields(Grant)} == {
        *("release_id", "job_id", "fence", "lease_expires", "job_box", "node_box", "org_box", "body_urls", "size"),
    }
