"""Cards that prove themselves: carries questions from the mesh to the card on the reader, and its answers back.

The station holds no card key and judges nothing. Who taps hears the good sound as soon as the card has answered the
last question with its own OK, whatever the network does then: until then the card must stay on the reader. The sound
says that the card was read well, as it does of every badge: where the mesh refuses afterwards what the card answered,
the person has heard good and sees refused. Where there was no such answer, the mesh's word is told: good where the
card is proven all the same or there is no key for such a one, else bad."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from firmware.errors import LockgateError
from firmware.mesh.messages import CardQuestion
from firmware.mesh.port import Mesh, MeshError, MeshProtocolError
from firmware.numbers import refuse_random
from hal.ports.badge_reader import Card, CardLostError, Form, Tap
from hal.ports.clock import Clock

UNASKED_SECONDS = 0.05
"""A tap for which nothing was asked of the mesh by then (nobody is let in now, or the same person leaves) is
acknowledged as it is: it was a good read."""
FORGOTTEN_SECONDS = 2.0
"""After so long more nothing is kept of it: a station that is that busy asks for the card again."""
MOST_QUESTIONS = 64
"""Four for each key of the mesh: it may not keep a card busy for ever."""
UNPROVEN = "card-unproven"
OK = (b"\x91\x00", b"\x90\x00")
"""Status of a card that has done what it was asked: of a native command, and of one by ISO 7816-4. A card that was
shown a wrong key says so itself, with another one."""

Acknowledge = Callable[[bool], None]
Keep = Callable[[Coroutine[Any, Any, None]], object]


class CardGoneError(LockgateError):
    """The card left before it had proven itself: it has to stay until the beep."""

    code = "card-gone"


@dataclass(slots=True)
class Presented:
    """A card that was read, and is to be acknowledged once."""

    tap: Tap
    card: Card = field(repr=False)
    number: str = field(repr=False)
    acknowledge: Acknowledge = field(repr=False)
    is_taken: bool = False
    is_told: bool = False

    def tell(self, *, good: bool) -> None:
        """The person, once: the first word counts."""
        if not self.is_told:
            self.is_told = True
            self.acknowledge(good)


def can_prove(tap: Tap) -> bool:
    """A card that cannot be asked, or of which something else than its UID was read, is left alone."""
    return tap.card is not None and tap.card.iso_dep and tap.form is Form.BITS and not tap.bits % 8


class Proving:
    """The cards that were read last, one for each reader; `keep` starts what may last."""

    def __init__(self, mesh: Mesh, clock: Clock, keep: Keep) -> None:
        self._mesh, self._clock, self._keep = mesh, clock, keep
        self._presented: dict[str, Presented] = {}
        self._proven: tuple[int, str] = (0, "")

    def takes(self, tap: Tap, number: str, acknowledge: Acknowledge) -> bool:
        """Whether the card may have to prove itself: then it is acknowledged from here. To be asked before its number
        is posted."""
        if tap.card is None or not can_prove(tap):
            return False
        presented = Presented(tap, tap.card, number, acknowledge)
        self._presented[tap.reader] = presented
        self._keep(self._unless_taken(presented))
        return True

    async def proof(self, ref: int, reader: str, number: str) -> str:
        """The name of the proof to open this visit's session with: of the card that was read there, or the visit's
        earlier one where somebody typed a PIN since. Empty where there is nothing to prove, or the mesh has no key for
        such a card. Raises `CardGoneError`, `BadgeUnreadableError` for an unproven card of random UIDs, and the errors
        of `Mesh`."""
        proven, name = self._proven
        if proven == ref:
            return name
        presented = self._presented.get(reader)
        if presented is None or presented.number != number:
            return ""
        presented.is_taken = True
        self._forget(presented)
        name = await self._prove(presented)
        self._proven = ref, name
        return name

    async def _prove(self, presented: Presented) -> str:
        good = False
        try:
            name = await self._relay(presented)
            good = True
        except MeshError as exc:
            if exc.code != UNPROVEN:
                raise
            refuse_random(presented.tap)
            good, name = True, ""
        except CardLostError as exc:
            raise CardGoneError from exc
        finally:
            presented.tell(good=good)
        return name

    async def _relay(self, presented: Presented) -> str:
        begun = await self._mesh.begin_proof(presented.tap.credential, presented.card.ats)
        question = begun.question
        for _ in range(MOST_QUESTIONS):
            following = await self._mesh.answer_proof(begun.name, await self._ask(presented, question))
            if following is None:
                return begun.name
            question = following
        raise MeshProtocolError("it asks the card for ever")

    @staticmethod
    async def _ask(presented: Presented, question: CardQuestion) -> bytes:
        response = await presented.card.transceive(question.apdu)
        if question.last and response.endswith(OK):
            presented.tell(good=True)  # before the mesh hears of it, which may take its time
        return response

    async def _unless_taken(self, presented: Presented) -> None:
        await self._clock.sleep(UNASKED_SECONDS)
        if not presented.is_taken:
            presented.tell(good=True)
            await self._clock.sleep(FORGOTTEN_SECONDS)
            self._forget(presented)

    def _forget(self, presented: Presented) -> None:
        if self._presented.get(presented.tap.reader) is presented:
            del self._presented[presented.tap.reader]
