"""How soon a person hears that the badge was read: by a whole station, whose mesh takes connections and is silent."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hal.sim.reader_twn4 import Twn4Reader
from tools.demo.processes import station
from tools.demo.show import configuration
from tools.edgemesh.bootstrap import make_mesh
from tools.measure.hands import Stamped, card
from tools.peers.spoken import SECONDS, SpokenReader
from tools.peers.wires import LOOPBACK, plugged

PRINTER = "ipps://localhost:1/ipp/print"
"""None: nobody gets so far."""


class Beeping(Stamped):
    """A TWN4 that also notes when the command for its last beep had come."""

    def __init__(self, twn4: Twn4Reader) -> None:
        super().__init__(twn4)
        self.twn4 = twn4
        self.beeped_at = 0.0

    def feed(self, data: bytes) -> bytes:
        """As the emulator."""
        now, before = time.monotonic(), len(self.twn4.beeps)
        answer = super().feed(data)
        if len(self.twn4.beeps) > before:
            self.beeped_at = now
        return answer


@dataclass(frozen=True, slots=True)
class Heard:
    """Milliseconds until the beep's command was there: from the last byte of the card's number, and from when the card
    was put on the reader. It is put there just after a search that found none, so that it waits for the next the
    longest."""

    from_read: float
    from_card: float


@contextmanager
def silent_mesh() -> Iterator[str]:
    """The URL of a mesh that the kernel connects us to, and that is never there to answer."""
    with socket.create_server((LOOPBACK, 0)) as server:
        yield f"https://localhost:{server.getsockname()[1]}"


def acknowledged(directory: Path, taps: int) -> list[Heard]:
    """So many taps, one after the other. Raises `TimeoutError` when one is not acknowledged."""
    directory.mkdir()
    beeping = Beeping(Twn4Reader())
    reader = SpokenReader(directory / "tty", "twn4", beeping)
    made = make_mesh(directory / "site", "beep.lockgate")
    with silent_mesh() as url, plugged(reader):
        config = configuration(directory, made, url, PRINTER, reader.uri)
        with station(config, reader):
            return [_heard(reader, beeping) for _ in range(taps)]


def _heard(reader: SpokenReader, beeping: Beeping) -> Heard:
    before, put = len(beeping.twn4.beeps), time.monotonic()
    reader.present(card())
    read = beeping.told_at
    with reader.changed:
        if not reader.changed.wait_for(lambda: len(beeping.twn4.beeps) > before, SECONDS):
            raise TimeoutError("the station did not acknowledge the badge")
        beeped = beeping.beeped_at
    reader.lift()
    return Heard((beeped - read) * 1000, (beeped - put) * 1000)
