"""`diskutil -plist` as it answers on a Mac with a disk inside, a card in its slot and a stick; the keys are those that
its manual and other programs that read it name."""

import plistlib
from collections.abc import Mapping
from typing import Any

INSIDE = {
    "DeviceIdentifier": "disk0",
    "TotalSize": 500_277_790_720,
    "BusProtocol": "Apple Fabric",
    "Internal": True,
    "Ejectable": False,
    "RemovableMedia": False,
    "VirtualOrPhysical": "Physical",
    "WritableMedia": True,
    "MediaName": "APPLE SSD AP0512Q",
    "MountPoint": "",
}
CARD = {
    "DeviceIdentifier": "disk4",
    "TotalSize": 31_914_983_424,
    "BusProtocol": "Secure Digital",
    "Internal": True,
    "Ejectable": True,
    "RemovableMedia": True,
    "VirtualOrPhysical": "Physical",
    "WritableMedia": True,
    "MediaName": "Built In SDXC Reader",
    "MountPoint": "",
}
STICK = {
    "DeviceIdentifier": "disk5",
    "TotalSize": 15_376_000_000,
    "BusProtocol": "USB",
    "Internal": False,
    "Ejectable": True,
    "RemovableMedia": True,
    "VirtualOrPhysical": "Physical",
    "WritableMedia": True,
    "MediaName": "Cruzer Blade",
    "MountPoint": "",
}
ROOT = {
    "DeviceIdentifier": "disk3s1s1",
    "ParentWholeDisk": "disk3",
    "MountPoint": "/",
    "APFSPhysicalStores": [{"APFSPhysicalStore": "disk0s2"}],
}


class Diskutil:
    """Answers as the program would; `root` is where the machine runs from, `mounted` where each disk's part is."""

    def __init__(
        self, *disks: Mapping[str, Any], root: Mapping[str, Any] = ROOT, mounted: Mapping[str, str] | None = None
    ) -> None:
        self._disks = {str(disk["DeviceIdentifier"]): disk for disk in disks}
        self._root, self._mounted = root, mounted or {}
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *words: str) -> bytes:
        self.asked.append(words)
        if words == ("list", "-plist", "physical"):
            return plistlib.dumps(self._list())
        assert words[:2] == ("info", "-plist")
        return plistlib.dumps(dict(self._root if words[2] == "/" else self._disks[words[2]]))

    def _list(self) -> dict[str, Any]:
        parts = [
            {
                "DeviceIdentifier": name,
                "Content": "FDisk_partition_scheme",
                "Partitions": [{"DeviceIdentifier": f"{name}s1", "MountPoint": self._mounted.get(name, "")}],
            }
            for name in self._disks
        ]
        return {"AllDisksAndPartitions": parts, "WholeDisks": list(self._disks)}
