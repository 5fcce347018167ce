"""The printers that the contract is held against."""

from collections.abc import Iterator

import pytest

from tests.support.printer_rigs import PeerRig, Peers, Rig, ServedRig, TwinRig
from tools.peers import ippeveprinter

KINDS = ["twin", "served", "served-plain", *(["ippeveprinter"] if ippeveprinter.available() else [])]
"""The real printer takes part where it is installed; elsewhere the twin that is served stands in."""
TWINS = ["twin", "served"]


@pytest.fixture(scope="session")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    peers = Peers(tmp_path_factory.mktemp("peers"))
    yield peers
    peers.spoil()


@pytest.fixture
def served() -> Iterator[ServedRig]:
    rig = ServedRig()
    yield rig
    rig.close()


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param != "ippeveprinter":
        yield from opened(request.param)
        return
    real = PeerRig(request.getfixturevalue("peers").take())
    yield real
    real.close()


@pytest.fixture(params=TWINS)
def twin(request: pytest.FixtureRequest) -> Iterator[TwinRig | ServedRig]:
    """One whose printer has faults on order."""
    yield from opened(request.param)


def opened(kind: str) -> Iterator[TwinRig | ServedRig]:
    if kind == "twin":
        yield TwinRig()
        return
    rig = ServedRig(encrypted=kind == "served")
    yield rig
    rig.close()
