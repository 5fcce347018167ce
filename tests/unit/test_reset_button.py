"""The button that is held for a factory reset: for how long, what is told meanwhile, and what resets no box."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.reset_button import MISCONFIGURED_SECONDS, RETRY_SECONDS, ResetButton
from firmware.resetting import FactoryReset
from hal.ports.errors import DeviceBusyError, DeviceConfigError, StorageError
from hal.sim import virtual_time
from hal.sim.push_button import SimPushButton
from tests.unit.test_resetting import Resetting

HELD = "the reset button is held: in 7 s all that this box keeps is destroyed; let go to keep it"
SPARED = "the reset button was let go: nothing was changed"
BEGUN = ["the reset button was held for 10 s: factory reset", "factory reset: the mesh knows"]


class Held(Resetting):
    """A box with a button, and a finger."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.finger = SimPushButton(self.clock)
        self.asked = 0
        self.button = ResetButton(self.finger, self.counted, self.clock, self.box.indicator, self.lines.append)

    def counted(self) -> FactoryReset:
        self.asked += 1
        return self.reset()

    @property
    def beeps(self) -> int:
        return len(self.box.indicator.acknowledged)

    def play(self, told: Callable[[], Awaitable[object]]) -> None:
        """What somebody does while the duty runs, and half a minute more."""

        async def story() -> None:
            duty = asyncio.create_task(self.button.keep_on())
            await asyncio.sleep(1)
            await told()
            await asyncio.sleep(30)
            assert not duty.done()
            assert not self.button.is_held
            duty.cancel()
            await asyncio.gather(duty, return_exceptions=True)
            assert asyncio.all_tasks() == {asyncio.current_task()}

        virtual_time.run(story())


@pytest.fixture
def box(tmp_path: Path) -> Held:
    return Held(tmp_path)


@pytest.mark.parametrize(("seconds", "beeps"), [(0.05, 0), (2.9, 0), (3.5, 1), (9.5, 7), (9.9, 7)])
def test_what_is_let_go_in_time_changes_nothing(box: Held, seconds: float, beeps: int) -> None:
    box.play(lambda: box.finger.hold(seconds))
    assert box.lines == ([HELD, SPARED] if beeps else [])
    assert box.box.indicator.acknowledged == beeps * [False]
    assert not box.wish.exists()


@pytest.mark.parametrize("seconds", [10, 10.1, 10.5, 600])
def test_ten_seconds_are_enough(box: Held, seconds: float) -> None:
    box.play(lambda: box.finger.hold(seconds))
    assert box.wish.exists()
    assert box.lines == [HELD, *BEGUN]
    assert box.asked == 1


def test_the_mesh_of_a_paired_box_hears_it(box: Held) -> None:
    box.join(type_at=5)
    box.lines.clear()
    box.play(lambda: box.finger.hold(11))
    assert box.mesh.revoked == {"station/lobby"}
    assert box.lines == [HELD, *BEGUN]


def test_a_button_that_is_stuck_resets_no_box_and_works_once_it_is_free(box: Held) -> None:
    box.finger.push(down=True)

    async def told() -> None:
        await asyncio.sleep(3600)
        assert (box.lines, box.beeps) == ([], 0)
        box.finger.push(down=False)
        await asyncio.sleep(60)
        assert not box.wish.exists()
        await box.finger.hold(11)

    box.play(told)
    assert box.wish.exists()


def test_a_contact_that_chatters_is_counted_from_its_last_touch(box: Held) -> None:
    async def told() -> None:
        for _ in range(20):
            await box.finger.hold(0.04)
            await asyncio.sleep(0.04)
        await box.finger.hold(9.9)
        await asyncio.sleep(0.04)
        await box.finger.hold(9.9)

    box.play(told)
    assert box.lines == [HELD, SPARED] * 2
    assert not box.wish.exists()


def test_what_was_let_go_in_time_and_heard_late_is_let_go(box: Held) -> None:
    async def told() -> None:
        box.finger.push(down=True)
        await asyncio.sleep(9.95)
        box.finger.push(down=False, late=0.2)

    box.play(told)
    assert box.lines == [HELD, SPARED]


