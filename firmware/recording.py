"""The station's own record: what it did and refused, kept on its medium in the background of all that it does."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from functools import partial

from firmware.audit.events import AuditEvent, Value, fitting
from firmware.audit.log import AuditLog, Limits
from firmware.audit.opening import Note
from firmware.audit.port import AuditError
from firmware.audit.proof import audit_key
from firmware.audit.recorder import Recorder
from firmware.audit.records import BEGINNING, AuditKey, Point
from firmware.pairing.names import KEY
from firmware.trust.trust import Trust
from firmware.vault.signing import Signer
from hal.board import Board
from hal.ports.errors import StorageError

VERSION = "0.1.0"
"""Of this program, as `started` records it; the same as in pyproject.toml."""
FILE = "recorded-identity"
"""Whose pairing and which certificate the record knows of."""


class Record:
    """Implements `Notebook`. A medium that takes nothing keeps no station from starting: the record is taken up as
    soon as it can be, and what must not happen unrecorded does not happen before. `tell` writes a line of the journal:
    each trouble once, until it is over. Raises what loading the identity's key raises, and `SignatureError`."""

    def __init__(self, board: Board, trust: Trust, tell: Callable[[str], None], limits: Limits | None = None) -> None:
        own = trust.credentials
        self._storage, self._workers, self._tell = board.storage, board.workers, tell
        self.clock = trust.clock
        self._anchor, self._box_key = own.anchor, own.box_key
        self._signer = Signer(board.keys.load(KEY))
        self._key = self._signing = self._key_of(own.chain)
        self._open = partial(AuditLog, board.storage, trust.clock, own.anchor, limits=limits)
        self.log: AuditLog | None = None
        """None while the medium does not let it be taken up."""
        self._recorder = Recorder(self, board.workers)
        self._begun: asyncio.Queue[asyncio.Task[None]] = asyncio.Queue()
        self._trouble = ""
        self._take_up()

    @property
    def point(self) -> Point:
        """Where it stands, for a witness."""
        return self.log.point if self.log is not None else BEGINNING

    @property
    def key(self) -> AuditKey:
        """Whose it is, and what it is signed with by now."""
        return self._key

    async def record(self, event: AuditEvent, **fields: Value) -> None:
        """See `Audit.record`."""
        await asyncio.shield(self._recorder.begin(event, **fields))

    def note(self, event: AuditEvent, **fields: Value) -> None:
        """See `Notebook.note`."""
        try:
            self._begun.put_nowait(self._recorder.begin(event, **fitting(event, fields)))
        except AuditError as exc:
            self._complain(exc)

    def begin(self, event: AuditEvent, **fields: Value) -> asyncio.Future[None]:
        """See `Notebook.begin`."""
        return self._recorder.begin(event, **fitting(event, fields))

    def append_all(self, notes: Sequence[Note]) -> None:
        """See `Appender`: one call at a time."""
        key = self._key
        if self.log is None:
            self._signing, self.log = key, self._open(key)
        if self._signing is not key:
            self.log.take_key(key)
            self._signing = key
        self.log.append_all(notes)

    async def keep_on(self) -> None:
        """A duty for as long as the station lives: say what was found, and what cannot be kept."""
        for event, fields in self.log.found if self.log is not None else ():
            if event is AuditEvent.DAMAGE_FOUND:
                self._tell(f"the audit record was damaged: {fields['code']}; it goes on in a new part")
        await self._recognise()
        while True:
            write = await self._begun.get()
            try:
                await asyncio.shield(write)
            except AuditError as exc:
                self._complain(exc)
            else:
                self._trouble = ""

    async def renewed(self, chain: tuple[bytes, ...]) -> None:
        """From now on, the certificate is the first of this chain. Raises `IdentityError`, `SignatureError`."""
        self._key = self._key_of(chain)
        await self._recognise()

    async def end(self, code: str = "") -> None:
        """The last entry of an orderly life."""
        self.note(AuditEvent.ENDED, version=VERSION, **({"code": code} if code else {}))
        await self._recorder.settle()

    async def drop(self) -> None:
        """The station is torn down where it stands."""
        await self._recorder.drop()

    def _key_of(self, chain: tuple[bytes, ...]) -> AuditKey:
        return audit_key(self._anchor, chain, self._signer, self.clock.now())

    def _take_up(self) -> None:
        try:
            self.log = self._open(self._key)
        except AuditError as exc:
            self._complain(exc)

    async def _recognise(self) -> None:
        """Record that this box was paired, or its certificate renewed, since it was recorded last. A box key lives from
        one pairing to the next."""
        certificate = hashlib.sha256(self._key.chain[0]).hexdigest()
        pairing = hashlib.sha256(self._box_key).hexdigest()
        now = f"{pairing} {certificate}".encode()
        try:
            before = await self._workers.run(partial(self._storage.read, FILE)) or b""
            if before == now:
                return
            event = AuditEvent.RENEWED if before.startswith(pairing.encode()) else AuditEvent.PAIRED
            await self.record(event, holder=self._key.holder, fingerprint=certificate)
            await self._workers.run(partial(self._storage.replace, FILE, now))
        except (AuditError, StorageError) as exc:
            self._complain(exc)

    def _complain(self, exc: AuditError | StorageError) -> None:
        if self._trouble != exc.code:
            self._trouble = exc.code
            self._tell(f"not recorded: {exc.code}: nothing is released until it can be")
