"""A list as it came from the mesh, made into what the panel may show: verified, and with titles where they open."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from firmware.delivery.means import Means
from firmware.errors import LockgateError
from firmware.mesh.messages import HeldJob, Preview, Session
from firmware.panel.listed import ListedJob
from firmware.vault import manifest as manifests
from firmware.vault.attributes import Attributes
from firmware.vault.manifest import Manifest, ManifestError

Manifests = Mapping[str, Manifest]
"""By job; of those that can be read. Nothing of them is believed yet."""
_FIRST, _LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def manifests_of(jobs: Sequence[HeldJob]) -> dict[str, Manifest]:
    """What the jobs say of themselves. One that cannot be read is left out: whoever asks for it is told what is
    wrong."""
    found = {}
    for job in jobs:
        try:
            found[job.job_id] = manifests.parse(job.manifest)
        except ManifestError:
            continue
    return found


def unopened(session: Session, jobs: Sequence[HeldJob], known: Manifests) -> tuple[ListedJob, ...]:
    """The whole list, in its order, as far as it can be told without a check or a key: what is shown of it is opened
    first, and what is printed is checked before anyway."""
    return tuple(_unopened(session, job, known.get(job.job_id)) for job in jobs)


def _unopened(session: Session, job: HeldJob, said: Manifest | None) -> ListedJob:
    if said is None:
        return ListedJob(job.job_id, None, 0, "", pages_out=job.pages_out, refused="manifest-malformed")
    owner = "" if said.owner == session.user else said.owner
    return ListedJob(
        job.job_id, _told(said.submitted_at), said.plaintext_size, said.format, owner=owner, pages_out=job.pages_out
    )


def _told(moment: datetime) -> datetime | None:
    """None for one that no clock of every zone shows: a manifest may say anything until it is checked."""
    return moment if _FIRST <= moment <= _LAST else None


class Lister:
    """Opens what is shown of a list, on a worker's thread. Keeps nothing."""

    def __init__(self, means: Means) -> None:
        self._means = means

    async def opened(self, session: Session, jobs: Sequence[HeldJob]) -> tuple[ListedJob, ...]:
        """These jobs, each checked as before a release, and opened where the mesh gives a way to. At most
        `MOST_PREVIEWS`. Raises the mesh's errors."""
        previews = await self._means.mesh.previews(session.session_id, [job.job_id for job in jobs])
        by_job = {preview.job_id: preview for preview in previews}
        return await self._means.workers.run(partial(self._all, session, jobs, by_job))

    async def checked(self, session: Session, jobs: Sequence[HeldJob]) -> tuple[ListedJob, ...]:
        """The same without titles and settings."""
        return await self._means.workers.run(partial(self._all, session, jobs, {}))

    def _all(self, session: Session, jobs: Sequence[HeldJob], previews: Mapping[str, Preview]) -> tuple[ListedJob, ...]:
        return tuple(self._one(session, job, previews.get(job.job_id)) for job in jobs)

    def _one(self, session: Session, job: HeldJob, preview: Preview | None) -> ListedJob:
        opening, now = self._means.opening, self._means.clock.now()
        try:
            held = opening.verify(job, session, now)
        except LockgateError as exc:
            return _refused(session, job, exc.code)
        listed = _unopened(session, job, held)
        if preview is None:
            return listed
        try:
            found = opening.preview(held, preview, session)
        except LockgateError:  # the release finds out whose fault it is, and says so
            return listed
        return _named(listed, found, titles=session.policy.titles)


def _refused(session: Session, job: HeldJob, code: str) -> ListedJob:
    said = manifests_of([job]).get(job.job_id)
    return replace(_unopened(session, job, said), refused=code)


def _named(listed: ListedJob, found: Attributes, *, titles: bool) -> ListedJob:
    return replace(
        listed,
        title=found.title if titles else "",
        pages=found.pages,
        copies=found.copies,
        sides=found.sides,
        color_mode=found.color_mode,
        media=found.media,
        finishings=found.finishings,
        is_opened=True,
    )
