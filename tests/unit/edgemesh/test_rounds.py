"""Chores go on, whatever one of them raises."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_site import MemorySite
from tools.edgemesh.followers import Follower
from tools.edgemesh.roles import Roles
from tools.edgemesh.storage.bodies import FileBodies
from tools.edgemesh.storage.stores import StoreError

TITLE = "Payroll of March"


class Failing(Follower):
    """Raises what no chore should, then counts on."""

    def __init__(self, exc: Exception) -> None:
        self._exc, self.rounds = exc, 0

    async def round(self) -> None:
        self.rounds += 1
        raise type(self._exc)(*self._exc.args)


@pytest.mark.parametrize("exc", [OSError(errno.EMFILE, TITLE), ValueError(TITLE), StoreError(TITLE)])
def test_a_chore_that_raises_keeps_none_from_its_next_round(exc: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        site, failing = MemorySite(), Failing(exc)
        mesh = site.mesh.roles
        roles = Roles(
            *(mesh.org_id, mesh.verifier, mesh.clock),
            registrar_role=mesh.registrar_role,
            org_role=failing,  # type: ignore[arg-type]
            followers=(failing,),
        )
        before = mesh.verifier.denials.number
        tending = asyncio.create_task(roles.tend())
        await site.clock.sleep(2 * 3600)
        assert not tending.done()
        assert failing.rounds > 2000
        assert mesh.verifier.denials.number > before  # the registrar's own went on
        tending.cancel()
        await asyncio.wait([tending])

    run(story())
    assert TITLE not in caplog.text
    assert ("Failing: " in caplog.text) is not isinstance(exc, StoreError)


def test_a_node_drops_bodies_again_when_its_disk_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = FileBodies(tmp_path)
    sink = bodies.begin("job")
    sink.write(b"body")
    sink.sync()
    sink.commit()
    for number in (errno.EMFILE, errno.EIO, errno.EROFS):

        def fails(*_: object, failure: int = number, **__: object) -> int:
            raise OSError(failure, os.strerror(failure))

        with monkeypatch.context() as patch:
            patch.setattr("os.open", fails)
            with pytest.raises(StoreError):
                bodies.remove("job")
    bodies.remove("job")
    assert bodies.sizes() == {}


@pytest.mark.parametrize(
    ("broken", "call"),
    [
        ("shutil.disk_usage", lambda bodies: bodies.free()),
        ("pathlib.Path.glob", lambda bodies: bodies.sizes()),
        ("pathlib.Path.glob", lambda bodies: bodies.sweep()),
        ("pathlib.Path.open", lambda bodies: bodies.open("job")),
    ],
)
def test_a_failing_medium_has_one_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, call: "object"
) -> None:
    bodies = FileBodies(tmp_path)

    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(broken, fails)
    assert callable(call)
    with pytest.raises(StoreError):
        call(bodies)
