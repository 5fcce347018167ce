"""A running mesh and a running station send their records to a real rsyslogd, and verify afterwards."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

from firmware.audit.records import parse_entry
from firmware.audit.verify import verify_path
from firmware.vault.identity import TrustAnchor
from tests.support.pki import Pki
from tests.support.rsyslog import Rsyslog
from tests.support.station_life import Life, is_outcome, printing, serving, until
from tools.demo import records
from tools.edgemesh.bootstrap import init_site
from tools.edgemesh.site import write_site


def texts(server: Rsyslog, process: str) -> list[str]:
    """What arrived of holders of a kind, in order, repetitions left out."""
    found = (str(message["text"]) for message in server.received() if message["process"] == process)
    return list(dict.fromkeys(text.removeprefix("\ufeff") for text in found))


def recorded(directory: Path) -> list[str]:
    files = sorted(directory.glob("audit-*.jsonl"))
    return [line for file in files for line in file.read_text().splitlines()]


def events(lines: list[str]) -> list[str]:
    return [str(parse_entry(line.encode()).event) for line in lines]


def test_what_mesh_and_station_record_arrives(tmp_path: Path) -> None:
    syslog = Rsyslog(tmp_path / "syslog", Pki(now=datetime.now(UTC)))
    url = f"tls://127.0.0.1:{syslog.port}?ca={tmp_path}/syslog/ca.pem"
    site = init_site(tmp_path / "mesh", "sent.lockgate")
    write_site(dataclasses.replace(site, settings=dataclasses.replace(site.settings, syslog=url)))
    with syslog, printing(tmp_path / "spool") as printer, serving(site) as (_mesh, mesh_url):
        life = Life.begin(site, mesh_url, printer, tmp_path / "spool", tmp_path, size=40_000, name="wanda")
        life.config.write_text(life.config.read_text() + f'[audit]\nsyslog = "{url}"\nmib = 2\n')
        life.submit()
        with life.station() as running:
            life.tap(running)
            assert str(running.wait_for(is_outcome)["line"]).endswith(" printed")
            until(lambda: "printed" in events(texts(syslog, "station")), bool)
            until(lambda: "printed" in events(texts(syslog, "vault")), bool)
        assert {"submitted", "session-opened", "release-granted"} <= set(events(texts(syslog, "vault")))
        assert "part-given" in events(texts(syslog, "node"))
        station = recorded(tmp_path / "station")
        sent = texts(syslog, "station")
        assert sent == station[: len(sent)]
        assert life.badge not in "".join(sent)
        assert life.user not in "".join(line for line in sent if "chain" not in line).replace(life.station_id, "")
    assert [report.fault for report in records.verified(site, tmp_path / "station")] == [None] * 5
    report = verify_path(tmp_path / "station", TrustAnchor(site.ca_file.read_bytes()))
    assert (report.holder, report.unconfirmed) == (f"station/{life.station_id}", 0)
    assert events(station)[-1] in {"printed", "session-closed"}


def test_a_station_shows_the_server_its_own_certificate(tmp_path: Path) -> None:
    """The server asks for one of the site's CA: ours, of the moment, out of the key store."""
    site = init_site(tmp_path / "mesh", "shown.lockgate")
    syslog = Rsyslog(tmp_path / "syslog", Pki(now=datetime.now(UTC)), asks_who_we_are=True)
    own_ca = tmp_path / "syslog/own-ca.pem"
    own_ca.write_bytes((tmp_path / "syslog/ca.pem").read_bytes())
    with (tmp_path / "syslog/ca.pem").open("ab") as trusted:
        trusted.write(site.ca_file.read_bytes())
    with syslog, printing(tmp_path / "spool") as printer, serving(site) as (_mesh, mesh_url):
        life = Life.begin(site, mesh_url, printer, tmp_path / "spool", tmp_path, size=10_000, name="sid")
        url = f"tls://127.0.0.1:{syslog.port}?ca={own_ca}"
        life.config.write_text(life.config.read_text() + f'[audit]\nsyslog = "{url}"\nsyslog_identity = true\n')
        with life.station():
            until(lambda: "started" in events(texts(syslog, "station")), bool)
