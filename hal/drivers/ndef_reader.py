"""A reader of records: what another reader finds is asked for the text or URI that is written on it (ndeflib)."""

import asyncio
from dataclasses import replace
from typing import cast

import ndef

from hal.framing.ndef_tags import Conversation, RecordError, read_type2, read_type4
from hal.ports.badge_reader import BadgeReader, Card, CardLostError, Fault, Form, Medium, Misread, Reading, Showing, Tap
from hal.ports.clock import Clock
from hal.ports.errors import DeviceLostError
from hal.ports.indicator import Signal

TYPES = {"ndef-text": "urn:nfc:wkt:T", "ndef-uri": "urn:nfc:wkt:U"}
"""By the URI's option `read`."""
KNOWN = {"urn:nfc:wkt:T": ndef.TextRecord, "urn:nfc:wkt:U": ndef.UriRecord}
"""What ndeflib is to decode. What else stands on a tag is not looked into."""
LAST, CHUNKED, SHORT, NAMED = 0x40, 0x20, 0x10, 0x08
"""ME, CF, SR and IL of a record's first byte (NDEF 1.0, 3.2)."""
SECONDS = 3.0
"""For a tag to be read: 1 KiB in pieces of 16 bytes takes less than one, and a tag that dawdles must not hold up the
next one."""
MEDIA = (Medium.ISO14443A, Medium.ISO14443B, Medium.UNKNOWN)
"""What may be a Type 2 or Type 4 tag."""


class NdefReader:
    """`reader` gives cards that can be spoken to. A tag without the record is a misread, never its UID: who wants
    records would take any other card for somebody's number."""

    def __init__(self, reader: BadgeReader, kind: str, clock: Clock) -> None:
        self._reader = reader
        self._kind = kind
        self._clock = clock
        self._asking: asyncio.Task[Reading] | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """Of the reader behind it."""
        return self._reader.name

    async def next_reading(self) -> Reading:
        """Raises what the reader behind it raises. A tag that is being read when the call is cancelled is the next
        call's."""
        if self._asking is None:
            reading = await self._reader.next_reading()
            if isinstance(reading, Misread):
                return reading
            self._asking = asyncio.create_task(self._record(reading), name=f"reading a record at {self.name}")
        asking = self._asking
        await asyncio.wait({asking})
        if self._closed:
            raise DeviceLostError(self.name, "closed")
        self._asking = None
        return asking.result()

    def acknowledge(self, *, good: bool) -> None:
        """By the reader behind it."""
        self._reader.acknowledge(good=good)

    def show(self, signal: Signal) -> None:
        """By the reader behind it."""
        if isinstance(self._reader, Showing):
            self._reader.show(signal)

    async def aclose(self) -> None:
        """Also what is being read."""
        self._closed = True
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await self._reader.aclose()

    async def _record(self, tap: Tap) -> Reading:
        if tap.card is None or tap.medium not in MEDIA:
            return self._misread(Fault.RECORD)
        try:
            async with asyncio.timeout(SECONDS):
                message = await _said(tap.card, read_type4() if tap.card.iso_dep else read_type2())
            text = decode_record(message, self._kind)
        except CardLostError:
            return self._misread(Fault.GONE)
        except TimeoutError:
            return self._misread(Fault.MUTE)
        except RecordError:
            return self._misread(Fault.RECORD)
        return replace(tap, credential=text, form=Form.TEXT, bits=0, medium=Medium.NDEF, at=self._clock.monotonic())

    def _misread(self, fault: Fault) -> Misread:
        return Misread(self.name, fault, self._clock.monotonic())


async def _said(card: Card, conversation: Conversation) -> bytes:
    """What the conversation comes to. Raises `CardLostError`, `RecordError`."""
    try:
        command = next(conversation)
        while True:
            command = conversation.send(await card.transceive(command))
    except StopIteration as exc:
        return cast(bytes, exc.value)


def decode_record(message: bytes, kind: str) -> bytes:
    """The text, or the whole URI, of the first record of that kind, in UTF-8. Raises `RecordError`: no such record, an
    empty or chunked one, or a message that is malformed anywhere."""
    try:
        records = list(ndef.message_decoder(message, known_types=KNOWN)) if message else []
    except (ndef.DecodeError, ValueError) as exc:
        raise RecordError("a malformed message") from exc
    if _is_chunked(message):
        raise RecordError("a record in chunks, of which each alone would be another number")
    record = next((each for each in records if each.type == TYPES[kind]), None)
    text = "" if record is None else record.text if kind == "ndef-text" else record.iri
    if not text:
        raise RecordError("no record of that kind")
    return cast(str, text).encode()


def _is_chunked(message: bytes) -> bool:
    """Of a message that ndeflib took: it gives chunks as if they were records, and heeds nothing behind the last."""
    at = flags = 0
    while message and not flags & LAST:
        flags, kind = message[at], message[at + 1]
        if flags & CHUNKED:
            return True
        size = 1 if flags & SHORT else 4
        payload = int.from_bytes(message[at + 2 : at + 2 + size], "big")
        name = message[at + 2 + size] if flags & NAMED else 0
        at += 2 + size + bool(flags & NAMED) + kind + name + payload
    return False
