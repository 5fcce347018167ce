"""The power cut at twenty random points of first starts, and each box started again: it is ready and paired, with
nobody near. The points are landmarks that the box tells, and a moment after; `CUTS_SEED` has them again.

Four cuts hit one card, one start after the other, before it is left alone: what is cut again is a start that a cut
before has left to be done again.
"""

import json
import os
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.image.boxes import PLACE
from tools.image.apart import apart
from tools.image.firmware_twin import FirmwareTwin
from tools.image.layout import offsets
from tools.image.machine import Board
from tools.image.rig import LONGEST, PATIENT, READY, free_port, new_card
from tools.image.site import Site

SEED = int(os.environ.get("CUTS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
CARDS, CUTS = int(os.environ.get("CUTS_CARDS", "5")), 4
MOST_SECONDS = 4.0
"""After a landmark, at the longest: what follows it takes about as long here."""
LANDMARKS = (
    "lockgate-data: first start: growing",
    "lockgate-data: first start: encrypting",
    "lockgate-data: first start: file system",
    "lockgate-data: first start: finishing",
    "lockgate-data: open",
    r"systemd\[1\]|lockgate\[\d+\]: ",
    r"lockgate\[\d+\]: ",
    r"paired: station|started -> ",
)
"""The last: one that a cut before has left paired has nothing more to say of that."""


@dataclass(frozen=True)
class Cut:
    """The power goes so many seconds after a landmark, or after one that comes only later."""

    landmark: int
    seconds: float

    @property
    def pattern(self) -> str:
        return "|".join(LANDMARKS[self.landmark :])


def planned(seed: int, cards: int) -> list[list[Cut]]:
    """The cuts of each card: on each, ever later ones."""
    chance = random.Random(seed)  # noqa: S311 - a plan that can be had again, and no secret
    return [
        sorted(
            (Cut(chance.randrange(len(LANDMARKS)), chance.uniform(0, MOST_SECONDS)) for _ in range(CUTS)),
            key=lambda cut: cut.landmark,
        )
        for _ in range(cards)
    ]


PLAN = planned(SEED, CARDS)


@pytest.mark.parametrize("number", range(CARDS))
def test_no_box_needs_a_hand(number: int, tmp_path: Path) -> None:
    print(f"CUTS_SEED={SEED} card {number}: {PLAN[number]}")
    name = f"hall-{number}"
    with apart(), Site(tmp_path, free_port()) as site:
        site_file = site.file(name)
        card = new_card(PLACE, site_file, f"cut-{number}.img")
        site.serve(for_guests=True)
        firmware = FirmwareTwin(PLACE, card, Board())
        for cut in PLAN[number]:
            with firmware.boot("cuts", words=PATIENT) as machine:
                found = machine.wait(cut.pattern, LONGEST)
                time.sleep(cut.seconds)
                print(f"    {machine.seconds():6.1f} s  cut {cut.seconds:.1f} s after {found[0]!r}")
        with firmware.boot("cuts", words=PATIENT) as machine:
            machine.wait(READY, LONGEST)
            machine.wait(rf"paired: station {name}|started -> |\S+ -> ready", LONGEST)
            assert "cannot be opened" not in machine.serial
        assert re.search(rf"^station +{name} +active", site.edgemesh("member", "list"), re.MULTILINE)
        assert finished(card)
        token = re.search(rb'^token = "(.+)"$', site_file, re.MULTILINE)
        assert token is not None
        where = f"{PLACE.inside(card)}@@{offsets()[1]}"
        listed = PLACE.run("mdir", "-b", "-i", where, "::/", variables={"MTOOLS_SKIP_CHECK": "1"})
        assert "lockgate.toml" not in listed
        card.unlink()


def finished(card: Path) -> bool:
    """Whether the card's own table says that its data partition is."""
    table = json.loads(PLACE.run("sfdisk", "--json", PLACE.inside(card)))["partitiontable"]
    return [one["type"] for one in table["partitions"] if one["node"].endswith("7")] == ["e8"]
