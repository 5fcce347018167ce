"""Why a card did not prove itself: one error, stable codes."""

from firmware.errors import LockgateError


class ProofError(LockgateError):
    """The card did not prove itself; the proof is over. No text of it holds a byte that a card or a key file said,
    except the card's status. Codes:

    card-application-missing: the card has no such application: not one of these cards; other keys may be tried.
    card-method-missing: the card has the application, and not this authentication or key number; other keys may be
        tried.
    card-key-refused: the card, or what pretends to be it, does not have the key.
    card-answer-malformed: a length, a status or a content that the protocol does not have here.
    card-delayed: after wrong attempts the card makes everybody wait (91AD); present it again.
    card-lost: an empty answer: the card left.
    card-uid-random: a random UID (4 bytes, 08 first) where the UID is to come from the field.
    card-proof-over: an answer after the end, or before the beginning.
    """

    code = "card-answer-malformed"
