"""Why a private cupsd gets no `ipps` device: it compares a printer's key at the first of its connections alone."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hal.drivers.context import DriverContext
from hal.drivers.cups_address import CupsAddress, address_of
from hal.drivers.cups_printer import CupsPrinter
from hal.drivers.system_clock import SystemClock
from hal.drivers.system_random import SystemRandom
from hal.drivers.thread_workers import ThreadWorkers
from hal.ports.errors import DeviceConfigError
from hal.ports.printer import JobState
from hal.sim.ipp_printer import ServedPrinter
from hal.sim.printer import SimPrinter
from hal.sim.random_source import SeededRandom
from hal.sim.self_signed import SelfSigned, self_signed
from tests.support import aio
from tests.support.cups_jobs import LIMIT, over, sent
from tests.support.cups_rig import RAW, cups_uri
from tests.support.printer_rigs import MIB, Scales, noise

Key = ec.EllipticCurvePrivateKey
DOCUMENT = noise(3, MIB)
ALWAYS = 1 << 20
"""Answers."""


def issued(folder: Path) -> SelfSigned:
    """An identity with its authority's certificate behind its own: of one alone CUPS says that it is self-signed."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    pem = certified("localhost", keys[0], keys[1]) + certified("authority", keys[1], keys[1])
    both = folder / "printer.pem"
    both.write_bytes(pem + keys[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made = self_signed()
    made.context.load_cert_chain(both)
    return replace(made, certificate=pem)


def certified(name: str, key: Key, authority: Key) -> bytes:
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, "authority"))
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(authority, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


class Impostor(ServedPrinter):
    """Shows its key in `genuine` answers, one to a connection, and from then on somebody else's."""

    def __init__(self, printer: SimPrinter, identity: SelfSigned, genuine: int) -> None:
        super().__init__(printer, identity=identity)
        self.left = genuine
        self.printer.faults.untrusted = not genuine

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        answer = await super()._serve(request)
        if self.left:
            self.left -= 1
            self.printer.faults.untrusted = not self.left
            answer.force_close()
        return answer


async def printed(server: ServedPrinter) -> JobState:
    """How a job ends behind a cupsd that was given the printer's own certificate to compare with."""
    device = server.uri.replace("127.0.0.1", "localhost") + "?snmp=false"
    context = DriverContext(SystemClock(), ThreadWorkers(1), SystemRandom())
    printer = CupsPrinter(CupsAddress(device, RAW, 64 * MIB), context)  # past `address_of`, which refuses it
    await printer.status()
    root = printer.server.root
    assert root is not None
    for kept in (root / "etc" / "ssl", root / "tmp" / ".cups" / "ssl"):
        kept.mkdir(parents=True)
        for folder in (kept.parent, kept):
            folder.chmod(0o755)
        (kept / "localhost.crt").write_bytes(server.certificate)
    (root / "etc").chmod(0o755)
    try:
        async with asyncio.timeout(LIMIT):
            return (await over(printer, await sent(printer, DOCUMENT))).state
    finally:
        await printer.aclose()


def arriving(folder: Path, genuine: int) -> tuple[JobState, int]:
    scales = Scales()
    twin = SimPrinter(SystemClock(), SeededRandom(1), page_seconds=0.0, sink=scales)

    async def main() -> JobState:
        async with Impostor(twin, issued(folder), genuine) as server:
            return await printed(server)

    state = aio.run(main())
    return state, sum(scales.weigh(one.job_id).size for one in twin.deliveries)


@pytest.mark.parametrize(
    ("genuine", "state", "arrived"),
    [
        pytest.param(ALWAYS, JobState.COMPLETED, len(DOCUMENT), id="its-own-key"),
        pytest.param(0, JobState.ABORTED, 0, id="another-key-from-the-first-connection"),
        pytest.param(1, JobState.COMPLETED, len(DOCUMENT), id="another-key-from-the-second-connection"),
    ],
)
def test_a_key_is_compared_at_the_first_connection_alone(
    tmp_path: Path, genuine: int, state: JobState, arrived: int
) -> None:
    """The last of these is why `cups:` with an `ipps` device is refused: a whole document went to somebody else. Should
    it fail one day, CUPS has learnt to compare each time."""
    assert arriving(tmp_path, genuine) == (state, arrived)


def test_such_a_device_is_refused() -> None:
    with pytest.raises(DeviceConfigError, match="does not hold on to a printer's key"):
        address_of(cups_uri("ipps://localhost:631/ipp/print"))
