"""The desk of a whole station, with the real mesh behind it, in virtual time."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

import firmware.app
import firmware.panel.server
import tools.bench.life
from firmware.config import Config
from firmware.core.wishes import Wishes
from firmware.panel.desk import Desk
from firmware.panel.view import Screen, View
from hal.sim.commands import Wait
from hal.sim.commands_person import Submit, TapBadge
from hal.sim.virtual_time import run
from tools.bench.site import Setting
from tools.bench.world import Happened, World

ADA, BEN = "04a1b2c3", "04d4e5f6"


class Bench:
    """A world whose station has a desk, and no socket."""

    def __init__(self, world: World, desks: list[Desk]) -> None:
        self.world = world
        self._desks = desks

    @property
    def desk(self) -> Desk:
        return self._desks[-1]

    @property
    def view(self) -> View:
        return self.desk.view

    async def tap(self, badge: str) -> int:
        await self.world.do(TapBadge(badge))
        return self.view.visit

    async def submit(self, pages: int, user: str) -> None:
        await self.world.do(Submit(pages, user))

    async def wait(self, seconds: float) -> Happened:
        return await self.world.do(Wait(seconds))


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Bench], Coroutine[Any, Any, None]]], None]:
    desks: list[Desk] = []

    class Noted(Desk):
        def __init__(self, *about: Any) -> None:
            super().__init__(*about)
            desks.append(self)

    async def serve(*_about: Any) -> None:
        await asyncio.Event().wait()

    config = tools.bench.life._config

    def with_panel(ca_pem: bytes) -> Config:
        return replace(config(ca_pem), panel="tcp:127.0.0.1:0")

    monkeypatch.setattr(firmware.app, "Desk", Noted)
    monkeypatch.setattr(firmware.panel.server, "serve", serve)
    monkeypatch.setattr(tools.bench.life, "_config", with_panel)

    def play(script: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
        async def story() -> None:
            world = World(1, Setting(auto_release=False))
            await world.begin()
            try:
                await script(Bench(world, desks))
            finally:
                await world.aclose()

        run(story())

    return play


Played = Callable[[Callable[[Bench], Coroutine[Any, Any, None]]], None]


def test_titles_come_from_the_mesh_and_what_is_printed_leaves_the_list(played: Played) -> None:
    async def script(bench: Bench) -> None:
        await bench.submit(2, "ada")
        await bench.submit(1, "ada")
        visit = await bench.tap(ADA)
        jobs = bench.view.jobs
        assert bench.view.screen is Screen.JOBS
        assert [one.pages for one in jobs] == [1, 2]
        assert all(one.title and one.is_opened for one in jobs)
        bench.desk.choose(visit, jobs[0].job_id, wanted=False)
        bench.desk.print_chosen(visit)
        happened = await bench.wait(10)
        assert (happened.sheets, happened.held) == (2, 1)
        assert bench.view.jobs == jobs[:1]

    played(script)


def test_what_is_sent_while_its_person_stands_there_comes_to_the_list(played: Played) -> None:
    """Announced by the mesh to every station, asked for by this one, and nothing of another's."""

    async def script(bench: Bench) -> None:
        await bench.submit(2, "ada")
        visit = await bench.tap(ADA)
        (first,) = bench.view.jobs
        await bench.submit(1, "ben")
        await bench.submit(1, "ada")
        happened = await bench.wait(4)
        assert [(one.pages, one.is_new, bool(one.title)) for one in bench.view.jobs] == [
            (1, True, True),
            (2, False, True),
        ]
        assert bench.view.chosen == {first.job_id}
        assert "1 job more listed -> choosing" in happened.journal
        bench.desk.choose_all(visit)
        bench.desk.print_chosen(visit)
        happened = await bench.wait(20)
        assert (happened.sheets, happened.held) == (3, 1)

    played(script)


def test_what_is_kept_is_printed_and_held_again(played: Played) -> None:
    async def script(bench: Bench) -> None:
        await bench.submit(2, "ada")
        visit = await bench.tap(ADA)
        bench.desk.wish(visit, Wishes(keep=True))
        bench.desk.print_chosen(visit)
        happened = await bench.wait(10)
        assert (happened.sheets, happened.held, happened.printed) == (2, 1, 0)
        await bench.tap(ADA)
        assert len(bench.view.jobs) == 1

    played(script)


def test_what_is_deleted_is_gone_from_the_mesh(played: Played) -> None:
    async def script(bench: Bench) -> None:
        await bench.submit(2, "ada")
        visit = await bench.tap(ADA)
        bench.desk.delete(visit)
        bench.desk.delete(visit)
        happened = await bench.wait(2)
        assert (happened.sheets, happened.held) == (0, 0)
        assert happened.journal[-3:] == ("1 job deleted -> choosing", "list emptied -> idle", "session 1 closed")
        assert (bench.view.visit, bench.view.jobs) == (0, ())

    played(script)


def test_the_next_person_taps_while_the_first_one_s_pages_come(played: Played) -> None:
    async def script(bench: Bench) -> None:
        await bench.submit(5, "ada")
        await bench.submit(1, "ben")
        first = await bench.tap(ADA)
        (hers,) = bench.view.jobs
        bench.desk.print_chosen(first)
        await bench.wait(2)
        second = await bench.tap(BEN)
        view = bench.view
        assert view.progress is not None
        assert (view.screen, view.progress.is_theirs, view.progress.page) == (Screen.JOBS, False, 0)
        (his,) = view.jobs
        assert his.job_id != hers.job_id
        assert hers.title not in repr([(one.title, one) for one in view.jobs])
        bench.desk.print_chosen(second)
        happened = await bench.wait(20)
        assert (happened.sheets, happened.held) == (6, 0)

    played(script)
