"""QEMU's emulated CCID reader, and the hand with the card: `with ccid_reader() as reader`.

QEMU's `ccid-card-passthru` connects here and speaks VSCARD (libcacard's docs/libcacard.txt); pcscd in the guest sees a
CCID reader on USB.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from hal.sim.cards.card import CardTwin
from hal.sim.cards.slot import CardSlot

INIT, ADD_READER, ATR, REMOVE, APDU = 1, 3, 5, 6, 7
HELLO = b"VSCD" + struct.pack(">II", 0x000002, 0)
"""The magic, version 0.0.2, no capabilities."""
ANY, FIRST = 0xFFFFFFFF, 0
NAME = b"badge reader"
LONGEST = 1 << 16
NO_ANSWER = b"\x63\x00"
LOOPBACK = "127.0.0.1"


class CcidReader:
    """One reader. A board whose QEMU has `devices` among its arguments, behind those of a USB controller, has it."""

    def __init__(self) -> None:
        self._server = socket.create_server((LOOPBACK, 0))
        self._line: socket.socket | None = None
        self._slot: CardSlot | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def devices(self) -> tuple[str, ...]:
        """QEMU's arguments."""
        line = f"socket,id=card,host={LOOPBACK},port={self._server.getsockname()[1]}"
        return ("-chardev", line, "-device", "usb-ccid", "-device", "ccid-card-passthru,chardev=card")

    def put(self, card: CardTwin) -> None:
        """Lay a card on the reader. Raises `ConnectionError` where no board has it."""
        with self._lock:
            self._slot = CardSlot(card)
            self._say(ATR, self._slot.atr)

    def lift(self) -> None:
        """Take the card away. Raises `ConnectionError` as above."""
        with self._lock:
            self._slot = None
            self._say(REMOVE)

    def close(self) -> None:
        """The reader is gone, for good."""
        for line in (self._server, self._line):
            if line is not None:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
                line.close()
        self._thread.join()

    def _say(self, kind: int, data: bytes = b"") -> None:
        if self._line is None:
            raise ConnectionError("no board has the reader")
        self._line.sendall(struct.pack(">III", kind, ANY if kind == INIT else FIRST, len(data)) + data)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                with suppress(OSError, EOFError), line, line.makefile("rb") as stream:
                    with self._lock:
                        self._line = line
                        self._say(INIT, HELLO)
                        self._say(ADD_READER, NAME)
                        if self._slot is not None:
                            self._say(ATR, self._slot.atr)
                    while True:
                        self._hear(*_message(stream))

    def _hear(self, kind: int, data: bytes) -> None:
        if kind != APDU:
            return
        with self._lock:
            answer = self._slot.transmit(data) if self._slot is not None else None
            self._say(APDU, NO_ANSWER if answer is None else answer)


def _message(stream: BinaryIO) -> tuple[int, bytes]:
    """Kind and data of one. Raises `EOFError`."""
    head = stream.read(12)
    if len(head) < 12:
        raise EOFError("the board has gone")
    kind, _, size = struct.unpack(">III", head)
    data = stream.read(size) if size <= LONGEST else b""
    if len(data) < size:
        raise EOFError("half a message")
    return kind, data


@contextmanager
def ccid_reader() -> Iterator[CcidReader]:
    """Until the block ends."""
    reader = CcidReader()
    try:
        yield reader
    finally:
        reader.close()
