"""Keyboard wedges as umockdev emulates them, under the real evdev driver: grabbed, unplugged, two-faced, slow."""

import asyncio

from hal.ports.badge_reader import Fault, Medium, Misread, Tap
from tests.support.hid_rig import Made, grabbed, lost, once_back, opened, taps
from tools.peers.hid import ENTER, EV_KEY, EV_SYN, SYN_DROPPED, SYN_REPORT, shifted, strokes
from tools.peers.hid_nodes import CONSUMER, KEYBOARD, READER, TWO_FACED, WedgeDevice

SECOND = 1.0


def test_the_reader_is_grabbed_and_let_go(made: Made) -> None:
    rig = made()

    async def main() -> None:
        task = await opened(rig)
        await grabbed(rig, [1])
        await rig.reader.aclose()
        await lost(task)
        await grabbed(rig, [1, 0])

    rig.run(main())


def test_a_reader_that_another_program_holds_is_lost_until_it_lets_go(made: Made) -> None:
    rig = made()
    rig.peer.hold(True)

    async def main() -> None:
        for _ in range(2):
            said = await lost(rig.reader.next_reading())
            assert "/dev/input/event5: grabbed by another program" in said
        await grabbed(rig, [])
        rig.peer.hold(False)
        task = await opened(rig)
        rig.peer.tap("04a1b2c3")
        assert await taps(rig, task, 1) == ["04a1b2c3"]

    rig.run(main())


def test_all_faces_of_a_reader_are_grabbed_and_its_keyboard_alone_counts(made: Made) -> None:
    rig = made(device=TWO_FACED)

    async def main() -> None:
        task = await opened(rig)
        await grabbed(rig, [1], [1], [1])
        rig.peer.keys(0x110, strokes("99"), ENTER, node=0)
        rig.peer.keys(115, 164, strokes("99"), ENTER, node=2)
        rig.peer.keys(strokes("0004281977"), ENTER, node=1)
        assert await taps(rig, task, 1) == ["0004281977"]

    rig.run(main())


def test_a_face_that_appears_late_is_grabbed_too(made: Made) -> None:
    rig = made()
    late = WedgeDevice(READER.vid, READER.pid, READER.product, READER.serial, (KEYBOARD, CONSUMER)).nodes()[1]

    async def main() -> None:
        task = await opened(rig)
        rig.peer.ask("plug", nodes=[late])
        await grabbed(rig, [1, 0, 1], [1])
        await rig.listening()
        rig.peer.tap("0004281977")
        assert await taps(rig, task, 1) == ["0004281977"]

    rig.run(main())


def test_a_device_without_digits_is_no_reader(made: Made) -> None:
    rig = made(device=WedgeDevice(0x1234, 0x5678, "Volume knob", interfaces=(CONSUMER,)))

    async def main() -> None:
        assert "no keys for digits and Enter" in await lost(rig.reader.next_reading())
        await grabbed(rig, [1])

    rig.run(main())


def test_unplugged_is_lost_and_back_within_a_second_though_nobody_asks(made: Made) -> None:
    rig = made()

    async def main() -> None:
        task, clock = await opened(rig), asyncio.get_running_loop()
        rig.peer.unplug()
        assert await lost(task) == "No such device"
        await rig.plug()
        plugged = clock.time()
        await rig.listening()
        assert clock.time() - plugged < SECOND
        rig.peer.tap("04a1b2c3")
        assert await taps(rig, asyncio.create_task(rig.reader.next_reading()), 1) == ["04a1b2c3"]

    rig.run(main())


def test_a_link_finds_the_reader_again_under_another_number(made: Made) -> None:
    rig = made("?name=front", uri=f"evdev:{READER.by_id}")

    async def main() -> None:
        task = await opened(rig)
        rig.peer.unplug()
        await lost(task)
        assert await lost(rig.reader.next_reading()) == f"no {READER.by_id}"
        await rig.plug()
        task = await opened(rig)
        rig.peer.tap("0004281977")
        assert await taps(rig, task, 1) == ["0004281977"]

    rig.run(main())


def test_a_serial_number_tells_two_of_one_make_apart(made: Made) -> None:
    rig = made("&serial=B2")
    other = WedgeDevice(READER.vid, READER.pid, READER.product, "B2", first=11, port="1-2")
    rig.peer.ask("plug", nodes=other.nodes())

    async def main() -> None:
        task = await opened(rig)
        await grabbed(rig, [], [1])
        rig.peer.keys(strokes("11"), ENTER, node=0)
        rig.peer.keys(strokes("22"), ENTER, node=1)
        assert await taps(rig, task, 1) == ["22"]

    rig.run(main())


