"""What a keyboard wedge's URI may say, and which input devices it then means."""

import asyncio
from pathlib import Path

import pytest

from hal.drivers import evdev_reader, input_monitor, input_nodes
from hal.drivers.context import DriverContext
from hal.drivers.evdev_uri import OPTIONS, wanted, wedge
from hal.drivers.input_nodes import Wanted, find
from hal.drivers.uri import parse
from hal.framing.keys import ENTER
from hal.framing.wedge import GAP
from hal.ports.badge_reader import Fault
from hal.ports.errors import DeviceConfigError
from hal.quirks.hid import WEDGES
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers
from tests.support.reader_rig import until

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))


@pytest.mark.parametrize(
    "uri",
    [
        "evdev:",
        "evdev:?vid=08ff",
        "evdev:?vid=08ff&pid=9",
        "evdev:?vid=0x08ff&pid=0009",
        "evdev:/dev/input/event5?vid=08ff&pid=0009",
        "evdev:?vid=08ff&pid=0009&layout=dvorak",
        "evdev:?vid=08ff&pid=0009&gap=0",
        "evdev:?vid=08ff&pid=0009&gap=5001",
        "evdev:?vid=08ff&pid=0009&end=cr",
        "evdev:?vid=08ff&pid=0009&track=4",
        "evdev:?vid=08ff&pid=0009&baud=9600",
        "evdev:?vid=08ff&pid=0009&track=1&track=2",
    ],
)
def test_a_uri_that_means_no_reader_is_refused(uri: str) -> None:
    with pytest.raises(DeviceConfigError) as caught:
        evdev_reader.open(uri, CONTEXT)
    assert caught.value.code == "device-config"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("evdev:?vid=08FF&pid=0009&name=front", "front"),
        ("evdev:?vid=08FF&pid=0009", "hid-08ff-0009"),
        ("evdev:/dev/input/by-id/usb-X-event-kbd", "usb-X-event-kbd"),
    ],
)
def test_a_reader_has_a_name(uri: str, name: str) -> None:
    assert evdev_reader.open(uri, CONTEXT).name == name


@pytest.mark.parametrize(
    ("ids", "options", "gap", "ended"),
    [
        ((0x1234, 0x5678), "", GAP, Fault.UNENDED),
        ((0x1234, 0x5678), "&gap=1200&end=key", 1.2, Fault.TORN),
        ((0x08FF, 0x0009), "", GAP, Fault.TORN),
        ((0x08FF, 0x0009), "&end=idle", GAP, "2"),
        ((0x0C27, 0x3BFA), "", 1.1, Fault.UNENDED),
        ((0x05E0, 0x1200), "&gap=100", 0.1, "2"),
    ],
)
def test_the_uri_goes_before_the_quirk_and_the_quirk_before_the_default(
    ids: tuple[int, int], options: str, gap: float, ended: object
) -> None:
    made = wedge(parse(f"evdev:?vid={ids[0]:04x}&pid={ids[1]:04x}{options}", OPTIONS), *ids)
    made.start(0)
    made.pause(9)
    made.key(3, 1, 10)
    assert made.deadline == 10 + gap
    (read,) = made.pause(99)
    assert (read if isinstance(read, Fault) else "2") == ended
    assert made.key(ENTER, 1, 100) == []


@pytest.mark.parametrize(("option", "ended"), [("", Fault.TORN), ("&end=idle", "2")])
def test_a_make_that_mostly_ends_without_a_key_may_be_set_up_otherwise(option: str, ended: object) -> None:
    """Its first Enter says so, unless the configuration knows better."""
    made = wedge(parse(f"evdev:?vid=05e0&pid=1200{option}", OPTIONS), 0x05E0, 0x1200)
    made.start(0)
    made.pause(9)
    assert made.key(3, 1, 10) == []
    assert len(made.key(ENTER, 1, 10)) == 1
    made.key(3, 1, 20)
    (read,) = made.pause(21)
    assert (read if isinstance(read, Fault) else "2") == ended


