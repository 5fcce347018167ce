"""A card on which nothing was written: the box finds the mesh that says in the network where it is, and shows its code.

The mesh and the box stand at one switch, by a network device of this machine: QEMU's user network passes no multicast.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.image.boxes import PLACE
from tools.image import probe
from tools.image.apart import apart, plugged
from tools.image.firmware_twin import FirmwareTwin
from tools.image.machine import Board
from tools.image.rig import LONGEST, PATIENT, READY, free_port, new_card
from tools.image.site import Site
from tools.image.sockets import golden, parse_sockets, unexpected

MULTICAST_DNS = 5353
CODE = r"pairing code (\d{6} \d{6}) for station (station-[0-9a-f]{8})"
PAIRED = r"paired: station (station-[0-9a-f]{8}) of acme\.example"


@dataclass(frozen=True)
class Box:
    """What it said, and what the mesh knows of it."""

    shown: str
    paired: str
    members: str
    said: dict[str, str]


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    folder = tmp_path_factory.mktemp("site")
    with apart(), Site(folder, free_port()) as site, plugged() as tap:
        card = new_card(PLACE, b"", "found.img")
        site.serve(for_guests=True)
        words = f"{PATIENT} {probe.words(probe.FEW)}"
        with FirmwareTwin(PLACE, card, Board(tap=tap)).boot("found", words=words) as machine:
            machine.wait(READY, LONGEST)
            said = probe.answers(machine, LONGEST)
            code, name = machine.wait(CODE, LONGEST).groups()
            site.edgemesh("pairing", "approve", name, *code.split())
            paired = machine.wait(PAIRED, LONGEST)[1]
        yield Box(name, paired, site.edgemesh("member", "list"), said)
        card.unlink()


def test_a_box_with_an_empty_card_finds_its_mesh_and_is_let_in_by_its_code(box: Box) -> None:
    assert box.paired == box.shown
    assert re.search(rf"^station +{box.shown} +active", box.members, re.MULTILINE)


def test_while_it_looks_it_listens_for_answers_and_at_nothing_else_that_is_new(box: Box) -> None:
    found = unexpected(parse_sockets(box.said["sockets"]), golden())
    assert {one.port for one in found} <= {MULTICAST_DNS}
    assert box.said["failed"].strip() == ""
