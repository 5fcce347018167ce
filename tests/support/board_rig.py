"""A badge reader on the bench, and the tester as the hand at it.

    python -m pytest tests/contract/hal/test_badge_reader.py --board 'serial:///dev/ttyUSB0?baud=9600' -k board

The URI is as the station's configuration has it. Three different cards A, B and C are needed; the tester is told at the
terminal what to do with them. They are read once at the start, and must give the same bytes ever after.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from hal.ports.badge_reader import BadgeReader, Tap
from hal.registry import READERS, open_device
from tests.support.reader_rig import DriverRig, until

SECONDS = 300
"""For one test, with all that the tester does in it."""
Ask = Callable[[str], None]
"""Tell the tester something, and wait until it is done."""


def at_terminal(words: str) -> None:
    """The terminal itself: standard output is pytest's."""
    with Path("/dev/tty").open("w") as screen, Path("/dev/tty").open() as keyboard:
        screen.write(f"\n>>> {words}, then press Enter ")
        screen.flush()
        keyboard.readline()


class Cards:
    """What the cards gave when they were first read; for the whole run of pytest."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def letter(self, text: str) -> str:
        """Of the card that stands for the badge `text`."""
        return "ABC"[list(self.known).index(text)]


CARDS = Cards()


class BoardRig(DriverRig):
    """Reads the cards first, where that has not been; `texts` are the badges of the tests."""

    def __init__(self, uri: str, texts: tuple[str, ...], cards: Cards = CARDS, ask: Ask = at_terminal) -> None:
        super().__init__()
        self._ask = ask
        self._cards = cards
        self._uri = uri if "name=" in uri else f"{uri}{'&' if '?' in uri else '?'}name=front"
        self.reader = self._opened()
        if not cards.known:
            self.run(self._meet(texts))
            self.reader = self._opened()

    def credential(self, text: str) -> bytes:
        return self._cards.known[text]

    async def tap(self, text: str) -> None:
        await self._do(f"Present card {self._cards.letter(text)} and lift it")

    async def unplug(self) -> None:
        await self._do("Pull out the reader's cable")

    async def plug(self) -> None:
        await self._do("Put the reader's cable back in")

    async def garble(self) -> None:
        await self._do("Present something that is no badge")

    async def listening(self) -> None:
        await self._do("Wait until the reader is ready")
        await until(lambda: bool(getattr(self.reader, "listening", True)))  # what comes before belongs to nobody

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        asyncio.run(self._closing(main, SECONDS))

    def _opened(self) -> BadgeReader:
        reader: BadgeReader = open_device("reader", READERS, self._uri, self.context)
        return reader

    async def _meet(self, texts: tuple[str, ...]) -> None:
        reading = asyncio.create_task(self.reader.next_reading())
        await self.listening()
        for letter, text in zip("ABC", texts, strict=True):
            await self._do(f"Take a card to be card {letter}, present it and lift it")
            tap = await reading
            assert isinstance(tap, Tap), f"card {letter} could not be read: {tap}"
            assert tap.credential not in self._cards.known.values(), f"card {letter} is one of the others"
            self._cards.known[text] = tap.credential
            reading = asyncio.create_task(self.reader.next_reading())
        reading.cancel()

    async def _do(self, words: str) -> None:
        await asyncio.to_thread(self._ask, words)
