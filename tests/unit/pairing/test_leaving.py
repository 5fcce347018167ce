"""A box's last word to its mesh."""

import pytest

from firmware.mesh.port import MeshError, MeshUnreachableError
from firmware.mesh.transport import Reply
from firmware.pairing.leaving import leave
from firmware.pairing.member import member
from firmware.pairing.port import Answer
from hal.sim import virtual_time
from tests.support.pairing_mesh import URL, problem
from tests.unit.pairing.rig import Box


class Leaver(Box):
    """A box that pairs and then leaves."""

    async def go(self) -> None:
        self.on_code = self.mesh.approve
        await self.pair()
        await self.leave()

    async def leave(self) -> None:
        ca = self.mesh.ca.certificate_pem
        await leave(member(self.keys, ca, self.clock.now()), self.mesh, URL)


def test_the_mesh_knows_by_our_own_certificate() -> None:
    box = Leaver()
    virtual_time.run(box.go())
    assert box.mesh.revoked == {"station/lobby"}
    assert box.mesh.requests[-1] == ("mutual", "DELETE", "/.well-known/est/membership")


def test_said_twice_because_the_answer_was_lost() -> None:
    box = Leaver()

    async def story() -> None:
        await box.go()
        await box.leave()

    virtual_time.run(story())
    assert box.mesh.revoked == {"station/lobby"}


def test_the_answer_is_cut_off_with_the_one_who_was_revoked() -> None:
    box, heard = Leaver(), list[str]()

    def cut(_trust: str, method: str, _path: str) -> None:
        if method == "DELETE" and not heard:
            heard.append(method)
            box.mesh.revoked.add("station/lobby")
            raise MeshUnreachableError("the mesh closed the connection")

    box.mesh.before = cut
    virtual_time.run(box.go())
    assert heard == ["DELETE"]
    assert [method for _trust, method, _path in box.mesh.requests].count("DELETE") == 2


def test_a_mesh_that_is_away_or_refuses_is_told_of() -> None:
    async def away(box: Leaver) -> None:
        box.on_code = box.mesh.approve
        await box.pair()
        box.mesh.away = True
        await box.leave()

    with pytest.raises(MeshUnreachableError):
        virtual_time.run(away(Leaver()))
    box = Leaver()
    box.mesh.before = lambda _trust, method, _path: problem(503, "store-failed") if method == "DELETE" else None
    with pytest.raises(MeshError, match="store-failed"):
        virtual_time.run(box.go())


def test_an_answer_that_is_none_is_not_taken_for_one() -> None:
    box = Leaver()
    box.mesh.before = lambda _trust, method, _path: Answer(Reply(200, "", b"")) if method == "DELETE" else None
    with pytest.raises(Exception, match="without a problem document"):
        virtual_time.run(box.go())
