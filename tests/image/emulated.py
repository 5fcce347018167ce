"""The image that was built, booted in emulation, with a mesh and a printer on this machine: `tools/dev image test`.

No part of `tools/dev test`: it needs the image, and minutes. The box is asked by the probe, so the file that is booted
is the one that ships. One start: it prints its code, an administrator types it, a badge is typed, a document comes out,
it is asked to start again.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.image.boxes import PLACE, ask_for_a_restart, assert_in_order, boot
from tools.demo.evidence import samples
from tools.image import probe
from tools.image.canary import found_on
from tools.image.disk import IMAGE
from tools.image.firmware_twin import wants_try
from tools.image.hall import Card, Hall, hall
from tools.image.layout import SECTOR, offsets
from tools.image.rig import AWAKE, JOINED, LONGEST, PRINTED, READY
from tools.image.slip import code_of
from tools.image.sockets import Listening, parse_sockets
from tools.image.visit import READER, Person, tap

MOST_COMPRESSED = 220_000_000
MOST_RESIDENT = 220 * 1024
"""KiB, of everything but a browser."""
BADGE, TITLE = "7301948265", "Zwetschgenknoedel-4711"


@dataclass(frozen=True)
class Box:
    """A station that was visited and then asked to start again: what the probe saw in it, what it said, and what came
    out of the printer after the slip."""

    hall: Hall
    card: Card
    serial: str
    said: dict[str, str]
    code: str
    document: Path
    printed: list[bytes]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with hall(PLACE, tmp_path_factory.mktemp("site")) as there:
        ada = there.person("ada", BADGE)
        document = there.sent(ada, TITLE)
        card = there.card("test", (READER,), by_token=False)
        said, serial, code = _visited(there, card, ada)
        yield Box(there, card, serial, said, code, document, there.printed()[1:])


def _visited(there: Hall, card: Card, ada: Person) -> tuple[dict[str, str], str, str]:
    """What the probe saw, all that came over the serial line until the board has stopped in good order, and the code
    that the box was let in by."""
    with boot(card, "test", words=probe.words(then=probe.RESTART)) as machine:
        machine.wait(READY, LONGEST)
        said = probe.answers(machine, LONGEST)
        code = code_of(there.slip(machine, LONGEST))
        there.approve(code)
        machine.wait(JOINED, LONGEST)
        machine.wait(AWAKE, LONGEST)
        tap(machine, ada.badge)
        machine.wait(PRINTED, LONGEST)
        ask_for_a_restart(machine)
        return said, machine.serial, code


def test_a_box_is_let_in_by_the_code_that_it_prints(box: Box) -> None:
    assert re.fullmatch(r"\d{6} \d{6}", box.code)
    assert re.search(r"^station +hall +active", box.hall.site.edgemesh("member", "list"), re.MULTILINE)


def test_a_badge_that_is_typed_brings_the_document_to_the_printer_byte_for_byte(box: Box) -> None:
    assert box.printed == [box.document.read_bytes()]


def test_neither_badge_nor_title_is_told(box: Box) -> None:
    assert "badge accepted" in box.serial
    assert BADGE not in box.serial
    assert TITLE not in box.serial


def test_what_was_released_lies_nowhere_on_the_card(box: Box) -> None:
    assert "/data/" in box.said["wrote"], "the station wrote"
    keys = {path.read_bytes() for path in box.hall.site.mesh.rglob("*.key")}
    assert len(keys) > 3
    secret = samples(box.document) | keys | {BADGE.encode(), TITLE.encode()}
    assert found_on(box.card.file, secret) == set()


def test_the_data_lies_to_the_end_of_the_card_and_nowhere_in_the_clear(box: Box) -> None:
    table = json.loads(PLACE.run("sfdisk", "--json", PLACE.inside(box.card.file)))["partitiontable"]["partitions"]
    (data,) = [one for one in table if one["node"].endswith("7")]
    assert data["type"] == "e8"
    assert (data["start"] + data["size"]) * SECTOR == box.card.file.stat().st_size
    where = data["start"] * SECTOR
    written = {b"station/hall", b"lockgate.toml", b"lost+found", b"data_dir"}
    assert found_on(box.card.file, {b"lockgate-data", *written}, where) == {b"lockgate-data"}, (
        "LUKS's label, and no more"
    )


def test_the_station_speaks_to_the_updater_and_others_do_not(box: Box) -> None:
    assert re.search(r"Compatible: +lockgate-station-arm64", box.said["rauc"])
    assert re.search(r"Booted from: +rootfs\.0 \(A\)", box.said["rauc"])
    assert "Compatible" not in box.said["strange"]


def test_the_station_may_have_the_other_slot_tried(box: Box) -> None:
    assert wants_try(box.serial)


def test_the_sites_file_is_gone_from_the_card(box: Box) -> None:
    where = f"{PLACE.inside(box.card.file)}@@{offsets()[1]}"
    files = PLACE.run("mdir", "-b", "-i", where, "::/", variables={"MTOOLS_SKIP_CHECK": "1"})
    assert "lockgate.toml" not in files
    assert "autoboot.txt" in files


def test_no_socket_listens_but_those_of_the_golden_list_and_no_unit_has_failed(box: Box) -> None:
    assert_in_order(box.said)
    assert Listening("127.0.0.1", 8631) in parse_sockets(box.said["sockets"])


def test_the_root_is_read_only_under_an_overlay_in_memory(box: Box) -> None:
    assert re.search(r"^overlay / overlay rw,.*lowerdir=/lower,", box.said["mounts"], re.MULTILINE)
    assert "initramfs: slot A, root /dev/vda5" in box.serial


def test_what_is_kept_is_on_the_data_partition(box: Box) -> None:
    for place in ("/data", "/var/lib/lockgate", "/etc/lockgate", "/var/lib/systemd"):
        assert re.search(rf"^/dev/mapper/data {place} ext4 .*nosuid,nodev,noexec", box.said["mounts"], re.MULTILINE), (
            place
        )


def test_there_is_no_swap_and_no_core_dump(box: Box) -> None:
    assert len(box.said["swaps"].strip().splitlines()) == 1
    assert box.said["core"].strip() == "|/usr/bin/false"


def test_a_box_of_half_a_gigabyte_has_room(box: Box) -> None:
    sizes = {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB", box.said["memory"], re.MULTILINE)}
    assert sizes["MemTotal"] - sizes["MemAvailable"] <= MOST_RESIDENT


def test_image_and_bundle_are_small_enough() -> None:
    sizes = {file.name: file.stat().st_size for file in (PLACE.out / f"{IMAGE}.zst", *PLACE.out.glob("*.raucb"))}
    assert len(sizes) >= 2
    assert {name: size for name, size in sizes.items() if size > MOST_COMPRESSED} == {}
