"""From the mesh's list to what is shown of it: checked, opened, and forgotten with the visit."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from firmware.core.effects import (
    DeleteJobs,
)
from firmware.core.events import BadgeRead, DeletionEnded, Event, LogOut, Started
from firmware.effects import Effects
from firmware.mesh.messages import SitePolicy
from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.panel.titles import PATIENCE
from firmware.panel.view import Screen
from hal.ports.errors import PrinterUnreachableError
from hal.sim.indicator import SimIndicator
from hal.sim.printer_faults import Ability
from hal.sim.virtual_time import run
from tests.unit.delivery.world import TITLE, World, pdf
from tests.unit.panel.place import CARD, SETTINGS, Place, played, repr_of


def test_a_list_is_shown_with_titles_and_settings() -> None:
    async def script(place: Place) -> None:
        job = place.world.submit(pdf(3), attributes=SETTINGS)
        await place.visit()
        view = place.desk.view
        assert view.screen is Screen.JOBS
        (shown,) = view.jobs
        assert (shown.job_id, shown.title, shown.pages, shown.copies) == (job.job_id, TITLE, 3, 2)
        assert (shown.sides, shown.color_mode, shown.media) == ("two-sided-long-edge", "color", "iso_a4_210x297mm")
        assert (shown.finishings, shown.is_opened, shown.refused) == (("staple",), True, "")
        assert shown.size == len(pdf(3))

    played(script)


def test_where_the_site_hides_titles_the_settings_are_known_all_the_same() -> None:
    async def script(place: Place) -> None:
        place.world.submit(pdf(3), attributes=SETTINGS)
        await place.visit()
        (shown,) = place.desk.view.jobs
        assert (shown.title, shown.pages, shown.is_opened) == ("", 3, True)

    played(script, Place(policy=SitePolicy(auto_release=False, titles=False)))


def test_what_this_printer_cannot_do_is_said_before_anything_is_printed() -> None:
    async def script(place: Place) -> None:
        place.world.printer.faults.lacks = {Ability.TWO_SIDED}
        place.world.submit(pdf(3), attributes=SETTINGS)
        place.world.submit(b"a letter", document_format="application/msword")
        visit = await place.visit()
        assert set(place.desk.view.lacks) == {"sides", "document-format"}
        place.desk.choose_none(visit)
        assert place.desk.view.lacks == ()

    world = World()
    played(script, Place(world))


def test_without_previews_the_list_is_there_without_titles() -> None:
    async def script(place: Place) -> None:
        job = place.world.submit(pdf(3), attributes=SETTINGS)
        place.world.mesh.fail("previews", MeshError("request-stale", status=409))
        await place.visit()
        (shown,) = place.desk.view.jobs
        assert (shown.job_id, shown.title, shown.is_opened) == (job.job_id, "", False)

    played(script)


def test_a_preview_that_does_not_open_hides_no_other() -> None:
    async def script(place: Place) -> None:
        first, second = place.world.submit(pdf(1)), place.world.submit(pdf(2, seed=8))
        previews = place.world.mesh.previews

        async def spoilt(session_id: str, job_ids: list[str]) -> list[Any]:
            found = await previews(session_id, job_ids)
            return [replace(one, org_box=bytes(80)) if one.job_id == first.job_id else one for one in found]

        place.world.mesh.previews = spoilt  # type: ignore[method-assign, assignment] # a mesh that errs
        await place.visit()
        assert {one.job_id: one.title for one in place.desk.view.jobs} == {first.job_id: "", second.job_id: TITLE}

    played(script)


def test_a_job_that_is_not_what_it_says_is_shown_as_refused_and_never_opened() -> None:
    async def script(place: Place) -> None:
        forged, unreadable = place.world.submit(pdf(1)), place.world.submit(pdf(2, seed=8))
        good = place.world.submit(pdf(2, seed=9))
        jobs = place.world.mesh.jobs
        jobs[forged.job_id].sealed = replace(jobs[forged.job_id].sealed, signature=b"no signature")
        jobs[unreadable.job_id].sealed = replace(jobs[unreadable.job_id].sealed, manifest_raw=b"{}")
        await place.visit()
        shown = {one.job_id: (one.refused, one.title) for one in place.desk.view.jobs}
        assert shown[good.job_id] == ("", TITLE)
        assert shown[forged.job_id] == ("manifest-signature", "")
        assert place.desk.view.chosen == {good.job_id}

    played(script)


def test_a_list_does_not_wait_for_titles_that_are_slow() -> None:
    async def script(place: Place) -> None:
        place.world.submit(pdf(3), attributes=SETTINGS)
        place.world.mesh.late["previews"] = 5.0
        place.post(Started())
        place.post(BadgeRead("reader-1", CARD))
        await asyncio.sleep(PATIENCE + 0.1)
        assert [one.title for one in place.desk.view.jobs] == [""]
        await place.quiet()
        assert [one.title for one in place.desk.view.jobs] == [TITLE]

    played(script)


def test_titles_that_come_after_their_person_left_are_shown_to_nobody() -> None:
    async def script(place: Place) -> None:
        place.world.submit(pdf(3), attributes=SETTINGS)
        place.world.mesh.late["previews"] = 5.0
        place.post(Started())
        place.post(BadgeRead("reader-1", CARD))
        await asyncio.sleep(PATIENCE + 0.1)
        place.post(LogOut(1))
        await place.quiet()
        assert TITLE not in repr_of(place.desk)

    played(script)


def test_the_second_page_is_opened_when_it_is_asked_for() -> None:
    async def script(place: Place) -> None:
        for number in range(25):
            place.world.submit(pdf(1, seed=number))
        visit = await place.visit()
        assert [one.is_opened for one in place.desk.view.jobs] == [True] * 20 + [False] * 5
        place.desk.more(visit)
        await place.quiet()
        assert all(one.title == TITLE for one in place.desk.view.jobs)

    played(script)


def test_more_pressed_fast_asks_for_each_title_once_and_again_only_where_the_mesh_failed() -> None:
    asked: list[str] = []

    async def script(place: Place) -> None:
        for number in range(65):
            place.world.submit(pdf(1, seed=number))
        mesh = place.world.mesh
        previews = mesh.previews

        async def counting(session_id: str, job_ids: list[str]) -> list[Any]:
            found = await previews(session_id, job_ids)
            asked.extend(job_ids)
            return [one for one in found if one.job_id != never]

        mesh.previews = counting  # type: ignore[method-assign, assignment]
        never = next(reversed(mesh.jobs))  # it has no preview, whoever asks
        visit = await place.visit()
        place.desk.more(visit)
        place.desk.more(visit)  # before anything has come
        await place.quiet()
        mesh.fail("previews", MeshUnreachableError())
        place.desk.more(visit)
        await place.quiet()
        assert len(asked) == len(set(asked)) == 60
        place.desk.more(visit)
        place.desk.more(visit)
        await place.quiet()
        assert sorted(asked) == sorted(set(asked)) == sorted(mesh.jobs)
        assert {one.job_id for one in place.desk.view.jobs if not one.is_opened} == {never}

    played(script)


def test_a_printer_that_is_away_keeps_no_list_from_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(place: Place) -> None:
        place.world.submit(pdf(3), attributes=SETTINGS)

        async def away() -> None:
            raise PrinterUnreachableError("switched off")

        monkeypatch.setattr(place.world.printer, "capabilities", away)
        await place.visit()
        assert [one.title for one in place.desk.view.jobs] == [TITLE]
        assert place.desk.view.lacks == ()

    played(script)


def test_deleted_is_deleted_at_the_mesh() -> None:
    async def script(place: Place) -> None:
        first, second = place.world.submit(pdf(1)), place.world.submit(pdf(2, seed=8))
        visit = await place.visit()
        place.desk.choose(visit, first.job_id, wanted=False)
        place.desk.delete(visit)
        place.desk.delete(visit)
        await place.quiet()
        assert [one.job_id for one in place.desk.view.jobs] == [first.job_id]
        assert place.world.mesh.jobs[second.job_id].phase == "shredded"
        assert place.journal[-2:] == ["1 job to be deleted -> choosing", "1 job deleted -> choosing"]

    played(script)


@pytest.mark.parametrize(
    ("error", "gone"), [(MeshError("not-owner", status=403), ("b",)), (MeshUnreachableError("no answer"), ())]
)
def test_what_the_mesh_does_not_delete_is_told(error: Exception, gone: tuple[str, ...]) -> None:
    posted: list[Event] = []

    async def play() -> None:
        world, tasks = World(), []
        world.mesh.jobs["a"] = world.mesh.jobs["b"] = world.mesh.jobs.setdefault(
            "c", world.mesh.jobs[world.submit(pdf()).job_id]
        )
        world.mesh.fail("delete_job", error)
        effects = Effects(
            world.start(), SimIndicator(), posted.append, lambda job: tasks.append(asyncio.ensure_future(job))
        )
        effects.perform(DeleteJobs(1, "s-1", ("a", "b")))
        await asyncio.gather(*tasks)

    run(play())
    assert posted == [DeletionEnded(1, ("a", "b"), gone, getattr(error, "code"))]  # noqa: B009 - either error has one


def test_five_hundred_jobs_are_listed_without_work_for_each() -> None:
    """Counted, not timed: all are read once, and only what is on the screen is checked and opened."""
    counted = {"verify": 0, "previews": 0}

    async def script(place: Place) -> None:
        stored = place.world.mesh.jobs[place.world.submit(pdf(1)).job_id]
        for number in range(499):
            place.world.submit(b"%%PDF-1.7\n/Type /Page %d" % number)
        assert stored.phase == "held"
        mesh, opening = place.world.mesh, type(place.effects._means.opening)
        previews, verify = mesh.previews, opening.verify

        async def counting(session_id: str, job_ids: list[str]) -> list[Any]:
            counted["previews"] += len(job_ids)
            return await previews(session_id, job_ids)

        def checking(*about: Any) -> Any:
            counted["verify"] += 1
            return verify(*about)

        mesh.previews = counting  # type: ignore[method-assign, assignment]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opening, "verify", checking)
            await place.visit()
        assert len(place.desk.view.jobs) == 500
        assert counted == {"verify": 20, "previews": 20}

    played(script)
