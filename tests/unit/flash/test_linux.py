"""Linux's disks by a tree as /sys is: what people take out, what is built in, and what the machine lives on."""

from pathlib import Path

import pytest

from tests.unit.flash.sysfs import Tree
from tools.flash.disks import Disk, chosen

USB = "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0"
CARD_SLOT = "pci0000:00/0000:00:1c.5/mmc_host/mmc0/mmc0:aaaa"
NVME = "pci0000:00/0000:00:1d.0/nvme/nvme0"
SATA = "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def found(tree: Tree, name: str) -> Disk:
    return chosen(tree.machine.disks(), name)


def test_a_stick(tree: Tree) -> None:
    tree.disk("sdb", "8:16", USB, device__vendor="SanDisk ", device__model="Ultra", removable="1")
    disk = found(tree, "sdb")
    assert (disk.bus, disk.model, disk.size) == ("usb", "SanDisk Ultra", 62_333_952 * 512)
    assert disk.is_offered
    assert not disk.zeroes


def test_a_solid_state_disk_on_usb_is_one_that_people_take_out(tree: Tree) -> None:
    tree.disk("sdc", "8:32", USB, removable="0", queue__write_zeroes_max_bytes="4194304")
    assert found(tree, "sdc").is_offered
    assert found(tree, "sdc").zeroes


def test_a_card_in_a_slot_and_a_chip_on_the_board(tree: Tree) -> None:
    tree.disk("mmcblk0", "179:0", CARD_SLOT, device__type="SD", device__name="SC32G")
    tree.disk("mmcblk1", "179:8", CARD_SLOT + "1", device__type="MMC", removable="1")
    assert found(tree, "mmcblk0").is_offered
    assert found(tree, "mmcblk0").model == "SC32G"
    assert not found(tree, "mmcblk1").is_offered


def test_disks_inside(tree: Tree) -> None:
    tree.disk("nvme0n1", "259:0", NVME)
    tree.disk("sda", "8:0", SATA)
    assert not any(disk.is_offered for disk in tree.machine.disks())


def test_a_reader_without_a_card(tree: Tree) -> None:
    tree.disk("sdd", "8:48", USB, size=0, removable="1")
    assert not found(tree, "sdd").is_offered


def test_what_is_no_disk_of_its_own(tree: Tree) -> None:
    for number, name in enumerate(("ram0", "zram0", "dm-0", "md0", "sr0", "nbd0")):
        tree.disk(name, f"1:{number}", f"virtual/{name}")
    assert tree.machine.disks() == ()


def test_a_mounted_partition(tree: Tree) -> None:
    disk = tree.disk("sdb", "8:16", USB)
    tree.part(disk, "sdb1", "8:17")
    tree.mount("8:17", "/media/ada/MY CARD", f"{tree.machine.dev}/sdb1")
    assert found(tree, "sdb").mounts == ("/media/ada/MY CARD",)
    assert not found(tree, "sdb").system


def test_a_machine_that_runs_from_a_stick(tree: Tree) -> None:
    disk = tree.disk("sdb", "8:16", USB, removable="1")
    tree.part(disk, "sdb2", "8:18")
    tree.mount("8:18", "/")
    assert found(tree, "sdb").system
    assert not found(tree, "sdb").is_offered


def test_a_root_under_encryption_and_volumes(tree: Tree) -> None:
    part = tree.part(tree.disk("sdb", "8:16", USB), "sdb3", "8:19")
    tree.hold(part, "dm-0")
    tree.hold(tree.disk("dm-0", "254:0", "virtual/dm-0"), "dm-1")
    tree.disk("dm-1", "254:1", "virtual/dm-1", dm__name="vg-root")
    tree.mount("254:1", "/")
    assert found(tree, "sdb").system
    assert found(tree, "sdb").holders == ("dm-0",)


def test_a_file_system_with_a_number_of_its_own_is_known_by_its_source(tree: Tree) -> None:
    tree.part(tree.disk("sdb", "8:16", USB), "sdb1", "8:17")
    tree.mount("0:35", "/", f"{tree.machine.dev}/sdb1")
    assert found(tree, "sdb").system


def test_such_a_one_under_encryption(tree: Tree) -> None:
    part = tree.part(tree.disk("sdb", "8:16", USB), "sdb1", "8:17")
    tree.hold(part, "dm-0")
    tree.disk("dm-0", "254:0", "virtual/dm-0", dm__name="luks-root")
    tree.mount("0:35", "/home", f"{tree.machine.dev}/mapper/luks-root")
    assert found(tree, "sdb").system


def test_swap(tree: Tree) -> None:
    tree.part(tree.disk("sdb", "8:16", USB), "sdb2", "8:18")
    tree.swap("sdb2")
    assert found(tree, "sdb").system


def test_another_disk_in_its_place_has_another_mark(tree: Tree) -> None:
    place = tree.disk("sdb", "8:16", USB, diskseq="12")
    before = found(tree, "sdb").mark
    (place / "diskseq").write_text("13\n")
    assert found(tree, "sdb").mark != before
