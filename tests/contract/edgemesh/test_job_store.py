"""What every job store promises, whatever its engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.mesh_records import LATER, NOW, job, next_state, state
from tools.edgemesh.storage.records import Job, JobState, Lease, Phase
from tools.edgemesh.storage.stores import JobStore

Open = Callable[[], JobStore]
LEASE = Lease("r-1", "station-1", 3, LATER, True, 4, "progress", "paper", 7, 2)
FULL = state(
    phase=Phase.RELEASED, holders=("node-1", "node-2"), digest="d" * 64, fence=3, lease=LEASE, drops=("node-1",)
)


def test_an_empty_store_knows_nothing(open_jobs: Open) -> None:
    store = open_jobs()
    assert (store.job("job-1"), store.state("job-1"), store.job_of("r-1")) == (None, None, None)
    assert (list(store.all()), list(store.of_owner("ada")), list(store.due(LATER, 9))) == ([], [], [])
    assert (store.last_announcement(), list(store.announcements(0, 9))) == (0, [])


@pytest.mark.parametrize("kept", [state(), FULL, state(job_box=None)], ids=["arriving", "released", "shredded"])
def test_what_was_added_is_there_after_a_restart(open_jobs: Open, kept: JobState) -> None:
    assert open_jobs().add(job(), kept)
    store = open_jobs()
    assert (store.job("job-1"), store.state("job-1")) == (job(), kept)


def test_a_taken_id_changes_nothing(open_jobs: Open) -> None:
    store = open_jobs()
    store.add(job(), state())
    other = Job("job-1", "eve", 1, b"", b"", ())
    assert not store.add(other, FULL)
    assert (store.job("job-1"), store.state("job-1")) == (job(), state())


def test_a_change_needs_the_revision_before_it(open_jobs: Open) -> None:
    store = open_jobs()
    store.add(job(), state())
    after = next_state(state(), phase=Phase.HELD)
    assert store.change("job-1", after, "job-held")
    assert not store.change("job-1", after, "job-held")
    assert not store.change("job-1", replace(after, revision=9), "job-held")
    assert not store.change("job-2", after, "job-held")
    store = open_jobs()
    assert store.state("job-1") == after
    assert [(one.event_id, one.kind, one.job_id) for one in store.announcements(0, 9)] == [(1, "job-held", "job-1")]


def test_every_release_ever_granted_leads_to_its_job(open_jobs: Open) -> None:
    store = open_jobs()
    store.add(job(), state())
    first = next_state(state(), lease=LEASE)
    second = next_state(first, lease=replace(LEASE, release_id="r-2"))
    assert store.change("job-1", first)
    assert store.change("job-1", second)
    store = open_jobs()
    assert (store.job_of("r-1"), store.job_of("r-2")) == ("job-1", "job-1")


def test_a_person_s_jobs_come_newest_first_and_all_jobs_oldest_first(open_jobs: Open) -> None:
    store = open_jobs()
    for number, owner in ((1, "ada"), (2, "eve"), (3, "ada")):
        store.add(job(number, owner), state())
    assert list(store.of_owner("ada")) == ["job-3", "job-1"]
    assert list(store.all()) == ["job-1", "job-2", "job-3"]


@pytest.mark.parametrize("phase", Phase)
def test_jobs_that_are_over_are_no_person_s_any_more(open_jobs: Open, phase: Phase) -> None:
    store = open_jobs()
    store.add(job(), state(phase=phase))
    assert list(store.of_owner("ada")) == ([] if phase.final else ["job-1"])
    assert list(store.all()) == ["job-1"]


def test_due_jobs_come_longest_due_first(open_jobs: Open) -> None:
    store = open_jobs()
    for number, seconds in ((1, 3), (2, 1), (3, 2)):
        store.add(job(number), state(due=NOW + timedelta(seconds=seconds)))
    assert list(store.due(NOW + timedelta(seconds=2), 9)) == ["job-2", "job-3"]
    assert list(store.due(NOW + timedelta(seconds=9), 1)) == ["job-2"]


def test_what_is_forgotten_leaves_no_release(open_jobs: Open) -> None:
    store = open_jobs()
    store.add(job(), state())
    store.change("job-1", next_state(state(), lease=LEASE))
    store.forget("job-1")
    store.forget("job-1")
    assert (store.job("job-1"), store.state("job-1"), store.job_of("r-1")) == (None, None, None)
    assert store.add(job(), state())


def test_event_ids_go_on_counting_after_old_ones_were_dropped(open_jobs: Open) -> None:
    store = open_jobs()
    store.add(job(), state())
    before = state()
    for _ in range(4):
        before = next_state(before)
        store.change("job-1", before, "job-held")
    assert [one.event_id for one in store.announcements(1, 2)] == [2, 3]
    store.drop_announcements(4)
    store = open_jobs()
    assert (store.last_announcement(), list(store.announcements(0, 9))) == (4, [])
    store.change("job-1", next_state(before), "job-gone")
    assert [one.event_id for one in store.announcements(0, 9)] == [5]


def test_scrubbing_keeps_what_is_kept(open_jobs: Open) -> None:
    store = open_jobs()
    store.add(job(), FULL)
    store.scrub()
    assert store.state("job-1") == FULL


def test_only_jobs_that_are_not_over_are_live(open_jobs: Open) -> None:
    store, before = open_jobs(), state()
    for number, phase in enumerate(Phase):
        assert store.add(job(number), before)
        assert store.change(f"job-{number}", next_state(before, phase=phase))
    live = [f"job-{number}" for number, phase in enumerate(Phase) if not phase.final]
    assert list(open_jobs().live()) == live
    assert 0 < len(live) < len(Phase)
