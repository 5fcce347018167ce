"""The badge reader's contract: on the twin, on each driver over its emulated wire and, with `--board`, on the bench."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hal.ports.badge_reader import BadgeReader, Misread, Tap
from hal.ports.errors import DeviceLostError
from tests.support.board_rig import BoardRig
from tests.support.reader_rig import ReaderRig
from tests.support.reader_rigs import RIGS

ONE, TWO, THREE = "04a1b2c3", "04d4e5f6", "04778899aabbcc"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`rig`: every wire, and with `--board` the hardware; `emulated_rig`: what hardware cannot be asked for."""
    if "rig" in metafunc.fixturenames:
        board = ["board"] if metafunc.config.getoption("--board") else []
        metafunc.parametrize("rig", [*RIGS, *board], indirect=True)
    if "emulated_rig" in metafunc.fixturenames:
        metafunc.parametrize("emulated_rig", RIGS, indirect=True)


@pytest.fixture
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ReaderRig]:
    board = request.param == "board"
    rig = BoardRig(request.config.getoption("--board"), (ONE, TWO, THREE)) if board else RIGS[request.param](tmp_path)
    yield rig
    rig.close()


emulated_rig = rig


async def credential(reader: BadgeReader) -> bytes:
    """Of the next tap that was read well."""
    while not isinstance(reading := await reader.next_reading(), Tap):
        pass
    return reading.credential


async def waiting(rig: ReaderRig) -> "asyncio.Task[bytes]":
    """Somebody who waits for a tap; the reader is open by now."""
    task = asyncio.create_task(credential(rig.reader))
    await rig.listening()
    return task


async def cancelled(task: "asyncio.Task[bytes]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_tap_names_its_reader_and_hides_its_credential(rig: ReaderRig) -> None:
    async def main() -> None:
        task = asyncio.create_task(rig.reader.next_reading())
        await rig.listening()
        await rig.tap(ONE)
        tap = await task
        assert isinstance(tap, Tap)
        assert (tap.reader, tap.credential) == ("front", rig.credential(ONE))
        assert rig.reader.name == "front"
        assert not any(secret in repr(tap) for secret in (ONE, repr(tap.credential), tap.credential.hex()))

    rig.run(main())


def test_taps_come_oldest_first(rig: ReaderRig) -> None:
    async def main() -> None:
        task = await waiting(rig)
        for text in (ONE, TWO, THREE):
            await rig.tap(text)
        assert await task == rig.credential(ONE)
        assert [await credential(rig.reader) for _ in range(2)] == [rig.credential(TWO), rig.credential(THREE)]

    rig.run(main())


def test_a_cancelled_wait_loses_no_tap(emulated_rig: ReaderRig) -> None:
    rig = emulated_rig  # no hand is as quick as to tap and to give up at once

    async def main() -> None:
        await cancelled(await waiting(rig))
        await rig.tap(ONE)
        assert await credential(rig.reader) == rig.credential(ONE)
        task = await waiting(rig)
        await rig.tap(TWO)
        await cancelled(task)
        assert await credential(rig.reader) == rig.credential(TWO)

    rig.run(main())


def test_a_garbled_tap_is_a_misread_and_the_next_one_is_read(emulated_rig: ReaderRig) -> None:
    rig = emulated_rig

    async def main() -> None:
        task = asyncio.create_task(rig.reader.next_reading())
        await rig.listening()
        await rig.garble()
        misread = await task
        await rig.tap(ONE)
        assert isinstance(misread, Misread)
        assert (misread.reader, misread.fault) == ("front", rig.garbled)
        assert await credential(rig.reader) == rig.credential(ONE)

    rig.run(main())


def test_unplugged_is_lost_and_plugged_in_again_is_read_again(rig: ReaderRig) -> None:
    async def main() -> None:
        task = await waiting(rig)
        await rig.unplug()
        for lost in (task, rig.reader.next_reading(), rig.reader.next_reading()):
            with pytest.raises(DeviceLostError) as caught:
                await lost
            assert caught.value.device == "front"
        await rig.plug()
        task = await waiting(rig)
        await rig.tap(ONE)
        assert await task == rig.credential(ONE)

    rig.run(main())


def test_acknowledging_never_raises_also_when_the_reader_is_gone(rig: ReaderRig) -> None:
    async def main() -> None:
        rig.reader.acknowledge(good=True)
        task = await waiting(rig)
        rig.reader.acknowledge(good=True)
        await rig.unplug()
        rig.reader.acknowledge(good=False)
        with pytest.raises(DeviceLostError):
            await task
        rig.reader.acknowledge(good=True)

    rig.run(main())


def test_a_closed_reader_wakes_who_waits_and_stays_closed(rig: ReaderRig) -> None:
    async def main() -> None:
        task = await waiting(rig)
        await asyncio.sleep(0)
        await rig.reader.aclose()
        await rig.reader.aclose()
        rig.reader.acknowledge(good=True)
        for lost in (task, rig.reader.next_reading()):
            with pytest.raises(DeviceLostError):
                await lost

    rig.run(main())
