"""The desk: keeps what the person who stands here sees, from the core's steps and what was opened for them; hands on
what they do. Knows no HTML and no socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from firmware.core import events
from firmware.core.effects import Tell
from firmware.core.events import Event
from firmware.core.machine import Core
from firmware.core.outbox import Step
from firmware.core.states import ServiceState, SessionState
from firmware.core.wishes import Wishes
from firmware.panel.basket import PAGE_OF_LIST, Basket
from firmware.panel.choice import DIGITS
from firmware.panel.countdown import Countdown
from firmware.panel.forecast import Ability
from firmware.panel.listed import ListedJob, Person
from firmware.panel.refusals import DeskError
from firmware.panel.replies import LEAVING, WAITING, Replies
from firmware.panel.screens import progress_of, said_of, screen_of, visit_of
from firmware.panel.showcase import Showcase
from firmware.panel.view import PREFS_SECONDS, Prefs, Said, View
from firmware.panel.visit import Visit
from hal.ports.clock import Clock

WARNING_SECONDS = 20.0
"""So long before a visit ends by itself the page and the voice warn (WCAG 2.2, criterion 2.2.1); the countdown is there
from the beginning."""


class Desk(Replies):
    """One person at a time. `stepped` after every step of the core; `admitted`, `listed` and `opened` as a visit goes
    on. What the person does names their visit, the `View.visit` that they saw: whoever stands here no more changes
    nothing, and is told by `DeskError`; so is whoever asks for what cannot be done now."""

    def __init__(
        self, core: Core, post: Callable[[Event], None], clock: Clock, showcase: Showcase | None = None
    ) -> None:
        self.wants: Callable[[int, tuple[str, ...]], None] = lambda _ref, _job_ids: None
        """Called with a visit and the jobs of its list that are to be opened next."""
        self.handoff: Callable[[], str] = lambda: ""
        """Gives the address that phones open to release here, empty where there is none."""
        self.updating: Callable[[], bool] = lambda: False
        """Whether the box is being updated."""
        super().__init__(core, post)
        self._clock = clock
        self._visit = Visit()
        self._prefs = Prefs()
        self._touched = asyncio.Event()
        self._said: Said | None = None
        self._countdown = Countdown()
        self._stale_since: float | None = None
        self._languages: tuple[str, ...] = ()
        self._showcase = showcase or Showcase()

    # What the station tells

    def stepped(self, step: Step) -> None:
        """The core took an event; these effects came of it."""
        now, visit = self._clock.monotonic(), visit_of(self._core)
        for effect in step.effects:
            if isinstance(effect, Tell):
                self._said = said_of(effect, self._said, visit)
        self._countdown.step(step.effects, now)
        self._watch_mesh(now)
        self._forget_who_left()
        self._show()

    def admitted(self, person: Person) -> None:
        """The mesh knows who stands here."""
        self._languages = person.languages  # the site's, whoever it is
        if person.ref == visit_of(self._core):
            self._visit.person = person
            self._show()

    def listed(self, ref: int, jobs: tuple[ListedJob, ...], unsure: tuple[ListedJob, ...] = ()) -> None:
        """What they may print, and that of which nobody knows whether it came out. Told again, there is more."""
        if self._is_here(ref):
            self._visit.listed(jobs, unsure)
            self._show()

    def opened(self, ref: int, jobs: tuple[ListedJob, ...], ability: Ability | None = None) -> None:
        """More is known of these; `ability` is the printer's, where that is known now."""
        if self._is_here(ref):
            self._visit.opened(jobs, ability)
            self._show()

    async def keep_on(self) -> None:
        """A duty for as long as the station lives: what a passer-by touched is undone when nobody taps."""
        while True:
            await self._touched.wait()
            self._touched.clear()
            await self._clock.sleep(PREFS_SECONDS)
            if not self._touched.is_set() and not visit_of(self._core):
                self._prefs = Prefs()
                self._show()

    # What the person does with their list

    def choose(self, visit: int, job_id: str, *, wanted: bool) -> None:
        """Take one job into the choice, or out of it."""
        self._require(visit, SessionState.CHOOSING)
        if not self._offered.has(job_id):
            raise DeskError(code="job-not-listed")
        self._put(self._visit.basket.choose(job_id, wanted=wanted))

    def choose_all(self, visit: int) -> None:
        """Take every job into the choice."""
        self._require(visit, SessionState.CHOOSING)
        self._put(self._visit.basket.choose_all())

    def choose_none(self, visit: int) -> None:
        """Take every job out of it."""
        self._require(visit, SessionState.CHOOSING)
        self._put(self._visit.basket.choose_none())

    @property
    def wishes(self) -> Wishes:
        """How the person who stands here wants what they chose."""
        return self._visit.basket.wishes

    def wish(self, visit: int, wishes: Wishes) -> None:
        """How they want it."""
        self._require(visit, SessionState.CHOOSING)
        self._put(self._visit.basket.wish(wishes))

    def more(self, visit: int) -> None:
        """Show the next of a long list."""
        self._require(visit, SessionState.CHOOSING)
        offered = self._offered
        shown = min(offered.shown, len(offered.jobs)) + PAGE_OF_LIST
        hidden = tuple(job.job_id for job in offered.jobs[:shown] if not job.is_opened and not job.refused)
        self._put(replace(self._visit.basket, shown=shown, confirming=False))
        if hidden:
            self.wants(visit, hidden)

    def turn(self, visit: int) -> None:
        """Have a keypad's digits name the next of a long list, and after its last the first again."""
        self._require(visit, SessionState.CHOOSING)
        offered = self._offered.turn()
        self._put(replace(self._visit.basket, turned=offered.turned, confirming=False))
        if offered.turned + DIGITS > offered.shown:
            self.more(visit)

    def print_chosen(self, visit: int, *, rest: bool = False) -> None:
        """Print what is chosen; with `rest` of each only the pages that did not come out before."""
        self._require(visit, SessionState.CHOOSING)
        taken = self._taken()
        self._put(replace(self._visit.basket, confirming=False))
        self._post(events.JobsChosen(visit, taken, rest, self._visit.basket.wishes))

    def delete(self, visit: int) -> None:
        """Delete what is chosen of their own: asks once more, and when that is done too, does it."""
        self._require(visit, SessionState.CHOOSING)
        own = {job.job_id for job in self._offered.jobs if not job.owner}
        taken = tuple(job_id for job_id in self._taken() if job_id in own)
        if not taken:
            raise DeskError("only what others delegated is chosen", code="nothing-chosen")
        is_sure = self._visit.basket.confirming
        self._put(replace(self._visit.basket, confirming=not is_sure))
        if is_sure:
            self._post(events.JobsDeleted(visit, taken))

    # What else they do

    def stay(self, visit: int) -> None:
        """More time; and nothing is deleted."""
        self._require_time(visit)
        self._visit.basket = replace(self._visit.basket, confirming=False)
        self._post(events.StayAsked(visit))
        self._show()

    def cancel(self, visit: int) -> None:
        """End what prints of theirs, and what waits to."""
        self._require(visit, *LEAVING)
        if not (self.view.progress and self.view.progress.is_awaited):
            raise DeskError("nothing of theirs prints", code="not-now")
        self._post(events.CancelPrinting(visit))

    def prefer(self, visit: int, prefs: Prefs) -> None:
        """How they want the screen. Also for whoever has not tapped yet: then it is for the visit that follows."""
        if visit != visit_of(self._core):
            raise DeskError
        self._prefs = prefs
        self._touched.set()
        self._touch(visit)
        self._show()

    # What the page reads

    @property
    def hand(self) -> "Desk":
        """Who does what is asked for at a keypad."""
        return self

    @property
    def view(self) -> View:
        """What is on the screen now."""
        return self._showcase.view

    def views(self) -> AsyncIterator[View]:
        """The view now, and each new one; those that come faster than they are read are passed over."""
        return self._showcase.views()

    def _is_here(self, visit: int) -> bool:
        return self._visit.person is not None and self._visit.person.ref == visit

    def _put(self, basket: Basket) -> None:
        self._visit.basket = basket
        self._touch(self._core.visit)
        self._show()

    def _touch(self, visit: int) -> None:
        """Whoever does something is still there."""
        if self._core.session in WAITING:
            self._post(events.StayAsked(visit, by_touch=True))

    def _taken(self) -> tuple[str, ...]:
        taken = tuple(job.job_id for job in self._offered.taken)
        if not taken:
            raise DeskError(code="nothing-chosen")
        return taken

    @property
    def _offered(self) -> Basket:
        return self._visit.basket.offered(self._core.offered)

    def _watch_mesh(self, now: float) -> None:
        if self._core.service is not ServiceState.OFFLINE:
            self._stale_since = None
        elif self._stale_since is None:
            self._stale_since = now

    def _forget_who_left(self) -> None:
        """Nothing of a person outlives their visit, nor is it there when the next one begins."""
        visit = visit_of(self._core)
        if visit != self._visit.ref:
            if self._visit.ref:
                self._prefs = Prefs()
            self._visit = Visit(visit)
            self._countdown.clear()

    def refresh(self) -> None:
        """Something that is not the core's may have changed."""
        self._show()

    def _show(self) -> None:
        core, mine, offered = self._core, self._visit, self._offered
        wishes = offered.wishes
        cost, lacks = mine.forecast(offered)
        self._showcase.show(
            View(
                screen=screen_of(core, updating=self.updating()),
                handoff="" if visit_of(core) else self.handoff(),
                visit=visit_of(core),
                language=mine.person.language if mine.person else "",
                said=self._said,
                languages=self._languages,
                jobs=offered.jobs,
                unsure=mine.unsure if core.session is SessionState.CHOOSING else (),
                chosen=offered.chosen,
                copies=wishes.copies,
                two_sided=wishes.two_sided,
                grey=wishes.grey,
                keep=wishes.keep,
                shown=offered.shown,
                turned=offered.turned,
                confirming=offered.confirming,
                cost=cost,
                lacks=lacks,
                progress=progress_of(core, mine.basket.jobs),
                needs=core.needs,
                question=core.question,
                number=core.asking or 0,
                deadline=self._countdown.ends,
                warning_seconds=WARNING_SECONDS,
                stale_since=self._stale_since,
                prefs=self._prefs,
            )
        )
