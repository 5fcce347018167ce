"""What every boot in emulation begins with: a card of its own, and what tells that a station is there."""

import os
import socket
from pathlib import Path

from tools.image.disk import IMAGE
from tools.image.errors import ImageError
from tools.image.layout import PARTITIONS, offsets
from tools.image.machine import Board
from tools.image.workplace import Workplace, run

BOARD = Board()
READY = r"lockgate: ready"
"""What the unit says when the panel answers and the watchdog is fed, paired or not."""
JOINED = r"\]: paired: station hall of .*\n(?:.*\n)*?.*lockgate\[\d+\]: .+"
"""What the station says when it has joined, and its next line: by then it has put its affairs in order."""
AWAKE = r"lockgate\[\d+\]: \S+ -> ready"
"""What the station says when somebody can tap."""
PRINTED = r"delivery \d+ printed"
LONGEST = 1800.0
"""Seconds, as a last resort: a machine that does something else besides takes ten times as long as an idle one."""
PATIENT = "systemd.default_device_timeout_sec=1800"
"""For the same machine: a disk that takes long to appear is no failure here."""
HURT = "dd if=/dev/zero of=/dev/vda1 bs=1M count=1 conv=fsync"
"""What makes the file system of partition 1 none, by the superuser of a box; it is not mounted while that runs."""
CARD_BYTES = 2 * 2**30
"""A power of two, as QEMU's card reader wants it."""


def new_card(place: Workplace, site: bytes = b"", name: str = "card.img", image: Path | None = None) -> Path:
    """A copy of the image that was built, or of another `image`, on a card of 2 GiB; with `site` as the site's file on
    its first partition. Raises `ImageError`."""
    image, card = image or place.out / IMAGE, place.folder / name
    if not image.exists():
        raise ImageError(f"there is no {image}: tools/dev image build makes it")
    run(["cp", "--sparse=always", str(image), str(card)])
    os.truncate(card, CARD_BYTES)
    if site:
        where = f"{place.inside(card)}@@{offsets()[1]}"
        place.run("mcopy", "-i", where, "-", "::/lockgate.toml", stdin=site, variables={"MTOOLS_SKIP_CHECK": "1"})
    return card


def first_partition(disk: Path) -> bytes:
    """Partition 1 of a card or an image, whole."""
    with disk.open("rb") as file:
        file.seek(offsets()[1])
        return file.read(PARTITIONS[0].size)


def lay_first_partition(card: Path, content: bytes) -> None:
    """What `first_partition` has given, onto the card: no firmware starts a board without it."""
    with card.open("r+b") as file:
        file.seek(offsets()[1])
        file.write(content)


def free_port() -> int:
    """One of this machine that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
