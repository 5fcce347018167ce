"""The verifier as a command: what it says, and how it ends."""

import argparse
import json
from pathlib import Path

import pytest

from firmware.audit import command
from firmware.audit.arguments import verify_arguments
from firmware.audit.faults import FaultCode
from firmware.audit.records import file_name, hash_of
from firmware.audit.verify import Report, verify_path
from tests.unit.audit.whole_record import export, files, rig


def cli(tmp_path: Path, *options: str, path: Path | None = None) -> int:
    parser = argparse.ArgumentParser()
    verify_arguments(parser)
    place = path or rig().save(tmp_path / "audit")
    return command.run(place, rig().pki.ca.certificate_pem, parser.parse_args(options))


def test_the_command_says_that_all_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(tmp_path, "--holder", "station/lobby") == command.WHOLE
    said = capsys.readouterr().out
    assert "station/lobby of org-1" in said
    assert f"to remember as a witness: {rig().verify().last}:{rig().verify().hash}" in said
    assert cli(tmp_path, "--json") == command.WHOLE
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_a_record_without_entries_has_nothing_to_remember() -> None:
    said = command.sentences(Report(None, org_id="org-1", holder="org/org-1", hash="00"))
    assert said == "org/org-1 of org-1: 0 entries in 0 files\nwhole: nothing is in it yet"


def test_the_command_names_the_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(tmp_path, "--witness", f"5:{hash_of(b'')}") == command.FAULTY
    assert "audit-witness-contradicted" in capsys.readouterr().out
    directory = rig().save(tmp_path / "cut", files() | {file_name(2): b""})
    assert cli(tmp_path, "--json", path=directory) == command.FAULTY
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["fault"]["code"], said["fault"]["line"]) == (False, "audit-removed", 1)


def test_the_command_takes_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lobby.jsonl"
    path.write_bytes(export())
    assert cli(tmp_path, path=path) == command.WHOLE
    assert "whole, from entry 4 to 20" in capsys.readouterr().out


def test_the_command_refuses_to_guess(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(tmp_path, "--witness", "nonsense") == command.USAGE
    assert "sequence:hash" in capsys.readouterr().err
    assert cli(tmp_path, path=tmp_path / "nowhere") == command.FAULTY
    assert "audit-unreadable" in capsys.readouterr().out


def test_what_is_no_file_is_unreadable(tmp_path: Path) -> None:
    directory = rig().save(tmp_path / "audit")
    (directory / file_name(3)).unlink()
    (directory / file_name(3)).mkdir()
    report = verify_path(directory, rig().pki.anchor)
    assert report.fault is not None
    assert report.fault.code is FaultCode.UNREADABLE
