"""A factory reset of a box in emulation, by a stick that is put in and by a button that is held: the mesh knows, no
byte of the old key is on the card, and the box shows a new pairing code. The same where partition 1 cannot be mounted.

The button is at a pin of the kernel's own GPIO simulator (gpio-sim), so all from the driver upwards is what ships.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.image.boxes import PLACE
from tools.image import probe
from tools.image.apart import apart
from tools.image.canary import found_on
from tools.image.disk import IMAGE
from tools.image.firmware_twin import FirmwareTwin
from tools.image.layout import offsets
from tools.image.machine import Board, Machine
from tools.image.rig import HURT, JOINED, LONGEST, PATIENT, first_partition, free_port, lay_first_partition, new_card
from tools.image.site import Site
from tools.image.visit import KEYBOARD

QUESTIONS = {
    "token": "cryptsetup token export --token-id 0 /dev/vda7",
    "header": "cryptsetup luksUUID /dev/vda7",
    "wrote": "until grep -rlsF station/hall /data; do sleep 1; done",
    "doctor": "lockgate doctor",
}
STICK = "LG-RESET"
SIMULATOR = "/sys/kernel/config/gpio-sim/box"
BUTTON = b"""
[station]
reset_button = "gpio:/dev/box?reset=0&low=reset"
"""
MOUNTED = "mountpoint -q /sys/kernel/{0} || mount -t {0}fs none /sys/kernel/{0}"
WIRED = (
    f"modprobe gpio-sim; {MOUNTED.format('config')}; {MOUNTED.format('debug')}; mkdir -p {SIMULATOR}/pins; "
    f"echo 8 >{SIMULATOR}/pins/num_lines; echo 1 >{SIMULATOR}/live; ln -s $(cat {SIMULATOR}/pins/chip_name) /dev/box"
)
HELD = (
    f"{probe.SIGN}; until grep -q lockgate /sys/kernel/debug/gpio; do sleep 1; done; "
    "echo pull-down | tee /sys/devices/platform/gpio-sim.0/*/sim_gpio0/pull"
)
"""Once the station has asked for the pin, it goes down and stays there."""
CODE = r"pairing code (\d+(?: \d+)*) for station hall"


@dataclass(frozen=True)
class Way:
    """What is done to the box, what is asked of it besides before, and what it says of it then."""

    act: Callable[[Machine], None]
    said: str
    before: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Box:
    """What a box said before it was reset, what lay on its card then, and what it said afterwards."""

    members: str
    said: dict[str, str]
    before: set[bytes]
    after: set[bytes]
    code: str
    serial: str
    way: Way


def stick() -> Path:
    """A FAT volume of that name, with nothing on it."""
    file = PLACE.folder / "stick.img"
    file.unlink(missing_ok=True)
    with file.open("wb") as handle:
        handle.truncate(2**23)
    PLACE.run("mkfs.vfat", "-n", STICK, PLACE.inside(file))
    return file


def put_in(machine: Machine, file: Path) -> None:
    """While the box runs."""
    where = {"driver": "file", "filename": PLACE.inside(file), "read-only": True}
    machine.tell("blockdev-add", **{"node-name": "stick", "driver": "raw", "read-only": True, "file": where})
    machine.tell("device_add", driver="usb-storage", drive="stick")


def hold(machine: Machine) -> None:
    """The button, where the probe presses it."""
    probe.give_sign(machine)


ON_CARD = r"noted on the card.*factory reset: destroying the keys.*first start: growing"
IN_TABLE = r"noted in the table of the card.*key destroyed.*first start: growing"
WAYS = {
    "stick": Way(lambda machine: put_in(machine, stick()), ON_CARD),
    "button": Way(hold, ON_CARD),
    "partition 1 hurt": Way(lambda machine: put_in(machine, stick()), IN_TABLE, {"hurt": HURT}),
}


@pytest.fixture(scope="module", params=WAYS)
def box(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Box]:
    with apart(), Site(tmp_path_factory.mktemp("site"), free_port()) as site:
        site_file = site.file("hall")
        card = new_card(PLACE, site_file + BUTTON, "reset.img")
        site.serve(for_guests=True)
        way = WAYS[request.param]
        disk, words = probe.on_disk(PLACE, "reset", probe.script({**QUESTIONS, **way.before}, HELD, WIRED))
        firmware = FirmwareTwin(PLACE, card, Board(devices=(*KEYBOARD, *disk)))
        with firmware.boot("reset", words=f"{PATIENT} {words}") as machine:
            machine.wait(JOINED, LONGEST)
            said = probe.answers(machine, LONGEST)
            secret = {json.loads(said["token"])["key"].encode(), said["header"].strip().encode()}
            before = found_on(card, secret)
            way.act(machine)
            machine.wait(r"reboot: Restarting system", LONGEST)
            machine.process.wait(LONGEST)
            serial = machine.serial
        members = site.edgemesh("member", "list")
        if way.before:
            lay_first_partition(card, first_partition(PLACE.out / IMAGE))
        # As an administrator would who wants a code: the mesh and the name, and no token.
        told = re.sub(rb"(?m)^token = .*\n", b"", site_file)
        where = f"{PLACE.inside(card)}@@{offsets()[1]}"
        PLACE.run("mcopy", "-i", where, "-", "::/lockgate.toml", stdin=told, variables={"MTOOLS_SKIP_CHECK": "1"})
        with firmware.boot("reset", words=PATIENT) as machine:
            code = machine.wait(CODE, LONGEST)[1]
            serial += machine.serial
        yield Box(members, said, before, found_on(card, secret), code, serial, way)
        card.unlink()


def test_the_mesh_knows_that_the_station_has_left(box: Box) -> None:
    assert re.search(r"^station +hall +revoked", box.members, re.MULTILINE)


def test_the_key_was_on_the_card_and_no_byte_of_it_is(box: Box) -> None:
    assert len(box.before) == 2, "the search finds what is there"
    assert box.after == set()


def test_what_the_station_had_written_was_inside(box: Box) -> None:
    assert "/data/" in box.said["wrote"]


def test_the_doctor_says_what_the_key_is_worth(box: Box) -> None:
    assert "whoever has the card can open it" in box.said["doctor"]


def test_the_box_begins_anew_with_a_code(box: Box) -> None:
    assert re.search(box.way.said, box.serial, re.DOTALL)
    assert len(re.sub(r"\D", "", box.code)) == 12
