"""A real pcscd that is there and says nothing."""

import asyncio
from collections.abc import Iterator

import pytest

from firmware.readers import PRESENT_SECONDS
from hal.drivers import pcsc_reader
from hal.ports.errors import DeviceLostError
from tests.support.pcsc_rig import PcscRig
from tests.wire.readers.test_pcsc import UID, listening, tapped, threads


@pytest.fixture
def rig() -> Iterator[PcscRig]:
    rig = PcscRig()
    yield rig
    rig.close()


def test_a_pcscd_that_hangs_at_the_start_is_told_and_heard_when_it_goes_on(rig: PcscRig) -> None:
    assert pcsc_reader.AGAIN_SECONDS < PRESENT_SECONDS  # a later one would count as back

    async def main() -> None:
        rig.peer.pcscd.freeze()
        try:
            for _ in range(3):  # each one ends by the driver's own patience
                async with asyncio.timeout(60):
                    with pytest.raises(DeviceLostError, match="does not answer"):
                        await rig.driver.next_reading()
            assert len(threads()) == 2  # the reader's own, however often it is asked
        finally:
            rig.peer.pcscd.thaw()
        await listening(rig)
        rig.peer.tap(UID.hex())
        assert (await tapped(rig.driver)).credential == UID

    rig.run(main())
