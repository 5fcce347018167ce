"""What the three key holders' verifications of a release take: timed where they happen, in a mesh that runs here."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from firmware.vault import signing
from firmware.vault.identity import TrustAnchor
from hal.drivers.system_clock import SystemClock
from tools.edgemesh.denials import Denials
from tools.edgemesh.evidence import Evidence, Verifier
from tools.edgemesh.process import running
from tools.measure.crowd import Crowd, Place, make_crowd, printed, recipients, signed_request, submit
from tools.measure.wire import Line, context_of

SIGNATURES = 11
"""That are verified in one release: station, session and manifest by each of three, the lease by node and org."""
HOLDERS = 3
_TIMED = ("request", "release")


@dataclass
class Watch:
    """Milliseconds of verification by release, and the evidence shown last, its lease with it."""

    spent: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)
    shown: list[Evidence] = field(default_factory=list)
    _inside: bool = False

    def timed(self, call: Callable[[Verifier, Evidence], Any]) -> Callable[[Verifier, Evidence], Any]:
        """`call`, counted when it is not part of another one."""

        @wraps(call)
        def counted(verifier: Verifier, evidence: Evidence) -> Any:
            if self._inside:
                return call(verifier, evidence)
            self._inside, began = True, time.perf_counter()
            try:
                return call(verifier, evidence)
            finally:
                self._inside = False
                self._add(evidence, (time.perf_counter() - began) * 1000)

        return counted

    def _add(self, evidence: Evidence, took: float) -> None:
        release = evidence.release_id
        self.spent[release] = self.spent.get(release, 0.0) + took
        self.calls[release] = self.calls.get(release, 0) + 1
        self.shown = [evidence]


@contextmanager
def watched() -> Iterator[Watch]:
    """Every verifier of this process is timed within."""
    watch, before = Watch(), {name: getattr(Verifier, name) for name in _TIMED}
    for name, call in before.items():
        setattr(Verifier, name, watch.timed(call))
    try:
        yield watch
    finally:
        for name, call in before.items():
            setattr(Verifier, name, call)


@dataclass(frozen=True, slots=True)
class Verified:
    """Milliseconds by release: its three verifications, and its whole request. `anew` are the three with every
    certificate chain proven anew by each, as after a restart in three processes."""

    checks: tuple[float, ...]
    whole: tuple[float, ...]
    anew: tuple[float, ...]


async def verified(directory: Path, releases: int) -> Verified:
    """So many releases over real TLS and synced stores, one after the other. Raises `LoadError`, and `RuntimeError`
    when not all three verified."""
    crowd = make_crowd(directory, 1)
    (place,), whole = crowd.places, list[float]()
    with watched() as watch:
        async with running(crowd.site) as mesh:
            client = await Line(mesh.url, context_of(place.client, crowd.ca_pem)).open()
            station = await Line(mesh.url, context_of(place.station, crowd.ca_pem)).open()
            to, session = await recipients(client), await _session(station, place)
            for _ in range(releases):
                job = await submit(client, place, to)
                whole.append(await _release(station, place, job, session))
            denials = mesh.api.roles.verifier.denials
            await client.close()
            await station.close()
    if len(watch.calls) != releases or set(watch.calls.values()) != {HOLDERS}:
        raise RuntimeError("not every key holder verified every release")
    anew = tuple(_thrice_anew(crowd, watch.shown[-1], denials) for _ in range(releases))
    return Verified(tuple(watch.spent.values()), tuple(whole), anew)


async def _session(station: Line, place: Place) -> str:
    credential = {"credential": {"kind": "card", "value": place.badge}}
    return str((await station.ask("POST", "/v1/sessions", credential))["session"])


async def _release(station: Line, place: Place, job: str, session: str) -> float:
    request = signed_request(place, job, session)
    began = time.perf_counter()
    grant = await station.ask("POST", f"/v1/jobs/{job}/releases", request)
    took = (time.perf_counter() - began) * 1000
    await printed(station, grant)
    return took


def _thrice_anew(crowd: Crowd, evidence: Evidence, denials: Denials) -> float:
    took = 0.0
    for holder in range(HOLDERS):
        anchor = TrustAnchor(crowd.ca_pem)
        verifier = Verifier(anchor, crowd.site.org_id, SystemClock(), denials)
        verify = verifier.release if holder else verifier.request  # the vault grants the lease, and is shown none
        began = time.perf_counter()
        verify(evidence)
        took += (time.perf_counter() - began) * 1000
    return took


def bare_verifications() -> float:
    """Milliseconds of as many signatures verified and nothing else."""
    key, message = ec.generate_private_key(ec.SECP256R1()), bytes(512)
    algorithm, public = ec.ECDSA(SHA256()), key.public_key()
    signature = key.sign(message, algorithm)
    began = time.perf_counter()
    for _ in range(SIGNATURES):
        public.verify(signature, message, algorithm)
    return (time.perf_counter() - began) * 1000


def signing_ms() -> float:
    """Milliseconds of one signature as roles and stations make them."""
    signer, message, count = signing.Signer(signing.new_identity_key()), bytes(512), 20
    began = time.perf_counter()
    for _ in range(count):
        signer.sign(signing.LEASE, message)
    return (time.perf_counter() - began) * 1000 / count
