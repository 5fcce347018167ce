"""Seven ways in which some key part is missing, with the real station: refused, the part named, nothing fetched; and
where the parts come back, the job prints."""

from collections.abc import Awaitable, Callable
from itertools import combinations

import pytest

from hal.sim.commands_office import Part
from hal.sim.virtual_time import run
from hal.sim.words import parse
from tests.support.mesh_admin import AdminDouble
from tests.support.mesh_site import BADGE, MemorySite
from tools.bench.site import PEOPLE, Setting
from tools.bench.world import World
from tools.edgemesh.interface.api import Api
from tools.edgemesh.interface.exchange import Reply, Request

Way = Callable[[str], Awaitable[None]]
SEVEN = [subset for count in (1, 2, 3) for subset in combinations(Part, count)]


class Heard:
    """The mesh's interface, with a note of each request and its answer."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.told: list[tuple[str, str, Reply]] = []

    @property
    def roles(self) -> object:
        return self._api.roles

    async def handle(self, request: Request) -> Reply:
        reply = await self._api.handle(request)
        self.told.append((request.method, request.path, reply))
        return reply

    def releases(self) -> list[Reply]:
        return [reply for method, path, reply in self.told if method == "POST" and path.endswith("/releases")]

    def bodies(self) -> list[Reply]:
        return [reply for method, path, reply in self.told if method == "GET" and path.endswith("/body")]


async def say(world: World, *lines: str) -> list[str]:
    """Do each; what the station told."""
    return [text for line in lines for text in (await world.do(parse(line))).journal]


def test_there_are_seven_ways() -> None:
    assert len(SEVEN) == len(set(SEVEN)) == 7
    assert {part for subset in SEVEN for part in subset} == {Part.JOB, Part.NODE, Part.ORG}


@pytest.mark.parametrize("missing", SEVEN, ids="+".join)
def test_nothing_is_fetched_and_what_comes_back_prints(missing: tuple[Part, ...]) -> None:
    async def story() -> None:
        world = World(setting=Setting(auto_release=False))
        await world.begin()
        heard = world.site.mesh.api = Heard(world.site.mesh.api)  # type: ignore[assignment]
        assert isinstance(heard, Heard)
        tap = f"tap {PEOPLE['ada']}"
        await say(world, "submit 1 page as ada", tap)
        for part in missing:
            world.site.withdraw(part)
        told = await say(world, "choose 1", "wait 5s")
        (refused,) = heard.releases()
        assert refused.status in (403, 410), told
        assert refused.json is not None
        named = str(refused.json["part"])
        assert named in missing
        outcome = "gone: shredded" if Part.JOB in missing else "held: part-withdrawn"
        assert f"delivery 1 {outcome} ({named} part)" in told
        assert refused.json["code"] == ("shredded" if Part.JOB in missing else "part-withdrawn")
        assert (heard.bodies(), world.printer.sheets(), world.printer.deliveries) == ([], [], [])
        for part in missing:
            world.site.restore(part)
        told = await say(world, "log out", tap, "choose 1", "wait 10s")
        assert "delivery 2 printed" in told
        assert len(heard.bodies()) == 1
        assert len(world.printer.sheets()) == 1
        await world.aclose()

    run(story())


@pytest.mark.parametrize("missing", SEVEN, ids="+".join)
def test_what_an_administrator_takes_away(missing: tuple[Part, ...]) -> None:
    """By the administrator's own routes, two of which are for ever: no other order, time or part opens the job."""

    async def story() -> None:
        site = MemorySite()
        admin = AdminDouble.of(site)
        job = await site.client.submit(b"document")
        (await site.station.tap(BADGE)).expect(201)
        grant = (await site.station.ask(job)).expect(201)
        (await site.station.report(grant, 1, "stopped")).expect(200)
        ways: dict[Part, Way] = {Part.JOB: admin.shred, Part.NODE: admin.drop, Part.ORG: admin.suspend}
        for part in missing:
            await ways[part](job)
        status, code, named = (await site.station.ask(job)).refusal
        assert (status, code) in ((403, "part-withdrawn"), (410, "shredded"))
        assert named in missing
        assert (await site.station.fetch(grant)).status >= 400  # nor with the release from before
        if missing == (Part.ORG,):
            await admin.resume()
            _, document, _ = await site.station.print(job)
            assert document == b"document"

    run(story())
