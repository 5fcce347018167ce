"""Nothing of a person outlives their visit: not at the desk, in the effects, the core, the journal or a log."""

import logging

import pytest

from firmware.core.events import DeadlinePassed
from tests.unit.delivery.world import OWNER, TITLE, pdf
from tests.unit.panel.place import CARD, SETTINGS, Place, played, repr_of


def kept(place: Place) -> str:
    """All that the station holds in memory, but for what it holds them with: mesh, printer and storage are twins."""
    effects = place.effects
    return repr_of(place.desk, place.core, effects._sessions, effects._jobs, effects._titles and effects._titles._lists)


@pytest.mark.parametrize("way", ["leave", "idle", "tap", "print"])
def test_at_the_end_of_a_visit_nothing_of_its_person_is_left(way: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def script(place: Place) -> None:
        job = place.world.submit(pdf(3), attributes=SETTINGS)
        visit = await place.visit()
        during = kept(place)
        assert {OWNER, "s-1"} <= set(during.splitlines())
        assert all(canary in during for canary in (TITLE, job.job_id, CARD))
        assert TITLE not in repr(place.desk.view) + repr(place.desk.view.jobs)
        if way == "print":
            place.desk.print_chosen(visit)
            await place.quiet()
        if way == "tap":
            place.tap()
        elif way == "idle":
            place.post(DeadlinePassed("idle", visit))
        elif way == "leave":
            place.desk.leave(visit)
        await place.quiet()
        after = kept(place)
        assert not {OWNER, "s-1"} & set(after.splitlines())
        told = "\n".join(place.journal) + caplog.text
        assert not any(canary in after + told for canary in (TITLE, job.job_id, CARD))

    played(script)
