"""Attacks on what a station takes for the time."""

import asyncio
import random
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from firmware.trust.clock import RELEASED, TrustedClock
from firmware.trust.denials import KeptDenials
from firmware.trust.trust import Credentials, Trust
from firmware.vault import signing, timing
from firmware.vault.denials import DenyList, SignedDenyList, encode
from firmware.vault.identity import Kind
from firmware.vault.timing import AuditHead, SignedTime, TimeStatement
from hal.sim.clock import VirtualClock
from hal.sim.storage import SimStorage
from tests.support import aio
from tests.support.mesh_site import ORG, MemorySite
from tests.support.pki import NOW, Pki
from tests.support.threat_model import Threat, believing, nothing, refuses, virtual, without
from tools.edgemesh.bootstrap import make_mesh
from tools.edgemesh.denials import Denials
from tools.edgemesh.process import running
from tools.edgemesh.site import REGISTRAR, Site

HOUR, TEN_YEARS = timedelta(hours=1), timedelta(days=3653)


def storage() -> SimStorage:
    return SimStorage(random.Random(1))  # noqa: S311 - a medium that replays


def trusted(board: VirtualClock) -> TrustedClock:
    """A station's clock that has heard the right time."""
    clock = TrustedClock(board, storage(), earliest=RELEASED)
    clock.accept(NOW)
    return clock


def _stated(site_nonce: bytes, moment: Any, signer: Any, chain: tuple[bytes, ...]) -> SignedTime:
    raw = timing.encode(TimeStatement(Pki().ca.org_id, site_nonce, moment))
    return SignedTime(raw, signer.sign(signing.TIME, raw), chain)


def _asked(nonce: bytes) -> TimeStatement:
    return TimeStatement("org-1", nonce, NOW)


def replayed_time() -> None:
    """A vault's statement of an hour ago, for the question of now."""
    pki = Pki()
    vault = pki.holder(Kind.VAULT, "vault-1")
    old = _stated(b"a" * 16, NOW, vault.signer, vault.chain)
    with refuses("time-refused"):
        old.verify(pki.anchor, _asked(b"b" * 16))


def _of_any_question(self: SignedTime, anchor: Any, _asked: TimeStatement) -> Any:
    found = timing.parse(self.raw)
    return _verify(self, anchor, TimeStatement(found.org_id, found.nonce, found.moment, AuditHead()))


_verify = SignedTime.verify


def forged_time() -> None:
    """A time under the vault's certificate, signed by a station."""
    pki = Pki()
    vault, station = pki.holder(Kind.VAULT, "vault-1"), pki.holder(Kind.STATION, "lobby")
    with refuses("time-refused"):
        _stated(b"a" * 16, NOW, station.signer, vault.chain).verify(pki.anchor, _asked(b"a" * 16))


@virtual
async def set_back() -> None:
    """The mesh's clock is set back, so that what has expired is good again."""
    clock = trusted(VirtualClock(NOW))
    with refuses("time-refused"):
        clock.accept(NOW - HOUR)


@virtual
async def set_on() -> None:
    """The mesh's clock is set on by ten years, so that everything expires."""
    clock = trusted(VirtualClock(NOW))
    with refuses("time-refused"):
        clock.accept(NOW + TEN_YEARS)


@virtual
async def calendar_set_back() -> None:
    """Somebody sets the board's calendar back, to show it a vault's certificate of last week."""
    board, pki = VirtualClock(NOW), Pki(now=NOW - timedelta(days=7))
    clock = trusted(board)
    station = pki.holder(Kind.STATION, "lobby", lifetime=timedelta(days=30))
    identity = pki.anchor.identify(station.chain, NOW)
    credentials = Credentials(identity, pki.anchor, station.chain, station.box_private)
    trust = Trust(credentials, clock, KeptDenials(storage(), pki.anchor, "org-1"))
    board.jump(-timedelta(days=7).total_seconds())
    with refuses("identity-expired"):
        trust.check_peer(pki.holder(Kind.VAULT, "vault-1").chain[0])


