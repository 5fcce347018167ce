"""The queue before the one printer: one delivery at a time, oldest first, no job twice."""

from collections import deque
from collections.abc import Callable

from firmware.core import events
from firmware.core.delivery import STOPPING, Delivery
from firmware.core.events import Outcome
from firmware.core.notices import Lamp, of_outcome
from firmware.core.outbox import Outbox
from firmware.core.policy import Policy
from firmware.core.states import DeliveryState
from firmware.core.words import jobs


class Deliveries:
    """Owns every delivery that has not ended."""

    def __init__(self, policy: Policy, out: Outbox, lamp: Lamp, is_blocked: Callable[[], bool]) -> None:
        self.policy = policy
        self.out = out
        self.is_blocked = is_blocked
        self.running: Delivery | None = None
        self.queue: deque[Delivery] = deque()
        self._lamp = lamp
        self._last_ref = 0
        self._jobs: set[str] = set()
        self._of_session: dict[int, int] = {}

    def add(self, session_ref: int, session_id: str, job_ids: tuple[str, ...]) -> None:
        """Queue jobs of one visit. What does not fit stays held, and is said."""
        room = self.policy.max_queue - len(self.queue)
        for job_id in job_ids[:room]:
            self._last_ref += 1
            self.queue.append(Delivery(self, self._last_ref, session_ref, session_id, job_id))
            self._jobs.add(job_id)
            self._of_session[session_ref] = self._of_session.get(session_ref, 0) + 1
        if len(job_ids) > room:
            self.out.note(f"queue full, {jobs(len(job_ids) - room)} held")

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

    def handle(self, trigger: str, event: events.Event) -> None:
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
        """`done` once, after the last page of a visit; a failure at once; nothing for what was asked to end."""
        end = ended.end
        if end.outcome is Outcome.PRINTED and not is_last:
            return
        if end.outcome is Outcome.HELD and (ended.is_asked_to_end or end.code == STOPPING):
            return
        self._lamp.flash(of_outcome(end.outcome, end.code))
