"""A station that tries badge numbers out is slowed down; people in front of a reader are not."""

from hal.sim.virtual_time import run
from tests.support.mesh_site import BADGE, MemorySite
from tools.edgemesh.people.guesses import (
    DAY_SECONDS,
    FIRST_LOCK_SECONDS,
    FORGIVEN_SECONDS,
    MAX_UNKNOWN,
    WINDOW_SECONDS,
)

UNKNOWN, LOCKED = "badge-unknown", "locked-out"


async def guess(site: MemorySite, times: int) -> list[str]:
    return [(await site.station.tap(f"0000{number}")).code for number in range(times)]


async def wait_of_lock(site: MemorySite) -> int:
    """Seconds until the station is listened to again."""
    waited = 0
    while (await site.station.tap("0000")).code == LOCKED:
        await site.clock.sleep(1)
        waited += 1
    return waited


def test_ten_unknown_badges_lock_the_station_and_no_other() -> None:
    async def story() -> None:
        site = MemorySite()
        assert await guess(site, MAX_UNKNOWN + 1) == [UNKNOWN] * MAX_UNKNOWN + [LOCKED]
        right = await site.station.tap(BADGE)
        assert right.refusal == (423, LOCKED, "")
        assert "station" in right.json["detail"]
        (await site.new_station("station-2").tap(BADGE)).expect(201)
        await site.clock.sleep(FIRST_LOCK_SECONDS)
        (await site.station.tap(BADGE)).expect(201)
        assert await guess(site, 2) == [UNKNOWN, LOCKED]  # a good badge forgives nothing
        await site.clock.sleep(FORGIVEN_SECONDS)
        assert await guess(site, MAX_UNKNOWN) == [UNKNOWN] * MAX_UNKNOWN

    run(story())


def test_each_lock_is_longer_up_to_a_minute() -> None:
    async def story() -> None:
        site = MemorySite()
        await guess(site, MAX_UNKNOWN)
        assert [await wait_of_lock(site) for _ in range(4)] == [5, 10, 20, 40]
        waits = []
        for _ in range(2):  # the window is empty after a minute
            await site.clock.sleep(WINDOW_SECONDS + 1)
            await guess(site, MAX_UNKNOWN)
            waits.append(await wait_of_lock(site))
        assert waits == [60, 60]
        await site.clock.sleep(FORGIVEN_SECONDS + 1)
        await guess(site, MAX_UNKNOWN)
        assert await wait_of_lock(site) == FIRST_LOCK_SECONDS

    run(story())


def test_now_and_then_an_unknown_badge_locks_nothing() -> None:
    async def story() -> None:
        site = MemorySite()
        for _ in range(3 * MAX_UNKNOWN):
            assert await guess(site, 1) == [UNKNOWN]
            await site.clock.sleep(WINDOW_SECONDS / (MAX_UNKNOWN - 2))

    run(story(), timeout=3600)


def test_a_shift_at_a_busy_station_with_some_unknown_cards_is_never_locked() -> None:
    async def story() -> None:
        site = MemorySite()
        for tap in range(8 * 3600 // 6):  # ten a minute, eight hours long, one in twenty of somebody new
            if tap % 20 == 7:
                assert await guess(site, 1) == [UNKNOWN]
            else:
                (await site.station.tap(BADGE)).expect(201)
            await site.clock.sleep(6)

    run(story(), timeout=9 * 3600)


def test_nine_unknown_badges_and_a_good_one_over_and_over_come_to_an_end() -> None:
    async def story() -> None:
        site, tried, end = MemorySite(), [0, 0], DAY_SECONDS
        for day in range(2):
            while site.clock.monotonic() < end:
                for _ in range(MAX_UNKNOWN - 1):
                    tried[day] += (await site.station.tap("0000")).code == UNKNOWN
                await site.station.tap(BADGE)
                await site.clock.sleep(WINDOW_SECONDS + 1)
            end += DAY_SECONDS
        assert all(300 <= count <= 400 for count in tried)

    run(story(), timeout=3 * DAY_SECONDS)
