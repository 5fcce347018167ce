"""Attacks on the technician's page: who may look, what can be done in a technician's name, what leaves the box."""

import asyncio
import io
import ssl
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from firmware.mesh.tls import load_identity
from firmware.panel.technician.insight import Insight
from firmware.vault.denials import SignedDenyList
from firmware.vault.identity import Kind
from tests.support.aio import run
from tests.support.panel_site import PATIENCE
from tests.support.pki import Holder
from tests.support.technician_site import Inner, Technician, inner, on_the_air, technician
from tests.support.threat_model import Threat, breach, nothing, without, yes
from tests.support.threat_panel import at_the_technicians_page
from tests.support.truth import Truth
from tools.edgemesh.ca import chain_pem

CARD, SECRET = "0946EBD28", "hunter2-canary"


@at_the_technicians_page
async def another_user(somebody: Technician) -> None:
    """Whoever reaches the socket without having read the start address: through a technician's forwarded port."""
    name = somebody.cookie.partition("=")[0]
    for cookie in ("", f"{name}=", f"{name}=guess"):
        for path in ("/", "/readers?show=1", "/journal", "/support.zip", "/events/readers"):
            told = await somebody.ask("GET", path, Cookie=cookie)
            breach(told.status == 200, "it is shown")
            assert told.text == "start-required"


@at_the_technicians_page
async def another_name(somebody: Technician) -> None:
    """A page whose name points to the technician's own machine, where the port is forwarded."""
    for host in ("evil.example:8632", "evil.example", "localhost.evil.example:8632", "127.0.0.1.evil.example"):
        told = await somebody.ask("GET", "/journal", Host=host)
        breach(told.status == 200, "the journal is read")
        assert told.text == "request-foreign"


@at_the_technicians_page
async def another_page(somebody: Technician) -> None:
    """Another page in the technician's browser has the station hold its badges back, and take a rule."""
    for headers in (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://evil.example"},
    ):
        told = await somebody.ask("POST", "/readers/hold", {"wanted": "yes", "token": "0" * 64}, **headers)
        breach(told.status == 303, "the form was taken")
        assert told.text in ("request-foreign", "form-foreign")
    breach(somebody.inside.page.onlookers.holds, "badges are held back")


@at_the_technicians_page
async def number_unasked(somebody: Technician) -> None:
    """Looks over the technician's shoulder at a page that nobody asked to show numbers."""
    await somebody.see("/readers")
    somebody.inside.box.reader.tap(CARD)
    await somebody.inside.read()
    breach(CARD in await somebody.see("/readers"), "the number of a badge is there")


def _unmasked(self: Insight, *, show: bool) -> object:
    assert not show
    return _taps(self, show=True)


_taps = Insight.taps


def bundle_read() -> None:
    """A support bundle sent to a stranger: credentials of the configuration, keys, start addresses."""

    async def main() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with _secrets(Path(folder)) as somebody:
                box = somebody.inside
                box.journal.write(f"printer-unreachable: ipps://ada:{SECRET}@printer.test/ipp")
                told = await somebody.ask("GET", "/support.zip")
                archive = zipfile.ZipFile(io.BytesIO(told.text.encode("utf-8", "surrogateescape")))
                everything = b"\n".join(archive.read(name) for name in archive.namelist())
                start = (Path(folder) / "technician-start").read_bytes().strip().rpartition(b"/")[2]
                for secret in (SECRET.encode(), start, somebody.cookie.partition("=")[2].encode(), b"PRIVATE KEY"):
                    breach(secret in everything, "a secret is in the bundle")

    run(main())


@asynccontextmanager
async def _secrets(directory: Path) -> AsyncIterator[Technician]:
    """A box whose configuration has credentials in it."""
    uris = {
        "printer": f"ipps://ada:{SECRET}@printer.test/ipp?password={SECRET}",
        "syslog": f"tls://ada:{SECRET}@log.test:6514?ca=/etc/ca.pem",
    }
    async with technician(directory, **uris) as somebody:
        yield somebody


def not_an_administrator() -> None:
    """In the LAN: a station, a client, a node, or whoever has no certificate."""
    _in_the_lan(_others)


async def _others(made: Inner, origin: str) -> None:
    kinds = (Kind.STATION, Kind.CLIENT, Kind.NODE)
    for holder in (None, *(made.pki.holder(kind, "somebody") for kind in kinds)):
        breach(await _seen(origin, _shown_by(holder)), "the journal is read")


def denied() -> None:
    """In the LAN: goes on looking, on the connection of before, when the certificate is denied."""
    _in_the_lan(_goes_on)


async def _goes_on(made: Inner, origin: str) -> None:
    context = _shown_by(made.pki.holder(Kind.ADMIN, "root"))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        async with session.get(f"{origin}/journal") as answer:
            assert answer.status == 200
        made.trust.denials.take(_denial(made, "admin/root"))
        try:
            async with session.get(f"{origin}/journal") as answer:
                breach(answer.status == 200, "the journal is read")
                assert await answer.text() == "identity-revoked"
        except (aiohttp.ClientError, ConnectionError):
            pass  # a new connection, which the handshake refused


def _in_the_lan(story: Callable[[Inner, str], Awaitable[None]]) -> None:
    async def main() -> None:
        with tempfile.TemporaryDirectory() as folder:
            made = inner(Path(folder), "tls:127.0.0.1:0")
            duty = asyncio.ensure_future(made.page.duty(made.inside))
            try:
                await on_the_air(made)
                (line,) = (line for line in made.lines if line.startswith("technician at "))
                await story(made, line.split()[2].rstrip(",/"))
            finally:
                duty.cancel()
                await asyncio.gather(duty, return_exceptions=True)

    run(main())


def _denial(made: Inner, name: str) -> SignedDenyList:
    truth = Truth(made.pki, made.pki.holder(Kind.VAULT, "vault-1"), made.box.clock)
    truth.deny(name)
    signed = truth.denials()
    return SignedDenyList(signed.raw, signed.signature)


async def _seen(origin: str, context: ssl.SSLContext) -> bool:
    """Whether the journal is shown to whoever has that certificate."""
    try:
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
            session.get(f"{origin}/journal", timeout=aiohttp.ClientTimeout(PATIENCE)) as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, ConnectionError):
        return False


def _shown_by(holder: Holder | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if holder is not None:
        load_identity(context, chain_pem(holder.chain), holder.key_pem)
    return context


GUARD, PAGE = "firmware.panel.guard.Guard", "firmware.panel.technician"
THREATS = (
    Threat("technician-by-another-user", another_user, without(("firmware.panel.entry.Entry.admits", yes))),
    Threat("technician-by-another-name", another_name, without((f"{GUARD}._is_ours", yes))),
    Threat(
        "technician-by-another-page",
        another_page,
        without((f"{GUARD}._check_site", nothing), ("firmware.panel.entry.Entry.is_ours", yes)),
    ),
    Threat("technician-number-unasked", number_unasked, without((f"{PAGE}.insight.Insight.taps", _unmasked))),
    Threat(
        "technician-bundle-read",
        bundle_read,
        without(("firmware.technician.scrub.shown_uri", str), ("firmware.technician.bundle.shown_words", str)),
    ),
    Threat("technician-not-an-administrator", not_an_administrator, without((f"{PAGE}.access.Admins.judge", nothing))),
    Threat("technician-denied", denied, without(("firmware.trust.denials.KeptDenials.refuse", nothing))),
)
