"""The virtual DESFire card answers as the published protocol says, also to what no good reader sends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.ports.random_source import RandomSource
from hal.sim.cards.card import CardTwin
from hal.sim.cards.desfire import Application, DesfireCard
from hal.sim.random_source import SeededRandom

UID = bytes.fromhex("04a1b2c3d4e5f6")
AID = bytes.fromhex("f58540")
SELECT = bytes.fromhex("905a000003f5854000")
AES, EV2 = bytes.fromhex("90aa0000010000"), bytes.fromhex("9071000002000000")
WRONG_TOKEN = bytes.fromhex("90af000020") + bytes(32) + b"\0"


def make(random: RandomSource | None = None, **more: Any) -> DesfireCard:
    return DesfireCard(UID, {AID: Application([bytes(16)])}, random or SeededRandom(3), **more)


def said(card: DesfireCard, *commands: bytes) -> list[str]:
    """The statuses."""
    return [(card.exchange(command) or b"")[-2:].hex() for command in commands]


def test_it_is_a_card_of_a_field() -> None:
    card: CardTwin = make()
    assert card.uid == UID
    assert card.sak & 0x20
    assert card.ats[0] == len(card.ats)


def test_its_version_comes_in_three_frames() -> None:
    card = make()
    more = bytes.fromhex("90af000000")
    frames = [card.exchange(command) or b"" for command in (bytes.fromhex("9060000000"), more, more)]
    assert [frame[-1] for frame in frames] == [0xAF, 0xAF, 0x00]
    assert [len(frame) - 2 for frame in frames] == [7, 7, 14]
    assert frames[2].startswith(UID)
    assert said(card, more) == ["911c"]


def test_a_random_uid_changes_with_the_field_and_hides_the_own_one() -> None:
    card = make(random_uid=True)
    seen = set()
    for _ in range(10):
        card.reset()
        seen.add(card.uid)
    assert len(seen) == 10
    assert all(len(uid) == 4 and uid[0] == 0x08 for uid in seen)
    more = bytes.fromhex("90af000000")
    frames = [card.exchange(command) or b"" for command in (bytes.fromhex("9060000000"), more, more)]
    assert frames[2].startswith(bytes(7))


@pytest.mark.parametrize("command", [AES, EV2])
def test_a_wrong_token_ends_the_authentication(command: bytes) -> None:
    card = make()
    assert said(card, SELECT, command, WRONG_TOKEN, WRONG_TOKEN) == ["9100", "91af", "91ae", "911c"]
    assert said(card, bytes.fromhex("9051000000")) == ["91ae"]


@pytest.mark.parametrize("command", [AES, EV2])
def test_each_challenge_is_another_one(command: bytes) -> None:
    card = make()
    card.exchange(SELECT)
    assert len({card.exchange(command) for _ in range(50)}) == 50


def test_an_additional_frame_out_of_place() -> None:
    card = make()
    assert said(card, bytes.fromhex("90af000000"), SELECT, WRONG_TOKEN) == ["911c", "9100", "911c"]


def test_another_command_in_between_ends_the_authentication() -> None:
    card = make()
    assert said(card, SELECT, AES, bytes.fromhex("9051000000"), WRONG_TOKEN) == ["9100", "91af", "91ae", "911c"]


def test_the_field_off_and_on_forgets_application_and_authentication() -> None:
    card = make()
    assert said(card, SELECT, AES) == ["9100", "91af"]
    card.reset()
    assert said(card, WRONG_TOKEN, AES) == ["911c", "911c"]


def test_wrong_attempts_make_it_wait() -> None:
    card = make(patience=3, delay=2)
    attempt = (SELECT, AES, WRONG_TOKEN)
    for _ in range(3):
        assert said(card, *attempt)[2] == "91ae"
    card.reset()
    assert said(card, SELECT, AES, EV2, AES) == ["9100", "91ad", "91ad", "91af"]


def test_refusals_by_their_status() -> None:
    card = make()
    assert said(card, bytes.fromhex("905a000003aabbcc00")) == ["91a0"]
    assert said(card, bytes.fromhex("905a000002f58500"), bytes.fromhex("90600000010000")) == ["917e", "917e"]
    assert said(card, AES) == ["911c"]  # the card itself has no AES key here
    assert said(card, SELECT, bytes.fromhex("90aa0000010100")) == ["9100", "9140"]
    assert said(card, bytes.fromhex("90aa000000"), bytes.fromhex("9071000002000500")) == ["917e", "917e"]
    assert said(card, AES, bytes.fromhex("90af000010") + bytes(17)) == ["91af", "917e"]
    assert said(card, bytes.fromhex("90bd000000")) == ["911c"]


@pytest.mark.parametrize(
    "command", ["", "90", "905a0000", "905a0100", "905a000003f58540", "9060000001", "905a0000ff00"]
)
def test_what_is_no_wrapped_command(command: str) -> None:
    assert said(make(), bytes.fromhex(command))[0] in ("6e00", "6700")


def test_what_other_cards_know() -> None:
    assert said(make(), bytes.fromhex("00a4040007d276000085010100")) == ["6e00"]


@given(st.lists(st.binary(max_size=300), max_size=6), st.booleans())
def test_any_commands_get_an_answer(commands: list[bytes], wrapped: bool) -> None:
    card = make()
    for command in commands:
        data = command[1:200]
        sent = b"\x90" + command[:1] + b"\0\0" + bytes([len(data)]) + data + b"\0" if wrapped and command else command
        answer = card.exchange(sent)
        assert answer is not None
        assert answer[-2:-1] in (b"\x91", b"\x67", b"\x6e")
