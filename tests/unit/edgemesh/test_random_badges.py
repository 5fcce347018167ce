"""Numbers that a badge makes up at each tap are nobody's: refused wherever a badge could become somebody's."""

from pathlib import Path

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_admin import AdminDouble
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh import bootstrap
from tools.edgemesh.bootstrap import make_mesh
from tools.edgemesh.interface.problems import Problem

RANDOM = "08A1B2C3"
LONGER = "08A1B2C3D4E5F6"


def test_an_administrator_cannot_give_such_a_badge() -> None:
    async def story() -> None:
        site = MemorySite()
        admin = AdminDouble.of(site)
        for move in (False, True):
            answer = await admin.post("/v1/admin/badges", {"number": RANDOM, "user": "ada", "move": move})
            assert answer.refusal == (422, "badge-random", "")
        (await admin.post("/v1/admin/badges", {"number": LONGER, "user": "ada"})).expect(201)

    run(story())


def test_nor_is_it_written_into_a_mesh_that_does_not_run(tmp_path: Path) -> None:
    made = make_mesh(tmp_path, "acme.example", badge=BADGE)
    with pytest.raises(Problem, match="badge-random") as caught:
        bootstrap.give_badge(made.site, RANDOM, made.user)
    assert RANDOM not in str(caught.value)
    bootstrap.give_badge(made.site, LONGER, made.user)


@pytest.mark.parametrize("number", [RANDOM, "08a1b2c3", " 08a1B2C3 "])
def test_a_tap_of_one_is_told_so_also_where_nobody_could_make_it_theirs(number: str) -> None:
    async def story() -> None:
        assert (await MemorySite().station.tap(number)).refusal == (422, "badge-random", "")

    run(story())
