"""Keeps a station's time and deny list true: asks the mesh at the start, each hour, at a reconnection, after sleep."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from firmware.audit.events import AuditEvent
from firmware.delivery.reports import FAILURES
from firmware.errors import LockgateError
from firmware.mesh.follow import pause
from firmware.mesh.port import Mesh, MeshUnreachableError, MeshUntrustedError
from firmware.recording import Record
from firmware.trust.clock import SLACK, TrustedClock
from firmware.trust.trust import Trust
from firmware.vault import timing
from firmware.vault.denials import DenyList, DenyListError, SignedDenyList
from firmware.vault.identity import Identity, IdentityError
from firmware.vault.signing import SignatureError
from firmware.vault.timing import NONCE_BYTES, AuditHead, TimeRefusedError, TimeStatement
from hal.ports.errors import StorageError
from hal.ports.random_source import RandomSource
from hal.ports.workers import Workers

HOUR = 3600.0
LOOK_SECONDS = 60.0
"""How often it looks whether the board was suspended: its monotonic clock stands still meanwhile."""
LONGEST_ROUND_TRIP = 10.0
RECENT_SECONDS = 60.0
"""A reconnection so soon after a good round changes nothing."""
STALEST = timedelta(hours=25)
"""No honest registrar's newest list is older: it issues one each hour, and nothing is released on one of a day ago."""
WITNESS_SECONDS = 3500.0
_REFUSED = {"time": AuditEvent.CLOCK_REFUSED, "deny list": AuditEvent.DENY_LIST_REFUSED}
_REFUSALS = (TimeRefusedError, DenyListError, SignatureError, IdentityError)


