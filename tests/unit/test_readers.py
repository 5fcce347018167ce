"""Readers as the core hears of them, and as the person at them hears."""

import asyncio
from collections.abc import Callable
from functools import partial

from firmware.core.events import BadgeRead, BadgeUnreadable, Event, ReaderChanged
from firmware.numbers import Numbers
from firmware.readers import MISCONFIGURED_SECONDS, ReaderWatch
from hal.ports.badge_reader import Reading
from hal.ports.errors import DeviceConfigError
from hal.sim.clock import VirtualClock
from hal.sim.reader import SimReader
from tests.support.duties import watched


def reader_story(*script: tuple[float, str]) -> list[Event]:
    reader = SimReader("front")
    words: dict[str, Callable[[], object]] = {
        "unplug": reader.unplug,
        "plug": reader.plug,
        "garble": reader.garble,
        "tear": reader.tear,
        "nonsense": lambda: reader.tap("#!"),
    }
    actions = [(at, words.get(word) or partial(reader.tap, word)) for at, word in script]
    return watched(lambda post: ReaderWatch(reader, VirtualClock(), Numbers().number, post).run(), *actions)


def test_a_tap_is_told_as_its_number() -> None:
    assert reader_story((1, "04A1B2C3"), (2, "04d4e5f6")) == [
        BadgeRead("front", "04a1b2c3"),
        BadgeRead("front", "04d4e5f6"),
    ]


def test_what_is_no_number_is_told_without_its_bytes() -> None:
    (told,) = reader_story((1, "nonsense"))
    assert told == BadgeUnreadable("front", "badge-unreadable")


def test_a_reader_comes_and_goes_and_each_is_told_once() -> None:
    told = reader_story((1, "unplug"), (60, "plug"), (70, "04a1b2c3"), (80, "unplug"), (300, "plug"))
    assert told == [
        ReaderChanged("front", False),
        ReaderChanged("front", True),
        BadgeRead("front", "04a1b2c3"),
        ReaderChanged("front", False),
        ReaderChanged("front", True),
    ]


def test_a_tap_right_after_plugging_is_not_lost() -> None:
    told = reader_story((1, "unplug"), (60, "plug"), (60.1, "04a1b2c3"))
    assert told[-1] == BadgeRead("front", "04a1b2c3")
    assert told.count(ReaderChanged("front", True)) == 1


def test_a_torn_read_is_told_too_for_the_person_still_stands_there() -> None:
    assert reader_story((1, "tear")) == [BadgeUnreadable("front", "read-torn")]


def test_a_good_read_is_acknowledged_at_once_and_a_bad_one_is_not_called_good() -> None:
    reader = SimReader("front")
    watched(
        lambda post: ReaderWatch(reader, VirtualClock(), Numbers().number, post).run(),
        (1, partial(reader.tap, "04a1b2c3")),
        (5, reader.garble),
        (9, partial(reader.tap, "#!")),
    )
    assert reader.said == [True, False, False]


def test_the_station_sounds_each_read_too_after_the_core_has_it() -> None:
    reader, heard = SimReader("front"), list[object]()
    watched(
        lambda _: ReaderWatch(
            reader, VirtualClock(), Numbers().number, heard.append, sound=lambda *, good: heard.append(good)
        ).run(),
        (1, partial(reader.tap, "04a1b2c3")),
        (5, reader.garble),
    )
    assert heard == [BadgeRead("front", "04a1b2c3"), True, BadgeUnreadable("front", "read-garbled"), False]


def test_however_long_it_was_gone_a_reader_reads_within_a_second_of_coming_back() -> None:
    """In life the tap would be lost while nobody listens; here, it is told when the reader is asked again."""
    reader, told = SimReader("front"), list[tuple[float, Event]]()

    def note(event: Event) -> None:
        told.append((asyncio.get_running_loop().time(), event))

    watched(
        lambda _: ReaderWatch(reader, VirtualClock(), Numbers().number, note).run(),
        (1, reader.unplug),
        (300, reader.plug),
        (300.01, partial(reader.tap, "04a1b2c3")),
    )
    assert [event for _, event in told[1:]] == [ReaderChanged("front", True), BadgeRead("front", "04a1b2c3")]
    assert told[-1][0] - 300 < 0.5


def test_a_reader_that_cannot_work_as_configured_is_tried_again_now_and_then() -> None:
    class Impossible(SimReader):
        tried = 0

        async def next_reading(self) -> Reading:
            self.tried += 1
            raise DeviceConfigError("front", "no such speed")

    reader = Impossible("front")
    assert watched(lambda post: ReaderWatch(reader, VirtualClock(), Numbers().number, post).run()) == [
        ReaderChanged("front", False)
    ]
    assert reader.tried == 60 / MISCONFIGURED_SECONDS
