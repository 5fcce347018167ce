"""The whole station for who sees nothing, and for who is in a hurry: a keypad and a voice carry the whole flow, and
each read is answered at once, whatever the network does."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from firmware.panel.glance import GLANCE_SECONDS
from hal.board import Board
from hal.ports.buttons import Button
from hal.ports.indicator import Signal
from hal.sim import virtual_time
from hal.sim.board import SimBoard
from hal.sim.buttons import SimButtons
from hal.sim.clock import VirtualClock
from hal.sim.voice import SimVoice
from hal.sim.words import parse
from tools.bench.site import Setting
from tools.bench.world import World

ADA = "04a1b2c3"
AT_ONCE = 0.1
"""Seconds."""


def living(main: Callable[[World], Awaitable[None]], setting: Setting | None = None) -> None:
    async def whole() -> None:
        world = World(1, setting or Setting())
        await world.begin()
        await main(world)
        await world.aclose()

    virtual_time.run(whole())


async def did(world: World, *deeds: str) -> None:
    for deed in deeds:
        await world.do(parse(deed))


@pytest.mark.parametrize(
    ("network", "signal"),
    [("slow mesh 5s", Signal.READING), ("slow mesh 30s", Signal.READING), ("cut network", Signal.NOT_CONNECTED)],
)
def test_a_read_is_seen_and_heard_within_a_tenth_of_a_second_whatever_the_network_does(
    network: str, signal: Signal
) -> None:
    async def main(world: World) -> None:
        await did(world, "submit 1 page as ada", network)
        indicator = world.box.indicator
        before = len(indicator.shown)
        world.box.reader.tap(ADA)
        await world.clock.sleep(AT_ONCE)
        assert indicator.acknowledged == [True]
        assert world.box.reader.said == [True]
        assert indicator.shown[before:]
        assert indicator.lit is signal
        assert Signal.GOOD not in indicator.shown

    living(main)


def test_a_bad_read_is_answered_as_soon_and_never_as_good() -> None:
    async def main(world: World) -> None:
        await did(world, "slow mesh 5s")
        world.box.reader.tear()
        await world.clock.sleep(AT_ONCE)
        assert world.box.indicator.acknowledged == [False]
        assert Signal.GOOD not in world.box.indicator.shown

    living(main)


class ByEar:
    """A keypad and a voice at the simulated box."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.buttons = SimButtons(VirtualClock())
        self.voice = SimVoice()
        plain = SimBoard.board

        def board(box: SimBoard) -> Board:  # type: ignore[type-arg]  # of any printer
            return replace(plain(box), buttons=(self.buttons,), voice=self.voice)

        monkeypatch.setattr(SimBoard, "board", board)

    async def press(self, world: World, *buttons: Button) -> str:
        """What is said then."""
        for button in buttons:
            self.buttons.press(button)
            await world.clock.sleep(2 * GLANCE_SECONDS)
        return self.voice.said[-1]


def test_two_of_three_jobs_are_chosen_and_printed_by_ear_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = ByEar(monkeypatch)

    async def main(world: World) -> None:
        await did(world, *["submit 1 page as ada"] * 3)
        assert ear.voice.said[-1] == "Hold your badge to the reader."
        await did(world, f"tap {ADA}", "wait 1s")
        assert ear.voice.said[-1].startswith("3 documents. Press OK to print all.")
        assert (await ear.press(world, Button.NEXT, Button.NEXT)).startswith("Document 2 of 3.")
        assert "It is not chosen." in await ear.press(world, Button.OK)
        assert (await ear.press(world, Button.CANCEL)).startswith("2 of 3 documents are chosen.")
        await ear.press(world, Button.OK)
        await did(world, "wait 40s")
        assert any(said.startswith("Done. Take your pages with you.") for said in ear.voice.said)
        assert len(world.printer.sheets()) == 2

    living(main, Setting(auto_release=False))


def test_a_pin_is_typed_on_the_keypad_and_no_digit_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = ByEar(monkeypatch)

    async def main(world: World) -> None:
        await did(world, "set pin 471108 for ada", "submit 1 page as ada", f"tap {ADA}", "wait 1s")
        assert ear.voice.said[-1] == "Type your PIN, then press OK."
        await ear.press(world, *map(Button, "471108"))
        assert ear.voice.said[-1].startswith("6 digits typed.")
        await ear.press(world, Button.OK)
        await did(world, "wait 30s")
        assert len(world.printer.sheets()) == 1
        assert "471108" not in " ".join(ear.voice.said)

    living(main, Setting(factors=("card", "pin")))


def test_cancel_logs_out_and_the_next_one_is_told_to_tap(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = ByEar(monkeypatch)

    async def main(world: World) -> None:
        await did(world, "submit 1 page as ada", f"tap {ADA}", "wait 1s")
        await ear.press(world, Button.CANCEL)
        await did(world, "wait 5s")
        assert ear.voice.said[-1] == "Hold your badge to the reader."
        assert len(world.printer.sheets()) == 0

    living(main, Setting(auto_release=False))


def test_by_digits_alone_one_is_deleted_one_is_kept_and_the_visit_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = ByEar(monkeypatch)

    async def main(world: World) -> None:
        await did(world, *["submit 1 page as ada"] * 2, f"tap {ADA}", "wait 1s")
        assert (await ear.press(world, Button("2"))).startswith("Document 2 of 2. 1 page. It is not chosen.")
        assert "9: delete what is chosen." in await ear.press(world, Button("0"))
        assert (await ear.press(world, Button("9"))).startswith("Delete 1 document?")
        assert (await ear.press(world, Button("1"))).startswith("1 document. Nothing is chosen.")
        assert (await ear.press(world, Button("1"))).startswith("Document 1 of 1. 1 page. It is chosen.")
        said = await ear.press(world, *map(Button, "05"))
        assert said.startswith("5: keep them here after printing. That is on.")
        await ear.press(world, Button.OK)
        await did(world, "wait 40s", f"tap {ADA}", "wait 1s")
        assert len(world.printer.sheets()) == 1
        assert ear.voice.said[-1].startswith("1 document. Press OK to print all.")
        await ear.press(world, *map(Button, "00"))
        await did(world, "wait 5s")
        assert ear.voice.said[-1] == "Hold your badge to the reader."

    living(main, Setting(auto_release=False))


def test_a_new_badge_is_made_known_by_the_digits_of_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    ear = ByEar(monkeypatch)

    async def main(world: World) -> None:
        await did(world, "submit 1 page as ada", "issue code for ada", "tap 0499887766", "wait 1s")
        assert ear.voice.said[-1].startswith("This badge is new here. Type the code that you were given")
        code = world.site.code("ada")
        await ear.press(world, *map(Button, code))
        assert ear.voice.said[-1].startswith(f"{len(code)} digits typed.")
        await ear.press(world, Button.OK)
        await did(world, "wait 2s")
        assert ear.voice.said[-1].startswith("1 document. Press OK to print all.")
        assert code not in " ".join(ear.voice.said)

    living(main, Setting(association="code", auto_release=False))
