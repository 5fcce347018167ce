"""What the vault does unasked: lapsed leases, expired jobs, bodies still to be deleted, old records."""

from firmware.errors import LockgateError
from hal.ports.clock import Clock
from tools.edgemesh import leases
from tools.edgemesh.announcer import Announcer
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.jobbook import JobBook
from tools.edgemesh.nodes import Nodes
from tools.edgemesh.people.desk import Desk
from tools.edgemesh.receipts import Receipts

KEPT_ANNOUNCEMENTS = 100_000
_BATCH = 200


class Chores:
    """Done in rounds; each step may be cut off at any moment and is taken up by the next round."""

    def __init__(
        self, book: JobBook, desk: Desk, announcer: Announcer, nodes: Nodes, clock: Clock, *, receipts: Receipts
    ) -> None:
        self._book, self._desk, self._announcer, self._clock = book, desk, announcer, clock
        self._receipts, self._nodes = receipts, nodes
        self._seen = 0

    async def round(self) -> None:
        """Raises `StoreError`."""
        self._desk.tidy()
        self._receipts.tidy()
        ended = [await self._see_to(job_id) for job_id in self._book.store.due(self._clock.now(), _BATCH)]
        if any(ended):
            self._book.store.scrub()
        self._tend_announcements()

    async def _see_to(self, job_id: str) -> bool:
        """Settle one job; when it is over, delete its bodies, and one day its record. Whether a body was deleted."""
        state = self._book.state(job_id)
        for node in state.drops:
            await self._drop(job_id, node)
        if state.phase.final and not state.drops and state.due <= self._clock.now():
            self._book.store.forget(job_id)
        return bool(state.drops)

    async def _drop(self, job_id: str, node_id: str) -> None:
        node = self._nodes.get(node_id)
        try:
            if node is None and not self._nodes.heard:
                raise Problem("peer-unreachable", "whose nodes these are is not known yet")
            if node is not None:
                await node.drop(job_id)
        except LockgateError:
            self._book.apply(job_id, lambda state: leases.later(state, self._clock.now()))
        else:
            self._book.apply(job_id, lambda state: leases.dropped(state, node_id, self._clock.now()))

    def _tend_announcements(self) -> None:
        """An administrator's command logs from another process: readers here are woken for it."""
        last = self._book.store.last_announcement()
        if last == self._seen:
            return
        if last // _BATCH != self._seen // _BATCH and last > KEPT_ANNOUNCEMENTS:
            self._book.store.drop_announcements(last - KEPT_ANNOUNCEMENTS)
        self._seen = last
        self._announcer.wake()
