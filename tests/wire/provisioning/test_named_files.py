"""A site's file applied, and then spoken by the station's own drivers: to a printer that asks who we are, to a real
rsyslogd under the site's own authority."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.audit.forward import SyslogError
from firmware.audit.syslog import frame
from firmware.audit.syslog_tls import SyslogAddress, TlsTransport
from firmware.config import Config, load
from hal.ports.errors import PrinterRefusedError
from hal.sim.self_signed import self_signed
from tests.support.aio import run
from tests.support.canned_printer import CannedPrinter
from tests.support.pki import Pki
from tests.support.porter import PASSWORD, USER, Porter
from tests.support.printer_rigs import MIB, DriverRig, document, opened, pieces, ticket
from tests.support.rsyslog import Rsyslog
from tests.unit.provisioning.rig import Site

MESSAGE = b"<110>1 2026-11-21T09:00:00Z lobby lockgate station started - \xef\xbb\xbfhello"
PATIENCE = 60.0


def applied(folder: Path, text: str) -> Config:
    folder.mkdir()
    site = Site(folder, text)
    site.apply()
    return load(site.data / "lockgate.toml", {})


@pytest.mark.parametrize("password", [PASSWORD, "another"])
def test_a_printer_lets_in_who_knows_the_password(tmp_path: Path, password: str) -> None:
    async def main() -> None:
        canned, own = CannedPrinter(door=Porter()), self_signed()
        async with canned.serving(own.context) as uri:
            said = f'[printer]\nuri = "{uri}?pin=sha256:{own.pin}"\nuser = "{USER}"\npassword = "{password}"\n'
            async with opened(rig, applied(tmp_path / "site", said).printer) as printer:
                asked = ticket(MIB)
                job = await printer.create_job(asked)
                await printer.send_document(job.job_id, asked, document(*pieces(MIB)))

    rig = DriverRig()
    try:
        if password == PASSWORD:
            run(main())
        else:
            with pytest.raises(PrinterRefusedError):
                run(main())
    finally:
        rig.close()


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_server_of_the_record_has_to_be_under_the_site_s_authority(tmp_path: Path, *, is_ours: bool) -> None:
    ours = Pki(now=datetime.now(UTC))
    with Rsyslog(tmp_path / "syslog", ours) as server:
        ca = (ours if is_ours else Pki(now=datetime.now(UTC))).ca.certificate_pem.decode()
        text = f'[audit]\nsyslog = "tls://127.0.0.1:{server.port}"\nsyslog_ca = """\n{ca}"""\n'
        transport = TlsTransport(SyslogAddress.parse(applied(tmp_path / "site", text).syslog))
        if is_ours:
            run(sent(transport, server))
        else:
            with pytest.raises(SyslogError, match="syslog-untrusted"):
                run(sent(transport, server))


async def sent(transport: TlsTransport, server: Rsyslog) -> None:
    link = await transport.connect()
    await link.send(frame(MESSAGE))
    async with asyncio.timeout(PATIENCE):
        while not server.received():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.05)
    link.close()
    await asyncio.sleep(0.05)  # the connection's end is the loop's to finish