def test_every_quirk_says_why_and_fits() -> None:
    for (vid, pid), quirk in WEDGES.items():
        assert quirk.reason
        assert quirk.link.startswith("https://")
        assert quirk.gap or quirk.end
        made = wedge(parse(f"evdev:?vid={vid:04x}&pid={pid:04x}", OPTIONS), vid, pid)
        assert made.deadline is None


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two readers of one make, one of which has two faces, and a keyboard over Bluetooth, as in sysfs."""
    inputs = tmp_path / "class"
    inputs.mkdir()
    monkeypatch.setattr(input_nodes, "INPUTS", inputs)
    device(inputs, 7, "08ff:0009", "usb-1-2/input0", "B")
    device(inputs, 10, "08ff:0009", "usb-1-1/input1", "A")
    device(inputs, 9, "08ff:0009", "usb-1-1/input0", "A")
    device(inputs, 3, "04ca:0022", "", "")
    (inputs / "mouse0").mkdir()
    return inputs


def device(inputs: Path, number: int, ids: str, phys: str, serial: str) -> None:
    about = inputs.parent / "devices" / f"input{number}"
    (about / "id").mkdir(parents=True)
    (about / f"event{number}").mkdir()
    vid, _, pid = ids.partition(":")
    for name, text in (("id/vendor", vid), ("id/product", pid), ("phys", phys), ("uniq", serial)):
        (about / name).write_text(text + "\n")
    (inputs / f"event{number}").symlink_to(about / f"event{number}")


@pytest.mark.parametrize(
    ("uri", "numbers"),
    [
        ("evdev:?vid=08ff&pid=0009", [9, 10]),
        ("evdev:?vid=08ff&pid=0009&serial=B", [7]),
        ("evdev:?vid=08ff&pid=0009&serial=C", []),
        ("evdev:?vid=04ca&pid=0022", [3]),
        ("evdev:?vid=0000&pid=0000", []),
        ("evdev:/dev/input/event10", [9, 10]),
        ("evdev:/dev/input/event11", []),
    ],
)
@pytest.mark.usefixtures("plugged")
def test_a_reader_is_all_its_device_files(uri: str, numbers: list[int]) -> None:
    found = find(wanted(parse(uri, OPTIONS)))
    assert [node.number for node in found] == numbers
    assert all(node.path == f"/dev/input/event{node.number}" for node in found)


def test_a_link_is_followed(plugged: Path) -> None:
    link = plugged.parent / "usb-X-event-kbd"
    link.symlink_to("../event7")
    assert [node.number for node in find(Wanted(str(link)))] == [7]


def test_a_device_that_goes_while_we_look_is_passed_over(plugged: Path) -> None:
    (plugged / "event99").symlink_to(plugged.parent / "gone" / "event99")
    assert len(find(Wanted(vid=0x08FF, pid=0x0009))) == 2


def test_a_machine_without_input_devices_has_no_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_nodes, "INPUTS", tmp_path / "none")
    assert find(Wanted(vid=1, pid=2)) == ()


def test_without_hotplug_events_each_call_looks_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each of two calls is told that the reader is not there, and the log says once why nobody is woken."""

    def refused() -> None:
        raise ImportError("No library named udev")

    monkeypatch.setattr(input_monitor, "_monitor", refused)
    monkeypatch.setattr(input_nodes, "INPUTS", tmp_path / "none")

    async def main() -> None:
        reader = evdev_reader.open("evdev:?vid=08ff&pid=0009", CONTEXT)
        for _ in range(2):
            task = asyncio.create_task(reader.next_reading())
            await until(task.done)
            assert "no input device 08ff:0009" in str(task.exception())
        await reader.aclose()

    asyncio.run(main())
    assert caplog.text.count("no hot-plug events: No library named udev") == 1
