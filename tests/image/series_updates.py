"""Updates on the shipped image: `tools/dev image test --all`. Each way ends on a slot that works, with the document
that was held before and the box's own keys.

Boots are shared where nothing is lost by it: a box that has refused one bundle refuses the next one in the same start.
A power cut is QEMU killed: what the guest had written is on the card, in the order in which it was written; what a
card loses of its own cache is not played.
"""

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.image.firmware_twin import wants_try
from tools.image.house import House, house
from tools.image.layout import MIB, PARTITIONS, Slot, offsets
from tools.image.rig import HURT, first_partition, lay_first_partition
from tools.image.story import NEWER, UNWELL, WELL
from tools.image.variants import (
    FROM_END,
    HEAD,
    Variant,
    make_empty,
    make_variant,
    other_signer,
    tampered,
    too_large,
)
from tools.image.workplace import Workplace, default_folder

PLACE = Workplace(Path(os.environ.get("IMAGE_WORK", default_folder())))
SEED = int(os.environ.get("IMAGE_SEED", random.SystemRandom().randrange(10**6)))
CUTS = 10
WRITTEN = "$(( $(awk '{print $7}' /sys/class/block/vda3/stat) + $(awk '{print $7}' /sys/class/block/vda6/stat) ))"
"""Of slot B since the start, in sectors."""
PATIENCE_OF_A_TRY = "etc/systemd/system/lockgate-trial.timer.d/test.conf"
SHORT = "[Timer]\nOnBootSec=\nOnBootSec=2min\n"
HANGS = Variant(
    "0.2.2",
    {
        "etc/systemd/system/lockgate.service.d/test.conf": "[Service]\nExecStart=\nExecStart=/usr/bin/sleep infinity\n",
        PATIENCE_OF_A_TRY: SHORT,
    },
)
"""Its station never gets ready, and nothing that feeds a watchdog runs yet; the try ends by its timer, which is the
image's own but for the length."""
LOSES_ITS_CARD = Variant(
    "0.2.4",
    {
        "etc/systemd/system/lockgate.service.d/test.conf": (
            f"[Service]\nDeviceAllow=/dev/vda1 rw\nExecStartPre=+/usr/bin/{HURT}\n"
            "ExecStart=\nExecStart=/usr/bin/sleep infinity\n"
        ),
        PATIENCE_OF_A_TRY: SHORT,
    },
)
"""The same, and partition 1, which says whether it is a try, cannot be read any more."""
ENDS_AT_ONCE = Variant(
    "0.2.3",
    {
        "etc/systemd/system/lockgate.service.d/test.conf": (
            "[Unit]\nStartLimitBurst=3\n[Service]\nExecStart=\nExecStart=/usr/bin/false\n"
        )
    },
)
"""Its station ends whenever it is started; the limit after which the board starts again is lower than the image's."""
RESTART = "systemctl reboot --reboot-argument='0 tryboot'"
"""Into the other slot, for once."""
DOES_NOT_BOOT = Variant("0.2.1", boots=False)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(PLACE, tmp_path, print) as found:
        yield found


@pytest.fixture(scope="module")
def good() -> Path:
    return make_variant(PLACE, WELL)


def _installed(home: House, bundle: Path, version: str) -> None:
    home.offer(bundle, version)
    home.install()
    print(f"version {version}: installed in {home.installed(version):.1f} s")
    assert wants_try(home.life.ended())


def _back_in(home: House, slot: str, document: Path) -> None:
    """The box works there, and is what it was."""
    assert home.life.awake() == slot
    assert home.release(document)


def _tried_in_vain(home: House) -> None:
    home.life.start()
    assert home.life.slot == "B"
    assert not wants_try(home.life.ended())
    home.life.start()
    assert home.life.awake() == "A"


def test_a_good_version_stays_and_one_that_is_not_well_goes_back(home: House, good: Path) -> None:
    home.join()
    first = home.hold()
    _installed(home, good, NEWER)
    home.life.start()
    assert home.life.awake() == "B"
    home.told(f"version {NEWER} is healthy, and stays")
    assert "version 0.2.0, slot B\n" in home.life.lockgate("update")
    assert home.release(first)
    home.life.cut()
    home.life.start()
    assert home.life.awake() == "B", "it is the usual slot now"
    second = home.hold()
    unwell = make_variant(PLACE, Variant("0.3.0", UNWELL.files))
    _installed(home, unwell, "0.3.0")
    home.life.start()
    assert home.life.slot == "A"
    home.told(r"version 0\.3\.0 is not healthy: .*mesh-unreachable")
    assert not wants_try(home.life.ended())
    home.life.start()
    home.told(r"version 0\.3\.0 is not taken: ")
    _back_in(home, "B", second)


