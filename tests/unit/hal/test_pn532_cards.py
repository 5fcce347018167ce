"""What PN532 says of cards, and APDUs on their way to one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.framing.pn532_cards import Apdu, CardGoneError, ReadPages, Target, decode_targets, exchange
from tests.support.spoken import ATS

DESFIRE = Target(bytes.fromhex("04a1b2c3d4e5f6"), 0x20, ATS)
TAG = Target(bytes.fromhex("04416d412b0289"), 0x00)


@pytest.mark.parametrize(
    ("data", "target"),
    [  # after `D5 4B`; the first three from captures that people published with their programs
        ("01010044000704416d412b0289", Target(bytes.fromhex("04416d412b0289"), 0x00)),
        ("0101000408049d44a346", Target(bytes.fromhex("9d44a346"), 0x08)),
        ("010100440007 5321d4cf330001", Target(bytes.fromhex("5321d4cf330001"), 0x00)),
        ("0101034420 07 04a1b2c3d4e5f6 067577810280", DESFIRE),
        ("0101000420 04 08aabbcc 01", Target(bytes.fromhex("08aabbcc"), 0x20, b"\x01")),
        ("0101004400 0a 00010203040506070809", Target(bytes(range(10)), 0x00)),
    ],
)
def test_a_target(data: str, target: Target) -> None:
    assert decode_targets(bytes.fromhex(data)) == target


@pytest.mark.parametrize(("data", "count"), [("00", 0), ("02 01000408049d44a346 02000408046e401ba8", 2)])
def test_no_card_or_two(data: str, count: int) -> None:
    assert decode_targets(bytes.fromhex(data)) == count


@pytest.mark.parametrize(
    "data",
    ["", "03", "ff", "01", "0101000408", "010100040805 0102030405", "0101000408040102", "010103442004 01020304 0675"],
)
def test_a_target_of_another_shape_is_refused(data: str) -> None:
    with pytest.raises(ValueError, match=r"target|ATS"):
        decode_targets(bytes.fromhex(data))


@given(st.binary(max_size=64))
def test_any_bytes_are_a_target_or_refused(data: bytes) -> None:
    try:
        found = decode_targets(data)
    except ValueError:
        return
    assert isinstance(found, int) or len(found.uid) in (4, 7, 10)


@given(st.binary(min_size=4, max_size=1000).filter(lambda apdu: apdu[0] != 0xFF), st.binary(min_size=2, max_size=1000))
def test_long_apdus_go_and_come_in_pieces(apdu: bytes, response: bytes) -> None:
    carried = exchange(apdu, DESFIRE)
    assert isinstance(carried, Apdu)
    received, result = b"", None
    while True:
        asked = carried.ask()
        received += asked[1:]
        if not asked[0] & 0x40:
            break
        assert carried.take(0, b"") is None
    assert received == apdu
    for at in range(0, len(response), 250):
        assert result is None
        more = at + 250 < len(response)
        result = carried.take(0x40 if more else 0, response[at : at + 250])
        assert not more or carried.ask() == b"\x01"
    assert result == response


@pytest.mark.parametrize("status", [0x01, 0x13, 0x27, 0x41])
def test_an_error_is_a_card_that_went(status: int) -> None:
    with pytest.raises(CardGoneError):
        Apdu(b"\x60").take(status, b"")


def test_a_response_without_end_is_cut_off() -> None:
    carried = Apdu(b"\x60")
    carried.ask()
    for _ in range(65538 // 262):
        assert carried.take(0x40, bytes(262)) is None
    with pytest.raises(CardGoneError):
        carried.take(0x40, bytes(262))


@pytest.mark.parametrize(
    ("apdu", "target", "answer"),
    [
        ("ffca000000", DESFIRE, "04a1b2c3d4e5f69000"),
        ("ffca000007", TAG, "04416d412b02899000"),
        ("ffca000004", TAG, "6700"),
        ("ffca010000", TAG, "6a81"),
        ("ffb0000410", DESFIRE, "6a81"),
        ("ffb0010410", TAG, "6a81"),
        ("ffb00004", TAG, "6700"),
        ("ff00000000", TAG, "6d00"),
        ("ff", DESFIRE, "6d00"),
        ("ffca", DESFIRE, "6a81"),
        ("00a4040000", TAG, "6d00"),
        ("", TAG, "6d00"),
    ],
)
def test_what_the_card_is_not_asked(apdu: str, target: Target, answer: str) -> None:
    assert exchange(bytes.fromhex(apdu), target) == bytes.fromhex(answer)


def test_a_read_of_pages_takes_as_many_reads_as_it_needs() -> None:
    carried = exchange(bytes.fromhex("ffb0000412"), TAG)
    assert isinstance(carried, ReadPages)
    assert carried.ask().hex() == "013004"
    assert carried.take(0, bytes(range(16))) is None
    assert carried.ask().hex() == "013008"
    assert carried.take(0, bytes(range(16, 32))) == bytes(range(18)) + b"\x90\x00"


def test_a_tag_that_refuses_or_went() -> None:
    assert ReadPages(4, 16).take(0x13, b"") == b"\x63\x00"
    assert ReadPages(4, 16).take(0, b"\x0a") == b"\x63\x00"
    with pytest.raises(CardGoneError):
        ReadPages(4, 16).take(1, b"")


def test_nothing_of_the_card_is_in_a_repr() -> None:
    assert "04" not in repr(TAG).lower().replace("0x", "")
