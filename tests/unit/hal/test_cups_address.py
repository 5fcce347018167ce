"""What a `cups:` URI may say, and what it may not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers import cups_marks, cups_room
from hal.drivers.cups_address import DEFAULT_SPOOL, CupsAddress, address_of
from hal.drivers.cups_config import ENDED, MARK
from hal.drivers.cups_marks import KEPT
from hal.drivers.cups_server import Server
from hal.ports.errors import DeviceConfigError

MIB = 1 << 20
USB = "cups:?device=usb://HP/LaserJet%20P1005&model=drv:///sample.drv/laserjet.ppd"


def test_a_whole_one() -> None:
    address = address_of(f"{USB}&spool=16")
    assert address == CupsAddress("usb://HP/LaserJet%20P1005", "drv:///sample.drv/laserjet.ppd", 16 * MIB)
    assert address.backend == "usb"
    assert address_of(USB).spool == DEFAULT_SPOOL * MIB


@pytest.mark.parametrize(
    "device",
    ["usb://A/B", "ipp://127.0.0.1:8631/ipp/print", "ipp://[::1]/", "socket://localhost"],
)
def test_a_cable_or_this_machine_needs_no_consent(device: str) -> None:
    assert address_of(f"cups:?device={device}&model=everywhere").device == device


@pytest.mark.parametrize(
    ("said", "device"),
    [
        ("socket://127.0.0.1:9100?snmp=false", "socket://127.0.0.1:9100/?snmp=false"),
        ("socket://127.0.0.1:9100/?snmp=false", "socket://127.0.0.1:9100/?snmp=false"),
        ("ipp://localhost/ipp/print?snmp=false", "ipp://localhost/ipp/print?snmp=false"),
        ("usb://HP/LaserJet?serial=1", "usb://HP/LaserJet?serial=1"),
        ("serial:/dev/ttyS0?baud=9600", "serial:/dev/ttyS0?baud=9600"),
    ],
)
def test_options_of_a_device_stand_behind_a_path(said: str, device: str) -> None:
    assert address_of(f"cups:?device={said}&model=raw").device == device


@pytest.mark.parametrize("scheme", ["ipps", "https"])
@pytest.mark.parametrize("more", ["", "?pin=sha256:aa", "&insecure=yes-not-encrypted"])
def test_a_printer_whose_key_cups_would_not_hold_on_to_is_refused(scheme: str, more: str) -> None:
    """With a pin, which nobody would look at, and with consent to the clear, which is another matter."""
    with pytest.raises(DeviceConfigError, match=f"key over {scheme}: write ipps://"):
        address_of(f"cups:?device={scheme}://printer.example/ipp/print{more}&model=everywhere")


def test_a_pin_has_no_place_here() -> None:
    with pytest.raises(DeviceConfigError):
        address_of("cups:?device=ipps://printer.example/ipp/print&model=raw&pin=sha256:aa")


@pytest.mark.parametrize("device", ["ipp://printer.example/ipp/print", "socket://10.0.0.9", "lpd://h/q", "dnssd://x/"])
def test_a_wire_in_the_clear_needs_consent(device: str) -> None:
    with pytest.raises(DeviceConfigError, match="not encrypted"):
        address_of(f"cups:?device={device}&model=raw")
    assert address_of(f"cups:?device={device}&model=raw&insecure=yes-not-encrypted").device == device


@pytest.mark.parametrize(
    "uri",
    [
        "cups:",
        "cups:?model=raw",
        "cups:?device=usb://A/B",
        "cups:/queue?device=usb://A/B&model=raw",
        "cups://host?device=usb://A/B&model=raw",
        f"{USB}&spool=0",
        f"{USB}&spool=-1",
        f"{USB}&spool=9999999",
        f"{USB}&colour=yes",
        f"{USB}&model=raw",
        "cups:?device=file:///tmp/x&model=raw",
        "cups:?device=file:/tmp/x&model=raw&insecure=yes-not-encrypted",
        "cups:?device=../../bin/sh:x&model=raw",
        "cups:?device=usb&model=raw",
        "cups:?device=ipp://me:secret@printer/&model=raw",
        "cups:?device=ipps://me:secret@printer/&model=raw",
        "cups:?device=ipp://[::1/&model=raw",
        "cups:?device=usb://A/B&model=-x",
        "cups:?device=usb://A/B%0Ax&model=raw",
        "cups:?device=usb://A/B&model=a%0Ab",
    ],
)
def test_what_is_refused(uri: str) -> None:
    with pytest.raises(DeviceConfigError) as caught:
        address_of(uri)
    assert "secret" not in str(caught.value)


@given(st.text())
def test_any_text_is_an_address_or_an_error(text: str) -> None:
    for uri in (text, f"cups:?{text}", f"cups:?device={text}&model={text}", f"cups:?device=usb:{text}&model=raw"):
        try:
            address = address_of(uri)
        except DeviceConfigError:
            continue
        assert address.device.isascii()
        assert address.device.isprintable()
        assert address.spool >= MIB


def test_where_a_room_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/a:/run/b")
    assert [str(base) for base in cups_room.bases()] == ["/run/a", "/run/b", "/run/lockgate", "/dev/shm"]
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    assert [str(base) for base in cups_room.bases()] == ["/run/lockgate", "/dev/shm"]


def test_a_file_system_is_known_by_its_mount() -> None:
    assert cups_room.filesystem(Path("/dev/shm")) == "tmpfs"
    assert cups_room.filesystem(Path("/proc/self")) == "proc"


def test_a_room_is_ours_alone_and_goes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    room, another = cups_room.furnish(), cups_room.furnish()
    assert (room.root / cups_room.DOOR).stat().st_mode & 0o077 == 0
    assert room.root.stat().st_mode & 0o007 == 0
    assert room.free() > 0
    another.remove()
    assert room.root.is_dir()  # a living station's room is nobody else's to clear
    room.remove()
    assert not room.root.exists()


def test_where_there_is_no_memory_there_is_no_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tmp_path.chmod(0o711)  # fit for a room in all else
    monkeypatch.setattr(cups_room, "bases", lambda: (tmp_path,))
    monkeypatch.setattr(cups_room, "filesystem", lambda _path: "ext4")
    with pytest.raises(DeviceConfigError, match="is on ext4; its spool has to be in memory"):
        cups_room.furnish()
    assert list(tmp_path.iterdir()) == []


def test_only_its_own_marks_lose_a_job() -> None:
    """Job 71's program has no mark left by 7's, nor 7's by 71's."""
    server = Server(CupsAddress("usb://A/B", "raw", MIB), 1)
    server._room = cups_room.furnish()
    marks = server._room.root / cups_room.TEMPORARY
    try:
        for job in (1, 7, 71, 711):
            (marks / f"{ENDED}{job}-1").write_text("backend file /dev/null /dev/null\n")
        (marks / f"{MARK}71-4711").touch()
        assert [job for job in (1, 7, 71, 711) if server.lost_a_program(job)] == [71]
        assert server.lost_a_program(8)  # no program at all: nothing can have come to its end
        server.took(7 + KEPT)
        assert sorted(path.name for path in marks.iterdir()) == [f"{MARK}71-4711", f"{ENDED}71-1", f"{ENDED}711-1"]
    finally:
        server._room.remove()


@pytest.mark.parametrize(
    ("ended", "lost"),
    [
        (["filter file /dev/null pipe:[1]", "filter pipe:[1] pipe:[2]", "backend pipe:[2] /dev/null"], False),
        (["filter pipe:[1] pipe:[2]", "backend pipe:[2] /dev/null"], True),
        (["filter file /dev/null pipe:[1]", "backend pipe:[2] /dev/null"], True),
        (["filter file /dev/null pipe:[1]"], True),
        (["backend pipe:[1] pipe:[1]"], True),
        (["backend file /dev/null /dev/null"], False),
        (["backend file /dev/null /dev/null", "backend pipe:[1] /dev/null"], True),
        (["backend file /dev/null", ""], True),
        (["filter pipe:[1] pipe:[1]", "backend pipe:[1] /dev/null"], True),
    ],
)
def test_each_program_between_document_and_device_has_ended_or_the_job_is_lost(
    tmp_path: Path, ended: list[str], lost: bool
) -> None:
    for number, said in enumerate(ended):
        (tmp_path / f"{ENDED}7-{number}").write_text(said + "\n")
    assert cups_marks.lost_a_program(tmp_path, 7) is lost
