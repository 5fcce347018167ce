"""The measurements of readers: from a card's last byte to its tap, to the beep, and what waiting for cards costs."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.demo.processes import Talker, talker
from tools.measure.acknowledging import acknowledged
from tools.measure.hands import CardHand, Hand, LineHand, SpokenHand, Stamped, TypingHand
from tools.measure.load import percentile
from tools.measure.series import Row, Series, below, interleaved
from tools.peers import hid, pcscd
from tools.peers.hid import hid_reader
from tools.peers.pcsc import PcscPeer, pcsc_reader
from tools.peers.reader import ReaderPeer
from tools.peers.spoken import EMULATORS, SpokenReader
from tools.peers.wires import CallingPeer, PtyReader, plugged

TAPS = 100
CARD_TAPS = 20
"""At a PC/SC reader, whose pcscd looks for cards at its own pace."""
IDLE_SECONDS = 20.0
PAUSE = 0.06
"""Seconds before each tap: no person taps so often that the driver may call it a flood."""
WIRE_MS, APDU_MS, BEEP_MS, IDLE_PERCENT = 30.0, 20.0, 100.0, 1.0
IDLE_WAKES = 1.0
"""A second, for the whole process: what looks at its reader even once a second would not stay below it."""
CHILD, BARE = "tools.measure.reader_child", "tools.measure.bare_readers"


@dataclass(frozen=True, slots=True)
class Contender:
    """A process that reads, and the hand that it reads from."""

    hand: Hand
    process: Talker

    def took(self) -> float:
        """Milliseconds from the last byte of a new card until the process has its number. Raises `DemoError` when it
        is not read, `RuntimeError` when something else was."""
        time.sleep(PAUSE)
        sent = self.hand.tap()
        had = float(self.process.wait_for(lambda said: "at" in said)["at"])
        if had < sent:
            raise RuntimeError("a card was read before it was there")
        return (had - sent) * 1000


def measured(directory: Path, taps: int = TAPS, cards: int = CARD_TAPS, seconds: float = IDLE_SECONDS) -> Iterator[Row]:
    """All rows; small files go below `directory`."""
    root = directory / "readers"
    root.mkdir()
    yield from _told("a line's CR to its tap, serial", WIRE_MS, _serial(root, taps), "pyserial")
    yield from _told("Enter to its tap, HID", WIRE_MS, _typed(taps), "python-evdev")
    yield from _told("the card's answer to its tap, PC/SC", APDU_MS, _cards(cards), "pyscard")
    for protocol in EMULATORS:
        yield from _told(f"the answer to its tap, {protocol}", WIRE_MS, _spoken(root, protocol, cards))
    yield from _beeps(root, cards)
    yield from _waiting(root, seconds)


def _told(name: str, most: float, found: dict[str, Series], peer_name: str = "") -> Iterator[Row]:
    """The median over all taps, and the 95th percentile, each with the bound."""
    for what, series in (("median", found), ("p95", {key: _p95(values) for key, values in found.items()})):
        peer = (f"bare {peer_name}", series["bare"]) if peer_name else ("", None)
        yield below(f"{name}, {what}", "ms", series["ours"], most, peer)


def _p95(values: Series) -> Series:
    return Series((percentile(values.values, 95),))


def _serial(root: Path, taps: int) -> dict[str, Series]:
    with ExitStack() as stack:
        ours, bare = (stack.enter_context(plugged(PtyReader(root / name))) for name in ("ours", "bare"))
        return _contest(taps, {
            "ours": lambda: Contender(LineHand(ours), stack.enter_context(_driver(ours))),
            "bare": lambda: Contender(LineHand(bare), stack.enter_context(_bare(bare, "serial", str(bare.link)))),
        })  # fmt: skip


def _typed(taps: int) -> dict[str, Series]:
    with ExitStack() as stack:
        ours, bare = (stack.enter_context(hid_reader()) for _ in range(2))
        path = bare.device.nodes()[0]["path"]
        return _contest(taps, {
            "ours": lambda: Contender(TypingHand(ours), stack.enter_context(_driver(ours))),
            "bare": lambda: Contender(TypingHand(bare), stack.enter_context(_bare(bare, "evdev", path))),
        })  # fmt: skip


def _cards(taps: int) -> dict[str, Series]:
    with ExitStack() as stack:
        ours, bare = (stack.enter_context(_pcsc()) for _ in range(2))
        return _contest(taps, {
            "ours": lambda: Contender(CardHand(ours), stack.enter_context(_driver(ours))),
            "bare": lambda: Contender(CardHand(bare), stack.enter_context(_bare(bare, "pcsc", pcscd.READER))),
        })  # fmt: skip


def _spoken(root: Path, protocol: str, taps: int) -> dict[str, Series]:
    stamped = Stamped(EMULATORS[protocol]())
    with plugged(SpokenReader(root / protocol, protocol, stamped)) as reader, _driver(reader) as process:
        return _contest(taps, {"ours": lambda: Contender(SpokenHand(reader, stamped), process)})


def _contest(taps: int, contenders: dict[str, Callable[[], Contender]]) -> dict[str, Series]:
    """So many taps at each in turn, after one that does not count."""
    ready = {name: make() for name, make in contenders.items()}
    for contender in ready.values():
        contender.took()
    return interleaved(taps, {name: contender.took for name, contender in ready.items()})


def _beeps(root: Path, taps: int) -> Iterator[Row]:
    found = acknowledged(root / "beep", taps)
    read = Series(tuple(one.from_read for one in found))
    name = "a good read to the beep, TWN4, silent mesh"
    yield from _told(name, BEEP_MS, {"ours": read})
    yield below(f"{name}, slowest", "ms", Series((read.high,)), BEEP_MS)
    name = "a card put on a TWN4 just after a search, to the beep"
    yield below(name, "ms", Series(tuple(one.from_card for one in found)), None)


def _waiting(root: Path, seconds: float) -> Iterator[Row]:
    """No card for so long, at four readers that wake us, and at one that has to be asked."""
    with (
        hid_reader() as typing,
        plugged(PtyReader(root / "idle")) as line,
        plugged(CallingPeer()) as calling,
        _pcsc() as cards,
    ):
        variables = {**typing.environment, **cards.environment}
        uris = (typing.uri, line.uri, calling.uri, cards.uri)
        with talker(
            "four readers", CHILD, "idle", str(seconds), *uris, under=typing.command, variables=variables
        ) as four:
            _call(calling)
            yield from _costs("waiting at four readers (HID, serial, TCP, PC/SC)", four, seconds, IDLE_PERCENT)
    with (
        plugged(SpokenReader(root / "asked", "twn4", EMULATORS["twn4"]())) as asked,
        talker("a TWN4", CHILD, "idle", str(seconds), asked.uri) as one,
    ):
        yield from _costs("waiting at a TWN4, which is asked five times a second", one, seconds, None)


def _call(reader: CallingPeer) -> None:
    """Until the station listens."""
    end = time.monotonic() + 20
    while not reader.call():
        if time.monotonic() > end:
            raise TimeoutError("nobody listens for the network reader")
        time.sleep(0.05)


def _costs(name: str, process: Talker, seconds: float, most: float | None) -> Iterator[Row]:
    _ready(process)
    said = process.wait_for(lambda words: "share" in words, seconds + 20)
    yield below(f"{name}: of a core", "%", Series((said["share"],)), most)
    yield below(f"{name}: woken", "per s", Series((said["wakes"],)), None if most is None else IDLE_WAKES)


@contextmanager
def _pcsc() -> Iterator[PcscPeer]:
    """In a place of its own: the path of pcscd's socket must be short."""
    with tempfile.TemporaryDirectory(prefix="lockgate-pcscd-") as directory, pcsc_reader(Path(directory)) as peer:
        yield peer


@contextmanager
def _driver(reader: ReaderPeer) -> Iterator[Talker]:
    with _child(reader, CHILD, "told", reader.uri) as running:
        yield running


@contextmanager
def _bare(reader: ReaderPeer, kind: str, device: str) -> Iterator[Talker]:
    with _child(reader, BARE, kind, device) as running:
        yield running


@contextmanager
def _child(reader: ReaderPeer, *arguments: str) -> Iterator[Talker]:
    with talker(arguments[0], *arguments, under=reader.command, variables=reader.environment) as running:
        _ready(running)
        yield running


def _ready(process: Talker) -> None:
    def ready(said: dict[str, Any]) -> bool:
        return said.get("ready") is True

    process.wait_for(ready)


def available() -> bool:
    """Whether umockdev, pcscd and its virtual reader are installed."""
    return hid.available() and Path("/usr/sbin/pcscd").exists() and pcscd.DRIVER.exists()
