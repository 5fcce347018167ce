"""What the machines take for one pairing, over real TLS: everything but the person's time and the waiting for it."""

import asyncio
import hashlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from firmware.pairing.applicant import Applicant
from firmware.pairing.flow import Attempt, Means
from firmware.pairing.https import HttpsChannels
from firmware.pairing.port import CodeNotice
from firmware.vault.identity import Kind
from hal.drivers.file_key_store import FileKeyStore
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from tools.edgemesh.keys import issue
from tools.measure.crowd import Crowd
from tools.measure.wire import Line, context_of


@dataclass
class Administrator:
    """Approves a code the moment it is shown. Also the clock of whoever waits for that: a pause between two questions
    ends with the approval, and is nobody's work."""

    line: Line
    _approving: asyncio.Task[None] | None = None
    _system: SystemClock = field(default_factory=SystemClock)

    def __call__(self, notice: CodeNotice | None, /) -> None:
        if notice is not None:
            self._approving = asyncio.get_running_loop().create_task(self._approve(notice))

    async def _approve(self, notice: CodeNotice) -> None:
        waiting = (await self.line.ask("GET", "/v1/admin/enrolments"))["enrolments"]
        (enrolment,) = [one["enrolment"] for one in waiting if one["name"] == notice.name]
        await self.line.ask("POST", f"/v1/admin/enrolments/{enrolment}/approval", {"code": notice.code})

    async def token(self, name: str) -> str:
        """A one-time token for a station."""
        made = await self.line.ask("POST", "/v1/admin/tokens", {"kind": "station", "name": name})
        return str(made["token"])

    def now(self) -> datetime:
        return self._system.now()

    def monotonic(self) -> float:
        return self._system.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Until the approval is given, or for so long where none is under way."""
        approving, self._approving = self._approving, None
        await (approving or self._system.sleep(seconds))


async def pairings(crowd: Crowd, url: str, directory: Path, runs: int) -> tuple[list[float], list[float]]:
    """Seconds of each attended pairing, and of each by a token."""
    keys = issue(crowd.ca, Kind.ADMIN, "admin-1", datetime.now(UTC))
    line = await Line(url, context_of(keys, crowd.ca_pem)).open()
    administrator, workers = Administrator(line), ThreadWorkers(2)
    attended, unattended = list[float](), list[float]()
    try:
        for number in range(runs):
            place = directory / f"box-{number}"
            attended.append(await _paired(administrator, workers, place, Applicant(Kind.STATION, place.name, url)))
            place = directory / f"unattended-{number}"
            known = _provisioned(crowd, url, place.name, await administrator.token(place.name))
            unattended.append(await _paired(administrator, workers, place, known))
    finally:
        await line.close()
        workers.close()
    return attended, unattended


def _provisioned(crowd: Crowd, url: str, name: str, token: str) -> Applicant:
    fingerprint = hashlib.sha256(crowd.ca.certificate.public_bytes(Encoding.DER)).hexdigest()
    return Applicant(Kind.STATION, name, url, ca_fingerprint=fingerprint, token=token)


async def _paired(administrator: Administrator, workers: ThreadWorkers, place: Path, applicant: Applicant) -> float:
    means = Means(FileKeyStore(place), HttpsChannels(workers), administrator, SystemRandom(), administrator)
    began = time.perf_counter()
    await Attempt(applicant, means).run()
    return time.perf_counter() - began