class Keeper:
    """`tell` writes a line of the journal, `record` keeps what happened: each trouble once, until all is well again."""

    def __init__(
        self,
        trust: Trust,
        mesh: Mesh,
        *,
        random: RandomSource,
        workers: Workers,
        record: Record,
        tell: Callable[[str], None],
    ) -> None:
        self._trust, self._mesh, self._record = trust, mesh, record
        self._witnessed_at = float("-inf")
        self._witnessed = AuditHead()
        self._random, self._workers, self._tell = random, workers, tell
        self._woken = asyncio.Event()
        self._asking = asyncio.Lock()
        self._told: dict[str, str] = {}
        self._well_at = float("-inf")

    def wake(self) -> None:
        """Ask for time and list now, such as when the mesh has announced a list."""
        self._woken.set()

    def reconnected(self) -> None:
        """The mesh is back, or what it shows does not seem valid: is it the mesh, or our time?"""
        if self._trust.clock.monotonic() - self._well_at > RECENT_SECONDS:
            self._woken.set()

    async def run(self) -> None:
        """For ever."""
        self._say_what_is_damaged()
        failures = 0
        while True:
            self._woken.clear()
            failures = 0 if await self._round() else failures + 1
            await self._rest(pause(failures, self._random) if failures else HOUR)

    async def require_time(self) -> None:
        """The time is known when this returns. Raises the errors of the mesh, `MeshUntrustedError` with the code of
        what is wrong with its answer."""
        await self._asked(self._sync, lambda: self._trust.clock.known)

    async def require_list(self) -> None:
        """A fresh deny list is there when this returns. Raises as above."""
        await self._asked(self._fetch, self._has_fresh_list)

    async def _asked(self, ask: Callable[[], Awaitable[None]], is_known: Callable[[], bool]) -> None:
        if is_known():
            return
        try:
            async with self._asking:
                if not is_known():  # a round that was under way may have brought it
                    await ask()
        except _REFUSALS as exc:
            raise MeshUntrustedError(exc.detail, code=exc.code) from exc

    def _has_fresh_list(self) -> bool:
        try:
            self._trust.denials.require_fresh(self._trust.clock.now())
        except DenyListError:
            return False
        return True

    async def _round(self) -> bool:
        """The list first: it can show that the time was a lie. Whether all is well."""
        async with self._asking:
            well = [await self._tried("deny list", self._fetch), await self._tried("time", self._sync)]
        if all(well):
            self._well_at = self._trust.clock.monotonic()
        return all(well)

    async def _tried(self, what: str, ask: Callable[[], Awaitable[None]]) -> bool:
        try:
            await ask()
        except MeshUnreachableError:
            return False  # told as such by whoever watches the mesh
        except (*FAILURES, *_REFUSALS) as exc:
            return self._complain(what, exc)
        self._told.pop(what, None)
        return True

    def _complain(self, what: str, exc: LockgateError) -> bool:
        if self._told.get(what) != exc.code:
            self._told[what] = exc.code
            self._record.note(_REFUSED[what], code=exc.code)
            self._tell(f"{what} refused: {exc}")
        return False

    async def _sync(self) -> None:
        clock, began = self._trust.clock, self._trust.clock.monotonic()
        asked, was_known = self._question(), clock.known
        answer = await self._mesh.signed_time(asked.nonce, (asked.audit.sequence, asked.audit.hash))
        heard = clock.monotonic()
        if heard - began > LONGEST_ROUND_TRIP:
            raise TimeRefusedError("the answer took longer than 10 s")
        signed = timing.SignedTime(answer.raw, answer.signature, answer.chain)
        verify = partial(signed.verify, self._trust.credentials.anchor, asked)
        statement, vault = await self._workers.run(verify)
        self._trust.denials.refuse(vault)
        since = (heard - began) / 2 + clock.monotonic() - heard
        jump = clock.accept(statement.moment + timedelta(seconds=since))
        if abs(jump) > SLACK:
            self._tell(f"time jumped: {_span(jump)}, by the mesh's signed word")
        if abs(jump) > SLACK or not was_known:
            self._record.note(AuditEvent.CLOCK_SYNCED, offset=round(jump.total_seconds()), holder=vault.name)
        self._remember(vault, statement.own)
        await self._kept("time", clock.keep)

    def _question(self) -> TimeStatement:
        """What is asked for: the time, and that the vault remembers where our record stands."""
        point, org_id = self._record.point, self._trust.credentials.identity.org_id
        audit = AuditHead(point.sequence, point.hash) if point.sequence else AuditHead()
        return TimeStatement(org_id, self._random.token(NONCE_BYTES), self._trust.clock.now(), audit)

    def _remember(self, vault: Identity, head: AuditHead) -> None:
        """Be the witness of the vault's record: each hour at most, and only where it has moved."""
        now = self._trust.clock.monotonic()
        if not head.sequence or head == self._witnessed or now - self._witnessed_at < WITNESS_SECONDS:
            return
        self._witnessed, self._witnessed_at = head, now
        self._record.note(AuditEvent.WITNESSED, holder=vault.name, sequence=head.sequence, digest=head.hash)

    async def _fetch(self) -> None:
        answer, denials = await self._mesh.denials(), self._trust.denials
        before = denials.current
        take = partial(denials.take, SignedDenyList(answer.raw, answer.signature))
        await self._kept("deny list", take)
        found = denials.current
        if found is not None and found != before:
            self._record.note(AuditEvent.DENY_LIST_TAKEN, number=found.number, count=len(found.entries))
        if found is not None and _shows_a_lie(before, found, self._trust.clock):
            self._tell("time taken back: the organisation's CA has issued a list at an earlier one since")
            await self._kept("time", partial(self._trust.clock.take_back, found.issued_at))
        denials.require_fresh(self._trust.clock.now())

    async def _kept(self, what: str, keep: Callable[[], object]) -> None:
        """A medium that fails now does not make the time or the list untrue; what was to be kept is kept next time."""
        try:
            await self._workers.run(keep)
        except StorageError as exc:
            self._tell(f"{what} not kept: {exc.code}")

    async def _rest(self, seconds: float) -> None:
        """Until woken or disturbed, `seconds` at most."""
        clock = self._trust.clock
        end = clock.monotonic() + seconds
        while not self._woken.is_set() and not clock.was_disturbed() and (left := end - clock.monotonic()) > 0:
            woken = asyncio.ensure_future(self._woken.wait())
            slept = asyncio.ensure_future(clock.sleep(min(left, LOOK_SECONDS)))
            try:
                await asyncio.wait({woken, slept}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                woken.cancel()
                slept.cancel()
                await asyncio.gather(woken, slept, return_exceptions=True)

    def _say_what_is_damaged(self) -> None:
        if self._trust.clock.damaged:
            self._tell("last good time damaged: the image's age counts until the mesh is asked")
        if self._trust.denials.damaged:
            self._tell("deny list damaged: it is fetched anew")


def _shows_a_lie(before: DenyList | None, found: DenyList, clock: TrustedClock) -> bool:
    """Whether the CA has issued a list after the one we had, at a time long before our floor: then the floor was a lie
    when we took it. Who cannot sign as the CA cannot make us believe that; nor can a CA with a wrong clock take us back
    to before it certified us."""
    return (
        before is not None
        and found.number > before.number
        and clock.certified <= found.issued_at < clock.floor - STALEST
    )


def _span(jump: timedelta) -> str:
    seconds = round(jump.total_seconds())
    return f"{seconds:+d} s"
