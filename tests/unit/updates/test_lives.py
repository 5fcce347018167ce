"""Whole updates of a box in virtual time: when it is done, and what a person or the mesh changes about it."""

from firmware.updates.record import WISH
from firmware.updates.states import Phase
from hal.ports.installer import Slots
from hal.sim import virtual_time
from hal.sim.installer import COMPATIBLE
from tests.support.update_rig import HOUR, Box


def test_a_good_version_stays() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        record = await box.live()
        assert (record.phase, record.code, record.told) == (Phase.ENDED, "", True)
        assert (box.installer.running, await box.installer.slots()) == ("0.2.0", Slots("B", "B", COMPATIBLE))
        assert box.installer.asked == ["install", "trial", "good"]
        last = box.mesh.told[-1]
        assert (last.version, last.phase, last.code, last.slot) == ("0.2.0", "ended", "", "B")

    virtual_time.run(story())


def test_nothing_happens_before_the_quiet_hour() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        await box.live(HOUR - 60)
        assert box.installer.asked == []
        await box.live(HOUR)
        assert box.installer.asked == ["install", "trial", "good"]

    virtual_time.run(story())


def test_nothing_happens_before_the_time_is_known() -> None:
    async def story() -> None:
        box = Box()
        box.clock.known = False
        box.publish("0.2.0")
        await box.live()
        assert box.installer.asked == []

    virtual_time.run(story())


def test_somebody_who_is_here_is_not_disturbed() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.calm = False
        await box.live()
        assert box.installer.asked == []

    virtual_time.run(story())


def test_somebody_who_came_meanwhile_keeps_the_machine_from_starting_again() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.visited_at_an_installation()
        assert (await box.live()).phase is Phase.READY
        assert box.installer.asked == ["install"]
        box.calm = True
        assert (await box.live()).phase is Phase.ENDED
        assert box.installer.running == "0.2.0"

    virtual_time.run(story())


def test_a_person_need_not_wait_for_the_night() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.storage.replace(WISH, b"install")
        await box.live(600)
        assert box.installer.running == "0.2.0"
        assert box.storage.read(WISH) is None

    virtual_time.run(story())


def test_a_bundle_that_was_withdrawn_is_not_tried() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.visited_at_an_installation()
        await box.live(2 * HOUR)
        box.mesh.offered, box.calm = None, True
        assert (await box.live()).phase is Phase.READY
        assert box.installer.asked == ["install"]

    virtual_time.run(story())


def test_a_newer_bundle_takes_the_place_of_one_that_was_withdrawn() -> None:
    async def story() -> None:
        box = Box()
        box.publish("0.2.0")
        box.visited_at_an_installation()
        await box.live(2 * HOUR)
        box.publish("0.3.0")
        box.calm = True
        await box.live()
        assert box.installer.running == "0.3.0"

    virtual_time.run(story())
