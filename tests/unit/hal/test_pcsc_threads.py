"""A mistake in the program ends a PC/SC reader's threads; then nobody must wait for a reading for ever."""

import asyncio

import pytest

from hal.drivers.pcsc_reader import PcscReader
from hal.drivers.pcsc_slot import Manner
from tests.support.reader_rig import DriverRig, until
from tests.unit.hal.test_pcsc import ACR122U, EMPTY, Winscard, count


class Broken(Winscard):
    """One call does what it never should."""

    def __init__(self, call: str) -> None:
        super().__init__([[ACR122U]], [count(0, EMPTY)])
        setattr(self, call, self._break)

    def _break(self, *_: object) -> None:
        raise ZeroDivisionError("a mistake in the program")


@pytest.mark.parametrize("call", ["SCardEstablishContext", "SCardListReaders", "SCardGetStatusChange", "SCardCancel"])
def test_a_mistake_on_either_thread_reaches_who_waits(call: str) -> None:
    rig = DriverRig()
    reader = rig.reader = PcscReader("front", "ACR122U", Manner(), rig.context.clock, Broken(call))

    async def main() -> None:
        waiting = asyncio.create_task(reader.next_reading())
        if call == "SCardCancel":
            await until(lambda: reader.listening)
            reader.acknowledge(good=True)  # rings the bell
        with pytest.raises(ZeroDivisionError):
            await waiting

    rig.run(main())
    rig.close()


def test_a_mistake_in_what_is_made_of_it_reaches_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = DriverRig()
    reader = rig.reader = PcscReader("front", "ACR122U", Manner(), rig.context.clock, Winscard([[]], []))

    def broken(_told: object) -> None:
        raise ZeroDivisionError("a mistake in the program")

    monkeypatch.setattr(reader, "_judge", broken)

    async def main() -> None:
        with pytest.raises(ZeroDivisionError):
            await reader.next_reading()

    rig.run(main())
    rig.close()
