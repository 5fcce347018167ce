"""The registry: a scheme names a driver, a driver is imported when named, and every mistake says its remedy."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from hal import registry
from hal.drivers.context import DriverContext
from hal.drivers.log_indicator import LogIndicator
from hal.looks import reader_findings
from hal.ports.errors import DeviceConfigError, PrinterUnreachableError
from hal.ports.indicator import Signal
from hal.ports.storage import Storage
from hal.registry import BoardConfig, Driver, open_board, open_device
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))


def config(tmp_path: Path, **changed: object) -> BoardConfig:
    devices: dict[str, object] = {
        "readers": ("serial:///dev/ttyUSB0", "serial:///dev/ttyUSB1?end=idle"),
        "printer": "none:",
        "keys": f"file:{tmp_path}/keys",
        "storage": f"file:{tmp_path}/data",
        **changed,
    }
    return BoardConfig(**devices)  # type: ignore[arg-type]  # a mistake here is a TypeError at once


@pytest.fixture
def no_printer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any driver will do where no printer is asked anything."""
    monkeypatch.setattr(registry, "PRINTERS", {"none": Driver("hal.drivers.systemd_watchdog")})


@pytest.mark.usefixtures("no_printer")
def test_a_board_is_opened_from_its_configuration(tmp_path: Path) -> None:
    board = open_board(config(tmp_path))
    assert [reader.name for reader in board.readers] == ["ttyUSB0", "ttyUSB1"]
    board.storage.replace("state", b"x")
    board.keys.store("box.key", b"x")
    assert (tmp_path / "data" / "state").read_bytes() == (tmp_path / "keys" / "box.key").read_bytes()
    assert len(board.random.token(32)) == 32


@pytest.mark.usefixtures("no_printer")
def test_lights_sounds_buttons_and_a_voice_are_opened_and_closed(tmp_path: Path) -> None:
    async def main() -> None:
        lights = ("log:", "gpio:/dev/gpiochip99?red=17", "alsa:null?volume=0", "reader:")
        board = open_board(
            config(tmp_path, indicator=lights, buttons=("gpio:/dev/gpiochip99?ok=6",), voice="espeak:null")
        )
        board.indicator.show(Signal.READY)  # one of them is not there
        assert [buttons.name for buttons in board.buttons] == ["gpio"]
        assert board.voice is not None
        await board.voice.aclose()
        await board.buttons[0].aclose()
        await board.indicator.aclose()

    asyncio.run(main())


@pytest.mark.usefixtures("no_printer")
def test_a_reset_button_is_opened_and_a_wrong_one_refused(tmp_path: Path) -> None:
    button = open_board(config(tmp_path, reset_button="gpio:/dev/gpiochip99?reset=21")).reset_button
    assert button is not None
    asyncio.run(button.aclose())
    with pytest.raises(DeviceConfigError, match="no driver for 'evdev:'"):
        open_board(config(tmp_path, reset_button="evdev:"))


@pytest.mark.usefixtures("no_printer")
def test_without_any_of_it_there_is_the_log(tmp_path: Path) -> None:
    board = open_board(config(tmp_path))
    assert isinstance(board.indicator, LogIndicator)
    assert board.buttons == ()
    assert board.voice is None
    assert board.reset_button is None


@pytest.mark.usefixtures("no_printer")
def test_two_readers_have_two_names(tmp_path: Path) -> None:
    with pytest.raises(DeviceConfigError, match=r"\?name="):
        open_board(config(tmp_path, readers=("serial:///dev/a/tty", "serial:///dev/b/tty")))


@pytest.mark.parametrize("uri", ["", "serial", "usb:1", "/dev/ttyUSB0", ":x"])
def test_an_unknown_scheme_says_what_there_is(uri: str) -> None:
    with pytest.raises(DeviceConfigError, match=r"there is .*serial:") as caught:
        open_device("reader", registry.READERS, uri, CONTEXT)
    assert caught.value.code == "device-config"


def test_a_scheme_is_known_in_capitals_too(tmp_path: Path) -> None:
    storage: Storage = open_device("storage", registry.STORAGES, f"FILE:{tmp_path}/data", CONTEXT)
    assert storage.read("x") is None


def test_plain_ipp_is_no_printer() -> None:
    with pytest.raises(DeviceConfigError):
        open_device("printer", registry.PRINTERS, "ipp://printer.example/ipp/print", CONTEXT)


def test_a_missing_extra_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    monkeypatch.delitem(sys.modules, "hal.drivers.serial_reader", raising=False)
    with pytest.raises(DeviceConfigError, match=r"pip install 'lockgate\[serial\]'"):
        open_device("reader", registry.READERS, "serial:///dev/ttyUSB0", CONTEXT)


def test_no_vendor_library_is_imported_before_a_configuration_names_it() -> None:
    code = "import sys, hal.registry; print(sorted({'serial', 'pyipp', 'aiohttp', 'hal.sim'} & set(sys.modules)))"
    repository = Path(registry.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=repository)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "table",
    ["READERS", "PRINTERS", "INDICATORS", "BUTTONS", "PUSH_BUTTONS", "VOICES", "KEY_STORES", "STORAGES", "WATCHDOGS"],
)
def test_every_driver_in_the_tables_is_there(table: str) -> None:
    for driver in getattr(registry, table).values():
        assert (Path(registry.__file__).parents[1] / f"{driver.module.replace('.', '/')}.py").is_file()


def test_no_printer_answers_nothing(tmp_path: Path) -> None:
    printer = open_board(config(tmp_path)).printer
    with pytest.raises(PrinterUnreachableError, match="no printer yet"):
        asyncio.run(printer.status())
    with pytest.raises(DeviceConfigError):
        registry.open_printer("none:more")


def test_what_keeps_readers_from_reading_is_found_without_opening_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PCSCLITE_CSOCK_NAME", str(tmp_path / "nobody"))
    found = reader_findings(("serial:/dev/nothing", "serial:/dev/x?bad=1", "pcsc:", "pcsc:?name=second"))
    (mistake,) = [one for one in found if one.device == "serial"]
    assert "unknown option 'bad'" in mistake.problem
    assert mistake.serious
    assert sum("pcscd does not run" in one.problem for one in found) == 1
