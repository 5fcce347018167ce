"""Performs what the core wants done, and posts the answers back: the only place where errors become events."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from firmware.badges.number import BadgeUnreadableError
from firmware.core.effects import (
    AnswerDelivery,
    Associate,
    CancelDelivery,
    CloseSession,
    DeleteJobs,
    Deliver,
    Effect,
    ListJobs,
    OpenByPhone,
    OpenSession,
    Tell,
)
from firmware.core.events import (
    DeletionEnded,
    DeliveryEnded,
    Event,
    JobRef,
    JobsListed,
    ListFailed,
    Outcome,
    SessionOpened,
    SessionRefused,
)
from firmware.core.signs import Notice
from firmware.core.words import asked, kept
from firmware.delivery.answers import Answers
from firmware.delivery.deliverer import Deliverer
from firmware.delivery.means import Means
from firmware.delivery.reports import FAILURES
from firmware.mesh.messages import HeldJob, Session
from firmware.mesh.port import MeshError
from firmware.panel.listed import Person
from firmware.panel.lister import Manifests, manifests_of
from firmware.panel.titles import Audience, Titles
from firmware.proving import CardGoneError, Proving
from hal.ports.errors import DeviceError
from hal.ports.indicator import Caption, Indicator, Signal

LOG = logging.getLogger("lockgate.effects")

Start = Callable[[Coroutine[Any, Any, None]], object]


class Effects:
    """Implements `station.Performer`. `post` and `start` are the station's. What is known of a person is kept from the
    opening of their session to its close. `proving` where cards prove themselves, `audience` where there
    is a panel."""

    def __init__(
        self,
        means: Means,
        indicator: Indicator,
        post: Callable[[Event], None],
        start: Start,
        *,
        proving: Proving | None = None,
        audience: Audience | None = None,
    ) -> None:
        self._means = means
        self._audience = audience
        self._titles = Titles(means, audience, start) if audience else None
        self.proving = proving
        self._deliverer = Deliverer(means, post)
        self._answers = Answers()
        self._indicator = indicator
        self._post = post
        self._start = start
        self._sessions: dict[str, Session] = {}
        self._jobs: dict[str, dict[str, HeldJob]] = {}
        self._cancels: dict[int, asyncio.Event] = {}

    @property
    def is_delivering(self) -> bool:
        """Whether a delivery is under way: it asks the printer about itself."""
        return bool(self._cancels)

    def perform(self, effect: Effect) -> None:
        """Begin one effect and return at once."""
        match effect:
            case OpenSession(ref):
                self._start(self._admit(ref, self._open(effect)))
            case OpenByPhone(ref, ticket):
                self._start(self._admit(ref, self._means.mesh.handoff(ticket)))
            case Associate(ref, ticket, user, code):
                self._start(self._admit(ref, self._means.mesh.associate(ticket, user, code)))
            case ListJobs(ref, session_id):
                self._start(self._list_jobs(ref, session_id))
            case DeleteJobs():
                self._start(self._delete(effect))
            case CloseSession(session_id):
                self._start(self._close_session(session_id))
            case Deliver(ref):
                self._cancels[ref] = asyncio.Event()
                self._start(self._deliver(effect, self._cancels[ref]))
            case AnswerDelivery(_, answer, number):
                self._answers.give(number, answer)
            case CancelDelivery(ref):
                if ref in self._cancels:
                    self._cancels[ref].set()
            case Tell():
                self._tell(effect)

    async def _open(self, effect: OpenSession) -> Session:
        """With the card's proof, where it has one to give."""
        proof = ""
        if self.proving is not None:
            proof = await self.proving.proof(effect.ref, effect.reader, effect.credential)
        return await self._means.mesh.open_session(effect.credential, effect.pin, proof)

    async def _admit(self, ref: int, opening: Coroutine[Any, Any, Session]) -> None:
        try:
            session = await opening
        except (*FAILURES, CardGoneError, BadgeUnreadableError) as exc:
            self._post(SessionRefused(ref, exc.code, exc.ticket if isinstance(exc, MeshError) else ""))
            return
        self._sessions[session.session_id] = session
        policy = session.policy
        if self._audience is not None:
            self._audience.admitted(Person(ref, session.language, policy.prices, policy.languages))
        self._post(SessionOpened(ref, session.session_id, policy.auto_release, policy.idle_seconds, session.method))

    async def _list_jobs(self, ref: int, session_id: str) -> None:
        try:
            jobs = await self._means.mesh.held_jobs(session_id)
        except FAILURES as exc:
            self._post(ListFailed(ref, exc.code))
            return
        known = await self._means.workers.run(partial(manifests_of, (*jobs, *jobs.unsure)))
        session = self._sessions.get(session_id)
        if session is None:
            return  # the visit ended while the mesh answered
        # What was listed before and is not any more may still wait for the printer.
        self._jobs.setdefault(session_id, {}).update({job.job_id: job for job in jobs})
        if self._titles is not None:
            await self._titles.show(ref, session, jobs, known)
        self._post(JobsListed(ref, _job_refs(jobs, known), jobs.unknown))

    async def _delete(self, effect: DeleteJobs) -> None:
        gone, code = [], ""
        for job_id in effect.job_ids:
            try:
                await self._means.mesh.delete_job(effect.session_id, job_id)
            except MeshError as exc:
                code = exc.code
            except FAILURES as exc:
                code = exc.code
                break
            else:
                gone.append(job_id)
        self._post(DeletionEnded(effect.ref, effect.job_ids, tuple(gone), code))

    async def _close_session(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)
        self._jobs.pop(session_id, None)
        if self._titles is not None:
            self._titles.forget(session_id)
        try:
            await self._means.mesh.close_session(session_id)
        except FAILURES as exc:
            LOG.info("a session was not closed (%s): it ends by itself", exc.code)

    async def _deliver(self, effect: Deliver, cancel: asyncio.Event) -> None:
        session = self._sessions.get(effect.session_id)
        job = self._jobs.get(effect.session_id, {}).get(effect.job_id)
        if session is None or job is None:
            del self._cancels[effect.ref]
            self._post(DeliveryEnded(effect.ref, Outcome.HELD, "session-expired"))
            return
        try:
            ended = await self._deliverer.run(
                effect.ref,
                session,
                job,
                cancel,
                first_page=effect.first_page,
                answers=self._answers,
                wishes=effect.wishes,
            )
        finally:
            del self._cancels[effect.ref]
        self._post(
            DeliveryEnded(effect.ref, ended.outcome, ended.code, ended.impressions, ended.part, ended.pages, ended.told)
        )
        if not await self._means.reports.flush():
            self._means.reports.wake()

    def _tell(self, told: Tell) -> None:
        """A lamp that fails never stops a release."""
        try:
            self._indicator.show(Signal(told.notice.value), _captions(told))
        except DeviceError as exc:
            LOG.warning("the indicator does not work: %s", exc.code)


def _captions(told: Tell) -> tuple[Caption, ...]:
    if told.question is not None:
        return (Caption(asked(told.question).capitalize(), "question", told.number),)
    if told.notice is Notice.HELD:
        return (Caption(kept(told.pages, told.lacks), "held"),)
    return tuple(Caption(str(need), need.picture.value) for need in told.needs)


def _job_refs(jobs: list[HeldJob], known: Manifests) -> tuple[JobRef, ...]:
    """What may be said of a list before any of it is verified. A manifest that cannot be read stays in the list:
    whoever asks for that job is told what is wrong with it."""
    refs = []
    for job in jobs:
        said = known.get(job.job_id)
        what = (said.format, said.plaintext_size) if said else ("", 0)
        refs.append(JobRef(job.job_id, *what, job.delegation is not None, job.pages_out))
    return tuple(refs)
