"""A man in the middle of a pairing: a real proxy between the device's own code and a real mesh."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from firmware.errors import LockgateError
from firmware.mesh.tls import chain_der
from firmware.pairing import kept
from firmware.pairing.applicant import Applicant
from firmware.pairing.flow import Attempt, Means
from firmware.pairing.https import HttpsChannels
from firmware.pairing.names import CHAIN
from firmware.pairing.port import CodeNotice
from firmware.vault.identity import Kind, TrustAnchor
from firmware.vault.pairing import Transcript
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.mesh_people import system_now
from tests.support.mesh_serving import serving
from tests.support.threat_model import Threat, breach, without, yes
from tests.support.threat_proxy import Between, OwnKeys, between
from tools.edgemesh.bootstrap import MadeMesh, make_mesh
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.process import Running

HOLDER = "station/newcomer"


class Pairing(SystemClock):
    """A device that pairs through a proxy; while it waits, the administrator types what it shows."""

    def __init__(self, folder: Path, made: MadeMesh, mesh: Running) -> None:
        self.keys, self.mesh, self.codes, self.said = FileKeyStore(folder / "keys"), mesh, list[str](), list[str]()
        self.admissions = mesh.api.roles.registrar.admissions
        chain = chain_der(FileKeyStore(made.station).load(CHAIN))
        self.admin = TrustAnchor(made.site.ca_file.read_bytes()).identify(chain, system_now())

    def display(self, notice: CodeNotice | None) -> None:
        self.codes.extend([notice.code] if notice else [])

    async def sleep(self, seconds: float) -> None:
        while self.codes:
            code = self.codes.pop()
            for waiting in self.admissions.room.waiting():
                try:
                    await self.admissions.approve(self.admin, waiting.id, code)
                except Problem as exc:
                    self.said.append(exc.code)

    async def run(self, url: str) -> str:
        """What the device ends with: nothing when it is paired."""
        workers = ThreadWorkers(2)
        means = Means(self.keys, HttpsChannels(workers), self, SystemRandom(), self.display)
        try:
            await Attempt(Applicant(Kind.STATION, "newcomer", url), means).run()
        except LockgateError as exc:
            return exc.code
        finally:
            workers.close()
        return ""

    @property
    def member(self) -> object:
        return self.mesh.api.roles.registrar.store.member(HOLDER)


def through(middle: Callable[[str], Between], judge: Callable[[Pairing, str], None]) -> None:
    """One pairing through a proxy, and what is to be said of it."""
    with tempfile.TemporaryDirectory() as folder:
        made = make_mesh(Path(folder) / "site", "org-1")

        async def main(mesh: Running) -> None:
            pairing = Pairing(Path(folder), made, mesh)
            with between(middle(mesh.url)) as url:
                ended = await pairing.run(url)
            judge(pairing, ended)

        serving(made, main)


def _ended_on_both_sides(pairing: Pairing, ended: str) -> None:
    breach(pairing.member, "the mesh has let somebody in")
    assert (pairing.said, ended) == (["code-mismatch"], "enrolment-refused")
    assert pairing.admissions.room.waiting() == []
    assert not kept.is_paired(pairing.keys)


def swapped_keys() -> None:
    """Asks with its own keys in the device's name, and shows the device a CA of its own."""

    def middle(url: str) -> Between:
        proxy = Between(url, asked=OwnKeys().instead)
        proxy.answered = proxy.with_own_ca
        return proxy

    through(middle, _ended_on_both_sides)


def swapped_ca() -> None:
    """Lets the device's keys through, and gives it a CA of its own to believe for ever."""

    def middle(url: str) -> Between:
        proxy = Between(url)
        proxy.answered = proxy.with_own_ca
        return proxy

    through(middle, _ended_on_both_sides)


def only_listened() -> None:
    """Changes nothing, and ends TLS in order to read along: the device hears whose CA it is, and hangs up."""

    def judge(pairing: Pairing, ended: str) -> None:
        breach(pairing.member or not ended, "the pairing went on under somebody else's ears")
        assert ended == "mesh-untrusted"
        assert not kept.is_paired(pairing.keys)

    through(Between, judge)


def _without_ca(self: Transcript) -> Iterable[bytes]:
    return (
        *(self.kind.encode(), self.name.encode(), self.csr, self.box_key),
        *(self.mesh_nonce, self.device_nonce, self.enrolment.encode()),
    )


def _unverified(self: Any, url: str, _ca_pem: bytes) -> Any:
    return self.first_contact(url)


THREATS = (
    Threat("pairing-keys-swapped", swapped_keys, without(("firmware.vault.pairing.fits", yes))),
    Threat("pairing-ca-swapped", swapped_ca, without(("firmware.vault.pairing.Transcript._items", _without_ca))),
    Threat("pairing-listened", only_listened, without(("firmware.pairing.https.HttpsChannels.verified", _unverified))),
)
