"""What a station records of phones and of what its person deleted; and that parts need a fresh deny list."""

import asyncio

import pytest

from firmware.audit.events import AuditEvent
from firmware.mesh.port import MeshError
from firmware.recorded import RecordedMesh
from hal.sim import virtual_time
from tests.unit.delivery.fake_mesh import session
from tests.unit.delivery.world import World, pdf


class Notes:
    """A notebook that is read."""

    def __init__(self) -> None:
        self.entries: list[tuple[AuditEvent, dict[str, str | int]]] = []

    def note(self, event: AuditEvent, **fields: str | int) -> None:
        self.entries.append((event, fields))

    def begin(self, event: AuditEvent, **fields: str | int) -> asyncio.Future[None]:
        self.note(event, **fields)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    async def record(self, event: AuditEvent, **fields: str | int) -> None:
        self.note(event, **fields)


def test_a_job_is_recorded_as_shredded_once_it_is() -> None:
    async def story() -> None:
        world, notes = World(), Notes()
        job = world.submit(pdf()).job_id
        mesh = RecordedMesh(world.mesh, notes)
        await mesh.delete_job("s-1", job)
        world.mesh.fail("delete_job", MeshError("not-owner", status=403))
        with pytest.raises(MeshError):
            await mesh.delete_job("s-1", job)
        assert notes.entries == [(AuditEvent.JOB_SHREDDED, {"job": job, "policy": "owner"})]
        assert await mesh.held_jobs("s-1") == []

    virtual_time.run(story())


def test_whoever_comes_by_phone_is_recorded_and_not_named() -> None:
    async def story() -> None:
        world, notes = World(), Notes()
        mesh = RecordedMesh(world.mesh, notes)
        with pytest.raises(MeshError):
            await mesh.handoff("ticket")

        async def let_in(_ticket: str) -> object:
            await asyncio.sleep(0)
            return session()

        vars(world.mesh)["handoff"] = let_in
        await mesh.handoff("ticket")
        assert notes.entries == [
            (AuditEvent.SESSION_REFUSED, {"source": "phone", "code": "ticket-expired"}),
            (AuditEvent.SESSION_OPENED, {"source": "phone"}),
        ]

    virtual_time.run(story())


def test_previews_and_the_page_are_asked_for_as_they_are() -> None:
    async def story() -> None:
        world, notes = World(), Notes()
        job = world.submit(pdf()).job_id
        mesh = RecordedMesh(world.mesh, notes)
        assert [one.job_id for one in await mesh.previews("s-1", [job, "nothing"])] == [job]
        assert await mesh.phone_page() == ""
        assert notes.entries == []

    virtual_time.run(story())
