"""The virtual CCID reader's other side, as QEMU speaks to it: who says what first, a card put on and lifted."""

import socket
import struct
from collections.abc import Iterator
from typing import BinaryIO

import pytest

from hal.sim.cards.card import UidCard
from tools.peers.vscard import ADD_READER, APDU, ATR, INIT, REMOVE, CcidReader, ccid_reader

SECONDS = 30.0
UID = bytes.fromhex("04A1B2C3D4E5F6")
GET_UID = bytes.fromhex("FFCA000000")


class Qemu:
    """The board's end of the line."""

    def __init__(self, reader: CcidReader) -> None:
        port = int(reader.devices[1].rpartition("port=")[2])
        self.line = socket.create_connection(("127.0.0.1", port), SECONDS)
        self.stream: BinaryIO = self.line.makefile("rb")

    def hear(self) -> tuple[int, bytes]:
        kind, _, size = struct.unpack(">III", self.stream.read(12))
        return kind, self.stream.read(size)

    def say(self, kind: int, data: bytes = b"") -> None:
        self.line.sendall(struct.pack(">III", kind, 0, len(data)) + data)

    def close(self) -> None:
        self.stream.close()
        self.line.close()


@pytest.fixture
def reader() -> Iterator[CcidReader]:
    with ccid_reader() as found:
        yield found


def introduced(reader: CcidReader) -> Qemu:
    qemu = Qemu(reader)
    assert qemu.hear() == (INIT, b"VSCD" + bytes.fromhex("0000000200000000"))
    assert qemu.hear() == (ADD_READER, b"badge reader")
    qemu.say(INIT, b"VSCD" + bytes(8))
    return qemu


def test_a_card_is_put_on_read_and_lifted(reader: CcidReader) -> None:
    qemu = introduced(reader)
    reader.put(UidCard(UID))
    kind, atr = qemu.hear()
    assert (kind, atr[:1], len(atr)) == (ATR, b"\x3b", 20)
    qemu.say(APDU, GET_UID)
    assert qemu.hear() == (APDU, UID + b"\x90\x00")
    reader.lift()
    assert qemu.hear() == (REMOVE, b"")
    qemu.say(APDU, GET_UID)
    assert qemu.hear() == (APDU, b"\x63\x00")
    qemu.close()


def test_a_board_that_starts_again_finds_the_card_that_lies_there(reader: CcidReader) -> None:
    first = introduced(reader)
    reader.put(UidCard(UID))
    first.hear()
    first.close()
    again = introduced(reader)
    assert again.hear()[0] == ATR
    again.close()


def test_what_is_no_message_ends_the_line_and_not_the_reader(reader: CcidReader) -> None:
    qemu = introduced(reader)
    qemu.line.sendall(struct.pack(">III", APDU, 0, 1 << 30))
    assert qemu.stream.read(1) == b""
    qemu.close()
    introduced(reader).close()


def test_nobody_can_put_a_card_on_a_reader_that_is_not_plugged_in(reader: CcidReader) -> None:
    with pytest.raises(ConnectionError, match="no board"):
        reader.put(UidCard(UID))
