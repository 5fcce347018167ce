"""`lockgate` as a process: arguments, exit codes, signals, and what it never leaves behind."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.audit.events import AuditEvent
from firmware.audit.log import AuditLog
from firmware.audit.proof import audit_key
from firmware.config import load
from firmware.mesh.tls import chain_der
from firmware.vault.identity import Kind, TrustAnchor
from firmware.vault.signing import Signer
from hal.drivers.file_storage import FileStorage
from hal.drivers.system_clock import SystemClock
from tests.support.pki import Pki

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "firmware"]
PRINTER = "ipps://127.0.0.1:9/ipp/print?pin=sha256:" + "00" * 32


def provision(folder: Path, kind: Kind = Kind.STATION) -> Path:
    """A box with an identity, a mesh and a printer that are not there, and a reader that is not plugged in."""
    pki = Pki(now=datetime.now(UTC))
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    for name, secret in pki.holder(kind, "station-1").files().items():
        (keys / name).write_bytes(secret)
        (keys / name).chmod(0o600)
    (folder / "ca.pem").write_bytes(pki.ca.certificate_pem)
    config = folder / "lockgate.toml"
    config.write_text(
        f"""
readers = ["serial://{folder}/ttyNone"]
[station]
data_dir = "{folder}/data"
[mesh]
url = "https://127.0.0.1:9"
ca_file = "ca.pem"
[identity]
keys = "file:{keys}"
[printer]
uri = "{PRINTER}"
"""
    )
    return config


def environment(**more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("LOCKGATE_")}
    return {**ours, "PYTHONPATH": str(ROOT), **more}


def lockgate(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, env=environment(**more), timeout=60
    )


@contextmanager
def running(config: Path) -> Iterator["subprocess.Popen[str]"]:
    """A station that has said that it started."""
    with subprocess.Popen(
        [*COMMAND, "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], 60)[0], "it never said a word"
            assert "started ->" in process.stdout.readline()
            yield process
        finally:
            process.kill()
            process.communicate()


def test_help_tells_the_exit_codes() -> None:
    done = lockgate("--help")
    assert done.returncode == 0
    assert "74 the storage failed" in done.stdout
    assert "78 the configuration" in done.stdout


def test_a_good_configuration_passes_the_check(tmp_path: Path) -> None:
    done = lockgate("--config", provision(tmp_path), "--check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "the configuration is fine: station station-1 of org-1\n"


def test_wrong_arguments(tmp_path: Path) -> None:
    assert lockgate("--frobnicate").returncode == 2


def test_what_cannot_be_used_is_named_by_its_code(tmp_path: Path) -> None:
    config = provision(tmp_path)
    done = lockgate("--config", tmp_path / "elsewhere.toml")
    assert (done.returncode, done.stderr.split(":")[:2]) == (78, ["lockgate", " config-invalid"])
    done = lockgate("--config", config, LOCKGATE_PRINTER_URI="ipp://plain/ipp/print")
    assert (done.returncode, "device-config" in done.stderr) == (78, True)
    (tmp_path / "keys" / "box.key").unlink()
    done = lockgate("--config", config)
    assert (done.returncode, "key-missing" in done.stderr) == (78, True)


def test_only_a_station_is_a_station(tmp_path: Path) -> None:
    done = lockgate("--config", provision(tmp_path, Kind.CLIENT), "--check")
    assert (done.returncode, "identity-untrusted" in done.stderr) == (78, True)


def test_a_ledger_that_cannot_be_read(tmp_path: Path) -> None:
    config = provision(tmp_path)
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "releases.v1").mkdir()
    done = lockgate("--config", config)
    assert (done.returncode, "storage-failed" in done.stderr) == (74, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_stops(tmp_path: Path, number: signal.Signals) -> None:
    with running(provision(tmp_path)) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
        assert "stop asked" in out
        assert "Traceback" not in err
        assert "INFO lockgate.indicator: signal=" in err  # without a screen, what people are told is in the log


def test_it_leaves_no_core_and_shares_no_ledger(tmp_path: Path) -> None:
    config = provision(tmp_path)
    with running(config) as process:
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        (core,) = [line for line in limits.splitlines() if line.startswith("Max core file size")]
        assert core.split()[4:6] == ["0", "0"]
        second = lockgate("--config", config)
        assert (second.returncode, "another process" in second.stderr) == (78, True)


def recorded(folder: Path) -> Path:
    """The configuration of a box whose station has run, and recorded a little."""
    config = load(provision(folder), {})
    holder = TrustAnchor(config.ca_pem), chain_der((folder / "keys/identity.chain").read_bytes())
    key = audit_key(*holder, Signer((folder / "keys/identity.key").read_bytes()), datetime.now(UTC))
    log = AuditLog(FileStorage(folder / "data"), SystemClock(), holder[0], key)
    for number in range(20):
        log.append(AuditEvent.PRINTED, job=f"job-{number}")
    return folder / "lockgate.toml"


def test_the_record_is_verified_and_copied_and_a_change_is_found(tmp_path: Path) -> None:
    config = recorded(tmp_path)
    done = lockgate("--config", config, "audit", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    assert "whole, from entry 1 to 21" in done.stdout
    done = lockgate("audit", "export", "--config", config, "--out", tmp_path / "copy", "--json")
    assert json.loads(done.stdout) == {"out": str(tmp_path / "copy"), "entries": 21, "files": 1}
    head = json.loads(lockgate("audit", "head", "--config", config).stdout)
    assert (head["holder"], head["last"]) == ("station/station-1", 21)
    file = tmp_path / "copy/audit-000001.jsonl"
    file.write_bytes(file.read_bytes().replace(b"job-7", b"job-8"))
    done = lockgate("audit", "verify", "--dir", tmp_path / "copy", "--ca", tmp_path / "ca.pem", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["fault"]["code"] == "audit-changed"


def test_a_witness_contradicts(tmp_path: Path) -> None:
    config = recorded(tmp_path)
    done = lockgate("audit", "verify", "--config", config, "--witness", "3:" + "ab" * 32)
    assert (done.returncode, done.stdout.count("audit-witness-contradicted")) == (1, 1)
    for wrong in (("--witness", "rubbish"), ("--witness-from", tmp_path / "keys")):
        done = lockgate("audit", "verify", "--config", config, *wrong)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("lockgate: ")


def test_a_record_is_copied_into_nothing_that_is_there(tmp_path: Path) -> None:
    config = recorded(tmp_path)
    done = lockgate("audit", "export", "--config", config, "--out", tmp_path)
    assert (done.returncode, done.stderr) == (78, f"lockgate: audit-out: {tmp_path} is not empty\n")
    (tmp_path / "data/audit.head").unlink()
    done = lockgate("audit", "head", "--config", config)
    assert (done.returncode, done.stdout) == (78, "")
    assert "audit-unreadable" in done.stderr
    assert lockgate("audit").returncode == 2
