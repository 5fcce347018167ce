"""USB printers found in sysfs, and what a look at the machine says of them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hal.drivers import usb_address, usb_devices, usb_findings
from hal.drivers.ipp_usb_daemon import idents, parse_listeners, parse_state, served_port
from hal.drivers.usb_devices import UsbDevice
from hal.ports.errors import PrinterUnreachableError

CLASSIC, IPP_USB, STORAGE = (7, 1, 2), (7, 1, 4), (8, 6, 80)


class Machine:
    """Files as sysfs and ipp-usb have them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / "s"
        self.control: socket.socket | None = None

    def plug(self, name: str, ids: str, *kinds: tuple[int, int, int], serial: str = "", node: str = "") -> None:
        base = self.root / usb_devices.DEVICES
        vid, _, pid = ids.partition(":")
        said = {"idVendor": vid, "idProduct": pid, "manufacturer": "HP", "product": "HP Jet"}
        _write(base / name, said | ({"serial": serial} if serial else {}))
        for number, kind in enumerate(kinds):
            path = base / f"{name}:1.{number}"
            names = ("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol")
            _write(path, dict(zip(names, (f"{part:02x}" for part in kind), strict=True)))
            if node and kind == CLASSIC:
                (path / "usbmisc" / node).mkdir(parents=True)
                _write(path, {"uevent": f"DEVTYPE=usb_interface\nDRIVER=usblp\nDEVNAME={node}"})

    def run_daemon(self) -> None:
        (self.state / "dev").mkdir(parents=True)
        self.control = socket.socket(socket.AF_UNIX)
        self.control.bind(str(self.state / "ctrl"))
        self.control.listen()

    def problems(self, installed: bool = True) -> list[str]:
        found = usb_findings.findings(self.root, self.state, lambda name: name if installed else None)
        return [one.problem for one in found]


def _write(path: Path, said: dict[str, str]) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, value in said.items():
        (path / name).write_text(value + "\n")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("m"))
    monkeypatch.setattr(usb_devices, "ROOT", made.root)
    yield made
    if made.control is not None:
        made.control.close()


def refused(uri: str) -> str:
    with pytest.raises(PrinterUnreachableError) as caught:
        usb_devices.find(usb_address.parse(uri))
    return caught.value.detail


def test_a_printer_is_found_by_what_it_is(machine: Machine) -> None:
    machine.plug("1-1", "03f0:2b17", CLASSIC, serial="A", node="lp0")
    machine.plug("1-2", "03f0:2b17", CLASSIC, serial="B", node="lp7")
    machine.plug("2-1.4", "0781:5567", STORAGE, serial="A")
    found = usb_devices.find(usb_address.parse("usblp://03F0:2B17/B"))
    assert (found.name, found.nodes) == ("1-2", (machine.root / "dev/usb/lp7",))
    assert found.interfaces[0].driver == "usblp"
    assert [one.name for one in usb_devices.printers()] == ["1-1", "1-2"]


def test_two_alike_are_not_guessed_at(machine: Machine) -> None:
    machine.plug("1-1", "03f0:2b17", CLASSIC, serial="A")
    machine.plug("1-2", "03f0:2b17", CLASSIC, serial="B")
    assert refused("usblp://03f0:2b17") == "there are 2 such printers: name the serial number"
    assert "not plugged in" in refused("usblp://03f0:2b17/C")


def test_what_goes_while_it_is_looked_at_is_passed_over(machine: Machine) -> None:
    machine.plug("1-1", "03f0:2b17", CLASSIC)
    (machine.root / usb_devices.DEVICES / "1-1/idVendor").unlink()
    assert usb_devices.printers() == ()


def test_one_interface_alone_is_not_what_ipp_usb_takes(machine: Machine) -> None:
    machine.plug("1-1", "03f0:7a12", IPP_USB)
    with pytest.raises(PrinterUnreachableError, match="does not offer IPP over USB"):
        served_port(usb_address.parse(f"ipp-usb://03f0:7a12?state={machine.state}"))


