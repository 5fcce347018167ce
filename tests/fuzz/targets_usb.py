"""What printers at a cable, the daemon beside them and the machine they are at say, and their URIs."""

from hal.drivers.ipp_usb_daemon import idents, parse_listeners, parse_state
from hal.drivers.usb_address import parse
from hal.drivers.usb_devices import UsbDevice
from hal.drivers.usb_findings import parse_queues
from hal.drivers.usblp_words import read_identity, read_status
from hal.framing.ieee1284 import parse_device_id
from hal.ports.errors import DeviceConfigError
from tests.fuzz.target import Target, named, text

ADDRESS = parse("usblp://03f0:2b17")


def _device_id(data: bytes) -> object:
    found = parse_device_id(data)
    port = data[0] if data else 0
    return read_identity(found), read_status(port, found, ADDRESS), found.speaks_pjl


def _state(data: bytes) -> object:
    port = parse_state(data)
    assert 0 < port < 65536
    return port


def _address(data: bytes) -> object:
    found = parse(text(data))
    maker, _, model = found.serial.partition("-")
    names = idents(UsbDevice("1-1", found.vid, found.pid, maker, model, found.serial, ()))
    assert all("/" not in name and "\0" not in name for name in names)
    return names


TARGETS = (
    Target(
        "IEEE 1284 device ID",
        _device_id,
        seeds=(b"\x00\x40MFG:HP;MDL:LaserJet;CMD:PJL,PDF,URF;URF:W8,RS300;SN:1;", b"\x00\x02"),
        covers=(
            *named("hal.framing.ieee1284", "parse_device_id"),
            *named("hal.drivers.usblp_words", "read_identity", "read_status"),
        ),
    ),
    Target(
        "ipp-usb's state of a printer",
        _state,
        raises=(ValueError,),
        seeds=(b'; HP\n[device]\nhttp-port       = 60000\ndns-sd-name     = "x"\n',),
        covers=named("hal.drivers.ipp_usb_daemon", "parse_state"),
    ),
    Target(
        "the kernel's list of sockets",
        lambda data: parse_listeners(data, 60000),
        seeds=(b"  sl  local_address\n   0: 0100007F:EA60 00000000:0000 0A 0:0 00:0 0 0 0 1 1\n",),
        covers=named("hal.drivers.ipp_usb_daemon", "parse_listeners"),
    ),
    Target(
        "CUPS's queues",
        parse_queues,
        seeds=(b"<Printer a>\nDeviceURI usb://HP/LaserJet?serial=1\n</Printer>\n", b"DeviceURI usb:"),
        covers=named("hal.drivers.usb_findings", "parse_queues"),
    ),
    Target(
        "a USB printer's URI",
        _address,
        raises=(DeviceConfigError,),
        seeds=(b"usblp://03f0:2b17/JL12345?stall=5", b"ipp-usb://03f0:7a12?state=/var/ipp-usb"),
        covers=named("hal.drivers.usb_address", "parse"),
    ),
)
