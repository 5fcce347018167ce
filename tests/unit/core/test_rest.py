"""Pages that came out already: counted as they come, said at the end, and not printed again without a word."""

import pytest

from firmware.core.effects import Tell
from firmware.core.events import (
    CancelPrinting,
    DeliveryAdvanced,
    DeliveryEnded,
    DeliveryWaits,
    JobRef,
    JobsChosen,
    JobsListed,
    Outcome,
    Stage,
)
from firmware.core.signs import Notice
from tests.unit.core.driving import BOB, Driven

WHOLE = JobRef("whole", "application/pdf", 1)
PART = JobRef("part", "application/pdf", 1, pages_out=2)
NONE_OUT = JobRef("none-out", "application/pdf", 1, pages_out=0)


def listed(*jobs: JobRef, auto: bool) -> Driven:
    driven = Driven()
    driven.tap()
    driven.opened(auto=auto)
    driven.look()
    driven.give(JobsListed(1, jobs))
    return driven


def first_pages(driven: Driven) -> list[tuple[str, int]]:
    return [(effect.job_id, effect.first_page) for effect in driven.delivered]


@pytest.mark.parametrize(
    ("job", "first", "line"),
    [
        (WHOLE, 1, "delivery 1 asking"),
        (NONE_OUT, 1, "delivery 1 asking"),
        (PART, 3, "delivery 1 asking for the rest, from page 3"),
    ],
)
def test_a_tap_that_releases_everything_prints_the_rest_and_says_so(job: JobRef, first: int, line: str) -> None:
    driven = listed(job, auto=True)
    assert first_pages(driven) == [(job.job_id, first)]
    assert driven.journal[-1] == line


@pytest.mark.parametrize(("rest", "first"), [(True, 3), (False, 1)])
def test_who_chooses_may_have_the_rest_or_all_of_it_again(rest: bool, first: int) -> None:
    driven = listed(PART, WHOLE, auto=False)
    step = driven.give(JobsChosen(1, ("part",), rest))
    assert first_pages(driven) == [("part", first)]
    assert step.journal[0] == ("the rest of 1 job chosen -> choosing" if rest else "1 job chosen -> choosing")


def test_the_rest_of_what_never_came_out_is_all_of_it() -> None:
    driven = listed(WHOLE, auto=False)
    driven.give(JobsChosen(1, ("whole",), rest=True))
    assert first_pages(driven) == [("whole", 1)]


def test_each_page_is_journaled_once_and_none_after_a_later_one() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.look()
    driven.advance(1, Stage.SENDING)
    for stage, page in (
        (Stage.SENDING, 1),
        (Stage.PRINTING, 1),
        (Stage.PRINTING, 2),
        (Stage.PRINTING, 2),
        (Stage.PRINTING, 1),
    ):
        driven.give(DeliveryAdvanced(1, stage, page))
    assert driven.journal == [
        "delivery 1 sending",
        "delivery 1 sending, printing page 1",
        "delivery 1 printing page 1",
        "delivery 1 printing page 2",
        "ignored delivery advanced in printing",
        "ignored delivery advanced in printing",
    ]


def test_a_page_that_comes_while_it_waits_is_known_when_it_goes_on() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.advance(1, Stage.PRINTING)
    driven.give(DeliveryWaits(1, ("media-jam",)))
    assert driven.give(DeliveryAdvanced(1, Stage.PRINTING, 3)).journal == ()
    assert driven.give(DeliveryWaits(1, ())).journal == ("delivery 1 printing page 3",)


@pytest.mark.parametrize(
    ("ended", "line"),
    [
        (DeliveryEnded(1, Outcome.HELD, "canceled", 4, pages=2), "delivery 1 held: canceled after 2 pages"),
        (DeliveryEnded(1, Outcome.HELD, "not-printed", pages=0, told=True),
         "delivery 1 held: not-printed after 0 pages, by a person's word"),
        (DeliveryEnded(1, Outcome.UNKNOWN, "outcome-unknown", 1, pages=1),
         "delivery 1 unknown: outcome-unknown after 1 page"),
        (DeliveryEnded(1, Outcome.HELD, "canceled", 4), "delivery 1 held: canceled after 4 impressions"),
        (DeliveryEnded(1, Outcome.PRINTED, "", 4, pages=4), "delivery 1 printed"),
    ],
)  # fmt: skip
def test_how_far_it_got_is_said(ended: DeliveryEnded, line: str) -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    assert driven.give(ended).journal[0] == line


@pytest.mark.parametrize(("pages", "told"), [(None, []), (0, []), (2, [Tell(Notice.HELD, pages=2)])])
def test_who_cancels_is_told_that_the_rest_is_kept_where_there_is_one(pages: int | None, told: list[Tell]) -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.give(CancelPrinting())
    driven.look()
    driven.give(DeliveryEnded(1, Outcome.HELD, "canceled", pages=pages))
    assert [effect for effect in driven.effects if isinstance(effect, Tell)][:1] == (told or [Tell(Notice.READY)])


def test_the_next_person_is_not_told_how_many_pages_the_one_before_got() -> None:
    driven = Driven()
    driven.visit("job-1", auto=True)
    driven.give(CancelPrinting())
    driven.tap(BOB)
    driven.look()
    driven.give(DeliveryEnded(1, Outcome.HELD, "canceled", pages=2))
    assert Notice.HELD not in driven.told