def _by_the_board(self: TrustedClock) -> Any:
    return self._clock.now()


@virtual
async def deny_list_rolled_back() -> None:
    """An issue of before, rightly signed, in which the stolen station is not yet denied: to a role of the mesh."""
    site = MemorySite()
    known = site.mesh.roles.verifier.denials
    before = known.signed()
    site.mesh.roles.registrar.denybook.deny("station/station-1")
    with refuses("deny-list-older"):
        known.take(before)


@virtual
async def deny_list_rolled_back_at_a_station() -> None:
    """The same to a station."""
    pki = Pki()
    kept = KeptDenials(storage(), pki.anchor, "org-1")
    kept.take(_issue(pki, 2))
    with refuses("deny-list-older"):
        kept.take(_issue(pki, 1))


def _issue(pki: Pki, number: int) -> SignedDenyList:
    raw = encode(DenyList.of("org-1", number, NOW, bytes(16), {"client/c": NOW} if number > 1 else {}))
    return SignedDenyList(raw, pki.ca.sign_deny_list(raw))


@virtual
async def deny_list_of_a_namesake() -> None:
    """Another organisation's list."""
    site = MemorySite()
    other = Pki(ORG)
    raw = encode(DenyList.of(ORG, 99, site.clock.now().replace(microsecond=0), bytes(16), {}))
    with refuses("signature-refused"):
        site.mesh.roles.verifier.denials.take(SignedDenyList(raw, other.ca.sign_deny_list(raw)))


def _take_any(self: KeptDenials, signed: SignedDenyList) -> DenyList | None:
    self._current = signed.verify(self._anchor, self._org_id)
    return self._current


CLOCK = "firmware.trust.clock"


def registrar_rolled_back() -> None:
    """The registrar's database as it was before a person was revoked, put back on its disk."""
    with tempfile.TemporaryDirectory() as folder:
        site = make_mesh(Path(folder), ORG).site
        database, copy = site.path(REGISTRAR) / "registrar.db", Path(folder) / "copy"
        aio.run(_served(site))
        shutil.copy(database, copy)
        aio.run(_served(site, revoked="station/station-1"))
        for left in database.parent.glob("registrar.db*"):
            left.unlink()
        shutil.copy(copy, database)
        with refuses("registrar-rolled-back"):
            aio.run(_served(site))


async def _served(site: Site, revoked: str = "") -> None:
    async with running(site) as mesh:
        if revoked:
            mesh.api.roles.registrar.denybook.deny(revoked)
        await asyncio.sleep(0)  # what runs beside has begun, before it ends


THREATS = (
    Threat("time-replayed", replayed_time, without(("firmware.vault.timing.SignedTime.verify", _of_any_question))),
    Threat("time-forged", forged_time, believing(signing.TIME)),
    Threat("time-set-back", set_back, without((f"{CLOCK}.SLACK", TEN_YEARS))),
    Threat("time-set-on", set_on, without((f"{CLOCK}.FARTHEST", 2 * TEN_YEARS))),
    Threat("calendar-set-back", calendar_set_back, without((f"{CLOCK}.TrustedClock.now", _by_the_board))),
    Threat("deny-list-rolled-back", deny_list_rolled_back, without((f"{Denials.__module__}.Denials.number", 0))),
    Threat(
        "deny-list-rolled-back-at-a-station",
        deny_list_rolled_back_at_a_station,
        without(("firmware.trust.denials.KeptDenials.take", _take_any)),
    ),
    Threat(
        "registrar-rolled-back",
        registrar_rolled_back,
        without(("tools.edgemesh.registrar.rollback.check", nothing), ("tools.edgemesh.bootstrap.check", nothing)),
    ),
    Threat(
        "deny-list-of-a-namesake",
        deny_list_of_a_namesake,
        without(("firmware.vault.signing.verify_ca", nothing)),
    ),
)
