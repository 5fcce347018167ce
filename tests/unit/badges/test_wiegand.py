"""Wiegand frames: published ones, the parities of independent descriptions, and that one wrong bit is always seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.number import BadgeUnreadableError
from firmware.badges.value import Bits
from firmware.badges.wiegand import FORMATS, Credential, Format, decode, encode

PUBLISHED = [
    # H10301, samples that readers' users and other encoders have published
    ("H10301", "10000101110101100010111010", 11, 44125),
    ("H10301", "00000101010101100010111010", 10, 44125),
    ("H10301", f"{0x02D007BB:026b}", 104, 989),
    ("H10301", "00101101000000001010001000", 90, 324),
    ("H10301", "00110001100000011111001111", 99, 999),
    ("H10301", "10010101000000000010001010", 42, 69),
    ("H10301", "00100010010100010010011111", 68, 41551),
    ("H10301", f"{0x0CA01F6:026b}", 101, 251),
    ("H10301", f"{0x2F657AE:026b}", 123, 11223),
    # as encoded by proxmark3's own tests; the last two digits of the first are filling
    ("H10301", f"{0xBD88EB80 >> 6:026b}", 123, 4567),
    ("C1k48s", f"{0x00A4550148AB:048b}", 42069, 42069),
    # what an iCLASS reader sent for a card written as Corporate 1000
    ("C1k35s", f"{0x4A72010B3:035b}", 1337, 2137),
    # one HID Prox card, which two formats explain, each with good parity
    ("H10302", f"{0x584A2B940:037b}", None, 11850046624),
    ("H10304", f"{0x584A2B940:037b}", 22602, 89248),
]


@pytest.mark.parametrize(("name", "frame", "facility", "card"), PUBLISHED)
def test_published_frames(name: str, frame: str, facility: int | None, card: int) -> None:
    bits = Bits(int(frame, 2), len(frame))
    assert decode(name, bits) == Credential(name, facility, card)
    assert encode(Credential(name, facility, card)) == bits


@st.composite
def credentials(draw: st.DrawFn) -> Credential:
    layout = draw(st.sampled_from(list(FORMATS.values())))
    facility = draw(st.integers(0, layout.facility.largest)) if layout.facility else None
    return Credential(layout.name, facility, draw(st.integers(0, layout.card.largest)))


@given(credentials())
def test_what_is_encoded_is_decoded(credential: Credential) -> None:
    frame = encode(credential)
    assert frame.count == FORMATS[credential.name].bits
    assert decode(credential.name, frame) == credential


@given(credentials())
def test_one_wrong_bit_is_always_seen(credential: Credential) -> None:
    frame = encode(credential)
    for place in range(frame.count):
        with pytest.raises(BadgeUnreadableError) as caught:
            decode(credential.name, Bits(frame.value ^ 1 << place, frame.count))
        assert caught.value.code == "badge-parity"


@given(credentials(), st.integers(0, 80))
def test_another_number_of_bits_is_another_format(credential: Credential, count: int) -> None:
    value = encode(credential).value
    if count != FORMATS[credential.name].bits:
        with pytest.raises(BadgeUnreadableError) as caught:
            decode(credential.name, Bits(value, count))
        assert caught.value.code == "badge-format"


@given(credentials())
def test_corporate_1000_by_the_masks_of_proxmark3(credential: Credential) -> None:
    """Its unpacking has a mask for each of three parities, here joined to one word, and says which bit each is for."""
    masks = {
        "C1k35s": ((33, 0x1_B6DB6DB6, 0), (0, 0x3_6DB6DB6C, 1), (34, 0x3_FFFFFFFF, 1)),
        "C1k48s": ((46, 0x1B6D_B6DB6DB6, 0), (0, 0x36DB_6DB6DB6C, 1), (47, 0x7FFF_FFFFFFFF, 1)),
    }
    frame = encode(credential).value
    for place, mask, odd in masks.get(credential.name, ()):
        assert (frame & mask).bit_count() % 2 ^ odd == frame >> place & 1


def test_corporate_1000_by_the_places_of_another_description() -> None:
    """A reader's manual counts from 1 and names the pairs: 4-5, 7-8 … 46-47 even at 2; 3-4, 6-7 … 45-46 odd at 48; and
    2 to 48 odd at 1."""
    even, odd, whole = FORMATS["C1k48s"].parities
    assert (even.at + 1, even.is_odd) == (2, False)
    assert [place + 1 for place in even.over] == [place for pair in range(4, 47, 3) for place in (pair, pair + 1)]
    assert (odd.at + 1, odd.is_odd) == (48, True)
    assert [place + 1 for place in odd.over] == [place for pair in range(3, 46, 3) for place in (pair, pair + 1)]
    assert (whole.at + 1, whole.is_odd) == (1, True)
    assert [place + 1 for place in whole.over] == list(range(2, 49))


@pytest.mark.parametrize("layout", FORMATS.values(), ids=lambda one: one.name)
def test_every_bit_has_one_purpose(layout: Format) -> None:
    fields = [one for one in (layout.facility, layout.card) if one]
    places = [place for one in fields for place in range(one.first, one.first + one.count)]
    assert sorted(places + [parity.at for parity in layout.parities]) == list(range(layout.bits))


@pytest.mark.parametrize(
    ("name", "facility", "card"),
    [
        ("H10301", 256, 1),
        ("H10301", 1, 65536),
        ("H10301", -1, 1),
        ("H10301", 1, -1),
        ("H10301", None, 1),
        ("H10302", 0, 1),
        ("H10302", None, 1 << 35),
    ],
)
def test_numbers_that_a_frame_cannot_hold(name: str, facility: int | None, card: int) -> None:
    with pytest.raises(ValueError, match=r"within|facility code"):
        encode(Credential(name, facility, card))


def test_frames_and_numbers_do_not_show_themselves() -> None:
    frame = Bits(0x02D007BB, 26)
    shown = f"{frame!r} {decode('H10301', frame)!r}"
    assert "26" in shown
    assert "H10301" in shown
    for secret in ("989", "104", str(0x02D007BB)):
        assert secret not in shown
