"""A printer that a cupsd in the network passes on: what that says of its speed is not the printer's word."""

from firmware.delivery.pace import NO_RATE
from hal.ports.printer import Capabilities
from tests.support import aio
from tests.support.printer_rigs import DriverRig, opened
from tools.peers.cupsd import QUEUE, available, cupsd


def test_cups_is_installed() -> None:
    assert available()


def test_a_queue_of_a_cupsd_announces_no_rate_that_is_its_printers() -> None:
    rig = DriverRig()

    async def main(server: str) -> Capabilities:
        async with opened(rig, f"ipp://{server}/printers/{QUEUE}?insecure=yes-not-encrypted") as printer:
            return await printer.capabilities()

    try:
        with cupsd("file:/dev/null") as running:
            assert NO_RATE in aio.run(main(running.server)).quirks
    finally:
        rig.close()
