"""Records on tags through the real drivers: a PN532 at a pseudo-terminal, and a real pcscd with a virtual reader."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import ndef
import pytest

from hal import registry
from hal.drivers import pcsc_reader
from hal.drivers.ndef_reader import NdefReader
from hal.ports.badge_reader import BadgeReader, Fault, Form, Medium, Misread, Tap
from hal.ports.errors import DeviceConfigError
from hal.sim.cards.card import CardTwin
from hal.sim.cards.type2 import tag_with
from hal.sim.cards.type4 import Type4Tag
from hal.sim.random_source import SeededRandom
from hal.sim.reader_pn532 import Pn532Chip
from tests.support import pcsc_rig
from tests.support.reader_rig import DriverRig, until
from tools.peers.spoken import SpokenReader

URI = "https://badges.example/c/0012345678"
LONG = "7" * 400
"""More than a Type 4 tag gives at once, and a Type 2 TLV says in one byte."""


def message(*records: ndef.Record) -> bytes:
    return b"".join(ndef.message_encoder(records))


BOTH = message(ndef.UriRecord(URI), ndef.TextRecord(LONG))


class OnSerial(DriverRig):
    """`put` lays a tag there, `lift` takes it away."""

    def __init__(self, directory: Path, kind: str) -> None:
        super().__init__()
        self.chip = Pn532Chip()
        self.peer = SpokenReader(directory / "tty", "pn532", self.chip)
        self.peer.plug()
        self.reader: BadgeReader = registry.open_reader(f"{self.peer.uri}&read={kind}", self.context)

    def put(self, card: CardTwin) -> None:
        self.peer.present(card)

    def lift(self) -> None:
        self.peer.lift()

    async def listening(self) -> None:
        await until(lambda: self.chip.noticed)

    def close(self) -> None:
        super().close()
        self.peer.unplug()


class OnPcsc(DriverRig):
    """The same, with the driver and the reader of records put together by hand, to hear when the one listens."""

    def __init__(self, _: Path, kind: str) -> None:
        super().__init__()
        self.peer = pcsc_rig.peer()
        self.driver = pcsc_reader.open(f"{self.peer.uri}&read={kind}", self.context)
        self.reader: BadgeReader = NdefReader(self.driver, kind, self.context.clock)

    async def listening(self) -> None:
        await until(lambda: self.driver.listening)

    def put(self, card: CardTwin) -> None:
        self.peer.put(card)

    def lift(self) -> None:
        self.peer.lift()

    def close(self) -> None:
        super().close()
        self.lift()


KINDS: dict[str, type[OnSerial] | type[OnPcsc]] = {"pn532": OnSerial, "pcsc": OnPcsc}


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], OnSerial | OnPcsc]]:
    made: list[OnSerial | OnPcsc] = []

    def opened(kind: str) -> OnSerial | OnPcsc:
        made.append(KINDS[request.param](tmp_path, kind))
        return made[0]

    yield opened
    made[0].close()


async def presented(rig: OnSerial | OnPcsc, *cards: CardTwin) -> list[Tap | Misread]:
    """What comes of each, laid there after the other was lifted."""
    readings = []
    for card in cards:
        waiting = asyncio.ensure_future(rig.reader.next_reading())
        await rig.listening()
        await asyncio.to_thread(rig.put, card)
        readings.append(await waiting)
        await asyncio.to_thread(rig.lift)
    return readings


@pytest.mark.parametrize(("kind", "expected"), [("ndef-text", LONG), ("ndef-uri", URI)])
def test_the_record_is_read_from_each_type_of_tag(
    make: Callable[[str], OnSerial | OnPcsc], kind: str, expected: str
) -> None:
    rig = make(kind)

    async def main() -> None:
        for card in (tag_with(BOTH, 872), Type4Tag(BOTH), Type4Tag(BOTH, random=SeededRandom(3))):
            (tap,) = await presented(rig, card)
            assert isinstance(tap, Tap)
            assert (tap.reader, tap.credential.decode()) == ("front", expected)
            assert (tap.form, tap.medium) == (Form.TEXT, Medium.NDEF)

    rig.run(main())


def test_tags_that_lie_or_are_lifted_are_misreads(make: Callable[[str], OnSerial | OnPcsc]) -> None:
    rig = make("ndef-text")

    async def main() -> None:
        cards = (tag_with(message(ndef.UriRecord(URI))), Type4Tag(BOTH, said_length=len(BOTH) + 9))
        for card in cards:
            (reading,) = await presented(rig, card)
            assert isinstance(reading, Misread)
            assert reading.fault is Fault.RECORD

    rig.run(main())


def test_a_tag_that_answers_no_more_amid_is_gone(make: Callable[[str], OnSerial | OnPcsc]) -> None:
    rig = make("ndef-text")

    async def main() -> None:
        (reading,) = await presented(rig, Type4Tag(BOTH, answers=5))
        assert isinstance(reading, Misread)
        assert reading.fault is Fault.GONE

    rig.run(main())


def test_records_need_their_own_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "ndef", None)
    monkeypatch.delitem(sys.modules, "hal.drivers.ndef_reader")
    rig = DriverRig()
    try:
        with pytest.raises(DeviceConfigError, match=r"read=ndef-uri needs .*pip install 'lockgate\[nfc\]'"):
            registry.open_reader(f"serial:{tmp_path}/tty?protocol=pn532&read=ndef-uri", rig.context)
    finally:
        rig.close()


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("serial:///dev/x?protocol=pn532&read=ndef", "read must be one of number, ndef-text, ndef-uri"),
        ("serial:///dev/x?protocol=lines&read=ndef-text", "protocol=lines has no option 'read'"),
        ("evdev:/dev/input/by-id/x?read=ndef-text", "unknown option 'read'"),
    ],
)
def test_a_reader_that_cannot_read_records_says_so(uri: str, words: str) -> None:
    rig = DriverRig()
    try:
        with pytest.raises(DeviceConfigError, match=words):
            registry.open_reader(uri, rig.context)
    finally:
        rig.close()
