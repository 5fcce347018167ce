"""The panel by keypad and voice alone: what is said after what, and devices that fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

from firmware.core.signs import Notice
from firmware.panel.glance import GLANCE_SECONDS
from firmware.panel.handsfree import Handsfree
from firmware.panel.speech import EnglishOnly
from firmware.panel.view import Progress, Said, Screen, View
from hal.ports.buttons import Button
from hal.sim.buttons import SimButtons
from hal.sim.clock import VirtualClock
from hal.sim.virtual_time import run
from hal.sim.voice import SimVoice
from tests.unit.panel.recorded_desk import LIST, RecordedDesk


class WatchedDesk(RecordedDesk):
    """One whose view is shown."""

    def __init__(self, view: View) -> None:
        super().__init__(view)
        self._changed = asyncio.Event()

    def show(self, view: View) -> None:
        self.view = view
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def views(self) -> AsyncIterator[View]:
        while True:
            changed, view = self._changed, self.view
            yield view
            if view is self.view:
                await changed.wait()


class Rig:
    """A desk with a keypad and a voice, for as long as a story lasts."""

    def __init__(self, view: View, *, voice: bool = True) -> None:
        self.desk = WatchedDesk(view)
        self.clock = VirtualClock()
        self.voice = SimVoice()
        self.buttons = SimButtons(self.clock)
        self.handsfree = Handsfree(self.desk, EnglishOnly(), self.clock, self.voice if voice else None)

    async def shown(self, view: View) -> None:
        self.desk.show(view)
        await asyncio.sleep(0.01)

    async def pressed(self, *buttons: Button) -> None:
        await asyncio.sleep(GLANCE_SECONDS)
        await self.hurried(*buttons)

    async def hurried(self, *buttons: Button) -> None:
        """At once, whatever has just been shown."""
        self.buttons.press(*buttons)
        await asyncio.sleep(0.01)


def story(view: View, told: Callable[[Rig], Awaitable[None]], *, voice: bool = True) -> Rig:
    async def main() -> Rig:
        rig = Rig(view, voice=voice)
        duties = [asyncio.create_task(duty) for duty in (rig.handsfree.speak(), rig.handsfree.listen(rig.buttons))]
        await asyncio.sleep(0.01)
        await told(rig)
        assert not any(duty.done() for duty in duties)
        for duty in duties:
            duty.cancel()
        await asyncio.gather(*duties, return_exceptions=True)
        return rig

    return run(main())


def test_a_whole_visit_by_ear() -> None:
    async def told(rig: Rig) -> None:
        await rig.shown(View(Screen.READING, visit=7))
        await rig.shown(LIST)
        await rig.pressed(Button.NEXT)
        await rig.pressed(Button.CANCEL)
        await rig.pressed(Button.OK)
        await rig.shown(View(Screen.PRINTING, visit=7, progress=Progress(True)))
        for page in range(1, 4):
            await rig.shown(View(Screen.PRINTING, visit=7, progress=Progress(True, page=page, pages=3)))
        await rig.shown(View(Screen.READY, said=Said(Notice.DONE)))

    rig = story(View(Screen.READY), told)
    listed = (
        "2 of 3 documents are chosen. Press OK to print what is chosen. "
        "Press the number of a document, or next, to choose. Press 0 to delete, to save paper, and for more. "
        "Press cancel to log out."
    )
    assert rig.voice.said == [
        "Hold your badge to the reader.",
        listed,
        "Document 1 of 3. It is chosen. Press OK to leave it out. Press cancel to go back and print.",
        listed,
        listed,
        "Printing. Press 9 or cancel to stop. Press 0 to log out; printing goes on.",
        "Done. Take your pages with you. Hold your badge to the reader.",
    ]
    assert ("print", 7) in rig.desk.asked


def test_any_press_says_again_where_one_is() -> None:
    async def told(rig: Rig) -> None:
        await rig.pressed(Button.DIGIT_5)

    assert story(View(Screen.READY), told).voice.said == ["Hold your badge to the reader."] * 2


def test_the_end_of_a_visit_is_announced_in_time_and_once() -> None:
    limited = replace(LIST, deadline=60.0)

    async def told(rig: Rig) -> None:
        await rig.shown(limited)
        await asyncio.sleep(39)
        assert len(rig.voice.said) == 2
        await asyncio.sleep(20)
        assert rig.voice.said[2:] == ["20 seconds left. Press any key for more time."]
        await rig.shown(replace(limited, deadline=120.0))
        await asyncio.sleep(30)
        assert len(rig.voice.said) == 3
        await asyncio.sleep(15)
        assert rig.voice.said[3:] == ["20 seconds left. Press any key for more time."]

    story(View(Screen.READY), told)


def test_who_left_is_not_warned() -> None:
    async def told(rig: Rig) -> None:
        await rig.shown(replace(LIST, deadline=60.0))
        await rig.shown(View(Screen.READY))
        await asyncio.sleep(100)

    assert "seconds left" not in " ".join(story(View(Screen.READY), told).voice.said)


def test_a_keypad_that_is_pulled_out_works_again_when_it_is_back() -> None:
    async def told(rig: Rig) -> None:
        rig.buttons.unplug()
        await asyncio.sleep(30)
        rig.buttons.plug()
        await asyncio.sleep(2)
        await rig.pressed(Button.OK)
        assert rig.desk.asked == [("print", 7)]

    story(LIST, told)


def test_a_voice_that_fails_stops_no_press() -> None:
    async def told(rig: Rig) -> None:
        rig.voice.unplug()
        await rig.pressed(Button.OK)
        assert rig.desk.asked == [("print", 7)]

    story(LIST, told)


def test_buttons_work_without_a_voice() -> None:
    async def told(rig: Rig) -> None:
        await rig.pressed(Button.OK)
        assert rig.desk.asked == [("print", 7)]

    assert story(LIST, told, voice=False).voice.said == []


def test_the_first_steps_of_a_box_are_said_before_there_is_a_desk_and_its_code_to_who_asks() -> None:
    waiting = View(Screen.PAIRING, pairing_code="471108 000923")

    async def told(rig: Rig) -> None:
        rig.desk.is_open = False
        await rig.shown(waiting)
        await rig.pressed(Button.OK)
        await rig.pressed(Button.DIGIT_5)
        await rig.shown(View(Screen.OUT_OF_SERVICE))
        await rig.pressed(Button.OK)
        assert rig.desk.asked == []

    code = "The code for the administrator: 4. 7. 1. 1. 0. 8. 0. 0. 0. 9. 2. 3."
    gone = "Out of service. This station cannot print now."
    assert story(View(Screen.STARTING), told).voice.said == [
        "Starting. One moment.",
        "This station is not set up yet. Press any key to hear the code for the administrator.",
        code,
        code,
        gone,
        gone,
    ]
