"""The vault's part in updates: tells stations what there is for them, hears how it went, and stops what goes wrong."""

from dataclasses import replace

from firmware.audit.events import AuditEvent
from firmware.audit.port import Audit
from firmware.updates.states import Phase
from firmware.vault.fields import encode_time
from hal.ports.clock import Clock
from tools.edgemesh.administration.acts import Acts
from tools.edgemesh.interface.exchange import OpenBody
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.updates.bundles import Bundles
from tools.edgemesh.updates.kept import Kept
from tools.edgemesh.updates.rollout import Bundle, Rollout, Seen, Stage, is_over_limit, offered

BY_FAILURES, BY_HAND = "failures", "by-hand"
MOST_OUTCOMES = 4
"""Of one station in one stage of a bundle that go into the audit record: it says what it likes of itself."""


class Fleet:
    """Raises `StoreError`, `AuditError`, and `Problem` bundle-unknown."""

    def __init__(self, kept: Kept, bundles: Bundles, audit: Audit, clock: Clock) -> None:
        self.kept, self.bundles = kept, bundles
        self._audit, self._clock = audit, clock

    async def check(self, seen: Seen) -> Bundle | None:
        """A station tells of itself; what there is for it."""
        seen = replace(seen, at=encode_time(self._clock.now()))
        if seen.phase == Phase.ENDED:
            await self._record_end(seen)
        self.kept.put_station(seen)
        await self._stop_what_fails(seen.digest)
        return offered(seen.station, seen.compatible, self.bundles.all(), self.kept.rollouts)

    def open(self, station: str, digest: str) -> OpenBody:
        """The bytes of a bundle, for a station that a stage of it is for."""
        rollout = self.kept.rollouts.get(digest)
        if rollout is None or rollout.halted or not rollout.has(station):
            raise Problem("bundle-unknown")
        return self._required(self.bundles.open(digest))

    async def stage(self, acts: Acts, digest: str, stage: Stage) -> Rollout:
        """Begin another stage."""
        self.bundle(digest)
        rollout = self.kept.rollouts.get(digest, Rollout(digest))
        return await self._put(acts, AuditEvent.UPDATE_STAGED, replace(rollout, stages=(*rollout.stages, stage)))

    async def halt(self, acts: Acts, digest: str) -> Rollout:
        """Nobody gets it any more."""
        return await self._put(acts, AuditEvent.UPDATE_HALTED, replace(self._rollout(digest), halted=BY_HAND))

    async def resume(self, acts: Acts, digest: str) -> Rollout:
        """Its stations get it again; so many failures as there are now are no reason to halt."""
        rollout = self._rollout(digest)
        *before, last = rollout.stages
        failed = sum(one.failed(digest) for one in self.kept.stations.values())
        stages = (*before, replace(last, most_failures=max(last.most_failures, failed)))
        return await self._put(acts, AuditEvent.UPDATE_RESUMED, replace(rollout, stages=stages, halted=""))

    def bundle(self, digest: str) -> Bundle:
        """What is known of it."""
        found = self.bundles.all().get(digest)
        if found is None:
            raise Problem("bundle-unknown")
        return found

    async def _record_end(self, seen: Seen) -> None:
        """Once in each stage, and only of a bundle that was staged for it."""
        rollout = self.kept.rollouts.get(seen.digest)
        if rollout is None or not rollout.has(seen.station):
            return
        outcomes = self.kept.outcomes(seen.station, seen.digest, len(rollout.stages))
        if seen.code not in outcomes and len(outcomes) < MOST_OUTCOMES:
            told = {"code": seen.code} if seen.code else {}
            await self._audit.record(AuditEvent.UPDATE_ENDED, station=seen.station, digest=seen.digest, **told)
            self.kept.put_outcome(seen.station, seen.digest, len(rollout.stages), seen.code)

    async def _stop_what_fails(self, digest: str) -> None:
        rollout = self.kept.rollouts.get(digest)
        if rollout and not rollout.halted and is_over_limit(rollout, self.kept.stations.values()):
            await self._audit.record(AuditEvent.UPDATE_HALTED, digest=digest, source=BY_FAILURES)
            self.kept.put_rollout(replace(rollout, halted=BY_FAILURES))

    async def _put(self, acts: Acts, event: AuditEvent, rollout: Rollout) -> Rollout:
        await acts.record(event, digest=rollout.digest, number=len(rollout.stages))
        self.kept.put_rollout(rollout)
        return rollout

    def _rollout(self, digest: str) -> Rollout:
        rollout = self.kept.rollouts.get(digest)
        if rollout is None:
            raise Problem("bundle-unknown", "it was never staged")
        return rollout

    @staticmethod
    def _required(body: OpenBody | None) -> OpenBody:
        if body is None:
            raise Problem("bundle-unknown")
        return body