def test_lost_while_it_is_held_is_let_go_and_told_once(box: Held) -> None:
    async def told() -> None:
        box.finger.push(down=True)
        await asyncio.sleep(5)
        box.finger.unplug()
        await asyncio.sleep(600)
        box.finger.plug()
        await asyncio.sleep(600)
        assert not box.wish.exists()
        box.finger.push(down=False)
        await box.finger.hold(11)

    box.play(told)
    lost = "the reset button does not work: device-lost: push-button: unplugged"
    assert box.lines == [HELD, lost, HELD, *BEGUN]


def test_a_button_that_worked_in_between_is_told_of_again(box: Held) -> None:
    async def told() -> None:
        for _ in range(2):
            box.finger.unplug()
            await asyncio.sleep(60)
            box.finger.plug()
            await asyncio.sleep(2 * RETRY_SECONDS)
            await box.finger.hold(1)

    box.play(told)
    assert box.lines == ["the reset button does not work: device-lost: push-button: unplugged"] * 2


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [(DeviceBusyError("gpio", "x"), RETRY_SECONDS), (DeviceConfigError("gpio", "x"), MISCONFIGURED_SECONDS)],
)
def test_one_that_cannot_be_had_is_tried_with_a_pause(
    box: Held, failure: DeviceBusyError | DeviceConfigError, seconds: float
) -> None:
    box.finger.fail(failure)

    async def told() -> None:
        box.finger.tries = 0
        await asyncio.sleep(100 * seconds)
        assert 99 <= box.finger.tries <= 101
        box.finger.plug()
        await asyncio.sleep(2 * seconds)
        await box.finger.hold(11)

    box.play(told)
    assert box.lines == [f"the reset button does not work: {failure}", HELD, *BEGUN]


def test_a_reset_that_cannot_be_is_told_and_the_next_hold_tries_again(box: Held, tmp_path: Path) -> None:
    box.config = replace(box.config, reset=str(tmp_path / "nowhere" / "wish"))

    async def told() -> None:
        await box.finger.hold(60)
        assert box.lines[-1].startswith("no factory reset: reset-failed: ")
        assert box.lines[-1].endswith("; hold the button again to try again")
        assert box.asked == 1
        box.config = replace(box.config, reset=str(box.wish))
        await box.finger.hold(11)

    box.play(told)
    assert box.asked == 2
    assert box.wish.exists()


def test_a_storage_that_fails_is_no_end_of_the_button(box: Held) -> None:
    def broken() -> FactoryReset:
        raise StorageError("storage", "worn out")

    box.button = ResetButton(box.finger, broken, box.clock, box.box.indicator, box.lines.append)
    box.play(lambda: box.finger.hold(11))
    assert "storage" in box.lines[-1]
    assert box.lines[-1].startswith("no factory reset: ")


def test_it_is_begun_once(box: Held) -> None:
    async def told() -> None:
        for _ in range(3):
            await box.finger.hold(11)
            await asyncio.sleep(5)

    box.play(told)
    assert box.asked == 1


def test_a_press_that_is_heard_late_counts_from_then_lest_nobody_was_warned(box: Held) -> None:
    async def told() -> None:
        box.finger.push(down=True, late=20)
        await asyncio.sleep(29)
        assert not box.wish.exists()
        box.finger.push(down=False)

    box.play(told)
    assert box.lines == [HELD, SPARED]


def test_a_process_that_ends_has_begun_nothing(box: Held) -> None:
    async def story() -> None:
        duty = asyncio.create_task(box.button.keep_on())
        await asyncio.sleep(1)
        box.finger.push(down=True)
        await asyncio.sleep(9.5)
        assert box.button.is_held
        duty.cancel()
        await asyncio.gather(duty, return_exceptions=True)
        assert not box.button.is_held
        await box.button.aclose()
        await asyncio.sleep(30)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual_time.run(story())
    assert box.lines == [HELD]
    assert not box.wish.exists()
