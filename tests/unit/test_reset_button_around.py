"""The reset button around a station: before it is paired, and when it cannot serve."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.config import ConfigError
from firmware.frontage import FAREWELL_SECONDS, FAREWELL_TURNS, frontage
from firmware.service import reset_button
from hal.board import Board
from hal.ports.errors import DeviceLostError
from hal.sim import virtual_time
from hal.sim.push_button import SimPushButton
from tests.unit.test_resetting import Resetting

FAREWELL = FAREWELL_TURNS * FAREWELL_SECONDS


class Around(Resetting):
    """A box that nobody has paired, with a button and nothing else to work it by."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.finger = SimPushButton(self.clock)

    def write(self, line: str) -> None:
        self.lines.append(line)

    def board(self) -> Board:
        return replace(self.box.board(), reset_button=self.finger)

    def ends_after(self, wait: float, hold: float) -> float:
        """A station that cannot serve, and somebody who begins to hold the button so long after that is known: how long
        its process lasts from then on."""

        async def story() -> float:
            board = self.board()
            began = self.clock.monotonic()
            held = asyncio.ensure_future(self.later(wait, hold))
            with pytest.raises(ConfigError):
                async with frontage(board, self.config, self, reset_button(board, self.config, self)):
                    raise ConfigError("printer.uri is missing")
            ended = self.clock.monotonic() - began
            await held
            return ended

        return virtual_time.run(story())

    async def later(self, wait: float, hold: float) -> None:
        await self.clock.sleep(wait)
        await self.finger.hold(hold)


@pytest.fixture
def box(tmp_path: Path) -> Around:
    return Around(tmp_path)


def test_it_works_from_the_first_second_and_is_let_go_of_with_the_last(box: Around) -> None:
    async def story() -> None:
        board = box.board()
        async with frontage(board, box.config, box, reset_button(board, box.config, box)) as lobby:
            assert lobby is not None
            await box.later(1, 11)
            assert box.wish.exists()
        assert not (await box.finger.next_push()).down, "nobody listened any more"
        with pytest.raises(DeviceLostError):
            await box.finger.next_push()

    virtual_time.run(story())
    assert box.lines[-2:] == ["the reset button was held for 10 s: factory reset", "factory reset: the mesh knows"]


def test_a_station_that_cannot_serve_waits_for_whoever_holds_it(box: Around) -> None:
    assert FAREWELL + 5 < box.ends_after(12, 11) <= FAREWELL + 5 + FAREWELL_SECONDS
    assert box.wish.exists()


def test_and_for_nobody_who_let_go(box: Around) -> None:
    assert box.ends_after(12, 2) == FAREWELL
    assert not box.wish.exists()


def test_a_box_without_a_button_has_no_duty(box: Around) -> None:
    async def story() -> None:
        board = box.box.board()
        assert reset_button(board, box.config, box) is None
        async with frontage(board, box.config, box) as lobby:
            assert lobby is None
            assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual_time.run(story())
