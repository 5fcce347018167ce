"""The readers that are spoken to, beyond the contract of every reader: the serial driver, and cards that answer."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from hal.drivers import serial_reader, serial_uri
from hal.drivers.dialects import OPTIONS
from hal.drivers.uri import parse
from hal.ports.badge_reader import Card, CardLostError, Fault, Form, Medium, Misread, Tap
from hal.ports.errors import DeviceLostError
from hal.sim.cards.card import CardTwin, UidCard
from hal.sim.reader_twn4 import GREEN
from tests.support.reader_rig import until
from tests.support.spoken import ATS, EchoCard, PagesCard
from tests.support.spoken_rigs import Pn532Rig, SpokenRig, Twn4Rig

SELECT = bytes.fromhex("00a4040007d276000085010100")
GET_UID = bytes.fromhex("ffca000000")
OTHER = UidCard(bytes.fromhex("9d44a346"))
PATIENCE_SECONDS = 30
""""In time" on a slow machine: without its limits the exchange would never end."""
RIGS: dict[str, Callable[[Path], SpokenRig]] = {"twn4": Twn4Rig, "pn532": Pn532Rig}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SpokenRig]:
    rig = RIGS[request.param](tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def pn532(tmp_path: Path) -> Iterator[Pn532Rig]:
    rig = Pn532Rig(tmp_path)
    yield rig
    rig.close()


@pytest.fixture
def twn4(tmp_path: Path) -> Iterator[Twn4Rig]:
    rig = Twn4Rig(tmp_path)
    yield rig
    rig.close()


async def presented(rig: SpokenRig, *cards: CardTwin) -> Tap:
    """What comes of cards that are put there and stay."""
    waiting = asyncio.create_task(rig.reader.next_reading())
    await rig.listening()
    rig.hand.submit(rig.peer.present, *cards)
    tap = await waiting
    assert isinstance(tap, Tap)
    return tap


async def card_of(rig: SpokenRig, card: CardTwin) -> Card:
    tap = await presented(rig, card)
    assert tap.card is not None
    return tap.card


def test_a_tap_has_the_bits_of_the_card(rig: SpokenRig) -> None:
    async def main() -> None:
        tap = await presented(rig, OTHER)
        assert (tap.credential, tap.form, tap.bits, tap.medium) == (OTHER.uid, Form.BITS, 32, Medium.ISO14443A)

    rig.run(main())


def test_a_mute_reader_is_lost_soon_and_heard_again_later(rig: SpokenRig) -> None:
    async def main() -> None:
        setattr(rig.peer.emulator, "mute", True)  # noqa: B010 (both emulators have it)
        with pytest.raises(DeviceLostError, match="does not answer"):
            await rig.reader.next_reading()
        setattr(rig.peer.emulator, "mute", False)  # noqa: B010
        assert (await presented(rig, OTHER)).credential == OTHER.uid

    rig.run(main())


def test_a_reader_in_use_elsewhere_is_lost_to_the_second(rig: SpokenRig) -> None:
    async def main() -> None:
        await presented(rig, OTHER)
        second = serial_reader.open(rig.peer.uri, rig.context)
        with pytest.raises(DeviceLostError):
            await second.next_reading()
        await second.aclose()

    rig.run(main())


def test_two_cards_at_once_are_no_tap(pn532: Pn532Rig) -> None:
    async def main() -> None:
        waiting = asyncio.create_task(pn532.reader.next_reading())
        await until(lambda: pn532.chip.noticed)
        pn532.hand.submit(pn532.peer.present, OTHER, PagesCard())
        misread = await waiting
        assert isinstance(misread, Misread)
        assert misread.fault == Fault.SEVERAL

    pn532.run(main())


def test_a_good_read_beeps_and_lights_up_for_a_while(twn4: Twn4Rig) -> None:
    async def main() -> None:
        await presented(twn4, OTHER)
        twn4.reader.acknowledge(good=True)
        await until(lambda: len(twn4.twn4.beeps) == 1)
        waiting = asyncio.create_task(twn4.reader.next_reading())
        await until(lambda: twn4.twn4.lights == GREEN)
        await until(lambda: not twn4.twn4.lights)
        waiting.cancel()

    twn4.run(main())


def test_a_card_answers_apdus(pn532: Pn532Rig) -> None:
    async def main() -> None:
        card = await card_of(pn532, EchoCard(length=40))
        assert (card.iso_dep, card.ats) == (True, ATS)
        for _ in range(3):
            assert await card.transceive(SELECT) == SELECT * 40 + b"\x90\x00"
        assert pn532.chip.exchanges == [SELECT] * 3

    pn532.run(main())


def test_a_tag_is_read(pn532: Pn532Rig) -> None:
    async def main() -> None:
        card = await card_of(pn532, PagesCard())
        assert not card.iso_dep
        assert await card.transceive(bytes.fromhex("ffb0000404")) == bytes.fromhex("04040404") + b"\x90\x00"
        assert await card.transceive(bytes.fromhex("ffca000000")) == PagesCard().uid + b"\x90\x00"

    pn532.run(main())


def test_a_card_lifted_in_the_middle_of_an_apdu_is_lost(pn532: Pn532Rig) -> None:
    async def main() -> None:
        card = await card_of(pn532, EchoCard())
        pn532.chip.lift_at = 2
        await card.transceive(SELECT)
        for _ in range(2):
            with pytest.raises(CardLostError):
                await card.transceive(SELECT)

    pn532.run(main())


class MuteCard(EchoCard):
    def exchange(self, command: bytes) -> bytes | None:
        return None


def test_a_mute_card_is_lost(pn532: Pn532Rig) -> None:
    async def main() -> None:
        card = await card_of(pn532, MuteCard())
        with pytest.raises(CardLostError):
            await card.transceive(SELECT)

    pn532.run(main())


def test_another_card_does_not_answer_for_the_first(pn532: Pn532Rig) -> None:
    async def main() -> None:
        first = await card_of(pn532, EchoCard())
        pn532.hand.submit(pn532.peer.lift)
        second = await card_of(pn532, EchoCard(uid=bytes.fromhex("04ffffffffffff")))
        with pytest.raises(CardLostError):
            await first.transceive(SELECT)
        assert pn532.chip.exchanges == []
        assert await second.transceive(SELECT) == SELECT + b"\x90\x00"

    pn532.run(main())


def is_told(taps: list[Tap], uid: bytes) -> bool:
    return uid in [tap.credential for tap in taps]


def test_cards_in_turn_answer_each_for_itself_or_not_at_all(pn532: Pn532Rig) -> None:
    first, second = EchoCard(), EchoCard(uid=bytes.fromhex("04ffffffffffff"))
    taps: list[Tap] = []

    async def collect() -> None:
        with suppress(DeviceLostError):  # closed, at the end
            while isinstance(tap := await pn532.reader.next_reading(), Tap):
                taps.append(tap)

    async def main() -> None:
        collecting = asyncio.create_task(collect())
        await pn532.listening()
        for shown in (first, second, first):
            await asyncio.get_running_loop().run_in_executor(pn532.hand, pn532.peer.lift)
            await asyncio.get_running_loop().run_in_executor(pn532.hand, pn532.peer.present, shown)
            await until(partial(is_told, taps, shown.uid))
        answering = set()
        for tap in taps:
            assert tap.card is not None
            with suppress(CardLostError):
                assert await tap.card.transceive(GET_UID) == tap.credential + b"\x90\x00"
                answering.add(tap.credential)
        assert answering <= {first.uid}  # it may have been lost with the second: then nobody answers
        await pn532.reader.aclose()
        await collecting

    pn532.run(main())


def test_a_chip_that_falls_silent_loses_the_card_in_time(pn532: Pn532Rig) -> None:
    async def main() -> None:
        card = await card_of(pn532, EchoCard())
        pn532.chip.mute = True
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(CardLostError):
                await card.transceive(SELECT)

    pn532.run(main())


def test_a_cable_pulled_in_the_middle_of_an_apdu_loses_the_card(pn532: Pn532Rig) -> None:
    async def main() -> None:
        card = await card_of(pn532, EchoCard())
        pn532.chip.mute = True
        asking = asyncio.create_task(card.transceive(SELECT))
        await asyncio.sleep(0)
        await pn532.unplug()
        with pytest.raises(CardLostError):
            await asking
        with pytest.raises(DeviceLostError):
            await pn532.reader.next_reading()

    pn532.run(main())


@pytest.mark.parametrize(
    ("options", "baud"), [("protocol=pn532", 115200), ("protocol=twn4", 9600), ("protocol=pn532&baud=9600", 9600)]
)
def test_the_line_is_as_fast_as_the_reader_is_by_default(options: str, baud: int) -> None:
    device = parse(f"serial:///dev/ttyUSB0?{options}", (*serial_uri.LINE, *OPTIONS))
    assert serial_uri.line_settings(device)["baudrate"] == baud