def test_an_end_of_file_is_a_loss(made: Made) -> None:
    rig = made()

    async def main() -> None:
        task = await opened(rig)
        rig.peer.ask("end")
        assert await lost(task) == "nothing more to read"

    rig.run(main())


def test_what_was_typed_before_is_discarded(made: Made) -> None:
    rig = made()
    rig.peer.tap("99")
    rig.peer.keys(strokes("0004"))  # in the middle of a badge

    async def main() -> None:
        task = asyncio.create_task(rig.reader.next_reading())
        await grabbed(rig, [1])
        rig.peer.keys(strokes("281977"), ENTER)  # its tail
        await rig.listening()
        rig.peer.tap("42")
        assert await taps(rig, task, 1) == ["42"]

    rig.run(main())


def test_a_slow_typer_is_waited_for(made: Made) -> None:
    rig = made("&gap=1500")

    async def main() -> None:
        task = await opened(rig)
        rig.peer.keys(strokes("04"), ENTER, pace=0.4)
        assert await taps(rig, task, 1) == ["04"]

    rig.run(main())


def test_a_badge_that_is_held_is_one_tap(made: Made) -> None:
    rig = made()

    async def main() -> None:
        task = await opened(rig)
        for number in ("11", "11", "11", "22"):
            rig.peer.tap(number)
        assert await taps(rig, task, 2) == ["11", "22"]

    rig.run(main())


def test_shift_hex_letters_and_the_keypad(made: Made) -> None:
    rig = made()

    async def main() -> None:
        task = await opened(rig)
        rig.peer.tap("04A1b2;=X")
        rig.peer.keys(79, 80, 81, 82, 96)  # 1230 and Enter, all on the keypad
        rig.peer.keys([(EV_KEY, 30, 1), (EV_KEY, 30, 2), (EV_KEY, 30, 2), (EV_KEY, 30, 0)], ENTER)  # held too long
        assert await taps(rig, task, 3) == ["04A1b2;=X", "1230", "a"]

    rig.run(main())


def test_a_german_reader(made: Made) -> None:
    rig = made("&layout=de")

    async def main() -> None:
        task = await opened(rig)
        rig.peer.keys(21, shifted(44), shifted(11), 53, 2, ENTER)
        assert await taps(rig, task, 1) == ["zY=-1"]

    rig.run(main())


def test_the_wanted_track_of_a_stripe(made: Made) -> None:
    rig = made("&track=2")

    async def main() -> None:
        task = await opened(rig)
        rig.peer.tap("%B1234^MINSKY/M^9912?;5678=9912?")
        tap = await task
        assert isinstance(tap, Tap)
        assert (tap.credential, tap.medium) == (b"5678=9912", Medium.MAGNETIC)

    rig.run(main())


def test_events_that_the_kernel_dropped_tear_the_read(made: Made) -> None:
    rig = made()

    async def main() -> None:
        task = await opened(rig)
        rig.peer.keys(strokes("0004"), [(EV_SYN, SYN_DROPPED, 0), (EV_SYN, SYN_REPORT, 0)], strokes("77"), ENTER)
        rig.peer.tap("0004281977")
        torn = await task
        assert isinstance(torn, Misread)
        assert torn.fault == Fault.TORN
        assert await taps(rig, asyncio.create_task(rig.reader.next_reading()), 1) == ["0004281977"]

    rig.run(main())


def test_fifty_replugs_leave_no_file_open(made: Made) -> None:
    rig = made("&gap=100", TWO_FACED)

    async def main() -> None:
        task = await opened(rig)
        files = await rig.reader.files()
        for _ in range(50):
            rig.peer.unplug()
            await lost(task)
            rig.peer.plug()
            back = asyncio.create_task(once_back(rig))
            await rig.listening()
            back.cancel()
            task = asyncio.create_task(rig.reader.next_reading())
        async with asyncio.timeout(60):  # hot-plug events may still come, and sysfs be read because of them
            while await rig.reader.files() != files:
                pass
        rig.peer.keys(strokes("0004281977"), ENTER, node=1)
        assert await taps(rig, task, 1) == ["0004281977"]

    rig.run(main())
