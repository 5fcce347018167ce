"""A printer that asks who we are: told once, in a way that fits the wire, and never by way of a document."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from hal.framing.ipp import IppOperation, Message
from hal.ports.errors import DeviceConfigError, OutcomeUnknownError, PrinterRefusedError, PrinterUnreachableError
from hal.sim.self_signed import SelfSigned, self_signed
from tests.support import aio
from tests.support.canned_printer import CannedPrinter, Refusal
from tests.support.porter import PASSWORD, USER, Porter
from tests.support.printer_rigs import MIB, DriverRig, document, opened, pieces, ticket


@pytest.fixture
def rig() -> Iterator[DriverRig]:
    made = DriverRig()
    yield made
    made.close()


@pytest.fixture
def login(tmp_path: Path) -> str:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    path.chmod(0o600)
    return f"user={USER}&password-file={path}"


def told(uri: str, printer: SelfSigned | None, *more: str) -> str:
    """The URI with what a station's configuration says besides."""
    first = f"pin=sha256:{printer.pin}" if printer else "insecure=yes-not-encrypted"
    return f"{uri}?{'&'.join((first, *more))}"


async def print_one(rig: DriverRig, uri: str) -> None:
    async with opened(rig, uri) as printer:
        asked = ticket(MIB)
        job = await printer.create_job(asked)
        await printer.send_document(job.job_id, asked, document(*pieces(MIB)))


async def ask(rig: DriverRig, uri: str) -> None:
    async with opened(rig, uri) as printer:
        await printer.status()


@pytest.mark.parametrize("encrypted", [True, False], ids=["ipps", "ipp"])
@pytest.mark.parametrize("algorithm", ["sha-256", "md5", "sha-256-sess", "md5-sess", ""])
def test_digest_is_answered_and_its_nonce_used_again(
    rig: DriverRig, login: str, algorithm: str, encrypted: bool
) -> None:
    async def main() -> None:
        porter = Porter(algorithm=algorithm)
        canned = CannedPrinter(door=porter)
        own = self_signed() if encrypted else None
        async with canned.serving(own.context if own else None) as uri:
            await print_one(rig, told(uri, own, login))
        assert len(canned.turned_away) == 1
        assert porter.counts == ([f"{count:08x}" for count in range(1, len(canned.heard) + 1)] if algorithm else [])
        assert canned.heard[-1].document == b"".join(pieces(MIB))

    aio.run(main())


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-256-sess"])
def test_a_nonce_that_is_good_for_one_request_is_followed_by_the_next(
    rig: DriverRig, login: str, algorithm: str
) -> None:
    """Else every document would be turned away, which cannot be sent again."""

    async def main() -> None:
        porter = Porter(algorithm=algorithm, once=True)
        canned, own = CannedPrinter(door=porter, dresses=porter.tell_next_nonce), self_signed()
        async with canned.serving(own.context) as uri:
            await print_one(rig, told(uri, own, login))
        assert len(canned.turned_away) == 1
        assert set(porter.counts) == {"00000001"}
        assert canned.codes()[-1] == IppOperation.SEND_DOCUMENT

    aio.run(main())


@pytest.mark.parametrize("asked", ['Digest realm="r", nonce="n", qop="auth-int"', "Negotiate"])
def test_what_we_cannot_answer_is_refused_and_nothing_is_said(rig: DriverRig, login: str, asked: str) -> None:
    def strict(_request: web.Request, _message: Message) -> Refusal:
        return web.Response(status=401, headers={"WWW-Authenticate": asked})

    async def main() -> None:
        canned, own = CannedPrinter(door=strict), self_signed()
        async with canned.serving(own.context) as uri:
            with pytest.raises(PrinterRefusedError, match="a way that we do not answer"):
                await ask(rig, told(uri, own, login))
        assert [said for _, said in canned.turned_away] == [""]

    aio.run(main())


def test_basic_is_said_over_tls(rig: DriverRig, login: str) -> None:
    async def main() -> None:
        canned, own = CannedPrinter(door=Porter(basic=True)), self_signed()
        async with canned.serving(own.context) as uri:
            await print_one(rig, told(uri, own, login))
        assert len(canned.turned_away) == 1

    aio.run(main())


def test_a_password_is_never_said_in_the_clear(rig: DriverRig, login: str) -> None:
    async def main() -> None:
        canned = CannedPrinter(door=Porter(basic=True))
        async with canned.serving() as uri:
            with pytest.raises(PrinterRefusedError, match="Basic needs ipps"):
                await ask(rig, told(uri, None, login))
        assert [said for _, said in canned.turned_away] == [""]

    aio.run(main())


