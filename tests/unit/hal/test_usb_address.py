"""URIs of USB printers, and the device IDs they answer with."""

from pathlib import Path

import pytest

from hal.drivers import ipp_usb_printer, usb_address, usblp_printer
from hal.drivers.context import DriverContext
from hal.drivers.ipp_usb_printer import ServedAddress
from hal.framing.ieee1284 import parse_device_id
from hal.ports.errors import DeviceConfigError
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers


def test_a_uri_says_which_printer_and_how_long_it_may_stall() -> None:
    found = usb_address.parse("usblp://03F0:2b17/JL%2F1?stall=20")
    assert (found.vid, found.pid, found.serial, found.stall) == (0x03F0, 0x2B17, "JL/1", 20.0)
    assert found.name == "03f0:2b17/JL/1"
    anyone = usb_address.parse("ipp-usb://03f0:7a12?state=/run/x")
    assert (anyone.serial, anyone.stall, anyone.state) == ("", 300.0, Path("/run/x"))


@pytest.mark.parametrize(
    "uri",
    [
        "usblp:", "usblp://03f0", "usblp://03f0:2b1", "usblp://03f0:2b17/", "usblp://03f0:2b17/a/b",
        "usblp://u@03f0:2b17", "usblp://03f0:2b17?state=/x", "usblp://03f0:2b17?stall=0", "usblp://03f0:2b17?stall=",
        "usblp://03f0:2b17?stall=1&stall=2", "ipp-usb://03f0:2b17?state=x", "ipp-usb://03f0:2b17/%ff",
        "ipp-usb://03f0:2b17?state=/a%00", "usb://03f0:2b17", "usblp://03f0:2b17#x", "usblp://03f0:2b17/ä",
    ],
)  # fmt: skip
def test_another_is_refused(uri: str) -> None:
    with pytest.raises(DeviceConfigError):
        usb_address.parse(uri)


def test_each_driver_takes_its_own_scheme() -> None:
    context = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))
    with pytest.raises(DeviceConfigError):
        usblp_printer.open("ipp-usb://03f0:7a12", context)
    with pytest.raises(DeviceConfigError):
        ipp_usb_printer.open("usblp://03f0:7a12", context)


def test_ipp_usb_is_reached_by_number_and_called_localhost() -> None:
    served = ServedAddress("127.0.0.1", 60000, "/ipp/print", False, None, "", 300.0)
    assert (served.host, served.authority, served.uri) == (
        "127.0.0.1", "localhost:60000", "ipp://localhost:60000/ipp/print",
    )  # fmt: skip


def with_length(text: str) -> bytes:
    return (len(text) + 2).to_bytes(2, "big") + text.encode()


@pytest.mark.parametrize(
    ("commands", "formats"),
    [
        ("PJL,PCL,PDF", ["application/vnd.hp-PCL", "application/pdf"]),
        ("PCL 6, PCL5e ,POSTSCRIPT", ["application/vnd.hp-PCLXL", "application/vnd.hp-PCL", "application/postscript"]),
        ("PWGRaster,AppleRaster,URF,JPEG", ["image/pwg-raster", "image/urf", "image/jpeg"]),
        ("ESCPL2,BDC,D4,ZJS,CAPT", []),
        ("", []),
    ],
)
def test_its_commands_are_formats(commands: str, formats: list[str]) -> None:
    assert list(parse_device_id(with_length(f"MFG:A;MDL:B;CMD:{commands};")).formats) == formats


def test_a_device_id_is_read_by_either_name_of_a_key_and_whatever_its_length_says() -> None:
    text = "MANUFACTURER:Acme;COMMAND SET:PJL,PDF;MODEL: Acme 9 ;SERN:7;URF:W8,RS300;MODEL:Other;"
    for raw in (with_length(text), b"\xff\xff" + text.encode() + bytes(500), b"\0\0" + text.encode()):
        found = parse_device_id(raw)
        assert (found.maker, found.name, found.serial, found.urf) == ("Acme", "Acme 9", "7", ("W8", "RS300"))
        assert found.speaks_pjl


def test_what_is_none_says_nothing() -> None:
    assert parse_device_id(b"") == parse_device_id(b"\0\2") == parse_device_id(b"\0\5;;:")
    assert parse_device_id(b"\0\5;;:").name == ""
