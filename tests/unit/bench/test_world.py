"""The world of a station: every command does what it says, and what is secret stays where it belongs."""

import re
from collections.abc import Awaitable, Callable

import pytest

from hal.sim import virtual_time
from hal.sim.words import parse
from tools.bench.site import Setting
from tools.bench.trace import Of
from tools.bench.world import Happened, World
from tools.edgemesh.storage.records import Phase


def living(main: Callable[[World], Awaitable[None]], setting: Setting | None = None) -> None:
    async def whole() -> None:
        world = World(1, setting)
        await world.begin()
        await main(world)
        await world.aclose()

    virtual_time.run(whole())


async def do(world: World, *words: str) -> Happened:
    for line in words:
        happened = await world.do(parse(line))
    return happened


def test_a_document_comes_out_byte_for_byte() -> None:
    async def main(world: World) -> None:
        happened = await do(world, "submit 2 pages as ada", "tap 04a1b2c3", "wait 10s")
        assert (happened.sheets, happened.held, happened.unknown, happened.printed) == (2, 0, 0, 1)
        (delivery,) = world.printer.deliveries
        (document,) = world.client.documents.values()
        assert bytes(delivery.data) == document.content

    living(main)


def test_time_passes_until_the_station_has_nothing_to_tell_and_no_longer() -> None:
    async def main(world: World) -> None:
        at = world.clock.monotonic()
        await do(world, "paper in")
        assert world.clock.monotonic() == at + 1
        await do(world, "wait 31s")
        assert world.clock.monotonic() == at + 32
        await do(world, "tap 04ffffff")
        assert at + 33 < world.clock.monotonic() < at + 33.1

    living(main)


@pytest.mark.parametrize("part", ["node", "org"])
def test_nothing_is_fetched_without_every_part(part: str) -> None:
    async def main(world: World) -> None:
        await do(
            world, "submit 1 page as ada", f"withdraw {part} part", "tap 04a1b2c3", "kill mesh", "start mesh", "wait 1m"
        )
        assert (world.network.bodies_sent, world.printer.deliveries) == (0, [])
        happened = await do(world, f"restore {part} part", "tap 04a1b2c3", "wait 10s")
        assert (happened.printed, happened.sheets, world.network.bodies_sent) == (1, 1, 1)

    living(main)


def test_a_body_that_broke_off_is_taken_up_again() -> None:
    async def main(world: World) -> None:
        happened = await do(world, "submit 12 pages as ada", "mesh cuts after 1200000 bytes", "tap 04a1b2c3", "wait 1m")
        assert (happened.printed, world.network.bodies_sent, len(world.printer.deliveries)) == (1, 2, 1)

    living(main)


def test_plaintext_people_and_badges_are_in_no_journal_on_no_disk_and_in_no_store() -> None:
    async def main(world: World) -> None:
        await do(
            world, "submit 1 page as yvonne", "submit 1 page as yvonne", "tap 04a1b2c3", "wait 1s", "jam", "wait 1m"
        )
        told = "\n".join(world.trace.texts(Of.JOURNAL))
        written = b"".join([*world.box.storage.ever_written, *world.site.mesh.bodies["node-1"].bodies.values()])
        for secret in ("yvonne", "04a1b2c3", "plain-", "/Type /Page"):
            assert secret not in told
            assert secret.encode() not in written
        assert not re.search(r"[0-9a-f]{8}", told)  # ids are chance, and a story could not be told twice

    living(main, Setting({"yvonne": "04a1b2c3"}))


def test_a_killed_station_does_nothing_and_a_new_one_knows_what_it_wrote() -> None:
    async def main(world: World) -> None:
        happened = await do(world, "submit 3 pages as ada", "tap 04a1b2c3", "kill station", "wait 1m", "tap 04a1b2c3")
        assert (happened.journal, happened.shows, world.life) == ((), (), None)
        happened = await do(world, "start station", "wait 10s")
        assert (happened.printed, happened.sheets, len(world.printer.deliveries)) == (1, 3, 1)

    living(main)


def test_a_station_that_cannot_start_says_why() -> None:
    async def main(world: World) -> None:
        await do(world, "kill station")
        world.box.keys.destroy("identity.key")
        happened = await do(world, "start station")
        assert happened.remarks == ("the station did not start: key-missing",)

    living(main)


def test_the_power_may_go_in_the_middle_of_a_write() -> None:
    async def main(world: World) -> None:
        await do(world, "submit 1 page as ada")
        world.box.storage.cut_power_in(2)
        happened = await do(world, "tap 04a1b2c3")
        assert happened.remarks == ("the station lost its power",)
        happened = await do(world, "start station", "wait 2m", "tap 04a1b2c3", "wait 10s")
        assert (happened.printed, happened.sheets) == (1, 1)

    living(main)


def test_what_the_mesh_does_not_take() -> None:
    async def main(world: World) -> None:
        assert (await do(world, "submit 1 page as mallory")).remarks == ("not submitted: manifest-owner",)
        assert (await do(world, "withdraw org part", "submit 1 page as ada")).remarks == (
            "not submitted: part-withdrawn",
        )
        assert (await do(world, "kill mesh", "submit 1 page as ada")).remarks == (
            "not submitted: the mesh is not running",
        )
        assert not world.client.documents

    living(main)


def test_what_cannot_be_done_is_remarked_and_nothing_happens() -> None:
    async def main(world: World) -> None:
        for words, remark in (
            ("withdraw node part", "there is no held job to withdraw a part of"),
            ("restore node part", "the node part is not withdrawn"),
            ("revoke user mallory", "there is no such person"),
            ("choose 1", "there is no list to choose from"),
        ):
            happened = await do(world, words)
            assert (happened.remarks, happened.journal) == ((remark,), ())
        happened = await do(world, "submit 1 page as ada", "tap 04a1b2c3", "choose 2")
        assert happened.remarks == ("the list ends at 1",)
        assert world.site.states().popitem()[1].phase is Phase.HELD

    living(main, Setting(auto_release=False))


def test_a_revoked_node_gives_its_part_no_more() -> None:
    async def main(world: World) -> None:
        happened = await do(world, "submit 1 page as ada", "revoke node", "tap 04a1b2c3", "choose 1", "wait 5s")
        assert world.site.states().popitem()[1].phase is Phase.HELD
        assert not [line for line in happened.lines if line.of is Of.PAPER]

    living(main, Setting(auto_release=False))


def test_paper_is_told_at_the_time_it_came_out() -> None:
    async def main(world: World) -> None:
        happened = await do(world, "submit 2 pages as ada", "tap 04a1b2c3", "wait 10s")
        pages = [line for line in happened.lines if line.of is Of.PAPER]
        assert [line.text for line in pages] == ["page 1 of job 1 (ada)", "page 2 of job 1 (ada)"]
        assert (pages[1].at - pages[0].at).total_seconds() == pytest.approx(2)
        assert list(happened.lines) == sorted(happened.lines, key=lambda line: line.at)

    living(main)