def test_a_printer_that_asks_when_we_have_nothing_to_say(rig: DriverRig) -> None:
    async def main() -> None:
        canned, own = CannedPrinter(door=Porter()), self_signed()
        async with canned.serving(own.context) as uri, opened(rig, told(uri, own)) as printer:
            for asking in (printer.status(), printer.create_job(ticket())):
                with pytest.raises(PrinterRefusedError, match="user= and password-file="):
                    await asking
        assert len(canned.turned_away) == 2

    aio.run(main())


def test_a_wrong_password_is_tried_once(rig: DriverRig, tmp_path: Path) -> None:
    """A printer may lock the account."""
    path = tmp_path / "wrong"
    path.write_text("battery staple")
    path.chmod(0o600)

    async def main() -> None:
        canned, own = CannedPrinter(door=Porter()), self_signed()
        async with canned.serving(own.context) as uri:
            with pytest.raises(PrinterRefusedError, match="does not take our user") as caught:
                await ask(rig, told(uri, own, f"user={USER}&password-file={path}"))
        assert [bool(said) for _, said in canned.turned_away] == [False, True]
        assert "battery" not in repr(caught.value) + str(caught.value)

    aio.run(main())


def test_a_nonce_that_went_stale_is_noticed_before_the_document(rig: DriverRig, login: str) -> None:
    async def main() -> None:
        porter = Porter()
        canned, own = CannedPrinter(door=porter), self_signed()
        async with canned.serving(own.context) as uri, opened(rig, told(uri, own, login)) as printer:
            asked = ticket(MIB)
            job = await printer.create_job(asked)
            porter.nonce = "nonce-2"
            await printer.send_document(job.job_id, asked, document(*pieces(MIB)))
        assert IppOperation.SEND_DOCUMENT not in [message.code for message, _ in canned.turned_away]
        assert len(canned.turned_away) == 2
        assert canned.codes()[-1] == IppOperation.SEND_DOCUMENT

    aio.run(main())


@pytest.mark.parametrize("status", [400, 401, 404, 413])
def test_a_document_turned_away_by_http_after_all_may_have_been_printed(
    rig: DriverRig, login: str, status: int
) -> None:
    def fickle(request: web.Request, message: Message) -> Refusal:
        return web.Response(status=status) if message.code == IppOperation.SEND_DOCUMENT else porter(request, message)

    porter = Porter()

    async def main() -> None:
        canned, own = CannedPrinter(door=fickle), self_signed()
        async with canned.serving(own.context) as uri:
            with pytest.raises(OutcomeUnknownError, match=f"HTTP status {status}|user"):
                await print_one(rig, told(uri, own, login))

    aio.run(main())


def test_a_certificate_of_ours_is_shown(rig: DriverRig, tmp_path: Path) -> None:
    own, ours = self_signed(), station(tmp_path)
    own.context.verify_mode = ssl.CERT_REQUIRED
    own.context.load_verify_locations(cafile=tmp_path / "cert.pem")

    async def main() -> None:
        canned = CannedPrinter()
        async with canned.serving(own.context) as uri:
            await print_one(rig, told(uri, own, ours))
            with pytest.raises(PrinterUnreachableError):
                await ask(rig, told(uri, own))
        assert IppOperation.SEND_DOCUMENT in canned.codes()

    aio.run(main())


def test_a_key_that_others_may_read_is_not_used(rig: DriverRig, tmp_path: Path) -> None:
    ours = station(tmp_path)
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(DeviceConfigError, match="chmod 600"):
        rig.open(f"ipps://127.0.0.1/?{ours}")


@pytest.mark.parametrize("content", [b"", b"no PEM", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_key_that_is_none_is_not_used(rig: DriverRig, tmp_path: Path, content: bytes) -> None:
    ours = station(tmp_path)
    (tmp_path / "key.pem").write_bytes(content)
    with pytest.raises(DeviceConfigError, match="certificate"):
        rig.open(f"ipps://127.0.0.1/?{ours}")


def test_an_encrypted_key_asks_nobody(rig: DriverRig, tmp_path: Path) -> None:
    ours = station(tmp_path, BestAvailableEncryption(b"secret"))
    with pytest.raises(DeviceConfigError, match="certificate"):
        rig.open(f"ipps://127.0.0.1/?{ours}")


def station(directory: Path, encryption: KeySerializationEncryption = NoEncryption()) -> str:  # noqa: B008 - immutable
    """A certificate of ours and its key, as options of a URI."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 7, now - timedelta(hours=1), now + timedelta(days=1))
    certificate = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, SHA256())
    (directory / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (directory / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    (directory / "key.pem").chmod(0o600)
    return f"cert={directory / 'cert.pem'}&key={directory / 'key.pem'}"
