"""When a certificate is renewed, and the duty that does it for as long as a member lives."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware.errors import LockgateError
from firmware.mesh.port import MeshError
from firmware.pairing import kept
from firmware.pairing.member import Member, member
from firmware.pairing.names import CHAIN
from firmware.pairing.port import Channels
from firmware.pairing.renewing import renew
from firmware.vault.identity import Identity
from hal.board import Board
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError
from hal.ports.key_store import KeyStore
from hal.ports.random_source import RandomSource

LOG = logging.getLogger("lockgate.renewal")

REFUSALS = frozenset({"identity-revoked", "identity-lapsed"})
"""An administrator's word, or too late for one: asking often changes nothing."""
REFUSED_SECONDS = 3600.0
FIRST_RETRY, LONGEST_RETRY = 30.0, 900.0
UNTIMED_SECONDS = 120.0
"""Without knowing the time for so long, at a start, it renews: the mesh may tell nobody the time whose certificate has
run out by its own clock, and a renewal needs none."""
LOOK_SECONDS = 900.0
"""At the longest between two looks at the clock, which may be set right in the meantime."""


def due(not_before: datetime, not_after: datetime, share: float) -> datetime:
    """When to renew: two thirds into its life, and up to a twelfth of it later by `share`, in [0, 1), so that a site
    does not renew all at once. A day's certificate: after 16 to 18 hours."""
    life = not_after - not_before
    return not_before + life * 2 / 3 + life / 12 * share


def is_due(identity: Identity, now: datetime) -> bool:
    """Whether two thirds of its life are over: for whoever is there only now and then."""
    return now >= due(identity.not_before, identity.not_after, 0.0)


def retry(failures: int, code: str, share: float) -> float:
    """Seconds until the next try after so many failures in a row, the last one with `code`: 30 s and twice as long each
    time up to 15 minutes, less up to half of it by `share`; an hour after a refusal."""
    if code in REFUSALS:
        return REFUSED_SECONDS
    return min(FIRST_RETRY * 2.0 ** min(failures - 1, 10), LONGEST_RETRY) * (1 - share / 2)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What renewals work with. `url` is where the registrar answers; `ca_pem` the pinned CA;
    `knows_time` whether the clock's time is the mesh's, and not only the earliest that it can be."""

    keys: KeyStore = field(repr=False)
    channels: Channels
    clock: Clock
    random: RandomSource
    url: str
    ca_pem: bytes = field(repr=False)
    knows_time: Callable[[], bool] = lambda: True

    def member(self) -> Member:
        """Who we are by now."""
        return member(self.keys, self.ca_pem, self.clock.now())

    def share(self) -> float:
        """Chance, in [0, 1)."""
        return int.from_bytes(self.random.token(4), "big") / 2**32

    async def renew(self) -> bytes:
        """Renew now, and store the chain, which is returned in PEM. The same keys are kept. Raises LockgateError,
        DeviceError; then what was stored stands."""
        chain_pem = await renew(self.member(), self.channels, self.url, self.clock)
        self.keys.store(CHAIN, chain_pem)
        return chain_pem


def upkeep_of(board: Board, channels: Channels, clock: Clock, mesh_url: str, ca_pem: bytes) -> Upkeep:
    """The upkeep of a box, at the registrar that pairing named, else at `mesh_url`. Raises `PairingError`, what the key
    store raises."""
    site = kept.site(board.keys)
    url = site.registrar if site else mesh_url
    return Upkeep(board.keys, channels, clock, board.random, url, ca_pem)


async def keep_renewed(
    upkeep: Upkeep,
    on_renewed: Callable[[bytes], Awaitable[None]],
    say: Callable[[str], object] = lambda _line: None,
) -> None:
    """Renew each time it is due, for ever; late, as soon as the mesh can be reached, where it was not in time.
    `on_renewed` gets each new chain (PEM, leaf first) once it is stored; `say` gets a line when a failure begins or
    changes, and one when it is over."""
    while True:
        await _until_due(upkeep)
        await on_renewed(await _renewed(upkeep, say))
        await upkeep.clock.sleep(FIRST_RETRY)  # whatever the new one says of its life


@asynccontextmanager
async def upheld(upkeep: Upkeep, on_renewed: Callable[[bytes], Awaitable[None]]) -> AsyncIterator[None]:
    """`keep_renewed` for as long as the context lasts; what it says goes to the log."""
    duty = asyncio.create_task(keep_renewed(upkeep, on_renewed, LOG.warning))
    try:
        yield
    finally:
        duty.cancel()
        with suppress(asyncio.CancelledError):
            await duty


async def _until_due(upkeep: Upkeep) -> None:
    share, identity = upkeep.share(), upkeep.member().identity
    at = due(identity.not_before, identity.not_after, share)
    began = upkeep.clock.monotonic()
    while (left := at - upkeep.clock.now()) > timedelta(0):
        if upkeep.knows_time():
            await upkeep.clock.sleep(min(left.total_seconds(), LOOK_SECONDS))
        elif upkeep.clock.monotonic() - began < UNTIMED_SECONDS:
            await upkeep.clock.sleep(1.0)
        else:
            return


async def _renewed(upkeep: Upkeep, say: Callable[[str], object]) -> bytes:
    failures, last = 0, ""
    while True:
        try:
            chain_pem = await upkeep.renew()
        except (LockgateError, DeviceError) as exc:
            failures += 1
            if exc.code != last:
                say(f"certificate not renewed: {exc}{_remedy(exc)}")
            last = exc.code
            await upkeep.clock.sleep(retry(failures, exc.code, upkeep.share()))
        else:
            if failures:
                say(f"certificate renewed after {failures} failures")
            return chain_pem


def _remedy(exc: LockgateError | DeviceError) -> str:
    return "; pair again" if isinstance(exc, MeshError) and exc.code in REFUSALS else ""
