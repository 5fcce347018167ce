"""`lockgate bundle`: what is in it, what never is, and where it is not written."""

import errno
import io
import json
import os
import re
import stat
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from firmware.technician import packing
from firmware.technician.packing import BundleError, journal_lines, kept_tail, write_new
from tests.unit.test_main import lockgate, recorded

CANARY = "hunter2-canary"


def unpacked(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bundle_is_packed_beside_a_station_and_nothing_secret_is_in_it(tmp_path: Path) -> None:
    config, out, journal = recorded(tmp_path), tmp_path / "lobby.zip", tmp_path / "journal"
    text = config.read_text().replace("ipps://", f"ipps://ada:{CANARY}@", 1)
    config.write_text(text.replace("ttyNone", f"ttyNone?secret={CANARY}"))
    journal.write_text(f"old\n{'x' * 5000}\nprinter-unreachable: ipps://ada:{CANARY}@printer.test/ipp\n")
    done = lockgate("bundle", out, "--config", config, "--journal", journal)
    assert (done.returncode, done.stderr) == (0, "")
    assert str(out) in done.stdout
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    files = unpacked(out)
    everything = b"\n".join(files.values()) + out.read_bytes() + done.stdout.encode()
    for key in (tmp_path / "keys").iterdir():
        if not key.name.endswith((".chain", ".pem")):
            assert key.read_bytes() not in everything
            assert key.read_bytes().hex().encode() not in everything
    assert CANARY.encode() not in everything
    assert b"PRIVATE KEY" not in everything
    assert json.loads(files["status.json"])["name"] == "station-1"
    assert {one["device"] for one in json.loads(files["doctor.json"])["findings"]} >= {"storage", "certificate", "mesh"}
    tail = json.loads(files["audit.json"])
    assert tail["sequence"] == 21
    assert len(tail["lines"]) == 21
    assert tail["lines"][-1] == tail["hash"]
    assert re.fullmatch(r"[0-9a-f]{64}", tail["hash"])
    assert b"printer-unreachable: ipps://printer.test/ipp" in files["journal.txt"]
    assert max(map(len, files["journal.txt"].splitlines())) == packing.LONGEST


def test_a_box_that_was_never_paired_has_one_too(tmp_path: Path) -> None:
    config, out = recorded(tmp_path), tmp_path / "x.zip"
    for file in (*(tmp_path / "keys").iterdir(), *(tmp_path / "data").iterdir()):
        file.unlink()
    assert lockgate("bundle", out, "--config", config).returncode == 0
    files = unpacked(out)
    assert json.loads(files["status.json"])["paired"] is False
    assert json.loads(files["audit.json"]) == {}
    assert files["journal.txt"].strip() == b""


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    out = tmp_path / "there.zip"
    out.write_bytes(b"mine")
    for path in (out, tmp_path / "no" / "where.zip", tmp_path):
        with pytest.raises(BundleError) as caught:
            write_new(path, b"x")
        assert caught.value.code == "bundle-out"
    assert out.read_bytes() == b"mine"
    (tmp_path / "link.zip").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError):
        write_new(tmp_path / "link.zip", b"x")
    assert not (tmp_path / "elsewhere").exists()


def test_a_journal_that_cannot_be_read_is_said_and_noise_is_taken(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        journal_lines(tmp_path / "none")
    assert caught.value.code == "bundle-journal"
    noise = tmp_path / "noise"
    noise.write_bytes(b"\xff\xfe\x00line\n" * (packing.MOST_LINES + 5))
    lines = journal_lines(noise)
    assert len(lines) == packing.MOST_LINES


def test_no_password_is_left_where_a_line_or_the_journal_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, uri = tmp_path / "journal", f"ipps://ada:{CANARY}@printer.test/ipp"
    for before in range(packing.LONGEST - len(uri) - 2, packing.LONGEST):
        journal.write_text(f"{'x' * before} {uri}\n")
        assert CANARY[:3] not in "".join(journal_lines(journal))
    monkeypatch.setattr(packing, "MOST_BYTES", 100)
    for after in range(100):
        journal.write_text(f"first {uri}{'y' * after}\nlast\n")
        told = journal_lines(journal)
        assert told[-1:] == ["last"] if after < 95 else told is not None
        assert CANARY[-3:] not in "".join(told)


class Endless(io.RawIOBase):
    """Gives so many bytes and never more than a piece at once; knows how many were asked for."""

    def __init__(self, size: int) -> None:
        self.left, self.most = size, 0

    def read(self, size: int = -1) -> bytes:
        assert size >= 0
        self.most = max(self.most, size)
        given = min(size, self.left, 1000)
        self.left -= given
        return b"line\n" * (given // 5)


def test_a_journal_without_end_is_not_kept_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST_BYTES", 5000)
    endless = Endless(10**6)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=endless))
    assert set(journal_lines(packing.STDIN)) == {"line"}
    assert (endless.left, endless.most) == (0, 5000)


def test_a_journal_commands_no_terminal(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.write_bytes(b"\x1b]0;owned\x07 \x9b31m\x00 a\tb \xe2\x80\xae\n")
    [line] = journal_lines(journal)
    assert all(letter.isprintable() or letter == "\t" for letter in line)
    assert "a\tb" in line


def test_of_a_bundle_that_does_not_fit_nothing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, real = tmp_path / "x.zip", os.fdopen

    class Full(io.BytesIO):
        def write(self, _content: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def full(handle: int, mode: str) -> io.BytesIO:
        real(handle, mode).close()
        return Full()

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(BundleError, match="No space left"):
        write_new(out, b"x")
    assert not out.exists()


@pytest.mark.parametrize("head", [b"", b"{", b"[]", b"{}", b'{"last": 1}', b"\xff", b"null"])
def test_a_record_without_a_right_end_is_left_out(tmp_path: Path, head: bytes) -> None:
    (tmp_path / "audit-000001.jsonl").write_bytes(b"{}\n")
    assert kept_tail(tmp_path) == {}
    (tmp_path / "audit.head").write_bytes(head)
    assert kept_tail(tmp_path) == {}
