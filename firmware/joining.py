"""What comes before serving: joining the organisation, and coming back to it after a long rest."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

from firmware.config import Config, ConfigError
from firmware.errors import LockgateError
from firmware.mesh.port import MeshError
from firmware.onlookers import NOBODY, JournalDisplay, Onlooker, Say
from firmware.pairing import announced, kept, provisioning
from firmware.pairing.applicant import Applicant, nameless
from firmware.pairing.errors import PairingError
from firmware.pairing.flow import Attempt, Means
from firmware.pairing.port import Channels, CodeDisplay, CodeNotice
from firmware.pairing.renewal import Upkeep, retry
from firmware.pairing.slips import Slips
from firmware.vault.identity import Identity, Kind
from hal.board import Board
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError
from hal.ports.key_store import KeyStore
from hal.ports.watchdog import Watchdog

SPENT = frozenset({"token-refused", "enrolment-refused"})
"""After these a token is good for nothing."""
AT_ONCE = frozenset({"enrolment-expired", "enrolment-unknown"})
"""Nobody came to approve: the next code follows at once."""
NEEDS_HANDS = frozenset(
    {"provisioning-malformed", "provisioning-exposed", "unpaired", "already-paired", "identity-malformed"}
)
"""What trying again does not mend."""
UNFOUND = frozenset({"mesh-not-found", "mesh-ambiguous"})
SEEK_SECONDS = 15.0
"""After these, which are said once: somebody may just be plugging it in."""
FLOOD_SECONDS = 600.0
"""After `too-many-enrolments`: five an hour are allowed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What this station is to become. `provision` is the file of an unattended pairing, `ca_fingerprint` the SHA-256 of
    the CA that the mesh must have, in hex. Of a board that looks for what is nearby the mesh is found and the name made
    where they are not said."""

    name: str = ""
    url: str = ""
    provision: Path | None = None
    ca_pem: bytes = field(repr=False, default=b"")
    ca_fingerprint: str = ""

    @classmethod
    def configured(cls, config: Config) -> "Wanted":
        """As the configuration says."""
        provision = Path(config.provision) if config.provision else None
        known = config.ca_fingerprint.removeprefix("sha256:")
        return cls(config.name, config.mesh_url, provision, config.ca_pem, known)

    def provided(self, keys: KeyStore) -> Applicant | None:
        """Who asks by the provisioning file, if there is one or was one. Raises `PairingError`, `IdentityError`, what
        the key store raises."""
        found = provisioning.take(self.provision, keys)
        if found is not None and found.kind is not Kind.STATION:
            raise PairingError("the provisioning file is not for a station", code="provisioning-malformed")
        return found.applicant() if found else None

    def named(self) -> Applicant:
        """Who asks by name and address. Raises `PairingError`, `IdentityError`."""
        if not self.name or not self.url:
            words = "not paired, and no station.name and mesh.url (or pairing.provision) to pair by: run lockgate pair"
            raise PairingError(words, code="unpaired")
        return Applicant(Kind.STATION, self.name, self.url, ca_pem=self.ca_pem, ca_fingerprint=self.ca_fingerprint)


def settled(config: Config, keys: KeyStore) -> Config:
    """The configuration with what pairing gave: the CA, and the vault's address unless another one than that of the
    pairing is configured. Raises `PairingError` `unpaired`, `ConfigError`."""
    site = kept.site(keys)
    url = config.mesh_url
    if site is not None and url in ("", site.url):
        url = site.urls.get("vault", site.url)
    if not url:
        raise ConfigError("mesh.url is missing: where the mesh answers")
    return replace(
        config, mesh_url=url, ca_pem=config.ca_pem or kept.ca_pem(keys), printer=config.printer or told_printer(keys)
    )


def told_printer(keys: KeyStore) -> str:
    """The printer's URI that the mesh said at pairing, empty where it said none. Raises `PairingError`."""
    site = kept.site(keys) if kept.is_paired(keys) else None
    return site.config.get("printer", "") if site else ""


async def attempt(board: Board, wanted: Wanted, channels: Channels, clock: Clock, display: CodeDisplay) -> Identity:
    """One attempt. Raises as `Attempt.run` and `sought`."""
    means = Means(board.keys, channels, clock, board.random, display)
    applicant = wanted.provided(board.keys) or (await _completed(wanted, board)).named()
    try:
        return await Attempt(applicant, means).run()
    except MeshError as exc:
        if applicant.token and exc.code in SPENT:
            provisioning.used(board.keys)
        raise


