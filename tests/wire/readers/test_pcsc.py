"""The PC/SC driver with a real pcscd, and the ways in which that, the reader and the card fail."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from hal.drivers import pcsc_reader, pcsc_slot
from hal.drivers.pcsc_reader import PcscReader
from hal.ports.badge_reader import CardLostError, Fault, Form, Medium, Misread, Tap
from hal.ports.errors import DeviceLostError
from hal.quirks.pcsc import QUIRKS
from hal.sim.cards.card import UidCard
from tests.support.pcsc_rig import PcscRig
from tests.support.reader_rig import handles, until
from tools.peers.pcsc import READ_SECONDS, Conduct

UID, OTHER = bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("04778899")


@dataclass(slots=True)
class EchoCard(UidCard):
    """Speaks ISO 14443-4, and answers each command with itself."""

    ats: bytes = bytes.fromhex("067577810280")

    def exchange(self, command: bytes) -> bytes | None:
        return command + b"\x90\x00"


@dataclass(slots=True)
class Type2Card(UidCard):
    sak: int = 0x00

    def exchange(self, command: bytes) -> bytes | None:
        return bytes(range(command[1], command[1] + 16)) if command[0] == 0x30 else None


@pytest.fixture
def rig() -> Iterator[PcscRig]:
    rig = PcscRig()
    yield rig
    rig.close()


async def tapped(reader: PcscReader) -> Tap:
    reading = await reader.next_reading()
    assert isinstance(reading, Tap), reading
    return reading


async def missed(reader: PcscReader) -> Fault:
    reading = await reader.next_reading()
    assert isinstance(reading, Misread), reading
    return reading.fault


async def listening(rig: PcscRig) -> None:
    """The reader is open, and nobody waits any more."""
    task = asyncio.ensure_future(rig.reader.next_reading())
    await rig.listening()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("pcsc-")}


def test_a_plain_card_is_its_bits(rig: PcscRig) -> None:
    async def main() -> None:
        await listening(rig)
        rig.peer.put(UidCard(UID))
        tap = await tapped(rig.driver)
        assert (tap.credential, tap.form, tap.bits, tap.medium) == (UID, Form.BITS, 56, Medium.ISO14443A)
        assert tap.card is not None
        assert (tap.card.iso_dep, tap.card.ats) == (False, b"")

    rig.run(main())


def test_a_card_that_lies_there_is_one_tap_and_can_be_spoken_to(rig: PcscRig) -> None:
    async def main() -> None:
        await listening(rig)
        rig.peer.put(EchoCard(UID))
        tap = await tapped(rig.driver)
        assert tap.card is not None
        assert (tap.card.iso_dep, tap.card.ats) == (True, EchoCard(UID).ats)
        for command in (b"\x00\xa4\x04\x00\x00", b"\x90\x5a\x00\x00\x03abc\x00"):
            assert await tap.card.transceive(command) == command + b"\x90\x00"
        rig.peer.put(UidCard(OTHER))
        assert (await tapped(rig.driver)).credential == OTHER
        with pytest.raises(CardLostError):
            await tap.card.transceive(b"\x00\xa4\x04\x00\x00")

    rig.run(main())


def test_pages_of_a_tag_are_read_as_part_3_says(rig: PcscRig) -> None:
    async def main() -> None:
        await listening(rig)
        rig.peer.put(Type2Card(UID))
        tap = await tapped(rig.driver)
        assert tap.card is not None
        assert await tap.card.transceive(b"\xff\xb0\x00\x04\x10") == bytes(range(4, 20)) + b"\x90\x00"

    rig.run(main())


def test_twenty_cards_are_twenty_numbers(rig: PcscRig) -> None:
    uids = [bytes((4, 0xA0 + number, *range(5 if number % 2 else 2))) for number in range(20)]

    async def main() -> None:
        await listening(rig)
        for uid in uids:
            rig.peer.tap(uid.hex())
            assert (await tapped(rig.driver)).credential == uid

    rig.run(main())


def test_a_card_that_lay_there_before_is_discarded_until_it_is_lifted(rig: PcscRig) -> None:
    other = PcscRig(None, "&sharing=shared")

    async def main() -> None:
        await listening(rig)
        rig.peer.put(UidCard(UID))
        await tapped(rig.driver)  # so pcscd knows of it
        late = other.driver
        await listening(other)
        rig.peer.put(UidCard(OTHER))
        assert (await tapped(late)).credential == OTHER
        await late.aclose()

    rig.driver = pcsc_reader.open(rig.peer.uri + "&sharing=shared", rig.context)
    rig.reader = rig.driver
    rig.run(main())
    other.close()


def test_a_restart_of_pcscd_is_survived(rig: PcscRig) -> None:
    async def main() -> None:
        await listening(rig)
        rig.peer.pcscd.stop()
        for why in ("pcscd ended", "pcscd does not run"):
            with pytest.raises(DeviceLostError, match=why):
                await rig.driver.next_reading()
        rig.peer.pcscd.start()
        await listening(rig)
        rig.peer.tap(UID.hex())
        assert (await tapped(rig.driver)).credential == UID

    rig.run(main())


def test_a_restart_that_nobody_noticed_is_survived_too(rig: PcscRig) -> None:
    async def main() -> None:
        await listening(rig)
        rig.peer.pcscd.stop()
        rig.peer.pcscd.start()
        await until(lambda: not rig.driver.listening)
        await listening(rig)
        rig.peer.tap(UID.hex())
        assert (await tapped(rig.driver)).credential == UID

    rig.run(main())


def test_a_reader_that_is_not_there_is_told_with_those_that_are(rig: PcscRig) -> None:
    absent = pcsc_reader.open("pcsc:?reader=ACR122U", rig.context)
    either = pcsc_reader.open("pcsc:?reader=PCD", rig.context)

    async def main() -> None:
        with pytest.raises(DeviceLostError, match=r"no reader matches 'ACR122U'; pcscd has Virtual PCD 00 00, Virt"):
            await absent.next_reading()
        with pytest.raises(DeviceLostError, match="2 readers match 'PCD', say more"):
            await either.next_reading()
        await absent.aclose()
        await either.aclose()

    rig.run(main())


def test_a_mute_card_is_told_in_time_and_the_next_one_is_read(rig: PcscRig) -> None:
    async def main() -> None:
        await listening(rig)
        rig.peer.put(UidCard(UID), Conduct.MUTE)
        assert await missed(rig.driver) == Fault.MUTE
        rig.peer.tap(OTHER.hex())
        assert (await tapped(rig.driver)).credential == OTHER

    rig.run(main())


def test_a_card_torn_away_while_it_is_read_is_gone(rig: PcscRig) -> None:
    async def main() -> None:
        await listening(rig)
        await rig.garble()
        assert await missed(rig.driver) == Fault.GONE

    rig.run(main())


def test_a_card_that_another_program_holds_is_told(rig: PcscRig) -> None:
    second = PcscRig()

    async def main() -> None:
        await listening(rig)
        await listening(second)
        rig.peer.put(UidCard(UID))
        results = await asyncio.gather(rig.driver.next_reading(), second.driver.next_reading(), return_exceptions=True)
        (refused,) = [one for one in results if isinstance(one, DeviceLostError)]
        assert "another program" in refused.detail
        await second.driver.aclose()

    rig.run(main())
    second.close()


def test_the_beep_reaches_the_reader(rig: PcscRig, monkeypatch: pytest.MonkeyPatch) -> None:
    acr122 = next(quirk for quirk in QUIRKS if quirk.match == "ACR122")
    monkeypatch.setattr(pcsc_slot, "quirk_of", lambda _name: replace(acr122, match="Virtual"))

    async def main() -> None:
        await listening(rig)
        card = rig.peer.put(UidCard(UID))
        await tapped(rig.driver)
        rig.driver.acknowledge(good=True)
        await until(lambda: card.slot.beeped == 1)
        rig.peer.lift()
        rig.driver.acknowledge(good=False)  # nothing lies there that could be beeped through

    rig.run(main())


def test_nothing_is_left_of_a_closed_reader(rig: PcscRig) -> None:
    async def once() -> None:
        reader = PcscRig()
        await listening(reader)
        rig.peer.tap(UID.hex())
        await tapped(reader.driver)
        waiting = asyncio.ensure_future(reader.driver.next_reading())
        await asyncio.sleep(0)
        await reader.driver.aclose()
        assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], DeviceLostError)
        reader.close()

    async def main() -> None:
        await once()
        await until(lambda: not threads())
        before = handles()
        for _ in range(3):
            await once()
        await until(lambda: not threads())
        assert handles() <= before

    rig.run(main())


def test_a_pcscd_that_hangs_holds_nobody(rig: PcscRig) -> None:
    async def main() -> None:
        await listening(rig)
        card = rig.peer.put(EchoCard(UID))
        tap = await tapped(rig.driver)
        assert tap.card is not None
        assert card.was_read.wait(READ_SECONDS)
        rig.peer.pcscd.freeze()
        try:
            rig.driver.acknowledge(good=True)
            with pytest.raises(CardLostError):
                await tap.card.transceive(b"\x00\xa4\x04\x00\x00")
            await rig.driver.aclose()
        finally:
            rig.peer.pcscd.thaw()
        await until(lambda: not threads())

    rig.run(main())
