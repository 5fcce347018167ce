"""`lockgate status` where there is little to say: it says what to do."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.status import NO_PRINTER, TO_BE_SAID, UNPAIRED, Status
from hal.drivers.file_key_store import CREDENTIAL, open_directory
from tests.unit.test_main import PRINTER, lockgate, provision


def test_a_box_that_is_not_paired(tmp_path: Path) -> None:
    config = provision(tmp_path)
    for key in (tmp_path / "keys").iterdir():
        key.unlink()
    done = lockgate("--config", config, "status")
    assert (done.returncode, done.stderr) == (78, "")
    assert done.stdout.startswith("not paired: run lockgate pair")
    assert json.loads(lockgate("--config", config, "status", "--json").stdout)["paired"] is False


def test_sealed_keys_do_not_look_unpaired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, credentials = provision(tmp_path), tmp_path / "credentials"
    credentials.mkdir()
    (credentials / CREDENTIAL).write_bytes(os.urandom(32))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    keys = open_directory(tmp_path / "keys")
    for name in ("identity.key", "identity.chain", "box.key"):
        keys.load(name)  # which seals it
    good = lockgate("--config", config, "status")
    assert (good.returncode, "station station-1 of org-1" in good.stdout) == (0, True)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    done = lockgate("--config", config, "status")
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.startswith("lockgate: key-sealed")
    assert "lockgate.kek lockgate status" in done.stderr
    said = json.loads(lockgate("--config", config, "status", "--json").stdout)
    assert (said["error"]["code"], "paired" in said) == ("key-sealed", False)
    assert "not paired" not in done.stderr


def test_a_file_without_a_printer(tmp_path: Path) -> None:
    config = provision(tmp_path)
    assert f"printer: {PRINTER}" in lockgate("--config", config, "status").stdout
    config.write_text(config.read_text().replace(f'uri = "{PRINTER}"', ""))
    done = lockgate("--config", config, "status")
    assert (done.returncode, f"printer: {NO_PRINTER}" in done.stdout) == (0, True)
    done = lockgate("--config", config, "--check")
    assert (done.returncode, "config-invalid" in done.stderr, "set it in the file" in done.stderr) == (78, True, True)


def test_unpaired_and_without_a_printer() -> None:
    found = Status(paired=False, key_protection="files")
    assert found.lines().splitlines() == [UNPAIRED, "keys: files", f"printer: {TO_BE_SAID}"]
    assert replace(found, printer="ipps://p/").lines().splitlines()[2] == "printer: ipps://p/"
