"""What NFC tags hold and answer, and the records on them."""

from collections.abc import Callable

from hal.drivers import ndef_reader
from hal.framing import ndef_tags
from tests.fuzz.target import Target, named

MOST_COMMANDS = 80
"""1 KiB in pieces of 15 bytes, and what comes before."""


def _type2(data: bytes) -> bytes:
    """`data` is the tag's memory, which may end anywhere."""
    return _told(ndef_tags.read_type2(), lambda command: data[command[3] * 4 :][:16] + ndef_tags.GOOD)


def _type4(data: bytes) -> bytes:
    """`data` is what comes, READ after READ, each as long as asked for."""
    left = bytearray(data)

    def answer(command: bytes) -> bytes:
        if command[1] == 0xA4:
            return ndef_tags.GOOD
        piece = bytes(left[: command[4]])
        del left[: command[4]]
        return piece + ndef_tags.GOOD

    return _told(ndef_tags.read_type4(), answer)


def _any_answers(data: bytes) -> list[bytes]:
    """Responses of any length and status, to both kinds of conversation."""
    pieces = iter(data.split(b"|"))
    return [_told(one(), lambda _: next(pieces, b"")) for one in (ndef_tags.read_type4, ndef_tags.read_type2)]


def _told(conversation: ndef_tags.Conversation, answer: Callable[[bytes], bytes]) -> bytes:
    command = next(conversation)
    for _ in range(MOST_COMMANDS):
        try:
            command = conversation.send(answer(command))
        except StopIteration as exc:
            return bytes(exc.value)
    raise AssertionError("it never ends")


def _records(data: bytes) -> bytes:
    """The first byte says which kind is wanted."""
    kinds = tuple(ndef_reader.TYPES)
    found = ndef_reader.decode_record(data[1:], kinds[data[0] % 2 if data else 0])
    assert found
    return found


MESSAGE = bytes.fromhex("91010a5402656e31323334353637510105550432333435")
CONTAINER = bytes.fromhex("000f20003b00340406e104040000ff")
CONTROL = bytes.fromhex("0103a00c34")
ANSWERS = (
    b"",
    b"",
    CONTAINER,
    b"",
    bytes(2),
    bytes.fromhex("e1101200").ljust(16, b"\0"),
    bytes.fromhex("0300fe").ljust(16, b"\0"),
)
TARGETS = (
    Target(
        "memory of a Type 2 tag",
        _type2,
        covers=named("hal.framing.ndef_tags", "read_type2"),
        raises=(ndef_tags.RecordError,),
        seeds=(
            (bytes(12) + bytes.fromhex("e1101200") + CONTROL + b"\x03\x17" + MESSAGE + b"\xfe").ljust(176, b"\0"),
            (bytes(12) + bytes.fromhex("e1107f00") + bytes.fromhex("03ff012c") + MESSAGE).ljust(1040, b"\0"),
        ),
    ),
    Target(
        "answers of a Type 4 tag",
        _type4,
        covers=named("hal.framing.ndef_tags", "read_type4", "decode_container"),
        raises=(ndef_tags.RecordError,),
        seeds=(CONTAINER + b"\x00\x17" + MESSAGE,),
    ),
    Target(
        "answers of any tag",
        _any_answers,
        covers=named("hal.framing.ndef_tags", "read_type2", "read_type4"),
        raises=(ndef_tags.RecordError,),
        seeds=(b"|".join(answer + ndef_tags.GOOD for answer in ANSWERS),),
    ),
    Target(
        "an NDEF message",
        _records,
        covers=named("hal.drivers.ndef_reader", "decode_record"),
        raises=(ndef_tags.RecordError,),
        seeds=(b"\x00" + MESSAGE, b"\x01" + MESSAGE),
    ),
)
