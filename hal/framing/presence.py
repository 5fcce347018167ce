"""How long a card stays on a reader that is asked: one tap, until the reader itself has said that no card is there."""

from hal.framing.dialect import CardRead
from hal.framing.holding import number_of

LIFTED_SECONDS = 1.0
"""Without a card, from one answer of the reader to another; a shorter absence is a card that was held badly."""


class Presence:
    """Answers that are late, or that the station looks at late, end no presence: silence says nothing of the card.
    A station that was busy and a wire that was lost meanwhile do not end it either."""

    def __init__(self) -> None:
        self._card: CardRead | None = None
        self._empty_since: float | None = None

    @property
    def card(self) -> CardRead | None:
        """The one that was read last, and is not lifted."""
        return self._card

    def begins(self, card: CardRead) -> bool:
        """`card` was read: whether it was not there before. Another card's presence ends."""
        known, self._card, self._empty_since = self._card, card, None
        return known is None or number_of(known) != number_of(card)

    def empty(self, earliest: float, latest: float) -> None:
        """At a time between these two, there was no card."""
        if self._empty_since is None:
            self._empty_since = latest
        elif earliest >= self._empty_since + LIFTED_SECONDS:
            self._card = None
