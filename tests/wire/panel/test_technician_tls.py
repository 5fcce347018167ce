"""The technician's page in the LAN: administrators with their certificates, and nobody else, at any moment."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from firmware.errors import LockgateError
from firmware.mesh.tls import load_identity
from firmware.panel.technician.access import Admins
from firmware.vault.identity import IdentityError, Kind
from tests.support.aio import run
from tests.support.panel_site import PATIENCE
from tests.support.pki import Holder, Pki
from tests.support.technician_site import Inner, inner, on_the_air
from tools.edgemesh.ca import chain_pem


@asynccontextmanager
async def on_tls(directory: Path) -> AsyncIterator[tuple[Inner, str]]:
    """The page at the loopback's address with TLS, as it is in a LAN; and where."""
    made = inner(directory, "tls:127.0.0.1:0")
    duty = asyncio.ensure_future(made.page.duty(made.inside))
    try:
        await on_the_air(made)
        (line,) = (line for line in made.lines if line.startswith("technician at "))
        yield made, line.split()[2].rstrip(",/")
    finally:
        duty.cancel()
        await asyncio.gather(duty, return_exceptions=True)


def shown_by(holder: Holder | None) -> ssl.SSLContext:
    """A browser with that certificate, which goes on whatever the page shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if holder is not None:
        load_identity(context, chain_pem(holder.chain), holder.key_pem)
    return context


async def ask(url: str, context: ssl.SSLContext, method: str = "GET", **options: object) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        session.request(method, url, timeout=aiohttp.ClientTimeout(PATIENCE), **options) as answer,  # type: ignore[arg-type]
    ):
        return answer.status, await answer.text()


def test_an_administrator_sees_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with on_tls(tmp_path) as (made, origin):
            admin = shown_by(made.pki.holder(Kind.ADMIN, "root"))
            status, page = await ask(f"{origin}/", admin)
            assert (status, "Station station-1" in page) == (200, True)
            token = page  # the overview has no form: readers has
            _, readers = await ask(f"{origin}/readers", admin)
            token = readers.partition('name="token" value="')[2].partition('"')[0]
            form = {"token": token, "wanted": "yes"}
            headers = {"Origin": origin}
            assert (await ask(f"{origin}/readers/hold", admin, "POST", data=form, headers=headers))[0] == 200
            headers = {"Origin": "https://evil.example"}
            assert (await ask(f"{origin}/readers/hold", admin, "POST", data=form, headers=headers))[0] == 403
            assert (await ask(f"{origin}/", admin, headers={"Host": "evil.example"}))[0] == 403
            assert any(line.startswith("technician's certificate: SHA-256 ") for line in made.lines)

    run(main())


@pytest.mark.parametrize("kind", [None, *(kind for kind in Kind if kind is not Kind.ADMIN)])
def test_nobody_else_does(tmp_path: Path, kind: Kind | None) -> None:
    async def main() -> None:
        async with on_tls(tmp_path) as (made, origin):
            holder = None if kind is None else made.pki.holder(kind, "somebody")
            with pytest.raises((aiohttp.ClientError, ConnectionError)):
                await ask(f"{origin}/", shown_by(holder))
            assert not any("internal fault" in line for line in made.lines)

    run(main())


def test_an_administrator_of_others_does_not(tmp_path: Path) -> None:
    async def main() -> None:
        async with on_tls(tmp_path) as (_, origin):
            for pki in (Pki("org-2"), Pki()):
                with pytest.raises((aiohttp.ClientError, ConnectionError)):
                    await ask(f"{origin}/", shown_by(pki.holder(Kind.ADMIN, "root")))

    run(main())


def test_one_who_is_denied_meanwhile_is_shut_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with on_tls(tmp_path) as (made, origin):
            context = shown_by(made.pki.holder(Kind.ADMIN, "root"))
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
                async with session.get(f"{origin}/journal") as answer:
                    assert answer.status == 200

                def refused(_certificate: bytes) -> None:
                    raise IdentityError("denied", code="identity-revoked")

                monkeypatch.setattr(Admins, "judge", lambda _self, certificate: refused(certificate))
                try:
                    async with session.get(f"{origin}/journal") as answer:
                        assert (answer.status, await answer.text()) == (403, "identity-revoked")
                except (aiohttp.ClientError, ConnectionError):
                    pass  # a new connection, which the handshake refused

    run(main())


def test_who_it_is_for(tmp_path: Path) -> None:
    made = inner(tmp_path, "tls:127.0.0.1:0")
    admins = Admins(made.trust)
    admins.judge(made.pki.holder(Kind.ADMIN, "root").chain[0])
    for certificate in (b"", b"no certificate", made.pki.holder(Kind.STATION, "station-2").chain[0]):
        with pytest.raises(LockgateError):
            admins.judge(certificate)
