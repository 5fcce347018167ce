"""The printers that the contract is held against."""

from collections.abc import Iterator

import pytest

from tests.support import cups_rig
from tests.support.cups_rig import CupsRig
from tests.support.printer_rigs import PeerRig, Peers, Rig, ServedRig, TwinRig
from tests.support.usb_rig import IppUsbPeers, IppUsbRig
from tools.peers import ipp_usb, ippeveprinter

REAL = {"ippeveprinter": ippeveprinter.available, "ipp-usb": ipp_usb.available, "cups": cups_rig.available}
KINDS = ["twin", "served", "served-plain", *(kind for kind, available in REAL.items() if available())]
"""The real printers take part where they are installed; elsewhere the twin that is served stands in."""
TWINS = ["twin", "served"]


@pytest.fixture(scope="session")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    peers = Peers(tmp_path_factory.mktemp("peers"))
    yield peers
    peers.spoil()


@pytest.fixture(scope="session")
def usb_peers() -> Iterator[IppUsbPeers]:
    peers = IppUsbPeers()
    yield peers
    peers.spoil()


@pytest.fixture
def served() -> Iterator[ServedRig]:
    rig = ServedRig()
    yield rig
    rig.close()


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    if request.param not in REAL:
        yield from opened(request.param)
        return
    if request.param == "cups":
        yield CupsRig()
        return
    real: PeerRig | IppUsbRig
    if request.param == "ipp-usb":
        real = IppUsbRig(request.getfixturevalue("usb_peers").take(), monkeypatch)
    else:
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
