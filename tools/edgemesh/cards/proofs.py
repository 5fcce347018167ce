"""Proofs in progress: which station carries whose answers to which question, for ten seconds, in memory only."""

from collections import OrderedDict
from dataclasses import dataclass, field

from firmware.vault.identity import Identity
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.cards.book import CardBook, NamedKeys
from tools.edgemesh.cards.desfire import Proof, ProofError, Proven
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.people.guesses import Guesses

PROOF_SECONDS = 10.0
"""From the first question to the session, where no PIN is asked for."""
PIN_SECONDS = 45.0
"""From each question for a PIN to the next session: stations let a person type for 30 s."""
MOST = 8
"""Proofs of one station at a time; the oldest ends for a new one."""
_NOT_OURS = frozenset({"card-application-missing", "card-method-missing", "card-uid-random"})
"""The card is none of those whose key it is: the next key may be."""
_NO_GUESS = frozenset({"card-lost", "card-delayed"})
"""Says nothing about any key."""


@dataclass(frozen=True, slots=True)
class Question:
    """A command APDU for the card. `last`: none follows where the card answers it with OK."""

    apdu: bytes = field(repr=False)
    last: bool


@dataclass(slots=True)
class _Running:
    """`certificate` is the fingerprint of the one the station began with; `left` are the keys still to be tried."""

    certificate: str
    uid: bytes = field(repr=False)
    left: list[NamedKeys]
    until: float
    proof: Proof | None = field(repr=False, default=None)
    proven: bytes = field(repr=False, default=b"")


_NONE: OrderedDict[str, _Running] = OrderedDict()


class Proofs:
    """Every station's. A proof is good for the station that began it, with the certificate it had then, and for one
    session."""

    def __init__(self, book: CardBook, guesses: Guesses, clock: Clock, random: RandomSource) -> None:
        self._book, self._guesses, self._clock, self._random = book, guesses, clock, random
        self._of: dict[str, OrderedDict[str, _Running]] = {}

    def begin(self, station: Identity, uid: bytes) -> tuple[str, Question]:
        """A new proof's name, and the first question for the card. Raises `Problem`: card-unproven where no key is
        for such a card, locked-out."""
        self._guesses.check(station.id)
        running = _Running(station.fingerprint, uid, list(self._book.cards.keys), self._at(PROOF_SECONDS))
        question = self._next(running)
        name = f"p-{self._random.token(16).hex()}"
        self._keep(station.id, name, running)
        return name, question

    def answer(self, station: Identity, name: str, response: bytes) -> Question | None:
        """The card's answer in, the next question out; None once the card has proven itself. Raises `Problem`:
        proof-unknown, card-unproven when it is a card of none of our keys, card-refused, locked-out. The proof is over
        then."""
        running = self._find(station, name)
        try:
            self._guesses.check(station.id)
            given = self._taken(station, running, response)
        except Problem:
            self._drop(station.id, name)
            raise
        if isinstance(given, Question):
            return given
        running.proof, running.proven = None, given.uid
        return None

    def take(self, station: Identity, name: str) -> bytes:
        """The UID that was proven; the proof is good for nothing more. Raises `Problem` proof-unknown."""
        running = self._find(station, name)
        if not running.proven:
            raise Problem("proof-unknown")
        self._drop(station.id, name)
        return running.proven

    def give_back(self, station: Identity, name: str, uid: bytes) -> None:
        """What was taken is good for one more session: the person is asked for a PIN."""
        running = _Running(station.fingerprint, uid, [], self._at(PIN_SECONDS), proven=uid)
        self._keep(station.id, name, running)

    def tidy(self) -> None:
        """Forget what is over."""
        now = self._clock.monotonic()
        for station, running in list(self._of.items()):
            for name in [name for name, one in running.items() if one.until <= now]:
                self._drop(station, name)

    def _taken(self, station: Identity, running: _Running, response: bytes) -> Question | Proven:
        if running.proof is None:  # it was proven: there is nothing to answer
            raise Problem("proof-unknown")
        try:
            given = running.proof.take(response)
        except ProofError as exc:
            if exc.code in _NOT_OURS:
                return self._next(running)
            if exc.code not in _NO_GUESS:
                self._guesses.missed(station.id)
            raise Problem("card-refused", exc.code) from exc
        return given if isinstance(given, Proven) else Question(given, running.proof.is_last)

    def _next(self, running: _Running) -> Question:
        """The first question of the next key that could be the card's. Raises `Problem` card-unproven."""
        while running.left:
            try:
                running.proof = Proof(running.left.pop(0).keys, running.uid, self._random)
                return Question(running.proof.begin(), running.proof.is_last)
            except ProofError as exc:
                if exc.code not in _NOT_OURS:
                    raise Problem("json-malformed", "uid: 4, 7 or 10 bytes wanted") from exc
        raise Problem("card-unproven")

    def _find(self, station: Identity, name: str) -> _Running:
        """Raises `Problem` proof-unknown for one that is over, and for another station's, or another certificate's."""
        running = self._of.get(station.id, _NONE).get(name)
        if running is None or running.certificate != station.fingerprint or running.until <= self._clock.monotonic():
            raise Problem("proof-unknown")
        return running

    def _keep(self, station_id: str, name: str, running: _Running) -> None:
        of_station = self._of.setdefault(station_id, OrderedDict())
        of_station[name] = running
        while len(of_station) > MOST:
            of_station.popitem(last=False)

    def _drop(self, station_id: str, name: str) -> None:
        of_station = self._of.get(station_id, _NONE)
        if name in of_station:
            del of_station[name]
        if not of_station:
            self._of.pop(station_id, None)

    def _at(self, seconds: float) -> float:
        return self._clock.monotonic() + seconds
