"""The device's side and the reference mesh, over real TLS: every kind joins, is renewed, and is thrown out."""

import hashlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware.mesh.port import MeshError
from firmware.mesh.tls import chain_der
from firmware.pairing import kept
from firmware.pairing.applicant import Applicant
from firmware.pairing.errors import PairingError
from firmware.pairing.flow import Attempt, Means
from firmware.pairing.https import HttpsChannel, HttpsChannels
from firmware.pairing.names import CHAIN
from firmware.pairing.port import CodeNotice
from firmware.pairing.renewal import Upkeep
from firmware.vault.identity import Identity, Kind, TrustAnchor
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.mesh_serving import serving
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.process import Running


class Joining:
    """A device with a fresh key store, and an administrator who types what it shows."""

    def __init__(self, folder: Path, made: MadeMesh, mesh: Running) -> None:
        self.keys = FileKeyStore(folder / "keys")
        self.mesh, self.workers = mesh, ThreadWorkers(2)
        self.channels = HttpsChannels(self.workers)
        self.ca_pem = made.site.ca_file.read_bytes()
        chain = chain_der(FileKeyStore(made.station).load(CHAIN))
        self.admin = TrustAnchor(self.ca_pem).identify(chain, datetime.now(UTC))
        self.codes: list[str] = []
        self.refusals: list[str] = []
        self.typed: Callable[[str], str] = lambda code: code

    def display(self, notice: CodeNotice | None) -> None:
        if notice is not None:
            self.codes.append(notice.code)

    async def approve(self) -> None:
        admissions = self.mesh.api.roles.registrar.admissions
        (waiting,) = admissions.room.waiting()
        try:
            asked = waiting.asked
            await admissions.approve(self.admin, waiting.id, self.typed(self.codes[-1]), asked.users, kind=asked.kind)
        except Problem as exc:
            self.refusals.append(exc.code)

    async def join(self, kind: Kind, **more: object) -> Identity:
        applicant = Applicant(kind, "newcomer", self.mesh.url, **more)  # type: ignore[arg-type]
        clock = ApprovingClock(self)
        return await Attempt(applicant, Means(self.keys, self.channels, clock, SystemRandom(), self.display)).run()

    def upkeep(self) -> Upkeep:
        return Upkeep(self.keys, self.channels, SystemClock(), SystemRandom(), self.mesh.url, self.ca_pem)


class ApprovingClock(SystemClock):
    """While the device waits before it asks again, the administrator types."""

    def __init__(self, joining: Joining) -> None:
        self._joining, self._done = joining, False

    async def sleep(self, seconds: float) -> None:
        if not self._done:
            self._done = True
            await self._joining.approve()


def story(tmp_path: Path, tell: Callable[[Joining], Awaitable[None]]) -> None:
    made = make_mesh(tmp_path / "site", "org-1")

    async def main(mesh: Running) -> None:
        joining = Joining(tmp_path, made, mesh)
        try:
            await tell(joining)
        finally:
            joining.workers.close()

    serving(made, main)


@pytest.mark.parametrize("kind", [Kind.STATION, Kind.CLIENT, Kind.NODE, Kind.ADMIN])
def test_every_kind_joins_and_renews(tmp_path: Path, kind: Kind) -> None:
    async def tell(joining: Joining) -> None:
        more: dict[str, object] = {"users": ("ada",)} if kind is Kind.CLIENT else {}
        if kind is Kind.NODE:
            more = {"node_url": "https://localhost:9443", "hosts": ("localhost",)}
        identity = await joining.join(kind, **more)
        assert (identity.kind, identity.id, identity.org_id) == (kind, "newcomer", "org-1")
        site = kept.site(joining.keys)
        assert site is not None
        assert site.registrar.startswith("https://")
        before = joining.keys.load(CHAIN)
        after = await joining.upkeep().renew()
        assert after != before
        assert joining.keys.load(CHAIN) == after

    story(tmp_path, tell)


def test_a_wrong_code_ends_it_on_both_sides(tmp_path: Path) -> None:
    async def tell(joining: Joining) -> None:
        joining.typed = lambda code: code.translate(str.maketrans("0123456789", "1234567890"))
        with pytest.raises(MeshError) as caught:
            await joining.join(Kind.STATION)
        assert caught.value.code == "enrolment-refused"
        assert joining.refusals == ["code-mismatch"]
        assert joining.mesh.api.roles.registrar.admissions.room.waiting() == []
        assert not kept.is_paired(joining.keys)

    story(tmp_path, tell)


def test_the_registry_decides_about_renewals(tmp_path: Path) -> None:
    async def tell(joining: Joining) -> None:
        await joining.join(Kind.STATION)
        registrar = joining.mesh.api.roles.registrar
        await registrar.revocations.deny(joining.admin, "station/newcomer", "stolen")
        with pytest.raises(MeshError) as caught:
            await joining.upkeep().renew()
        assert caught.value.code == "identity-revoked"

    story(tmp_path, tell)


def test_a_token_joins_once(tmp_path: Path) -> None:
    async def tell(joining: Joining) -> None:
        der = ssl.PEM_cert_to_DER_cert(joining.ca_pem.decode())
        fingerprint = hashlib.sha256(der).hexdigest()
        made = await joining.mesh.api.roles.registrar.tokens.make(joining.admin, Kind.STATION, "newcomer")
        with pytest.raises(PairingError):
            await joining.join(Kind.STATION, token=made.text, ca_fingerprint="00" * 32)
        identity = await joining.join(Kind.STATION, token=made.text, ca_fingerprint=fingerprint)
        assert identity.id == "newcomer"
        assert joining.codes == []
        joining.keys = FileKeyStore(tmp_path / "other")
        with pytest.raises(MeshError) as caught:
            await joining.join(Kind.STATION, token=made.text, ca_fingerprint=fingerprint)
        assert caught.value.code == "token-refused"

    story(tmp_path, tell)


class WrongClock(SystemClock):
    """A board's, that is a day ahead: its certificate has run out, it believes."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=25)


def test_late_and_without_the_time_it_is_renewed_by_its_key(tmp_path: Path) -> None:
    async def tell(joining: Joining) -> None:
        await joining.join(Kind.STATION)
        asked: list[bool] = []
        upkeep = replace(joining.upkeep(), clock=WrongClock())

        class Watched(HttpsChannels):
            def mutual(self, url: str, ca_pem: bytes, chain_pem: bytes, key_pem: bytes) -> HttpsChannel:
                asked.append(True)
                return super().mutual(url, ca_pem, chain_pem, key_pem)

        before = joining.keys.load(CHAIN)
        after = await replace(upkeep, channels=Watched(joining.workers)).renew()
        assert after != before
        assert asked == []

    story(tmp_path, tell)
