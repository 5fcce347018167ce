"""Forwarding to a real rsyslogd over TLS: what arrives is what was recorded, as its own parser reads it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.audit import forward
from firmware.audit.events import AuditEvent
from firmware.audit.forward import Forwarder
from firmware.audit.log import AuditLog
from firmware.audit.records import parse_entry
from firmware.audit.syslog_tls import SyslogAddress, TlsTransport
from firmware.vault.identity import Kind
from hal.drivers.system_clock import SystemClock
from hal.drivers.thread_workers import ThreadWorkers
from tests.support.aio import run
from tests.support.audit_rig import AuditRig
from tests.support.pki import Pki
from tests.support.rsyslog import Rsyslog

PATIENCE = 60.0


@pytest.fixture
def workers() -> Iterator[ThreadWorkers]:
    pool = ThreadWorkers(2)
    yield pool
    pool.close()


@pytest.fixture
def rig() -> AuditRig:
    return AuditRig(now=datetime.now(UTC))


@asynccontextmanager
async def forwarding(rig: AuditRig, log: AuditLog, workers: ThreadWorkers, url: str) -> AsyncIterator[Forwarder]:
    forwarder = Forwarder(
        log,
        holder="station/lobby",
        org_id="org-1",
        storage=rig.storage,
        transport=TlsTransport(SyslogAddress.parse(url)),
        clock=SystemClock(),
        workers=workers,
    )
    task = asyncio.create_task(forwarder.run())
    try:
        yield forwarder
    finally:
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0.05)  # the connection's end is the loop's to finish


async def until(true: Callable[[], bool]) -> None:
    """Wait for another process."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 (another process tells nobody)
            await asyncio.sleep(0.05)


def arrived(server: Rsyslog) -> list[str]:
    return [str(message["text"]).removeprefix("\ufeff") for message in server.received()]


def recorded(log: AuditLog) -> list[str]:
    return [line.decode() for line in log.read_after(0, 10_000)]


def test_what_arrives_is_what_was_recorded(tmp_path: Path, rig: AuditRig, workers: ThreadWorkers) -> None:
    log = rig.filled(150)
    log.append(AuditEvent.USER_CHANGED, user='Ä "quoted" [back\\slash] 名', by="admin/grace")

    async def main(server: Rsyslog) -> None:
        url = f"tls://127.0.0.1:{server.port}?ca={tmp_path}/syslog/ca.pem"
        async with forwarding(rig, log, workers, url):
            await until(lambda: len(server.received()) >= log.point.sequence)
            log.append(AuditEvent.STOPPED, code="canceled")
            await until(lambda: len(server.received()) >= log.point.sequence)

    with Rsyslog(tmp_path / "syslog", rig.pki) as server:
        run(main(server))
        assert arrived(server) == recorded(log)
        messages = server.received()
    for message, line in zip(messages, recorded(log), strict=True):
        entry = parse_entry(line.encode())
        assert (message["version"], message["host"], message["app"]) == ("1", "lobby", "lockgate")
        assert (message["process"], message["id"]) == ("station", entry.event)
        assert divmod(int(message["pri"]), 8)[0] == 13
        assert datetime.fromisoformat(str(message["timestamp"])) == entry.at
        assert str(message["data"]).startswith(f'[lockgate@32473 org="org-1" sequence="{entry.sequence}"')
    assert r'user="Ä \"quoted\" [back\\slash\] 名"' in str(messages[-2]["data"])


def test_a_server_that_is_killed_and_comes_back_misses_nothing(
    tmp_path: Path, rig: AuditRig, workers: ThreadWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "POLL", 0.1)
    log = rig.filled(20)
    server = Rsyslog(tmp_path / "syslog", rig.pki)

    async def main() -> None:
        url = f"tls://127.0.0.1:{server.port}?ca={tmp_path}/syslog/ca.pem"
        async with forwarding(rig, log, workers, url) as forwarder:
            await until(lambda: len(server.received()) >= log.point.sequence)
            await asyncio.to_thread(server.kill)
            for number in range(100):
                log.append(AuditEvent.PRINTED, impressions=number)
            await until(lambda: forwarder.trouble == "syslog-unreachable")
            await asyncio.to_thread(server.start)
            await until(lambda: set(recorded(log)) <= set(arrived(server)))

    server.start()
    try:
        run(main())
    finally:
        server.stop()


def refusing(rig: AuditRig, workers: ThreadWorkers, url: str) -> str:
    """The code with which nothing gets through."""

    async def main() -> str:
        async with forwarding(rig, rig.filled(3), workers, url) as forwarder:
            await until(lambda: forwarder.trouble != "")
            return forwarder.trouble

    return run(main())


def test_a_server_under_another_ca_hears_nothing(tmp_path: Path, rig: AuditRig, workers: ThreadWorkers) -> None:
    with Rsyslog(tmp_path / "syslog", Pki(now=datetime.now(UTC))) as server:
        (tmp_path / "ours.pem").write_bytes(rig.pki.ca.certificate_pem)
        url = f"tls://127.0.0.1:{server.port}?ca={tmp_path}/ours.pem"
        assert refusing(rig, workers, url) == "syslog-untrusted"
        assert server.received() == []


def test_a_server_with_another_name_hears_nothing(tmp_path: Path, rig: AuditRig, workers: ThreadWorkers) -> None:
    with Rsyslog(tmp_path / "syslog", rig.pki) as server:
        url = f"tls://localhost:{server.port}?ca={tmp_path}/syslog/ca.pem"
        assert refusing(rig, workers, url) == "syslog-untrusted"
        assert server.received() == []


def test_a_server_that_asks_who_we_are_is_told(tmp_path: Path, rig: AuditRig, workers: ThreadWorkers) -> None:
    log = rig.filled(5)
    work = tmp_path / "syslog"
    with Rsyslog(work, rig.pki, asks_who_we_are=True) as server:
        server.write_identity("station", rig.pki.holder(Kind.STATION, "lobby"))
        url = f"tls://127.0.0.1:{server.port}?ca={work}/ca.pem&cert={work}/station.pem&key={work}/station.key"

        async def main() -> None:
            async with forwarding(rig, log, workers, url):
                await until(lambda: arrived(server) == recorded(log))

        run(main())


def test_a_server_that_asks_and_is_not_told_counts_as_trouble(
    tmp_path: Path, rig: AuditRig, workers: ThreadWorkers
) -> None:
    with Rsyslog(tmp_path / "syslog", rig.pki, asks_who_we_are=True) as server:
        url = f"tls://127.0.0.1:{server.port}?ca={tmp_path}/syslog/ca.pem"
        assert refusing(rig, workers, url) in {"syslog-untrusted", "syslog-unreachable"}  # it may just hang up
        assert server.received() == []