def test_a_port_that_another_user_has_taken_is_not_connected_to(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever listens there would be handed documents in the clear."""
    machine.plug("1-1", "03f0:7a12", IPP_USB, IPP_USB)
    machine.run_daemon()
    (machine.state / "dev/03f0-7a12-HP-Jet.state").write_text("[device]\nhttp-port = 60000\n")
    owner = machine.state.stat().st_uid
    address = usb_address.parse(f"ipp-usb://03f0:7a12?state={machine.state}")
    for users, said in (((), "does not serve it"), ((owner + 1,), "another user's"), ((owner, owner + 1), "another")):
        monkeypatch.setattr("hal.drivers.ipp_usb_daemon._listeners", lambda _family, _port, users=users: users)
        with pytest.raises(PrinterUnreachableError, match=said):
            served_port(address)
    monkeypatch.setattr("hal.drivers.ipp_usb_daemon._listeners", lambda _family, _port: (owner,))
    assert served_port(address) == 60000


def test_both_ways_in_which_ipp_usb_names_a_printer_are_known() -> None:
    device = UsbDevice("1-1", 0x3F0, 0x7A12, "HP", "HP Jet/9", "", ())
    assert idents(device) == ("03f0-7a12--HP-Jet-9", "03f0-7a12-HP-Jet-9")
    assert idents(UsbDevice("1-1", 1, 2, "Oki ", "C3", "S/1", ())) == ("0001-0002-S-1-Oki-C3",)


@pytest.mark.parametrize(
    "text", ["", "[device]\n", "http-port = 60000\n", "[device]\nhttp-port = 0\n", "[device]\nhttp-port = 70000\n"]
)
def test_a_state_file_without_a_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no http-port"):
        parse_state(text.encode())


def test_the_port_is_that_of_the_section_device() -> None:
    assert parse_state(b"[other]\nhttp-port = 1\n[device] ; x\n http-port=60001 # y\n") == 60001


def test_listeners_are_told_from_connections() -> None:
    line = "   0: 0100007F:{port} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {uid} 0 5 1 0"
    lines = [line.format(port="EA60", state="0A", uid=7), line.format(port="EA60", state="01", uid=8)]
    table = "\n".join(["  sl  local_address rem_address", *lines, line.format(port="EA61", state="0A", uid=9)])
    assert parse_listeners(table.encode(), 60000) == (7,)


def test_the_doctor_says_what_is_missing(machine: Machine) -> None:
    assert machine.problems() == ["no USB printer is plugged in"]
    machine.plug("1-1", "03f0:7a12", IPP_USB, IPP_USB, CLASSIC, serial="S", node="lp0")
    assert machine.problems(installed=False) == ["it speaks IPP over USB, and ipp-usb is not installed"]
    assert machine.problems() == ["it speaks IPP over USB, and ipp-usb does not run"]
    machine.run_daemon()
    first, second = machine.problems()
    assert first == "ipp-usb does not know it"
    assert second.startswith("ipp-usb and the kernel's usblp both have a part of it")


def test_the_doctor_finds_a_queue_that_wants_the_same_printer(machine: Machine) -> None:
    machine.plug("1-1", "03f0:2b17", CLASSIC, serial="S1", node="lp0")
    assert machine.problems() == []
    _write(machine.root / "etc/cups", {"printers.conf": "<Printer a>\nDeviceURI usb://HP/Jet?serial=S2\n</Printer>"})
    assert machine.problems() == []
    _write(machine.root / "etc/cups", {"printers.conf": "<Printer a>\nDeviceURI usb://HP/Jet?serial=S1&interface=1"})
    assert [said.partition(":")[0] for said in machine.problems()] == ["a queue of the system's CUPS wants it too"]


def test_the_doctor_finds_a_printer_that_no_driver_has(machine: Machine) -> None:
    machine.plug("1-1", "03f0:2b17", CLASSIC, serial="S1")
    assert machine.problems() == ["it is there, and no driver has it"]
