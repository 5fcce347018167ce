"""Has this DESFire card the key? The verifier's half, sans IO: APDUs out, answers in, a proven UID at the end."""

from dataclasses import dataclass, field
from enum import Enum, auto

from firmware.badges.random_uid import is_random
from hal.ports.random_source import RandomSource
from tools.edgemesh.cards.card_keys import CardKeys, Diversify, Method, UidFrom
from tools.edgemesh.cards.diversify import LONGEST, diversified
from tools.edgemesh.cards.errors import ProofError
from tools.edgemesh.cards.handshakes import BLOCK, Ev1, Ev2, Handshake, Session

__all__ = ["Proof", "ProofError", "Proven"]

SELECT_APPLICATION, ADDITIONAL_FRAME, GET_CARD_UID = 0x5A, 0xAF, 0x51
OK, MORE = b"\x91\x00", b"\x91\xaf"
UID_LENGTHS = (4, 7, 10)
_REFUSALS = {
    b"\x91\xae": "card-key-refused",  # authentication error
    b"\x91\x40": "card-method-missing",  # no such key
    b"\x91\xad": "card-delayed",
    b"\x91\x1c": "card-method-missing",  # illegal command code
}
"""What a card's status says while it authenticates."""


class _Step(Enum):
    NEW = auto()
    SELECTING = auto()
    CHALLENGED = auto()
    ANSWERED = auto()
    ASKED_UID = auto()
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Proven:
    """The card has the key. `uid`: 4, 7 or 10 bytes, in the order of transmission."""

    uid: bytes = field(repr=False)
    method: Method


class Proof:
    """One conversation with one card. Use it once: `begin`, then `take` each answer until it gives `Proven`. It never
    tries another method or key than it was made with: nothing the card says leads to a weaker proof."""

    def __init__(self, keys: CardKeys, uid: bytes, random: RandomSource) -> None:
        """`uid` is what the reader met in the field: 4, 7 or 10 bytes. Raises `ProofError` card-uid-random,
        card-answer-malformed, card-application-missing where UID and system identifier together are too long."""
        if len(uid) not in UID_LENGTHS:
            raise ProofError("a UID has 4, 7 or 10 bytes")
        if keys.uid_from is UidFrom.FIELD and is_random(uid):
            raise ProofError(code="card-uid-random")
        self._keys, self._uid = keys, uid
        self._handshake = _handshake(keys, uid, random.token(BLOCK))
        self._session: Session
        self._step = _Step.NEW

    @property
    def is_last(self) -> bool:
        """Whether the command that was given last is the last of all, if the card answers it with OK."""
        is_uid_known = self._keys.uid_from is UidFrom.FIELD
        return self._step is (_Step.ANSWERED if is_uid_known else _Step.ASKED_UID)

    def begin(self) -> bytes:
        """The first command APDU. Raises `ProofError` card-proof-over when called twice."""
        if self._step is not _Step.NEW:
            raise ProofError(code="card-proof-over")
        self._step = _Step.SELECTING
        return _wrapped(SELECT_APPLICATION, self._keys.aid)

    def take(self, response: bytes) -> bytes | Proven:
        """The card's answer (SW1 SW2 last) in, the next command APDU out, or the end. Raises `ProofError`; whatever it
        raises or gives at the end, the proof is over then."""
        step, self._step = self._step, _Step.OVER
        if step in (_Step.NEW, _Step.OVER):
            raise ProofError(code="card-proof-over")
        if not response:
            raise ProofError(code="card-lost")
        if len(response) < 2:
            raise ProofError("an answer has a status of 2 bytes")
        body, status = response[:-2], response[-2:]
        match step:
            case _Step.SELECTING:
                return self._selected(body, status)
            case _Step.CHALLENGED:
                return self._challenged(body, status)
            case _Step.ANSWERED:
                return self._answered(body, status)
            case _:
                return self._told_uid(body, status)

    def _selected(self, body: bytes, status: bytes) -> bytes:
        if status != OK and not body:  # also what a bank card or a phone answers to an instruction it does not know
            raise ProofError(f"status {status.hex()}", code="card-application-missing")
        _expect(body, status, OK, 0)
        self._step = _Step.CHALLENGED
        return _wrapped(self._handshake.instruction, bytes([self._keys.key_no]) + self._handshake.capabilities)

    def _challenged(self, body: bytes, status: bytes) -> bytes:
        _expect(body, status, MORE, BLOCK)
        self._step = _Step.ANSWERED
        return _wrapped(ADDITIONAL_FRAME, self._handshake.answer(body))

    def _answered(self, body: bytes, status: bytes) -> bytes | Proven:
        _expect(body, status, OK, self._handshake.last_length)
        self._session = self._handshake.conclude(body)
        if self._keys.uid_from is UidFrom.FIELD:
            return Proven(self._uid, self._keys.method)
        self._step = _Step.ASKED_UID
        return _wrapped(GET_CARD_UID, self._session.uid_command())

    def _told_uid(self, body: bytes, status: bytes) -> Proven:
        _expect(body, status, OK, len(body))
        return Proven(self._session.open_uid(body), self._keys.method)


def _handshake(keys: CardKeys, uid: bytes, nonce: bytes) -> Handshake:
    key = keys.key
    if keys.diversify is Diversify.AN10922:
        if len(uid + keys.aid + keys.system_id) > LONGEST:
            raise ProofError("no card with a UID of this length can be one of these", code="card-application-missing")
        key = diversified(key, uid, keys.aid, keys.system_id)
    return Ev1(key, nonce) if keys.method is Method.EV1 else Ev2(key, nonce)


def _wrapped(instruction: int, data: bytes) -> bytes:
    """A native command as ISO 7816-4 carries it: 90 INS 00 00 [Lc data] 00."""
    length = bytes([len(data)]) if data else b""
    return bytes([0x90, instruction, 0, 0]) + length + data + b"\x00"


def _expect(body: bytes, status: bytes, wanted: bytes, length: int) -> None:
    if status != wanted:
        raise ProofError(f"status {status.hex()}", code=_REFUSALS.get(status, "card-answer-malformed"))
    if len(body) != length:
        raise ProofError(f"{len(body)} bytes where {length} are due")
