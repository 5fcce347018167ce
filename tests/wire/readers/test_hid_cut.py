"""Keyboard wedges that halt within a badge, and a station that looks too late: never another number."""

import asyncio

import pytest

from hal.ports.badge_reader import Fault
from tests.support.hid_rig import Made, faults, grabbed, opened, taps
from tools.peers.hid import ENTER, strokes
from tools.peers.hid_nodes import KEYBOARD, WedgeDevice

UNKNOWN = WedgeDevice(0x1234, 0x5678, "Unknown")


def test_the_tail_after_a_pause_is_no_badge(made: Made) -> None:
    rig = made()

    async def main() -> None:
        task = await opened(rig)
        rig.peer.keys(strokes("1234"))
        rig.peer.keys(strokes("5"), pace=0.4)
        rig.peer.keys(strokes("678"), ENTER)
        rig.peer.tap("42")
        assert await faults(rig, task, 2) == [Fault.TORN] * 2
        assert await taps(rig, asyncio.create_task(rig.reader.next_reading()), 1) == ["42"]

    rig.run(main())


@pytest.mark.parametrize("options", ["", "&end=key"])
def test_a_process_that_was_stopped_glues_no_reads(made: Made, options: str) -> None:
    """A whole read comes first, so that the reader is known to type Enter; then a torn one and the next."""
    rig = made(options, UNKNOWN)

    async def main() -> None:
        task = await opened(rig)
        rig.peer.tap("0004281977")
        assert await taps(rig, task, 1) == ["0004281977"]
        with rig.reader.stopped():
            rig.peer.keys(strokes("1111"))
            rig.peer.keys(strokes("2"), pace=0.6)
            rig.peer.keys(strokes("222"), ENTER)
            rig.peer.tap("42")
        assert await faults(rig, asyncio.create_task(rig.reader.next_reading()), 2) == [Fault.TORN] * 2
        assert await taps(rig, asyncio.create_task(rig.reader.next_reading()), 1) == ["42"]

    rig.run(main())


def test_a_process_that_was_stopped_reads_both_where_a_gap_ends_them(made: Made) -> None:
    rig = made("&end=idle", UNKNOWN)

    async def main() -> None:
        task = await opened(rig)
        with rig.reader.stopped():
            rig.peer.keys(strokes("1111"))
            rig.peer.keys(strokes("2"), pace=0.6)
        assert await taps(rig, task, 2) == ["1111", "2"]

    rig.run(main())


def test_two_keyboards_of_one_reader_are_not_mixed(made: Made) -> None:
    rig = made(device=WedgeDevice(0x1234, 0x5678, "Two", interfaces=(KEYBOARD, KEYBOARD)))

    async def main() -> None:
        task = await opened(rig)
        await grabbed(rig, [1], [1])
        rig.peer.keys(strokes("12"), node=0)
        rig.peer.keys(strokes("98"), ENTER, node=1)
        rig.peer.keys(strokes("34"), ENTER, node=0)
        assert sorted(await taps(rig, task, 2)) == ["1234", "98"]

    rig.run(main())


def test_a_reader_of_an_unknown_make_without_enter_is_told_how_to_be_set_up(made: Made) -> None:
    rig = made(device=UNKNOWN)

    async def main() -> None:
        task = await opened(rig)
        rig.peer.keys(strokes("0004281977"))
        assert await faults(rig, task, 1) == [Fault.UNENDED]

    rig.run(main())