def test_what_is_not_of_the_release_is_refused(home: House, good: Path) -> None:
    home.join()
    document = home.hold()
    refused = {
        "0.4.1": (make_empty(PLACE, "0.4.1", other_signer(PLACE)), "bundle-refused"),
        "0.4.2": (tampered(good, HEAD), "bundle-differs|bundle-refused|bundle-unreadable|install-failed"),
        "0.4.3": (tampered(good, -FROM_END), "bundle-refused"),
        "0.4.4": (make_empty(PLACE, "0.0.9"), "bundle-differs"),
        "0.4.5": (make_empty(PLACE, "0.4.5", root_bytes=too_large()), "bundle-refused|install-failed"),
    }
    for version, (bundle, code) in refused.items():
        home.offer_as(bundle, version)
        assert re.fullmatch(code, home.refusal(version)), version
        home.withdraw(version)
    home.offer(make_empty(PLACE, "0.0.8"), "0.0.8")
    assert home.refusal("0.0.8") == "update-older"
    assert "slot A\n" in home.life.lockgate("update")
    assert home.release(document)
    home.life.cut()
    home.life.start()
    assert home.life.awake() == "A"


@pytest.mark.parametrize("variant", [DOES_NOT_BOOT, HANGS, ENDS_AT_ONCE], ids=["no boot", "hangs", "ends at once"])
def test_a_version_that_does_not_come_up_is_tried_twice_and_left(home: House, variant: Variant) -> None:
    bundle = make_variant(PLACE, variant)
    home.join()
    document = home.hold()
    _installed(home, bundle, variant.version)
    _tried_in_vain(home)
    home.install()
    assert wants_try(home.life.ended())
    _tried_in_vain(home)
    home.told(rf"version {variant.version} is not taken: update-not-started")
    _back_in(home, "A", document)


def test_a_try_that_cannot_be_told_from_a_usual_start_ends_all_the_same(home: House) -> None:
    bundle = make_variant(PLACE, LOSES_ITS_CARD)
    home.join()
    document = home.hold()
    _installed(home, bundle, LOSES_ITS_CARD.version)
    card = home.life.twin.disk
    before = first_partition(card)
    home.life.start()
    assert home.life.slot == "B"
    assert not wants_try(home.life.ended())
    assert "nobody can say whether this version is still a try" in home.life.machine.serial
    lay_first_partition(card, before)
    home.life.start()
    _back_in(home, "A", document)


def test_a_root_that_is_zeroed_is_left_for_the_other(home: House, good: Path) -> None:
    home.join()
    document = home.hold()
    _installed(home, good, NEWER)
    home.life.start()
    home.life.awake()
    home.told(f"version {NEWER} is healthy, and stays")
    home.life.cut()
    _zero(home.life.twin.disk, Slot.A.root)
    home.life.start()
    _back_in(home, "B", document)
    home.life.ask(f"systemd-run -q --on-active=2 {RESTART}")  # it answers before it goes
    home.life.ended()
    home.life.start()
    assert home.life.slot == "A", "which is tried by hand"
    assert not wants_try(home.life.ended())
    home.life.start()
    assert home.life.awake() == "B"


def test_cut_off_anywhere_it_starts_again_and_installs_in_the_end(home: House, good: Path) -> None:
    print(f"seed {SEED}: IMAGE_SEED={SEED} cuts at the same points again")
    points = random.Random(SEED)  # noqa: S311 (points of time, no secrets)
    sectors = good.stat().st_size // 512
    home.join()
    document = home.hold()
    home.offer(good, NEWER)
    for number in range(CUTS):
        point = points.randrange(sectors)
        home.install()
        home.told(f"version {NEWER} is being installed")
        home.life.ask(f"until [ {WRITTEN} -gt {point} ]; do sleep 0.1; done")
        home.life.cut()
        print(f"cut {number + 1} of {CUTS}: after {point * 512 // MIB} MiB were written")
        home.life.start()
        assert home.life.awake() == "A"
    home.install()
    home.installed(NEWER)
    assert wants_try(home.life.ended())
    home.life.start()
    home.told(f"version {NEWER} is healthy, and stays")
    _back_in(home, "B", document)


def _zero(disk: Path, number: int) -> None:
    size = next(one.size for one in PARTITIONS if one.number == number)
    with disk.open("r+b") as file:
        file.seek(offsets()[number])
        for _ in range(size // MIB):
            file.write(bytes(MIB))
