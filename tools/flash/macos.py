"""macOS's disks, as `diskutil` tells of them in property lists."""

import plistlib
import re
import subprocess
from collections.abc import Callable
from typing import Any
from xml.parsers.expat import ExpatError

from tools.flash.disks import Disk
from tools.flash.errors import FlashError

Ask = Callable[..., bytes]
_WHOLE = re.compile(r"disk[0-9]+")


def ask(*words: str) -> bytes:
    """What `diskutil` answers. Raises `FlashError`."""
    try:
        return subprocess.run(["diskutil", *words], capture_output=True, check=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError) as exc:
        raise FlashError(f"diskutil {' '.join(words)} failed", code="tool-missing") from exc


def disks(asked: Ask = ask) -> tuple[Disk, ...]:
    """Every whole physical disk, as `diskutil list -plist physical` knows them: a card in a Mac's own slot counts as
    internal there, and is told from what is built in by its bus. Raises `FlashError`."""
    listed = parse_plist(asked("list", "-plist", "physical"))
    names, system = listed.get("WholeDisks", []), _system(parse_plist(asked("info", "-plist", "/")))
    parts = {
        one.get("DeviceIdentifier"): one for one in listed.get("AllDisksAndPartitions", []) if isinstance(one, dict)
    }
    return tuple(
        _disk(parse_plist(asked("info", "-plist", name)), parts.get(name, {}), is_system=name in system)
        for name in _list(names)
        if isinstance(name, str)
    )


def parse_plist(raw: bytes) -> dict[str, Any]:
    """A property list whose top is a dictionary. Raises `FlashError`."""
    try:
        found = plistlib.loads(raw)
    except (plistlib.InvalidFileException, ExpatError, ValueError, OverflowError, RecursionError, LookupError) as exc:
        raise FlashError("diskutil does not answer as it is known to", code="tool-missing") from exc
    if not isinstance(found, dict):
        raise FlashError("diskutil does not answer as it is known to", code="tool-missing")
    return found


def _system(root: dict[str, Any]) -> set[str]:
    """The whole disks under the root volume, those of its APFS container among them."""
    stores = [one.get("APFSPhysicalStore") for one in _list(root.get("APFSPhysicalStores")) if isinstance(one, dict)]
    found = (_WHOLE.match(name) for name in (root.get("ParentWholeDisk"), *stores) if isinstance(name, str))
    return {match[0] for match in found if match}


def _disk(info: dict[str, Any], listed: dict[str, Any], *, is_system: bool) -> Disk:
    name = str(info.get("DeviceIdentifier", ""))
    outside = info.get("Internal") is not True and info.get("VirtualOrPhysical") != "Virtual"
    bus = str(info.get("BusProtocol", ""))
    card = bus == "Secure Digital"
    loose = bool(info.get("RemovableMedia")) or bool(info.get("Removable")) or bool(info.get("Ejectable"))
    return Disk(
        name=name,
        path=f"/dev/r{name}",
        size=_number(info.get("TotalSize", info.get("Size"))),
        bus="sd" if card else bus.lower(),
        model=str(info.get("MediaName", "")).strip(),
        removable=(outside or card) and (loose or bus == "USB"),
        read_only=info.get("WritableMedia") is False,
        system=is_system or info.get("SystemImage") is True,
        mounts=_mounts(info, listed),
        mark=f"{info.get('IORegistryEntryName', '')} {info.get('DeviceTreePath', '')} {info.get('TotalSize', '')}",
        buffered=f"/dev/{name}",
    )


def _mounts(info: dict[str, Any], listed: dict[str, Any]) -> tuple[str, ...]:
    volumes = [*_list(listed.get("Partitions")), *_list(listed.get("APFSVolumes")), info]
    places = (one.get("MountPoint") for one in volumes if isinstance(one, dict))
    return tuple(place for place in places if isinstance(place, str) and place)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
