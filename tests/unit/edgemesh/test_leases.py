"""The rules of a job's life, one by one, and what holds in whatever order they are applied."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.mesh.messages import ReportKind
from tests.support.mesh_records import NOW, state
from tools.edgemesh import leases
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.leases import MEMORY, RETRY, TTL, Told
from tools.edgemesh.storage.records import JobState, Phase

SOON = NOW + timedelta(seconds=1)
LAPSED = NOW + TTL
HELD = leases.held_by(state(nodes=("node-1", "node-2")), "node-1", "d", 1, NOW)
RELEASED = leases.grant(HELD, "here", "r-1", NOW)


def told(kind: str, sequence: int = 1, release: str = "r-1", fence: int = 1) -> Told:
    return Told(release, fence, sequence, ReportKind(kind))


def after(*kinds: str, before: JobState = RELEASED, now: datetime = SOON) -> JobState:
    for sequence, kind in enumerate(kinds, 1):
        before = leases.report(before, told(kind, sequence), now)
    return before


def refusal(before: JobState, station: str, now: datetime = SOON) -> tuple[str, str]:
    with pytest.raises(Problem) as caught:
        leases.grant(before, station, "r-2", now)
    return caught.value.code, caught.value.station


def test_a_job_is_held_once_enough_nodes_have_it() -> None:
    arriving = state(nodes=("a", "b"))
    one = leases.held_by(arriving, "a", "digest", 2, NOW)
    both = leases.held_by(one, "b", "digest", 2, NOW)
    assert [one.phase, both.phase, both.holders, both.digest] == [
        Phase.RECEIVING,
        Phase.HELD,
        ("a", "b"),
        "digest",
    ]
    assert leases.held_by(both, "a", "digest", 2, NOW) is both


def test_a_node_with_another_body_is_refused() -> None:
    with pytest.raises(Problem, match="body-differs"):
        leases.held_by(HELD, "node-2", "other", 1, NOW)


def test_a_job_is_lost_with_its_last_holder() -> None:
    both = leases.held_by(HELD, "node-2", "d", 1, NOW)
    one = leases.lost_by(both, "node-1", NOW)
    none = leases.lost_by(one, "node-2", NOW)
    assert [one.phase, none.phase, none.job_box] == [Phase.HELD, Phase.LOST, None]
    assert leases.lost_by(none, "node-2", NOW) is none
    assert refusal(none, "here") == ("job-lost", "")


def test_a_grant_has_the_next_fence_and_a_minute() -> None:
    assert RELEASED.lease is not None
    assert (RELEASED.lease.fence, RELEASED.lease.expires, RELEASED.due) == (1, LAPSED, LAPSED)
    again = leases.grant(RELEASED, "here", "r-2", SOON)
    assert again.lease is not None
    assert (again.fence, again.lease.release_id) == (2, "r-2")


@pytest.mark.parametrize(
    ("before", "station", "now", "expected"),
    [
        (state(), "here", SOON, ("job-receiving", "")),
        (RELEASED, "there", SOON, ("released-elsewhere", "here")),
        (after("started"), "here", SOON, ("outcome-unknown", "here")),
        (after("started"), "there", SOON, ("released-elsewhere", "here")),
        (after("started"), "here", LAPSED + TTL, ("outcome-unknown", "here")),
        (after("started"), "there", LAPSED + TTL, ("outcome-unknown", "here")),
        (after("unknown"), "here", SOON, ("outcome-unknown", "here")),
        (after("printed"), "here", SOON, ("shredded", "")),
        (leases.end(HELD, Phase.SHREDDED, NOW), "here", SOON, ("shredded", "")),
        (HELD, "here", HELD.expires, ("shredded", "")),
    ],
)
def test_what_cannot_be_released(before: JobState, station: str, now: datetime, expected: tuple[str, str]) -> None:
    assert refusal(before, station, now) == expected


def test_an_unstarted_lease_lapses_into_held() -> None:
    assert leases.settle(RELEASED, LAPSED - timedelta(microseconds=1)) is RELEASED
    assert leases.settle(RELEASED, LAPSED).phase is Phase.HELD
    granted = leases.grant(RELEASED, "there", "r-2", LAPSED)
    assert (granted.phase, granted.fence) == (Phase.RELEASED, 2)


def test_a_started_lease_lapses_into_unknown_and_its_station_may_still_settle_it() -> None:
    lapsed = leases.settle(after("started"), SOON + TTL)
    assert lapsed.phase is Phase.UNKNOWN
    assert leases.report(lapsed, told("progress", 2), SOON + TTL).phase is Phase.RELEASED
    assert leases.report(lapsed, told("printed", 2), SOON + TTL).phase is Phase.PRINTED
    assert leases.report(lapsed, told("stopped", 2), SOON + TTL).phase is Phase.HELD


def test_after_unknown_only_an_outcome_settles() -> None:
    unknown = after("started", "unknown")
    assert leases.report(unknown, told("progress", 3), SOON).phase is Phase.UNKNOWN
    assert leases.report(unknown, told("stopped", 3), SOON).phase is Phase.HELD
    still = leases.report(unknown, told("progress", 3), SOON)
    assert leases.report(still, told("printed", 4), SOON).phase is Phase.PRINTED


def test_printed_takes_the_part_and_leaves_the_bodies_to_be_dropped() -> None:
    printed = after("started", "printed")
    assert (printed.job_box, printed.drops, printed.due) == (None, ("node-1", "node-2"), SOON)
    one = leases.dropped(printed, "node-1", SOON)
    both = leases.dropped(one, "node-2", SOON)
    assert (one.drops, both.drops, both.due) == (("node-2",), (), SOON + MEMORY)
    assert leases.dropped(both, "node-2", SOON) is both
    assert leases.later(printed, SOON).due == SOON + RETRY


def test_stopped_holds_again_and_remembers_how_far_it_got() -> None:
    stopped = leases.report(RELEASED, replace(told("stopped"), reason="jam", impressions=2), SOON)
    assert (stopped.phase, stopped.job_box) == (Phase.HELD, b"box")
    assert stopped.lease is not None
    assert (stopped.lease.reason, stopped.lease.impressions) == ("jam", 2)
    assert leases.grant(stopped, "there", "r-2", SOON).fence == 2


def stopped_after(pages: int | None, before: JobState = RELEASED, release: str = "r-1", fence: int = 1) -> JobState:
    return leases.report(before, replace(told("stopped", 1, release, fence), pages=pages), SOON)


def test_how_far_a_job_got_is_known_until_somebody_says_otherwise() -> None:
    """Neither another lease, nor its lapse, nor a report that says nothing of pages takes it away."""
    assert (RELEASED.pages_out, stopped_after(None).pages_out, stopped_after(0).pages_out) == (None, None, None)
    held = stopped_after(2)
    granted = leases.grant(held, "there", "r-2", SOON)
    given_back = leases.give_back(granted, "r-2", SOON)
    lapsed = leases.settle(granted, SOON + TTL)
    silent = stopped_after(None, granted, "r-2", 2)
    assert [one.pages_out for one in (held, granted, given_back, lapsed, silent)] == [2] * 5
    assert [one.phase for one in (given_back, lapsed, silent)] == [Phase.HELD] * 3
    assert stopped_after(4, granted, "r-2", 2).pages_out == 4
    assert stopped_after(0, granted, "r-2", 2).pages_out is None


def test_pages_that_came_out_before_the_station_was_lost_are_known() -> None:
    printing = leases.report(after("started"), replace(told("progress", 2), pages=3), SOON)
    lapsed = leases.settle(printing, SOON + TTL)
    assert (lapsed.phase, lapsed.pages_out) == (Phase.UNKNOWN, 3)


@pytest.mark.parametrize(("said", "known"), [(None, 3), (5, 5), (0, None)])
def test_a_person_may_say_how_far_it_got(said: int | None, known: int | None) -> None:
    unknown = leases.report(RELEASED, replace(told("unknown"), pages=3), SOON)
    held = leases.decide(unknown, SOON, printed=False, pages=said)
    assert (held.phase, held.pages_out) == (Phase.HELD, known)


def test_told_twice_counts_once() -> None:
    started = after("started")
    assert leases.report(started, told("started", 1), SOON) is started
    printed = after("started", "printed")
    assert leases.report(printed, told("printed", 2), SOON) is printed
    assert leases.report(printed, told("printed", 7), SOON) is printed
    assert leases.report(printed, told("started", 1), SOON) is printed


@pytest.mark.parametrize(
    ("before", "report", "code"),
    [
        (RELEASED, told("started", release="r-0"), "fence-stale"),
        (RELEASED, told("started", fence=2), "fence-stale"),
        (HELD, told("started"), "fence-stale"),
        (leases.grant(RELEASED, "here", "r-2", SOON), told("printed"), "fence-stale"),
        (after("started"), told("stopped", 1), "sequence-reused"),
        (after("printed"), told("stopped", 2), "release-ended"),
        (after("stopped"), told("printed", 2), "release-ended"),
        (after("stopped"), told("started", 2), "release-ended"),
    ],
)
def test_reports_that_are_refused_change_nothing(before: JobState, report: Told, code: str) -> None:
    with pytest.raises(Problem) as caught:
        leases.report(before, report, SOON)
    assert caught.value.code == code


def test_a_grant_that_could_not_be_given_is_given_back() -> None:
    assert leases.give_back(RELEASED, "r-1", SOON).phase is Phase.HELD
    assert leases.give_back(RELEASED, "r-0", SOON) is RELEASED
    started = after("started")
    assert leases.give_back(started, "r-1", SOON) is started


def test_a_body_is_served_only_under_a_live_lease() -> None:
    assert leases.live(RELEASED, "r-1", SOON) is RELEASED.lease
    assert leases.live(RELEASED, "r-0", SOON) is None
    assert leases.live(RELEASED, "r-1", LAPSED) is None
    assert leases.live(after("stopped"), "r-1", SOON) is None


def test_time_ends_jobs_that_never_came_or_were_never_fetched() -> None:
    arriving = state()
    assert leases.settle(arriving, NOW + leases.RECEIVING_TTL).phase is Phase.EXPIRED
    assert leases.settle(HELD, HELD.expires).phase is Phase.EXPIRED
    gone = leases.settle(HELD, HELD.expires)
    assert leases.settle(gone, HELD.expires + MEMORY) is gone


def test_a_shredded_job_stays_shredded_whatever_is_reported() -> None:
    shredded = leases.end(after("started"), Phase.SHREDDED, SOON)
    assert leases.report(shredded, told("printed", 2), SOON).phase is Phase.SHREDDED
    assert leases.end(shredded, Phase.EXPIRED, SOON) is shredded


def test_a_person_decides_what_cannot_be_known() -> None:
    unknown = after("started", "unknown")
    assert leases.decide(unknown, SOON, printed=True).phase is Phase.PRINTED
    held = leases.decide(unknown, SOON, printed=False)
    assert leases.grant(held, "there", "r-2", SOON).phase is Phase.RELEASED
    with pytest.raises(Problem, match="release-ended"):
        leases.decide(HELD, SOON, printed=True)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grant"), st.sampled_from(["here", "there"])),
        st.tuples(st.just("report"), st.sampled_from([kind.value for kind in ReportKind])),
        st.tuples(st.just("wait"), st.sampled_from(["1", "61", "90000"])),
        st.tuples(st.just("shred"), st.just("")),
    ),
    max_size=30,
)


@given(STEPS)
def test_whatever_happens_paper_is_never_started_twice_unsettled(steps: list[tuple[str, str]]) -> None:
    """After a start nobody gets the job before its station (or time, for ever) settled it; fences only grow; a final
    job has no part."""
    current, now, sequence, unsettled = HELD, NOW, 0, False
    for number, (step, what) in enumerate(steps):
        before = current
        try:
            if step == "grant":
                current = leases.grant(current, what, f"r-{number}", now)
                assert not unsettled
            elif step == "report" and current.lease is not None:
                sequence += 1
                report = Told(current.lease.release_id, current.fence, sequence, ReportKind(what))
                current = leases.report(current, report, now)
                unsettled = what not in ("printed", "stopped")
            elif step == "wait":
                now += timedelta(seconds=int(what))
                current = leases.settle(current, now)
            elif step == "shred":
                current = leases.end(current, Phase.SHREDDED, now)
        except Problem:
            current = before
        assert current.fence >= before.fence
        assert current is before or current.revision == before.revision + 1
        assert not current.phase.final or current.job_box is None


def test_a_job_that_is_printed_and_kept_is_held_again_whole() -> None:
    printed = Told("r-1", RELEASED.fence, 3, ReportKind.PRINTED, impressions=4, pages=2, keep=True)
    kept = leases.report(RELEASED, printed, NOW)
    assert (kept.phase, kept.job_box, kept.pages_out, kept.drops) == (Phase.HELD, RELEASED.job_box, None, ())
    assert leases.report(kept, printed, NOW) is kept  # told twice
    again = leases.grant(kept, "st-2", "r-2", NOW)
    assert (again.phase, again.fence) == (Phase.RELEASED, RELEASED.fence + 1)
    stopped = Told("r-2", again.fence, 1, ReportKind.STOPPED, keep=True)
    assert leases.report(again, stopped, NOW).phase is Phase.HELD
