"""Cards of a simulated site: one that its keys were written to, copies that somebody made, and the hand with it."""

import asyncio

from hal.ports.badge_reader import CardLostError
from hal.ports.random_source import RandomSource
from hal.sim.cards.card import CardTwin
from hal.sim.cards.desfire import Application, DesfireCard
from hal.sim.commands_person import Hand
from tools.edgemesh.cards.card_keys import CardKeys
from tools.edgemesh.cards.diversify import diversified

KEYS = CardKeys(aid=bytes.fromhex("F51B42"), key_no=1, key=bytes.fromhex("00112233445566778899aabbccddeeff"))
"""What the mesh of a simulated site asks cards for."""
ANSWER_SECONDS = 0.02
BRUSHED = 2
"""Answers that a card gives before it is lifted too soon."""


class HeldCard:
    """`hal.ports.badge_reader.Card`: a twin in the field, until it is lifted after so many answers."""

    iso_dep = True

    def __init__(self, card: CardTwin, answers: int | None = None) -> None:
        self.card = card
        self.commands: list[bytes] = []
        self._answers = answers

    @property
    def ats(self) -> bytes:
        """The twin's."""
        return self.card.ats

    async def transceive(self, apdu: bytes) -> bytes:
        """The twin's answer, after a while. Raises `CardLostError` once it is lifted."""
        await asyncio.sleep(ANSWER_SECONDS)
        self.commands.append(apdu)
        if self._answers is not None and len(self.commands) > self._answers:
            raise CardLostError
        answer = self.card.exchange(apdu)
        if answer is None:
            raise CardLostError
        return answer


def card_of_site(uid: bytes, random: RandomSource, keys: CardKeys = KEYS) -> DesfireCard:
    """A card with its own key of the site, as whoever issued it wrote it."""
    own = diversified(keys.key, uid, keys.aid, keys.system_id)
    written = [bytes(16)] * keys.key_no + [own]
    return DesfireCard(uid, {keys.aid: Application(written)}, random)


def clone(uid: bytes, random: RandomSource, keys: CardKeys = KEYS) -> DesfireCard:
    """A card of the same UID and application, by somebody who does not know the key."""
    return DesfireCard(uid, {keys.aid: Application([bytes(16)] * (keys.key_no + 1))}, random)


def blank(uid: bytes, random: RandomSource) -> DesfireCard:
    """A card that has the UID and nothing else."""
    return DesfireCard(uid, {}, random)


def held(uid: bytes, hand: Hand, random: RandomSource) -> HeldCard:
    """A card in somebody's hand at the reader."""
    match hand:
        case Hand.CARD:
            return HeldCard(card_of_site(uid, random))
        case Hand.BRUSHED:
            return HeldCard(card_of_site(uid, random), BRUSHED)
        case Hand.CLONE:
            return HeldCard(clone(uid, random))
        case Hand.BLANK:
            return HeldCard(blank(uid, random))
