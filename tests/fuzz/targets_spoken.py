"""What readers that are spoken to answer: well-framed nonsense at every step of the conversation."""

from hal.framing.dialect import Dialect
from hal.framing.pn532 import Pn532
from hal.framing.pn532_cards import decode_targets
from hal.framing.pn532_frames import ACK, Frames, frame
from hal.framing.twn4 import Twn4, decode_search
from tests.fuzz.target import Target, named

PIECES = 64
APDUS = (b"\xff\xca\x00\x00\x00", b"\xff\xb0\x00\x04\x40", b"\x00\xa4\x04\x00" * 100)


def _on(speaker: Dialect, answer: bytes, now: float) -> float:
    """The answer, and then time until the next question."""
    speaker.feed(answer, now)
    if speaker.deadline is not None and speaker.deadline > now:
        now = speaker.deadline
        speaker.pause(now)
    return now


def _twn4(data: bytes) -> None:
    speaker, now = Twn4(), 0.0
    speaker.start(now)
    for piece in data.split(b"|")[:PIECES]:
        speaker.to_send()
        now = _on(speaker, piece.hex().encode() + b"\r", now)


def _pn532(data: bytes) -> None:
    """Every fourth step an APDU is sent, whatever lies there."""
    speaker, now = Pn532(), 0.0
    speaker.start(now)
    for step, piece in enumerate(data.split(b"|")[:PIECES]):
        if step % 4 == 3:
            speaker.command(APDUS[step // 4 % len(APDUS)], now)
        asked = [one for one in Frames().feed(speaker.to_send()) if isinstance(one, bytes)]
        code = asked[-1][1] + 1 if asked else 0x4B
        now = _on(speaker, ACK + frame(bytes([0xD5, code]) + piece[:260]), now)


CARD = bytes.fromhex("01010344200704a1b2c3d4e5f6067577810280")
TARGETS = (
    Target(
        "answers of a TWN4",
        _twn4,
        covers=named("hal.framing.twn4.Twn4", "feed"),
        seeds=(b"\x00\x04TWN4|\x00|\x00\x00",),
        raises=(TimeoutError,),
    ),
    Target(
        "answers of a PN532",
        _pn532,
        covers=named("hal.framing.pn532.Pn532", "feed"),
        seeds=(b"|2\x01\x06\x07||||" + CARD + b"|\x00\x90\x00|\x40ab|\x00cd\x90\x00",),
        raises=(TimeoutError,),
    ),
    Target(
        "cards a PN532 lists",
        decode_targets,
        covers=named("hal.framing.pn532_cards", "decode_targets"),
        seeds=(CARD, b"\x00"),
        raises=(ValueError,),
    ),
    Target(
        "cards a TWN4 finds",
        decode_search,
        covers=named("hal.framing.twn4", "decode_search"),
        seeds=(bytes.fromhex("000180200466CF4DC2"), b"\x00\x00"),
        raises=(ValueError,),
    ),
)
