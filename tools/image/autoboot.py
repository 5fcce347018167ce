"""`autoboot.txt` on the first partition: which slot the Pi's firmware boots, and which it tries once ("tryboot")."""

import re
from dataclasses import dataclass

from tools.image.errors import ImageError
from tools.image.layout import Slot

MOST_BYTES = 512
"""The firmware reads no more of it."""


@dataclass(frozen=True, slots=True)
class Autoboot:
    """The slot of every start, and the one of a start with the tryboot flag."""

    usual: Slot
    tried: Slot

    def text(self) -> str:
        """The file's content."""
        return f"[all]\ntryboot_a_b=1\nboot_partition={self.usual.boot}\n[tryboot]\nboot_partition={self.tried.boot}\n"


def parse_autoboot(raw: bytes) -> Autoboot:
    """As the firmware reads it: sections in brackets, settings as NAME=VALUE, comments from `#`, unknown ones passed
    over, the last of two counts. Raises `ImageError`."""
    if len(raw) > MOST_BYTES:
        raise ImageError(f"autoboot.txt is longer than {MOST_BYTES} bytes")
    section, partitions, splits = "all", {}, False
    for line in raw.decode("ascii", errors="replace").splitlines():
        text = line.partition("#")[0].strip()
        if found := re.fullmatch(r"\[([a-z0-9]+)\]", text):
            section = found[1]
        elif found := re.fullmatch(r"boot_partition=([0-9]{1,2})", text):
            partitions[section] = int(found[1])
        elif text == "tryboot_a_b=1" and section == "all":
            splits = True
    if not splits:
        raise ImageError("autoboot.txt: tryboot_a_b=1 is missing: a try would boot the same slot")
    return Autoboot(_slot(partitions, "all"), _slot(partitions, "tryboot"))


def _slot(partitions: dict[str, int], section: str) -> Slot:
    for slot in Slot:
        if slot.boot == partitions.get(section):
            return slot
    raise ImageError(f"autoboot.txt: [{section}] has no boot_partition of a slot")
