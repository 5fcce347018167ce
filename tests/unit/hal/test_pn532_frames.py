"""PN532 frames: those that public sources show, every split, and every kind of damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.pn532_frames import ACK, LONGEST, NACK, SYNTAX_ERROR, WAKE, Frames, Mark, frame

DATA = st.binary(min_size=1, max_size=LONGEST)
LONG = bytes.fromhex("d501343536") + bytes(256)


@pytest.mark.parametrize(
    ("sent", "data"),
    [  # what nfcpy's tests expect on the wire (tests/test_clf_pn532.py, base_clf_pn53x.py), and common captures
        ("0000ff02fed4022a00", "d402"),
        ("0000ff04fcd44a0100e100", "d44a0100"),
        ("0000ff05fbd4140100001700", "d414010000"),
        ("0000ff05fbd4003132339600", "d400313233"),
    ],
)
def test_a_frame_is_built_as_others_build_it(sent: str, data: str) -> None:
    assert frame(bytes.fromhex(data)).hex() == sent


def test_a_long_one_is_extended() -> None:
    assert frame(LONG) == bytes.fromhex("0000ffffff0105fa") + LONG + bytes.fromhex("8b00")


@pytest.mark.parametrize("length", [0, LONGEST + 1])
def test_no_frame_is_of_a_length_that_the_chip_has_not(length: int) -> None:
    with pytest.raises(ValueError, match="bytes in a frame"):
        frame(bytes(length))


@pytest.mark.parametrize(
    ("heard", "found"),
    [
        ("0000ff00ff00", [Mark.ACK]),
        ("0000ffff0000", [Mark.NACK]),
        ("0000ff01ff7f8100", [SYNTAX_ERROR]),
        ("0000ff00ff000000ff02fed5151600", [Mark.ACK, "d515"]),
        ("0000ff00ff000000ff06fad50332010607e800", [Mark.ACK, "d50332010607"]),
        ("0000ff00ff000000ff0ff1d54b01010044000704416d412b0289ea00", [Mark.ACK, "d54b01010044000704416d412b0289"]),
        ("ff0cf4d54b01", []),
        ("5555000000", []),
        ("0000ff04fbd501343536 8b00", [Mark.DAMAGED]),  # the length's checksum
        ("0000ff05fbd5013435368a00", [Mark.DAMAGED]),  # the data's
        ("0000ff000000", [Mark.DAMAGED]),
        ("0000ffffff0104fad501", [Mark.DAMAGED]),
        ("0000ffffffffff02d501", [Mark.DAMAGED]),  # longer than any
        ("0000ff05fbd5013435368a00 0000ff02fed5151600", [Mark.DAMAGED, "d515"]),
    ],
)
def test_what_is_heard(heard: str, found: "list[str | bytes | Mark]") -> None:
    assert Frames().feed(bytes.fromhex(heard)) == [bytes.fromhex(one) if isinstance(one, str) else one for one in found]


@given(
    st.lists(st.one_of(DATA.map(frame), st.sampled_from([ACK, NACK, WAKE]), st.binary(max_size=6))), st.integers(1, 9)
)
def test_any_split_gives_the_same_frames(pieces: list[bytes], size: int) -> None:
    sent = b"".join(pieces)
    whole, frames = Frames(), Frames()
    assert [one for at in range(0, len(sent), size) for one in frames.feed(sent[at : at + size])] == whole.feed(sent)


@given(st.lists(DATA))
def test_frames_come_back_whole(datas: list[bytes]) -> None:
    assert Frames().feed(b"".join(map(frame, datas))) == datas


@given(DATA, st.data())
def test_a_changed_byte_of_data_is_noticed(data: bytes, draw: st.DataObject) -> None:
    sent = bytearray(frame(data))
    at = draw.draw(st.integers(len(sent) - len(data) - 2, len(sent) - 2))
    sent[at] ^= draw.draw(st.integers(1, 255))
    assert Frames().feed(bytes(sent))[0] == Mark.DAMAGED


def test_noise_is_not_kept() -> None:
    frames = Frames()
    assert frames.feed(b"\x55" * 1_000_000) == []
    assert not frames.begun
    assert frames.feed(b"\x00\xff\x05") == []
    assert frames.begun
    frames.clear()
    assert not frames.begun
