"""What a `cups:` URI may say, and what it may not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers import cups_room
from hal.drivers.cups_address import DEFAULT_SPOOL, CupsAddress, address_of
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
    ["ipps://printer.example/ipp/print", "ipp://127.0.0.1:8631/ipp/print", "ipp://[::1]/", "socket://localhost"],
)
def test_an_encrypted_wire_or_none_needs_no_consent(device: str) -> None:
    assert address_of(f"cups:?device={device}&model=everywhere").device == device


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
        "cups:?device=ipps://me:secret@printer/&model=raw",
        "cups:?device=ipps://[::1/&model=raw",
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