async def _completed(wanted: Wanted, board: Board) -> Wanted:
    if board.nearby is None:
        return wanted
    url = wanted.url or await announced.sought(board.nearby)
    return replace(wanted, name=wanted.name or nameless(board.keys), url=url)


async def pair_once(
    board: Board, wanted: Wanted, channels: Channels, clock: Clock, say: Say, *, slip: bool
) -> Identity:
    """One attempt, before the eyes of somebody. Raises as `Attempt.run`."""
    async with _displayed(board, clock, (JournalDisplay(say),), say, slip=slip) as display:
        return await attempt(board, wanted, channels, clock, display)


async def join(
    board: Board,
    wanted: Wanted,
    channels: Channels,
    clock: Clock,
    say: Say,
    *,
    slip: bool,
    onlooker: Onlooker = NOBODY,
) -> Identity:
    """Try until this station is paired; for ever where it was told of no mesh and somebody can be told so: what would
    tell it comes with another start. Raises what trying again does not mend: `PairingError` for what is wrong here,
    `StorageError` and what the key store raises."""
    failures, said = 0, ""
    onlooker.code(None)
    async with _displayed(board, clock, (JournalDisplay(say), onlooker.code), say, slip=slip) as display:
        while True:
            try:
                identity = await attempt(board, wanted, channels, clock, display)
            except LockgateError as exc:
                if exc.code == "unpaired" and onlooker is not NOBODY:
                    say(f"not set up: {exc}")
                    onlooker.failed(exc.code)
                    await asyncio.Event().wait()
                if exc.code in NEEDS_HANDS:
                    raise
                failures += 1
                seconds = _pause(exc, failures)
                if exc.code not in UNFOUND or exc.code != said:
                    say(f"not paired: {exc}; next attempt in {seconds:.0f} s")
                said = exc.code
                if exc.code not in AT_ONCE:
                    onlooker.failed(exc.code)
                await clock.sleep(seconds)
            else:
                say(f"paired: {identity.kind} {identity.id} of {identity.org_id}")
                return identity


def _pause(exc: LockgateError, failures: int) -> float:
    if exc.code in AT_ONCE:
        return 1.0
    if exc.code in UNFOUND:
        return SEEK_SECONDS
    return FLOOD_SECONDS if exc.code == "too-many-enrolments" else retry(failures, exc.code, 0.0)


def leave_nothing(wanted: Wanted, keys: KeyStore, say: Say) -> None:
    """What was for pairing is gone once paired, a provisioning file that nobody needs any more among it; where that
    cannot be destroyed, its token is worthless, and the station serves. Raises what the key store raises."""
    kept.tidy(keys)
    try:
        if wanted.provision is not None:
            provisioning.destroy(wanted.provision)
    except PairingError as exc:
        say(str(exc))


async def come_back(upkeep: Upkeep, say: Say, onlooker: Onlooker = NOBODY) -> None:
    """Renew a certificate that ran out while this station was off, or its mesh away, before anything else: until the
    mesh has done it. Raises `IdentityError`, what the key store raises."""
    failures = 0
    while upkeep.clock.now() >= upkeep.member().identity.not_after:
        try:
            await upkeep.renew()
        except (LockgateError, DeviceError) as exc:
            failures += 1
            seconds = retry(failures, exc.code, upkeep.share())
            say(f"the certificate has run out and was not renewed: {exc}; again in {seconds:.0f} s")
            onlooker.late()
            await upkeep.clock.sleep(seconds)


@asynccontextmanager
async def _displayed(
    board: Board, clock: Clock, displays: Sequence[CodeDisplay], say: Say, *, slip: bool
) -> AsyncIterator[CodeDisplay]:
    """All of these, and paper where it is wanted, while the watchdog is kept quiet."""
    slips = Slips(board.printer, clock, board.random, board.workers, say)

    def display(notice: CodeNotice | None) -> None:
        for shown in displays:
            shown(notice)
        if slip:
            slips(notice)

    duties = [asyncio.create_task(slips.run()), asyncio.create_task(_fed(board.watchdog, clock))]
    try:
        yield display
    finally:
        for duty in duties:
            duty.cancel()
            with suppress(asyncio.CancelledError):
                await duty


async def _fed(watchdog: Watchdog, clock: Clock) -> None:
    """A station that waits for its administrator is as alive as one that serves."""
    watchdog.ready()
    while isfinite(watchdog.interval):
        watchdog.feed()
        await clock.sleep(watchdog.interval / 2)
