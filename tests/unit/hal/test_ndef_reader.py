"""A reader of records over the twin: what becomes of tags, of cards that are none, and of cards that are lifted."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import ndef
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.drivers.ndef_reader import SECONDS, NdefReader, decode_record
from hal.framing.ndef_tags import RecordError
from hal.ports.badge_reader import CardLostError, Fault, Form, Medium, Misread, Reading, Tap
from hal.ports.errors import DeviceLostError
from hal.sim.cards.card import CardTwin, UidCard
from hal.sim.cards.slot import CardSlot
from hal.sim.cards.type2 import tag_with
from hal.sim.cards.type4 import Type4Tag
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.reader import SimReader
from hal.sim.virtual_time import run

TEXT, URI = "0012345678", "https://badges.example/c/0012345678?v=1#x"
KINDS = ("ndef-text", "ndef-uri")


def message(*records: ndef.Record) -> bytes:
    return b"".join(ndef.message_encoder(records))


BOTH = message(ndef.UriRecord(URI), ndef.TextRecord(TEXT), ndef.TextRecord("another"))


@dataclass
class InSlot:
    """A card twin that takes `seconds` for each answer, and is lifted when it answers nothing."""

    twin: CardTwin
    seconds: float = 0.01
    slot: CardSlot = field(init=False)

    def __post_init__(self) -> None:
        self.slot = CardSlot(self.twin)
        self.ats = self.twin.ats
        self.iso_dep = bool(self.ats)

    async def transceive(self, apdu: bytes) -> bytes:
        await asyncio.sleep(self.seconds)
        response = self.slot.transmit(apdu)
        if response is None:
            raise CardLostError
        return response


class Bench:
    def __init__(self, kind: str = "ndef-text") -> None:
        self.behind = SimReader("front")
        self.reader = NdefReader(self.behind, kind, VirtualClock())

    def put(self, twin: CardTwin, seconds: float = 0.01) -> None:
        self.behind.present(twin.uid, InSlot(twin, seconds))


def reading_of(twin: CardTwin, kind: str = "ndef-text", seconds: float = 0.01) -> Reading:
    async def main() -> Reading:
        bench = Bench(kind)
        bench.put(twin, seconds)
        try:
            return await bench.reader.next_reading()
        finally:
            await bench.reader.aclose()

    return run(main())


def fault_of(twin: CardTwin, seconds: float = 0.01) -> Fault:
    reading = reading_of(twin, seconds=seconds)
    assert isinstance(reading, Misread)
    assert reading.reader == "front"
    return reading.fault


@pytest.mark.parametrize("twin", [tag_with(BOTH), Type4Tag(BOTH), Type4Tag(BOTH, random=SeededRandom(1))])
@pytest.mark.parametrize(("kind", "expected"), [("ndef-text", TEXT), ("ndef-uri", URI)])
def test_the_record_is_the_credential_and_not_the_uid(twin: CardTwin, kind: str, expected: str) -> None:
    tap = reading_of(twin, kind)
    assert isinstance(tap, Tap)
    assert (tap.credential.decode(), tap.form, tap.bits, tap.medium) == (expected, Form.TEXT, 0, Medium.NDEF)
    assert tap.card is not None
    assert tap.at > 0
    assert expected not in repr(tap)


@pytest.mark.parametrize(
    "twin",
    [
        UidCard(b"\x04\xa1\xb2\xc3"),
        tag_with(b""),
        tag_with(message(ndef.UriRecord(URI))),
        tag_with(message(ndef.TextRecord(""))),
        tag_with(BOTH[:-1]),
        Type4Tag(BOTH, version=5),
    ],
    ids=["card", "empty", "other", "blank", "torn", "version"],
)
def test_without_the_record_it_is_a_misread(twin: CardTwin) -> None:
    assert fault_of(twin) is (Fault.GONE if isinstance(twin, UidCard) else Fault.RECORD)


def test_a_reader_that_cannot_speak_to_cards_gives_no_numbers() -> None:
    async def main() -> None:
        bench = Bench()
        bench.behind.tap("0012345678")
        assert await bench.reader.next_reading() == Misread("front", Fault.RECORD)

    run(main())


@pytest.mark.parametrize("answers", range(6))
def test_a_card_that_is_lifted_amid_is_told_as_gone(answers: int) -> None:
    twin = Type4Tag(message(ndef.TextRecord("1" * 100)), answers=answers)
    assert fault_of(twin) is Fault.GONE


def test_a_tag_that_dawdles_is_given_up_in_time() -> None:
    async def main() -> None:
        bench = Bench()
        bench.put(Type4Tag(BOTH), 1.5)
        reading = await bench.reader.next_reading()
        assert isinstance(reading, Misread)
        assert reading.fault is Fault.MUTE
        assert reading.at == pytest.approx(SECONDS)

    run(main())


def test_a_misread_of_the_reader_behind_is_told_as_it_is() -> None:
    async def main() -> None:
        bench = Bench()
        bench.behind.garble()
        assert await bench.reader.next_reading() == Misread("front", Fault.GARBLED)

    run(main())


def test_who_stops_to_wait_loses_no_tag() -> None:
    async def main() -> None:
        bench = Bench()
        bench.put(Type4Tag(BOTH))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.015):
                await bench.reader.next_reading()
        tap = await bench.reader.next_reading()
        assert isinstance(tap, Tap)
        assert tap.credential == TEXT.encode()

    run(main())


def test_closing_ends_a_wait_and_what_is_being_read() -> None:
    async def closing(begin: Callable[[Bench], None]) -> None:
        bench = Bench()
        begin(bench)
        waiting = asyncio.ensure_future(bench.reader.next_reading())
        await asyncio.sleep(0.015)
        await bench.reader.aclose()
        await bench.reader.aclose()
        with pytest.raises(DeviceLostError):
            await waiting
        assert asyncio.all_tasks() == {asyncio.current_task()}

    story: list[Coroutine[Any, Any, None]] = [closing(lambda _: None), closing(lambda bench: bench.put(Type4Tag(BOTH)))]
    for each in story:
        run(each)


def test_a_lost_reader_is_lost_and_sounds_go_through() -> None:
    async def main() -> None:
        bench = Bench()
        assert bench.reader.name == "front"
        bench.reader.acknowledge(good=True)
        assert bench.behind.said == [True]
        bench.behind.unplug()
        with pytest.raises(DeviceLostError):
            await bench.reader.next_reading()

    run(main())


def test_a_record_in_chunks_is_refused_for_each_chunk_would_be_another_number() -> None:
    """NDEF 1.0, 2.3.3: the first has CF, the last is of unchanged type."""
    chunks = bytes.fromhex("b10107") + b"T\x02en0012" + bytes.fromhex("560006") + b"345678"
    with pytest.raises(RecordError, match="chunks"):
        decode_record(chunks, "ndef-text")
    unmarked = bytes.fromhex("b10107") + b"T\x02en0012" + bytes.fromhex("510107") + b"T\x02en9999"
    with pytest.raises(RecordError):
        decode_record(unmarked, "ndef-text")


@pytest.mark.parametrize(("code", "begin"), [(1, "http://www."), (2, "https://www."), (4, "https://"), (5, "tel:")])
def test_what_a_uri_s_first_byte_stands_for(code: int, begin: str) -> None:
    payload = bytes((code,)) + b"0012345678"
    record = b"\xd1\x01" + bytes((len(payload),)) + b"U" + payload
    assert decode_record(record, "ndef-uri").decode() == f"{begin}0012345678"


def test_text_in_utf_16_and_long_records_are_read() -> None:
    assert decode_record(message(ndef.TextRecord("007 ä", encoding="UTF-16")), "ndef-text").decode() == "007 ä"
    long = "1" * 300
    assert (
        decode_record(message(ndef.Record("text/x", "id", b"x"), ndef.TextRecord(long)), "ndef-text") == long.encode()
    )


@given(st.lists(st.one_of(st.text(min_size=1), st.binary()), max_size=5), st.sampled_from(KINDS))
def test_the_first_record_of_the_kind_is_taken_whatever_else_is_there(parts: list[str | bytes], kind: str) -> None:
    made = [ndef.TextRecord(part) if isinstance(part, str) else ndef.Record("x/y", "", part) for part in parts]
    expected = next((part for part in parts if isinstance(part, str)), None) if kind == "ndef-text" else None
    if expected is None:
        with pytest.raises(RecordError):
            decode_record(message(*made), kind)
    else:
        assert decode_record(message(*made), kind).decode() == expected
