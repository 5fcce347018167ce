"""APDUs on their way through the emulated PN532, whatever happens to the card meanwhile."""

import pytest

from hal.framing.pn532 import FIELD_OFF, LIST_TWO, PING, Pn532
from hal.framing.pn532_frames import frame
from hal.sim.cards.card import UidCard
from hal.sim.cards.desfire import Application, DesfireCard
from hal.sim.random_source import SeededRandom
from hal.sim.reader_pn532 import Pn532Chip
from tests.support.spoken import EchoCard, PagesCard, Talk

A = UidCard(bytes.fromhex("9d44a346"))
SELECT = bytes.fromhex("00a4040007d276000085010100")
READ_PAGE_0 = bytes.fromhex("ffb0000001")


def talk(chip: Pn532Chip | None = None, *, split: int = 4096) -> Talk:
    conversation = Talk(Pn532(), chip or Pn532Chip(), split)
    conversation.wait(0.1)
    return conversation


def chip_of(conversation: Talk) -> Pn532Chip:
    assert isinstance(conversation.emulator, Pn532Chip)
    return conversation.emulator


def command(conversation: Talk, apdu: bytes) -> None:
    assert isinstance(conversation.dialect, Pn532)
    conversation.dialect.command(apdu, conversation.now)
    conversation.settle()


def asked(conversation: Talk, what: bytes) -> int:
    """How often the chip was told `what`."""
    return b"".join(conversation.sent).count(frame(b"\xd4" + what))


def test_an_apdu_and_its_response() -> None:
    conversation = talk()
    conversation.present(EchoCard())
    command(conversation, SELECT)
    assert conversation.answers == [SELECT + b"\x90\x00"]
    assert chip_of(conversation).exchanges == [SELECT]


@pytest.mark.parametrize("length", [5, 260, 262, 263, 700])
def test_a_long_apdu_and_a_longer_response(length: int) -> None:
    conversation, apdu = talk(split=7), bytes(range(200)) * 4
    conversation.present(EchoCard(length=3))
    command(conversation, apdu[:length])
    assert chip_of(conversation).exchanges == [apdu[:length]]
    assert conversation.answers == [apdu[:length] * 3 + b"\x90\x00"]


def test_a_tag_is_read_by_pages() -> None:
    conversation = talk()
    conversation.present(PagesCard())
    command(conversation, bytes.fromhex("ffb0000310"))
    assert conversation.answers == [bytes.fromhex("03030303040404040505050506060606") + b"\x90\x00"]


def test_a_long_conversation_is_still_one_tap() -> None:
    conversation = talk()
    conversation.present(EchoCard())
    for _ in range(20):
        command(conversation, SELECT)
        conversation.wait(0.3)
    conversation.wait(3)
    assert len(conversation.answers) == 20
    assert len(conversation.seen) == 1


def test_a_card_keeps_its_state_however_long_two_commands_are_apart() -> None:
    """A DESFire card that is asked for a challenge, and is given a wrong answer to it after a while."""
    application = bytes.fromhex("010203")
    card = DesfireCard(bytes.fromhex("04a1b2c3d4e5f6"), {application: Application([bytes(16)])}, SeededRandom(1))
    conversation = talk()
    conversation.present(card)
    command(conversation, b"\x90\x5a\x00\x00\x03" + application + b"\x00")
    command(conversation, bytes.fromhex("90aa0000010000"))
    conversation.wait(5)
    command(conversation, b"\x90\xaf\x00\x00\x20" + bytes(32) + b"\x00")
    selected, challenge, refused = (answer or b"" for answer in conversation.answers)
    assert (selected, challenge[-2:], len(challenge), refused) == (b"\x91\x00", b"\x91\xaf", 18, b"\x91\xae")
    assert asked(conversation, PING) > 5


def test_a_card_lifted_in_the_middle_of_an_apdu() -> None:
    conversation = talk()
    conversation.present(EchoCard())
    chip_of(conversation).lift_at = 1
    command(conversation, SELECT)
    assert conversation.answers == [None]
    conversation.wait(1)
    conversation.present(A)
    assert conversation.seen == [EchoCard().uid.hex(), A.uid.hex()]


def test_an_apdu_for_a_card_that_was_lifted() -> None:
    conversation = talk()
    conversation.present(EchoCard())
    conversation.emulator.lift()
    conversation.wait(2)
    command(conversation, SELECT)
    conversation.wait(0)
    assert conversation.answers == [None]


def test_an_apdu_during_the_search_waits_for_its_end() -> None:
    conversation = talk()
    conversation.present(A)
    while asked(conversation, FIELD_OFF) < 2:
        conversation.wait(0.001)
    command(conversation, READ_PAGE_0)
    assert conversation.answers == []
    conversation.emulator.lift()
    conversation.wait(1)
    assert conversation.answers == [None]
    assert asked(conversation, LIST_TWO) == 2


def test_another_card_gets_no_apdu_that_was_for_the_first() -> None:
    conversation = talk()
    conversation.present(A)
    while asked(conversation, FIELD_OFF) < 2:
        conversation.wait(0.001)
    command(conversation, READ_PAGE_0)
    conversation.emulator.lift()
    conversation.present(PagesCard())
    conversation.wait(1)
    assert conversation.answers == [None]
    assert chip_of(conversation).exchanges == []


def test_a_chip_that_falls_silent_during_an_apdu() -> None:
    conversation = talk()
    conversation.present(EchoCard())
    chip = chip_of(conversation)
    chip.mute = True
    command(conversation, SELECT)
    conversation.wait(0.3)
    chip.mute = False
    conversation.wait(2)
    assert conversation.answers == [None]
    assert conversation.seen == [EchoCard().uid.hex()]
