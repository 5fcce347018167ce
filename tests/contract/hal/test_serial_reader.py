"""The serial reader beyond the contract of every reader: lines, ports and what a URI may say."""

import asyncio
import errno
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hal.drivers import serial_reader, serial_uri
from hal.drivers.stream_reader import StreamReader, Wire
from hal.drivers.uri import parse
from hal.framing.holding import Holding
from hal.framing.lines import Lines
from hal.ports.badge_reader import Fault, Form, Misread, Tap
from hal.ports.errors import DeviceConfigError, DeviceLostError
from tests.support.reader_rig import credential, handles, until, waiting
from tests.support.reader_rigs import SerialRig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SerialRig]:
    rig = SerialRig(tmp_path / "tty")
    yield rig
    rig.close()


def test_a_torn_line_is_not_glued_to_the_next(rig: SerialRig) -> None:
    async def main() -> None:
        task = await waiting(rig)
        rig.send(b"04a1")
        torn = await task
        assert isinstance(torn, Misread)
        assert torn.fault == Fault.TORN
        task = await waiting(rig)
        await rig.tap("04b2c3d4")
        assert await credential(task) == b"04b2c3d4"

    rig.run(main())


def test_a_pause_ends_a_line_where_configured(tmp_path: Path) -> None:
    rig = SerialRig(tmp_path / "tty", "&end=idle")

    async def main() -> None:
        task = await waiting(rig)
        rig.send(b"04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    rig.run(main())
    rig.close()


def test_what_came_before_the_start_is_discarded(rig: SerialRig) -> None:
    async def main() -> None:
        await rig.tap("04000001")
        task = await waiting(rig)
        await rig.tap("04000002")
        assert await credential(task) == b"04000002"

    rig.run(main())


def test_a_device_that_is_not_there_is_lost_not_misconfigured(rig: SerialRig) -> None:
    async def main() -> None:
        await rig.unplug()
        with pytest.raises(DeviceLostError, match="tty"):
            await rig.reader.next_reading()

    rig.run(main())


def test_a_speed_the_port_has_not_is_a_mistake_in_the_configuration(rig: SerialRig) -> None:
    async def connect() -> Wire:  # a pseudo-terminal takes every speed
        raise ValueError("Failed to set custom baud rate (7)")

    async def main() -> None:
        reader = StreamReader("front", connect, Lines(), rig.context.clock, Holding())
        with pytest.raises(DeviceConfigError, match="baud rate"):
            await reader.next_reading()

    rig.run(main())


def test_a_port_in_use_is_lost_to_the_second(rig: SerialRig) -> None:
    async def main() -> None:
        first = await waiting(rig)
        second = serial_reader.open(f"serial://{rig.peer.link}", rig.context)
        with pytest.raises(DeviceLostError, match="lock"):
            await second.next_reading()
        first.cancel()

    rig.run(main())


def test_a_file_that_is_no_terminal_is_lost(rig: SerialRig, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("04a1b2\r\n")

    async def main() -> None:
        with pytest.raises(DeviceLostError):
            await serial_reader.open(f"serial://{plain}", rig.context).next_reading()

    rig.run(main())


@pytest.mark.parametrize(
    "uri",
    [
        "serial:",
        "serial://host/dev/ttyUSB0",
        "serial:///dev/x?baud=fast",
        "serial:///dev/x?baud=0",
        "serial:///dev/x?end=never",
        "serial:///dev/x?parity=most",
        "serial:///dev/x?bytesize=9",
        "serial:///dev/x?stopbits=3",
        "serial:///dev/x?flow=on",
        "serial:///dev/x?start=soh",
        "serial:///dev/x?gap=0",
        "serial:///dev/x?gap=6",
        "serial:///dev/x?gap=soon",
        "serial:///dev/x?limit=513",
        "serial:///dev/x?prefix=123456789",
        "serial:///dev/x?prefix=%C3%A4",
        "serial:///dev/x?delimiter=:",
        "serial:///dev/x?protocol=rfideas&delimiter=::",
        "serial:///dev/x?protocol=rfideas&delimiter=%0D",
        "serial:///dev/x?protocol=rfideas&digits=bcd",
        "serial:///dev/x?protocol=twn3&end=cr",
        "serial:///dev/x?baud=9600&baud=9600",
        "serial:///dev/x?baud",
        "serial:///dev/x#1",
        "serial://[",
    ],
)
def test_what_it_cannot_be_is_refused(rig: SerialRig, uri: str) -> None:
    with pytest.raises(DeviceConfigError) as caught:
        serial_reader.open(uri, rig.context)
    assert caught.value.code == "device-config"


def test_it_is_named_after_its_device_file(rig: SerialRig) -> None:
    assert serial_reader.open("serial:///dev/ttyUSB0", rig.context).name == "ttyUSB0"


def test_two_hundred_plugs_later_nothing_is_left_over(rig: SerialRig) -> None:
    async def replugged() -> None:
        lost = asyncio.create_task(rig.reader.next_reading())
        await until(lambda: rig.driver._wire is not None)
        await rig.unplug()
        with pytest.raises(DeviceLostError):
            await lost
        rig.reader.acknowledge(good=True)  # to a port that is gone
        await rig.plug()

    async def main() -> None:
        await replugged()
        before = (handles(), len(asyncio.all_tasks()), threading.active_count())
        for _ in range(200):
            await replugged()
        after = (handles(), len(asyncio.all_tasks()), threading.active_count())
        assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)
        task = await waiting(rig)
        await rig.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    rig.run(main())


def test_closed_while_it_is_being_opened_it_leaves_the_port_to_others(rig: SerialRig) -> None:
    """The thread that opens the port goes on after the wait for it was given up."""

    async def main() -> None:
        before = handles()
        task = asyncio.create_task(rig.reader.next_reading())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await rig.reader.aclose()
        with pytest.raises(DeviceLostError):
            await task
        await rig.workers.run(lambda: None)  # after the one that opens
        await until(lambda: handles() <= before)
        second = serial_reader.open(rig.peer.uri, rig.context)
        other = asyncio.create_task(second.next_reading())
        await until(lambda: second.listening)
        await second.aclose()
        await asyncio.gather(other, return_exceptions=True)

    rig.run(main())


def test_an_adapter_that_goes_while_it_is_set_up_is_lost(rig: SerialRig, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise termios.error(errno.EIO, "Input/output error")

    async def main() -> None:
        before = handles()
        with monkeypatch.context() as patched:
            patched.setattr(termios, "tcflush", gone)
            with pytest.raises(DeviceLostError, match="Input/output error"):
                await rig.reader.next_reading()
        assert handles() <= before
        task = await waiting(rig)
        await rig.tap("04a1b2c3")
        assert await credential(task) == b"04a1b2c3"

    rig.run(main())


def test_the_line_is_set_as_the_uri_says(tmp_path: Path) -> None:
    rig = SerialRig(tmp_path / "tty", "&baud=19200&stopbits=2&flow=rtscts")

    async def main() -> None:
        task = await waiting(rig)
        _, _, control, _, speed, _, _ = termios.tcgetattr(rig.peer.master)
        assert speed == termios.B19200
        assert control & termios.CSTOPB
        assert control & termios.CRTSCTS
        task.cancel()

    rig.run(main())
    rig.close()


def test_parity_and_character_size_reach_the_port() -> None:
    """A pseudo-terminal has neither, so they are looked at before."""
    words = parse("serial:/dev/x?parity=even&bytesize=7&flow=xonxoff", serial_uri.LINE)
    found = serial_uri.line_settings(words)
    assert (found["parity"], found["bytesize"], found["xonxoff"], found["rtscts"]) == ("E", 7, True, False)
    default = serial_uri.line_settings(parse("serial:/dev/x"))
    assert (default["baudrate"], default["parity"], default["bytesize"], default["stopbits"]) == (9600, "N", 8, 1)


def test_digits_without_end_are_told_and_the_next_badge_is_read(rig: SerialRig) -> None:
    async def main() -> None:
        task = await waiting(rig)
        for _ in range(20):
            rig.send(b"1" * 100)
            await asyncio.sleep(0)
        overlong = await task
        assert isinstance(overlong, Misread)
        assert overlong.fault == Fault.OVERLONG
        rig.send(b"\r04a1b2c3\r")
        assert await credential(await waiting(rig)) == b"04a1b2c3"

    rig.run(main())


def test_two_dialects_of_elatec_over_the_line(tmp_path: Path) -> None:
    for protocol, sent, bits in (("twn3", b"1A808001C0\r", 26), ("inditag", b":112233445501\r\n", 40)):
        rig = SerialRig(tmp_path / protocol, f"&protocol={protocol}")

        async def main(rig: SerialRig = rig, sent: bytes = sent, bits: int = bits) -> None:
            task = await waiting(rig)
            rig.send(sent)
            tap = await task
            assert isinstance(tap, Tap)
            assert (tap.form, tap.bits) == (Form.BITS, bits)

        rig.run(main())
        rig.close()
