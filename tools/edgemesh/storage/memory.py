"""Stores in memory, for simulations: the same contract, durable for as long as the object lives."""

from collections.abc import Sequence
from datetime import datetime

from tools.edgemesh.storage.records import (
    Announcement,
    Epoch,
    Holding,
    Job,
    JobState,
    NodeGrant,
    Place,
    Rebox,
)


class MemoryJobs:
    """`stores.JobStore`."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._states: dict[str, JobState] = {}
        self._releases: dict[str, str] = {}
        self._announcements: list[Announcement] = []
        self._last = 0

    def add(self, job: Job, state: JobState) -> bool:
        if job.job_id in self._jobs:
            return False
        self._jobs[job.job_id], self._states[job.job_id] = job, state
        return True

    def job(self, job_id: str) -> Job | None:
        return self._jobs.get(job_id)

    def state(self, job_id: str) -> JobState | None:
        return self._states.get(job_id)

    def change(self, job_id: str, after: JobState, announce: str = "") -> bool:
        before = self._states.get(job_id)
        if before is None or before.revision != after.revision - 1:
            return False
        self._states[job_id] = after
        if after.lease is not None:
            self._releases[after.lease.release_id] = job_id
        if announce:
            self.announce(announce, job_id)
        return True

    def announce(self, kind: str, subject: str) -> None:
        self._last += 1
        self._announcements.append(Announcement(self._last, kind, subject))

    def of_owner(self, owner: str) -> Sequence[str]:
        owned = [name for name, job in reversed(self._jobs.items()) if job.owner == owner]
        return [name for name in owned if not self._states[name].phase.final]

    def all(self) -> Sequence[str]:
        return list(self._jobs)

    def live(self) -> Sequence[str]:
        return [name for name in self._jobs if not self._states[name].phase.final]

    def due(self, now: datetime, limit: int) -> Sequence[str]:
        found = sorted((state.due, name) for name, state in self._states.items() if state.due <= now)
        return [name for _, name in found[:limit]]

    def job_of(self, release_id: str) -> str | None:
        return self._releases.get(release_id)

    def forget(self, job_id: str) -> None:
        self._jobs.pop(job_id, None)
        self._states.pop(job_id, None)
        self._releases = {release: job for release, job in self._releases.items() if job != job_id}

    def last_announcement(self) -> int:
        return self._last

    def announcements(self, after: int, limit: int) -> Sequence[Announcement]:
        return [entry for entry in self._announcements if entry.event_id > after][:limit]

    def drop_announcements(self, up_to: int) -> None:
        self._announcements = [entry for entry in self._announcements if entry.event_id > up_to]

    def scrub(self) -> None:
        """Nothing is kept of what was deleted."""


class MemoryHoldings:
    """`stores.HoldingStore`."""

    def __init__(self) -> None:
        self._holdings: dict[str, Holding] = {}
        self._grants: dict[str, NodeGrant] = {}

    def put(self, holding: Holding) -> None:
        self._holdings[holding.job_id] = holding

    def get(self, job_id: str) -> Holding | None:
        return self._holdings.get(job_id)

    def all(self) -> Sequence[Holding]:
        return list(self._holdings.values())

    def in_place(self, place: Place) -> Sequence[Holding]:
        return [one for one in self._holdings.values() if one.place is place]

    def remove(self, job_id: str) -> None:
        self._holdings.pop(job_id, None)
        self._grants = {name: grant for name, grant in self._grants.items() if grant.job_id != job_id}

    def reserved(self) -> tuple[int, int]:
        return self._bytes(Place.EXPECTED), self._bytes(Place.HELD)

    def _bytes(self, place: Place) -> int:
        return sum(one.size for one in self._holdings.values() if one.place is place)

    def add_grant(self, grant: NodeGrant) -> bool:
        used = next((one for one in self._grants.values() if one.request == grant.request), None)
        if used is not None:
            return used.release_id == grant.release_id
        self._grants[grant.release_id] = grant
        return True

    def grant_of(self, release_id: str) -> NodeGrant | None:
        return self._grants.get(release_id)

    def drop_grants(self, before: datetime) -> None:
        self._grants = {name: grant for name, grant in self._grants.items() if grant.since >= before}


class MemoryEpochs:
    """`stores.EpochStore`."""

    def __init__(self) -> None:
        self._epochs: dict[int, Epoch] = {}
        self._reboxes: dict[str, Rebox] = {}

    def put(self, *epochs: Epoch) -> None:
        self._epochs |= {epoch.number: epoch for epoch in epochs}

    def get(self, number: int) -> Epoch | None:
        return self._epochs.get(number)

    def latest(self) -> Epoch | None:
        return self._epochs[max(self._epochs)] if self._epochs else None

    def all(self) -> Sequence[Epoch]:
        return [self._epochs[number] for number in sorted(self._epochs)]

    def put_rebox(self, rebox: Rebox) -> None:
        self._reboxes[rebox.job_id] = rebox

    def rebox(self, job_id: str) -> Rebox | None:
        return self._reboxes.get(job_id)

    def drop_reboxes(self, before: datetime) -> None:
        self._reboxes = {name: rebox for name, rebox in self._reboxes.items() if rebox.expires >= before}
