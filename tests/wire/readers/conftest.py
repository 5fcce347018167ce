"""Keyboard wedges for the tests here: made as each wants them, and taken down after it."""

from collections.abc import Iterator

import pytest

from tests.support.hid_rig import HidRig, Made
from tools.peers.hid_nodes import READER, WedgeDevice


@pytest.fixture
def made() -> Iterator[Made]:
    rigs: list[HidRig] = []

    def make(options: str = "", device: WedgeDevice = READER, uri: str | None = None) -> HidRig:
        rigs.append(HidRig(options, device, uri))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.close()
