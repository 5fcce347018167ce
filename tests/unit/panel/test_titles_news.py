"""From the mesh's list to what is shown of it later: what has come since, and what nobody knows the end of."""

from typing import Any

from firmware.core.events import DeadlinePassed, JobHeld, LogOut
from firmware.mesh.port import MeshUnreachableError
from tests.unit.delivery.world import TITLE, pdf
from tests.unit.panel.place import SETTINGS, Place, played, repr_of


def test_a_job_that_comes_while_its_person_chooses_is_opened_and_shown_with_the_others_as_they_are() -> None:
    """And the two that were opened before are not asked for again."""
    asked: list[str] = []

    async def script(place: Place) -> None:
        first, second = place.world.submit(pdf(1)), place.world.submit(pdf(2, seed=8))
        previews = place.world.mesh.previews

        async def counting(session_id: str, job_ids: list[str]) -> list[Any]:
            asked.extend(job_ids)
            return await previews(session_id, job_ids)

        place.world.mesh.previews = counting  # type: ignore[method-assign, assignment]
        visit = await place.visit()
        place.desk.choose(visit, first.job_id, wanted=False)
        third = place.world.submit(pdf(3, seed=9), attributes=SETTINGS)
        place.post(JobHeld(third.job_id))
        place.post(DeadlinePassed("news", visit))
        await place.quiet()
        shown = [(one.job_id, one.title, one.is_new) for one in place.desk.view.jobs]
        assert shown == [(third.job_id, TITLE, True), (second.job_id, TITLE, False), (first.job_id, TITLE, False)]
        assert place.desk.view.chosen == {second.job_id}
        assert sorted(asked) == sorted((first.job_id, second.job_id, third.job_id))
        place.desk.choose_all(visit)
        place.desk.print_chosen(visit)
        await place.quiet()
        assert {stored.phase for stored in place.world.mesh.jobs.values()} == {"printed"}

    played(script)


def test_a_list_that_cannot_be_had_again_stays_as_it_was() -> None:
    async def script(place: Place) -> None:
        place.world.submit(pdf(1))
        visit = await place.visit()
        before = place.desk.view
        place.world.mesh.fail("held_jobs", MeshUnreachableError())
        place.post(JobHeld("another"))
        place.post(DeadlinePassed("news", visit))
        await place.quiet()
        assert place.desk.view == before
        assert place.journal[-1] == "list failed mesh-unreachable -> choosing"

    played(script)


def test_what_nobody_knows_the_end_of_is_shown_with_its_title_and_never_printed() -> None:
    async def script(place: Place) -> None:
        good, unsure = place.world.submit(pdf(1)), place.world.submit(pdf(2, seed=8), attributes=SETTINGS)
        place.world.mesh.jobs[unsure.job_id].phase = "unknown"
        visit = await place.visit()
        view = place.desk.view
        assert [one.job_id for one in view.jobs] == [good.job_id]
        assert [(one.job_id, one.title, one.pages) for one in view.unsure] == [(unsure.job_id, TITLE, 3)]
        place.desk.choose_all(visit)
        assert place.desk.view.chosen == {good.job_id}
        place.post(LogOut(visit))
        await place.quiet()
        assert TITLE not in repr_of(place.desk)

    played(script)
