"""macOS's disks by the property lists of diskutil."""

import plistlib
import subprocess
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.flash.diskutil import CARD, INSIDE, ROOT, STICK, Diskutil
from tools.flash import macos
from tools.flash.disks import Disk, chosen
from tools.flash.errors import FlashError


def found(name: str, diskutil: Diskutil) -> Disk:
    return chosen(macos.disks(diskutil), name)


def test_what_is_offered() -> None:
    disks = macos.disks(Diskutil(INSIDE, CARD, STICK))
    assert [disk.name for disk in disks if disk.is_offered] == ["disk4", "disk5"]
    card = chosen(disks, "disk4")
    assert (card.bus, card.size, card.model) == ("sd", 31_914_983_424, "Built In SDXC Reader")
    assert (card.path, card.buffered) == ("/dev/rdisk4", "/dev/disk4")


def test_the_disk_inside_is_the_system_s() -> None:
    assert found("disk0", Diskutil(INSIDE)).system


def test_a_disk_inside_that_is_not_the_system_s_is_still_built_in() -> None:
    other = {**INSIDE, "DeviceIdentifier": "disk1"}
    assert not found("disk1", Diskutil(other)).removable
    assert not found("disk1", Diskutil(other)).system


def test_a_mac_that_runs_from_a_stick() -> None:
    root = {**ROOT, "APFSPhysicalStores": [{"APFSPhysicalStore": "disk5s2"}]}
    assert found("disk5", Diskutil(STICK, root=root)).system


def test_a_mounted_card() -> None:
    assert found("disk4", Diskutil(CARD, mounted={"disk4": "/Volumes/CARD"})).mounts == ("/Volumes/CARD",)


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"WritableMedia": False}, "read_only", True),
        ({"VirtualOrPhysical": "Virtual"}, "removable", False),
        ({"TotalSize": 0}, "size", 0),
        ({"TotalSize": "much"}, "size", 0),
    ],
)
def test_what_makes_a_difference(change: dict[str, Any], name: str, value: object) -> None:
    assert getattr(found("disk5", Diskutil({**STICK, **change})), name) == value


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    with suppress(FlashError):
        macos.parse_plist(raw)


@pytest.mark.parametrize("answer", [b"", b"<plist><array/></plist>", plistlib.dumps([1])])
def test_an_answer_of_another_kind(answer: bytes) -> None:
    with pytest.raises(FlashError, match="diskutil"):
        macos.disks(lambda *_words: answer)


def test_a_program_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_words: object, **_more: object) -> None:
        raise subprocess.CalledProcessError(1, "diskutil")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(FlashError) as caught:
        macos.ask("list")
    assert caught.value.code == "tool-missing"
