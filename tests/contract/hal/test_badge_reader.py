"""The badge reader's contract, on the twin and on the serial driver."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hal.drivers import serial_reader
from hal.drivers.stream_reader import StreamReader, Wire
from hal.framing.holding import Holding
from hal.framing.lines import Lines
from hal.ports.badge_reader import BadgeReader, Fault, Misread, Tap
from hal.ports.errors import DeviceConfigError, DeviceLostError
from tests.support.reader_rigs import SerialRig, TwinRig


@pytest.fixture(params=["twin", "serial"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TwinRig | SerialRig]:
    rig = TwinRig() if request.param == "twin" else SerialRig(tmp_path / "tty")
    yield rig
    rig.close()


@pytest.fixture
def serial_rig(tmp_path: Path) -> Iterator[SerialRig]:
    rig = SerialRig(tmp_path / "tty")
    yield rig
    rig.close()


async def credential(reader: BadgeReader) -> bytes:
    """Of the next tap that was read well."""
    while not isinstance(reading := await reader.next_reading(), Tap):
        pass
    return reading.credential


async def waiting(rig: TwinRig | SerialRig) -> "asyncio.Task[bytes]":
    """Somebody who waits for a tap; the reader is open by now."""

    task = asyncio.create_task(credential(rig.reader))
    await rig.listening()
    return task


async def cancelled(task: "asyncio.Task[bytes]") -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_a_tap_names_its_reader_and_hides_its_credential(rig: TwinRig | SerialRig) -> None:
    async def main() -> None:
        task = asyncio.create_task(rig.reader.next_reading())
        await rig.listening()
        rig.tap("04a1b2")
        tap = await task
        assert isinstance(tap, Tap)
        assert (tap.reader, tap.credential) == ("front", b"04a1b2")
        assert rig.reader.name == "front"
        assert "04a1b2" not in repr(tap)

    rig.run(main())


def test_taps_come_oldest_first(rig: TwinRig | SerialRig) -> None:
    async def main() -> None:
        task = await waiting(rig)
        for text in ("first", "second", "third"):
            rig.tap(text)
        assert await task == b"first"
        assert [await credential(rig.reader) for _ in range(2)] == [b"second", b"third"]

    rig.run(main())


def test_a_cancelled_wait_loses_no_tap(rig: TwinRig | SerialRig) -> None:
    async def main() -> None:
        await cancelled(await waiting(rig))
        rig.tap("after")
        assert await credential(rig.reader) == b"after"
        task = await waiting(rig)
        rig.tap("during")
        await cancelled(task)
        assert await credential(rig.reader) == b"during"

    rig.run(main())


def test_a_garbled_tap_is_a_misread_and_the_next_one_is_read(rig: TwinRig | SerialRig) -> None:
    async def main() -> None:
        task = asyncio.create_task(rig.reader.next_reading())
        await rig.listening()
        rig.garble()
        rig.tap("good")
        misread = await task
        assert isinstance(misread, Misread)
        assert (misread.reader, misread.fault) == ("front", Fault.GARBLED)
        assert await credential(rig.reader) == b"good"

    rig.run(main())


def test_unplugged_is_lost_and_plugged_in_again_is_read_again(rig: TwinRig | SerialRig) -> None:
    async def main() -> None:
        task = await waiting(rig)
        rig.unplug()
        for lost in (task, rig.reader.next_reading(), rig.reader.next_reading()):
            with pytest.raises(DeviceLostError) as caught:
                await lost
            assert caught.value.device == "front"
        rig.plug()
        task = await waiting(rig)
        rig.tap("again")
        assert await task == b"again"

    rig.run(main())


def test_a_closed_reader_wakes_who_waits_and_stays_closed(rig: TwinRig | SerialRig) -> None:
    async def main() -> None:
        task = await waiting(rig)
        await asyncio.sleep(0)
        await rig.reader.aclose()
        await rig.reader.aclose()
        for lost in (task, rig.reader.next_reading()):
            with pytest.raises(DeviceLostError):
                await lost

    rig.run(main())


def test_serial_a_torn_line_is_not_glued_to_the_next(serial_rig: SerialRig) -> None:
    async def main() -> None:
        task = asyncio.create_task(serial_rig.reader.next_reading())
        await serial_rig.listening()
        serial_rig.send(b"04a1")
        torn = await task
        assert isinstance(torn, Misread)
        assert torn.fault == Fault.TORN
        serial_rig.tap("04b2c3")
        assert await credential(serial_rig.reader) == b"04b2c3"

    serial_rig.run(main())


def test_serial_a_pause_ends_a_line_where_configured(tmp_path: Path) -> None:
    rig = SerialRig(tmp_path / "tty", "&end=idle")

    async def main() -> None:
        task = await waiting(rig)
        rig.send(b"04a1b2")
        assert await task == b"04a1b2"

    rig.run(main())
    rig.close()


def test_serial_what_came_before_the_start_is_discarded(serial_rig: SerialRig) -> None:
    async def main() -> None:
        serial_rig.tap("stale")
        task = await waiting(serial_rig)
        serial_rig.tap("fresh")
        assert await task == b"fresh"

    serial_rig.run(main())


def test_serial_a_device_that_is_not_there_is_lost_not_misconfigured(serial_rig: SerialRig) -> None:
    async def main() -> None:
        serial_rig.unplug()
        with pytest.raises(DeviceLostError, match="tty"):
            await serial_rig.reader.next_reading()

    serial_rig.run(main())


def test_serial_a_speed_the_port_has_not_is_a_mistake_in_the_configuration(serial_rig: SerialRig) -> None:
    async def connect() -> Wire:  # a pseudo-terminal takes every speed
        raise ValueError("Failed to set custom baud rate (7)")

    async def main() -> None:
        reader = StreamReader("front", connect, Lines(), serial_rig.context.clock, Holding())
        with pytest.raises(DeviceConfigError, match="baud rate"):
            await reader.next_reading()

    serial_rig.run(main())


def test_serial_a_port_in_use_is_lost_to_the_second(serial_rig: SerialRig) -> None:
    async def main() -> None:
        first = await waiting(serial_rig)
        second = serial_reader.open(f"serial://{serial_rig.link}", serial_rig.context)
        with pytest.raises(DeviceLostError, match="lock"):
            await second.next_reading()
        await cancelled(first)

    serial_rig.run(main())


def test_serial_a_file_that_is_no_terminal_is_lost(serial_rig: SerialRig, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("04a1b2\r\n")

    async def main() -> None:
        with pytest.raises(DeviceLostError):
            await serial_reader.open(f"serial://{plain}", serial_rig.context).next_reading()

    serial_rig.run(main())


@pytest.mark.parametrize(
    "uri",
    [
        "serial:",
        "serial://host/dev/ttyUSB0",
        "serial:///dev/x?baud=fast",
        "serial:///dev/x?baud=0",
        "serial:///dev/x?end=tab",
        "serial:///dev/x?parity=even",
        "serial:///dev/x?baud=9600&baud=9600",
        "serial:///dev/x?baud",
        "serial:///dev/x#1",
        "serial://[",
    ],
)
def test_serial_refuses_what_it_cannot_be(serial_rig: SerialRig, uri: str) -> None:
    with pytest.raises(DeviceConfigError) as caught:
        serial_reader.open(uri, serial_rig.context)
    assert caught.value.code == "device-config"


def test_serial_is_named_after_its_device_file(serial_rig: SerialRig) -> None:
    assert serial_reader.open("serial:///dev/ttyUSB0", serial_rig.context).name == "ttyUSB0"
