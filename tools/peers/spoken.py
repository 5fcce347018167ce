"""Readers that are spoken to, at a pseudo-terminal: an emulated TWN4 or PN532 that answers what the station asks.

By hand: `python -m tools.peers.spoken twn4` says its URI and taps each number it is given on standard input.
"""

import os
import select
import sys
import tempfile
import threading
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from hal.sim.cards.card import CardTwin, UidCard
from hal.sim.reader_pn532 import Pn532Chip
from hal.sim.reader_twn4 import Twn4Reader
from tools.peers.wires import PtyReader, plugged

SECONDS = 30.0
"""How long a hand waits for the station to take notice."""


class Emulator(Protocol):
    """What `hal.sim.reader_twn4` and `hal.sim.reader_pn532` have in common."""

    @property
    def noticed(self) -> bool: ...

    def feed(self, data: bytes) -> bytes: ...

    def present(self, *cards: CardTwin) -> bytes: ...

    def lift(self) -> None: ...


EMULATORS: Mapping[str, Callable[[], Emulator]] = {"twn4": Twn4Reader, "pn532": Pn532Chip}


class SpokenReader(PtyReader):
    """`emulator` is asked by a thread while it is plugged in. Whoever else touches it holds `changed`."""

    def __init__(self, link: Path, protocol: str, emulator: Emulator, options: str = "") -> None:
        super().__init__(link, f"&protocol={protocol}{options}")
        self.emulator = emulator
        self.changed = threading.Condition()
        self._slave = -1
        self._plugged = False
        self._end = (-1, -1)
        self._thread: threading.Thread | None = None

    def tap(self, number: str) -> None:
        """Each step waits until the station knows of it. Raises `TimeoutError` where it does not listen."""
        self.present(UidCard(bytes.fromhex(number)))
        self.lift()

    def present(self, *cards: CardTwin) -> None:
        """Put cards there, at once. Raises `TimeoutError`."""
        with self.changed:
            self.send(self.emulator.present(*cards))
            self._await_notice()

    def lift(self) -> None:
        """Take all cards away. Raises `TimeoutError`."""
        with self.changed:
            self.emulator.lift()
            self._await_notice()

    def plug(self) -> None:
        """Idempotent. A slave side of our own keeps the master readable while no station has it open."""
        if self._thread is not None:
            return
        super().plug()
        self._slave = os.open(self.link, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._slave)
        self._end = os.pipe()
        self._plugged = True
        self._thread = threading.Thread(target=self._answer, name="spoken reader", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Idempotent. A hand that waits is told so."""
        if self._thread is None:
            return
        with self.changed:
            self._plugged = False
            self.changed.notify_all()
        os.close(self._end[1])
        self._thread.join()
        self._thread = None
        os.close(self._end[0])
        super().unplug()
        os.close(self._slave)

    def _await_notice(self) -> None:
        self.changed.wait_for(lambda: self.emulator.noticed or not self._plugged, SECONDS)
        if not self.emulator.noticed:
            raise TimeoutError("the station took no notice")

    def _answer(self) -> None:
        while self._end[0] not in (ready := select.select([self.master, self._end[0]], [], [])[0]):
            if ready:
                with self.changed, suppress(OSError):
                    self.send(self.emulator.feed(os.read(self.master, 4096)))
                    self.changed.notify_all()


@contextmanager
def spoken_reader(protocol: str, options: str = "") -> Iterator[SpokenReader]:
    """`protocol` is out of `EMULATORS`; `options` go on in its URI."""
    with (
        tempfile.TemporaryDirectory(prefix="lockgate-reader-") as directory,
        plugged(SpokenReader(Path(directory) / "tty", protocol, EMULATORS[protocol](), options)) as reader,
    ):
        yield reader


@contextmanager
def twn4_reader() -> Iterator[SpokenReader]:
    """A TWN4 with Simple Protocol firmware."""
    with spoken_reader("twn4") as reader:
        yield reader


@contextmanager
def pn532_reader() -> Iterator[SpokenReader]:
    """A PN532 on its UART."""
    with spoken_reader("pn532") as reader:
        yield reader


def _main(protocol: str) -> None:
    with spoken_reader(protocol) as reader:
        print(reader.uri, flush=True)
        for line in sys.stdin:
            try:
                reader.tap(line.strip())
            except (TimeoutError, ValueError) as exc:
                print(exc, flush=True)


if __name__ == "__main__":
    _main(sys.argv[1])
