"""Opens what of a list is on the screen: the first page of it with the list, the others when they are asked for."""

import logging
from asyncio import Event
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from firmware.delivery.guards import guarded
from firmware.delivery.means import Means
from firmware.delivery.reports import FAILURES
from firmware.mesh.messages import HeldJob, HeldJobs, Session
from firmware.mesh.port import MOST_PREVIEWS
from firmware.panel.basket import PAGE_OF_LIST
from firmware.panel.forecast import Ability
from firmware.panel.listed import ListedJob, Person
from firmware.panel.lister import Lister, Manifests, unopened
from hal.ports.errors import DeviceError

LOG = logging.getLogger("lockgate.panel")

PATIENCE = 0.3
"""Seconds that a list waits for its titles: then it is shown without, and they follow."""

Start = Callable[[Coroutine[Any, Any, None]], object]


class Audience(Protocol):
    """Who shows a person what is theirs: a panel. What it was told it forgets when the visit ends."""

    wants: Callable[[int, tuple[str, ...]], None]
    """To be called with a visit and the jobs of its list that are to be opened next."""

    def admitted(self, person: Person) -> None:
        """The mesh knows who stands here."""
        ...

    def listed(self, ref: int, jobs: tuple[ListedJob, ...], unsure: tuple[ListedJob, ...] = ()) -> None:
        """What the person of that visit may print, and that of which nobody knows whether it came out. Told again
        within one visit, there is more of it: what they chose stays chosen."""
        ...

    def opened(self, ref: int, jobs: tuple[ListedJob, ...], ability: Ability | None = None) -> None:
        """More is known of these, and of the printer."""
        ...


@dataclass(frozen=True, slots=True)
class _List:
    ref: int
    session: Session
    jobs: dict[str, HeldJob] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """Of these the previews are on their way, or were here: however often somebody wants more, each is asked for
    once, and again only where the mesh failed."""

    def take(self, job_ids: Sequence[str]) -> tuple[str, ...]:
        """Those of them that are to be asked for now."""
        fresh = tuple(job_id for job_id in job_ids if job_id in self.jobs and job_id not in self.asked)
        self.asked.update(fresh)
        return fresh


class Titles:
    """For one audience. Keeps a list from when it is shown until its session is closed."""

    def __init__(self, means: Means, audience: Audience, start: Start) -> None:
        self._means = means
        self._audience = audience
        self._start = start
        self._lister = Lister(means)
        self._lists: dict[int, _List] = {}
        audience.wants = self.want

    async def show(self, ref: int, session: Session, jobs: HeldJobs, known: Manifests) -> None:
        """The list goes on show, or what is new of it. Returns when its first page is opened, or when that takes too
        long."""
        listed, unsure = (unopened(session, part, known) for part in (jobs, jobs.unsure))
        shown = self._lists.setdefault(ref, _List(ref, session))
        shown.jobs.update({job.job_id: job for job in (*jobs, *jobs.unsure)})
        self._audience.listed(ref, listed, unsure)
        first = (*sorted(listed, key=lambda job: bool(job.owner))[:PAGE_OF_LIST], *unsure[:PAGE_OF_LIST])
        opening = shown.take([job.job_id for job in first])
        if not opening:
            return
        is_there = Event()
        self._start(self._open(shown, opening, is_there))
        if session.policy.auto_release:
            return  # nobody chooses: the printer does not wait for titles
        with suppress(TimeoutError):
            await guarded(_wait(is_there), self._too_late())

    def want(self, ref: int, job_ids: tuple[str, ...]) -> None:
        """Open these of that visit's list."""
        if shown := self._lists.get(ref):
            fresh = shown.take(job_ids)
            for at in range(0, len(fresh), MOST_PREVIEWS):
                self._start(self._open(shown, fresh[at : at + MOST_PREVIEWS], Event()))

    def forget(self, session_id: str) -> None:
        """Nothing of that session is opened any more."""
        self._lists = {ref: one for ref, one in self._lists.items() if one.session.session_id != session_id}

    async def _open(self, shown: _List, job_ids: tuple[str, ...], is_there: Event) -> None:
        jobs = [shown.jobs[job_id] for job_id in job_ids]
        try:
            opened = await self._lister.opened(shown.session, jobs)
        except FAILURES as exc:
            LOG.info("%d titles stay closed (%s)", len(jobs), exc.code)
            shown.asked.difference_update(job_ids)
            opened = await self._lister.checked(shown.session, jobs)
        if shown.ref in self._lists:
            self._audience.opened(shown.ref, opened, await self._ability())
        is_there.set()

    async def _ability(self) -> Ability | None:
        """The driver keeps what the printer said: this does not ask it each time."""
        try:
            return Ability(await self._means.printer.capabilities(), self._means.converter)
        except DeviceError:
            return None

    async def _too_late(self) -> None:
        await self._means.clock.sleep(PATIENCE)
        raise TimeoutError


async def _wait(is_there: Event) -> None:
    await is_there.wait()
