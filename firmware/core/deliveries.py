"""The queue before the one printer: one delivery at a time, oldest first, no job twice."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice

from firmware.core import events
from firmware.core.delivery import STOPPING, Delivery
from firmware.core.events import Outcome
from firmware.core.notices import Lamp
from firmware.core.outbox import Outbox
from firmware.core.policy import Policy
from firmware.core.states import DeliveryState
from firmware.core.wishes import AS_SUBMITTED, Wishes
from firmware.core.words import jobs


class Deliveries:
    """Owns every delivery that has not ended."""

    def __init__(
        self,
        policy: Policy,
        out: Outbox,
        lamp: Lamp,
        *,
        is_blocked: Callable[[], bool],
        is_attended: Callable[[int], bool],
    ) -> None:
        self.policy = policy
        self.out = out
        self.is_blocked = is_blocked
        self.is_attended = is_attended
        self.running: Delivery | None = None
        self.queue: deque[Delivery] = deque()
        self._lamp = lamp
        self._last_ref = 0
        self._jobs: set[str] = set()
        self._of_session: dict[int, int] = {}

    def add(
        self, session_ref: int, session_id: str, first_pages: Mapping[str, int], wishes: Wishes = AS_SUBMITTED
    ) -> None:
        """Queue jobs of one visit, each from its first page on. What does not fit stays held, and is said."""
        room = self.policy.max_queue - len(self.queue)
        for job_id, first_page in islice(first_pages.items(), room):
            self._last_ref += 1
            delivery = Delivery(
                self, self._last_ref, session_ref, session_id, job_id, first_page=first_page, wishes=wishes
            )
            self.queue.append(delivery)
            self._jobs.add(job_id)
            self._of_session[session_ref] = self._of_session.get(session_ref, 0) + 1
        if len(first_pages) > room:
            self.out.note(f"queue full, {jobs(len(first_pages) - room)} held")

    def has_job(self, job_id: str) -> bool:
        """Whether the job is queued or running already."""
        return job_id in self._jobs

    def has_session(self, session_ref: int) -> bool:
        """Whether any delivery of that visit has not ended."""
        return session_ref in self._of_session

    def is_running(self, ref: int) -> bool:
        """Whether an answer that names `ref` is about the delivery under way."""
        return self.running is not None and self.running.ref == ref

    def is_due(self, passed: events.DeadlinePassed) -> bool:
        """Whether the delivery under way waits under this deadline."""
        return self.running is not None and self.running.ref == passed.ref and self.running.awaits(passed.name)

    def start_next(self) -> Delivery | None:
        """Let the oldest begin when the printer is free. The delivery whose release is now asked for, if any."""
        while self.queue and self.running is None:
            first = self.queue.popleft()
            first.handle("start")
            if first.state is not DeliveryState.ENDED:
                self.running = first
                return first
            self._end(first)
        return None

    def withdraw_all(self) -> None:
        """What has not begun stays held: the station stops."""
        while self.queue:
            first = self.queue.popleft()
            first.handle("withdraw")
            self._end(first)

    def withdraw(self, session_ref: int) -> None:
        """What that visit has waiting stays held: its person wants no more of it."""
        theirs = [delivery for delivery in self.queue if delivery.session_ref == session_ref]
        self.queue = deque(delivery for delivery in self.queue if delivery.session_ref != session_ref)
        for delivery in theirs:
            delivery.is_asked_to_end = True
            delivery.handle("withdraw")
            self._end(delivery)

    def asks(self, session_ref: int) -> bool:
        """Whether the person of that visit is asked something now."""
        running = self.running
        return running is not None and running.question is not None and running.session_ref == session_ref

    def wait_longer(self, session_ref: int) -> None:
        """Give the person of that visit more time for what they are asked, if anything."""
        if self.running is not None and self.asks(session_ref):
            self.running.wait_longer()

    @property
    def unattended(self) -> bool:
        """Whether a question is asked of a person who stands there no more."""
        running = self.running
        return running is not None and running.question is not None and not self.is_attended(running.session_ref)

    def handle(self, trigger: str, event: events.Event | None) -> None:
        """One event for the running delivery."""
        if self.running is None:
            self.out.note(f"ignored {trigger.replace('_', ' ')}: nothing is printing")
            return
        self.running.handle(trigger, event)
        if self.running.state is DeliveryState.ENDED:
            ended, self.running = self.running, None
            self._end(ended)

    def _end(self, ended: Delivery) -> None:
        self._jobs.discard(ended.job_id)
        left = self._of_session.pop(ended.session_ref) - 1
        if left:
            self._of_session[ended.session_ref] = left
        self._tell(ended, is_last=not left)

    def _tell(self, ended: Delivery, *, is_last: bool) -> None:
        """`done` once, after the last page of a visit; a failure at once; of what was asked to end, only that pages
        came out and the rest is kept, and that to nobody else."""
        end = ended.end
        if end.outcome is Outcome.PRINTED and not is_last:
            return
        is_expected = ended.is_asked_to_end or end.code == STOPPING
        is_of_use = bool(end.pages) and self.is_attended(ended.session_ref)
        if end.outcome is Outcome.HELD and is_expected and not is_of_use:
            return
        is_theirs = self.is_attended(ended.session_ref)  # what they asked for is nobody else's to hear
        self._lamp.flash_end(end if is_theirs else replace(end, lacks=()), ended.session_ref)
