"""A DESFire card as its field, its reader and its attackers meet it; AES keys alone, written from published protocols.

It shares no code with the mesh's verifier. Sources are named in tests/vectors/desfire."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from hal.ports.random_source import RandomSource
from hal.sim.cards.desfire_crypto import Chip, Ev1Talk, Ev2Talk, Talk, ev1_key, ev2_keys

CARD = bytes(3)
"""The application identifier of the card itself."""
ATS = bytes.fromhex("067577810280")


class Status(IntEnum):
    """SW2 behind 91."""

    OK = 0x00
    ILLEGAL_COMMAND = 0x1C
    INTEGRITY = 0x1E
    NO_SUCH_KEY = 0x40
    LENGTH = 0x7E
    DENIED = 0x9D
    NO_APPLICATION = 0xA0
    DELAY = 0xAD
    AUTHENTICATION = 0xAE
    MORE = 0xAF


@dataclass(slots=True)
class Application:
    """AES keys of 16 bytes by their number, and the generation that decides how they can be used."""

    keys: list[bytes] = field(repr=False)
    ev1: bool = True
    ev2: bool = True


@dataclass(slots=True)
class DesfireCard:
    """One card. `real_uid` is 7 bytes; with `random_uid` the field shows another one after each `reset`. After
    `patience` wrong attempts in a row it answers 91AD to the next `delay` ones, whether they are right or not, also
    after a reset; 0: never."""

    real_uid: bytes = field(repr=False)
    applications: dict[bytes, Application] = field(repr=False)
    random: RandomSource = field(repr=False)
    random_uid: bool = False
    patience: int = 0
    delay: int = 3
    uid: bytes = field(init=False, repr=False)
    atqa: bytes = b"\x03\x44"
    sak: int = 0x20
    ats: bytes = ATS
    _selected: bytes = CARD
    _talk: Talk | None = field(init=False, repr=False, default=None)
    _session: Ev1Talk | Ev2Talk | None = field(init=False, repr=False, default=None)
    _version: list[bytes] = field(init=False, repr=False, default_factory=list)
    _wrong: int = 0
    _waits: int = 0

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The field goes off and on: the application, an authentication and its session are forgotten."""
        self.uid = b"\x08" + self.random.token(3) if self.random_uid else self.real_uid
        self._selected = CARD
        self._forget()

    def exchange(self, command: bytes) -> bytes | None:
        """One native command in its ISO 7816-4 wrapping, 90 INS 00 00 [Lc data] 00."""
        if command[:1] != b"\x90":
            return b"\x6e\x00"
        if len(command) < 5 or command[2:4] != b"\0\0" or not _fits(command):
            return b"\x67\x00"
        status, body = self._native(command[1], command[5:-1])
        return body + bytes((0x91, status))

    def _native(self, instruction: int, data: bytes) -> tuple[Status, bytes]:
        if instruction == 0xAF:
            return self._continued(data)
        self._talk, self._version = None, []  # any other command ends what was under way
        known: dict[int, Callable[[bytes], tuple[Status, bytes]]] = {
            0x5A: self._select,
            0x60: self._get_version,
            0x51: self._get_uid,
            0xAA: self._authenticate_aes,
            0x71: self._authenticate_ev2,
        }
        return known[instruction](data) if instruction in known else (Status.ILLEGAL_COMMAND, b"")

    def _continued(self, data: bytes) -> tuple[Status, bytes]:
        if self._talk:
            return self._prove(data)
        if self._version and not data:
            return self._next_version()
        return Status.ILLEGAL_COMMAND, b""

    def _select(self, data: bytes) -> tuple[Status, bytes]:
        self._forget()
        self._selected = CARD
        if len(data) != 3:
            return Status.LENGTH, b""
        if data != CARD and data not in self.applications:
            return Status.NO_APPLICATION, b""
        self._selected = data
        return Status.OK, b""

    def _get_version(self, data: bytes) -> tuple[Status, bytes]:
        """Three frames (hardware, software, production); within a session, which would add MACs, it is refused."""
        if data:
            return Status.LENGTH, b""
        if self._session:
            return Status.ILLEGAL_COMMAND, b""
        shown = bytes(7) if self.random_uid else self.real_uid
        parts = "04010112001805", "04010102011805", shown.hex() + "ba5412345047" + "10"
        self._version = [bytes.fromhex(part) for part in parts]
        return self._next_version()

    def _next_version(self) -> tuple[Status, bytes]:
        part = self._version.pop(0)
        return (Status.MORE if self._version else Status.OK), part

    def _authenticate_aes(self, data: bytes) -> tuple[Status, bytes]:
        return self._challenge(data, length=1, is_ev2=False)

    def _authenticate_ev2(self, data: bytes) -> tuple[Status, bytes]:
        if len(data) > 1 and len(data) != 2 + data[1]:
            return Status.LENGTH, b""
        return self._challenge(data[:2], length=2, is_ev2=True)

    def _challenge(self, data: bytes, *, length: int, is_ev2: bool) -> tuple[Status, bytes]:
        self._forget()
        application = self.applications.get(self._selected)
        if application is None or not (application.ev2 if is_ev2 else application.ev1):
            return Status.ILLEGAL_COMMAND, b""
        if len(data) != length:
            return Status.LENGTH, b""
        if data[0] >= len(application.keys):
            return Status.NO_SUCH_KEY, b""
        if self._waits:
            self._waits -= 1
            return Status.DELAY, b""
        self._talk = Talk(Chip(application.keys[data[0]]), self.random.token(16), is_ev2)
        return Status.MORE, self._talk.challenge

    def _prove(self, token: bytes) -> tuple[Status, bytes]:
        talk, self._talk = self._talk, None
        if talk is None or len(token) != 32:
            return Status.LENGTH, b""
        rnd_a = talk.nonce_of_reader(token)
        if rnd_a is None:
            self._count_wrong()
            return Status.AUTHENTICATION, b""
        self._wrong = 0
        transaction = self.random.token(4)
        if talk.is_ev2:
            encryption, macs = ev2_keys(talk.chip, rnd_a, talk.nonce)
            self._session = Ev2Talk(Chip(encryption), Chip(macs), transaction)
        else:
            self._session = Ev1Talk(Chip(ev1_key(rnd_a, talk.nonce)))
        return Status.OK, talk.last(token, rnd_a, transaction)

    def _get_uid(self, data: bytes) -> tuple[Status, bytes]:
        if self._session is None:
            return Status.AUTHENTICATION, b""
        body = self._session.uid(data, self.real_uid)
        if isinstance(self._session, Ev1Talk) or body is None:
            self._session = None  # EV1 is modelled up to the first command of a session
        return (Status.INTEGRITY, b"") if body is None else (Status.OK, body)

    def _count_wrong(self) -> None:
        self._wrong += 1
        if self.patience and self._wrong >= self.patience:
            self._wrong, self._waits = 0, self.delay

    def _forget(self) -> None:
        self._talk, self._session, self._version = None, None, []


def _fits(command: bytes) -> bool:
    """Whether Lc is what there is."""
    return command[4:] == b"\x00" if len(command) == 5 else len(command) == 6 + command[4] and command[-1] == 0
