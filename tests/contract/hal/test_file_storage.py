"""What the file storage and the file key store promise beyond their ports: modes, links, locks, kill -9."""

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hal.drivers import file_key_store, file_storage
from hal.drivers.context import DriverContext
from hal.drivers.file_storage import FileStorage
from hal.ports.errors import DeviceConfigError, StorageError
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom
from hal.sim.workers import InlineWorkers

CONTEXT = DriverContext(VirtualClock(), InlineWorkers(), SeededRandom(1))
ENOUGH = 200
REPOSITORY = Path(__file__).parents[3]

WRITER = """
import sys
from itertools import count
from pathlib import Path
from hal.drivers.file_storage import FileStorage

storage = FileStorage(Path(sys.argv[1]))
for number in count():
    storage.append("ledger", b"record %08d\\n" % number)
    storage.replace("state", (b"%08d" % number) * 512)
    print(number, flush=True)
"""


def test_after_kill_9_all_that_was_acknowledged_is_there_and_at_most_one_more(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(ENOUGH)][-1:]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += writer.stdout.readlines()
    last = int(next(line for line in reversed(acknowledged) if line.endswith("\n")))

    storage = FileStorage(tmp_path / "data")
    records = (storage.read("ledger") or b"").split(b"\n")
    assert records[: last + 1] == [b"record %08d" % number for number in range(last + 1)]
    assert len(records) <= last + 3  # one more record, or a part of one, and what follows the last end of line
    state = storage.read("state") or b""
    assert state in {(b"%08d" % number) * 512 for number in (last, last + 1)}


def test_whoever_looks_first_makes_a_place_that_the_station_takes(tmp_path: Path) -> None:
    file_key_store.open(f"file:{tmp_path}/data/keys", CONTEXT)
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    file_storage.open(f"file:{tmp_path}/data", CONTEXT).append("ledger", b"x")


def test_names_are_synced_as_well_as_contents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FileStorage(tmp_path / "data")
    really, synced = os.fsync, []

    def fsync(fd: int) -> None:
        synced.append("directory" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
        really(fd)

    def syncs(call: Callable[..., None], *arguments: object) -> list[str]:
        synced.clear()
        call(*arguments)
        return list(synced)

    monkeypatch.setattr(os, "fsync", fsync)
    assert syncs(storage.append, "ledger", b"new") == ["file", "directory"]
    assert syncs(storage.append, "ledger", b"more") == ["file"]
    assert syncs(storage.replace, "ledger", b"whole") == ["file", "directory"]
    assert syncs(storage.remove, "ledger") == ["directory"]
    assert syncs(storage.remove, "ledger") == []


def test_a_name_whose_directory_did_not_sync_is_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FileStorage(tmp_path / "data")
    really = os.fsync

    def fsync(fd: int) -> None:
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        really(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageError):
        storage.replace("state", b"new")
    monkeypatch.undo()
    with pytest.raises(StorageError, match="earlier sync"):
        storage.read("state")


def test_files_are_ours_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        storage = file_storage.open(f"file:{tmp_path}/a/data", CONTEXT)
        storage.replace("replaced", b"x")
        storage.append("appended", b"x")
    finally:
        os.umask(before)
    data = tmp_path / "a" / "data"
    modes = {path.name: path.stat().st_mode & 0o777 for path in (data, *data.iterdir())}
    assert modes == {"data": 0o700, "replaced": 0o600, "appended": 0o600}


@pytest.mark.parametrize("driver", [file_storage, file_key_store], ids=["storage", "keys"])
class TestDirectory:
    @pytest.mark.parametrize("mode", [0o750, 0o705, 0o770, 0o701])
    def test_others_may_not_look_in(self, driver: object, tmp_path: Path, mode: int) -> None:
        tmp_path.chmod(mode)
        self.refused(driver, f"file:{tmp_path}", "chmod 700")

    def test_a_link_is_not_followed(self, driver: object, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir(mode=0o700)
        (tmp_path / "link").symlink_to(tmp_path / "real")
        self.refused(driver, f"file:{tmp_path}/link", "link")

    def test_it_is_a_directory(self, driver: object, tmp_path: Path) -> None:
        (tmp_path / "plain").touch()
        self.refused(driver, f"file:{tmp_path}/plain", "plain")
        self.refused(driver, f"file:{tmp_path}/plain/below", "plain")

    @pytest.mark.parametrize("uri", ["file:", "file://host/dir", "file:/x?sync=no"])
    def test_the_uri_is_a_path(self, driver: object, uri: str) -> None:
        self.refused(driver, uri, "file")

    def refused(self, driver: object, uri: str, reason: str) -> None:
        with pytest.raises(DeviceConfigError, match=reason) as caught:
            driver.open(uri, CONTEXT)  # type: ignore[attr-defined]  # a module
        assert caught.value.code == "device-config"


def test_a_second_process_is_kept_out(tmp_path: Path) -> None:
    first = file_storage.open(f"file:{tmp_path}/data", CONTEXT)
    with pytest.raises(DeviceConfigError, match="another process"):
        file_storage.open(f"file:{tmp_path}/data", CONTEXT)
    del first
    file_storage.open(f"file:{tmp_path}/data", CONTEXT).append("ledger", b"x")


def test_a_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "data")
    outside = tmp_path / "outside"
    outside.write_bytes(b"theirs")
    (tmp_path / "data" / "ledger").symlink_to(outside)
    with pytest.raises(StorageError):
        storage.read("ledger")
    with pytest.raises(StorageError):
        storage.append("ledger", b"x")
    storage.replace("ledger", b"ours")
    assert outside.read_bytes() == b"theirs"
    assert storage.read("ledger") == b"ours"


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "data")
    (tmp_path / "data" / "ledger").mkdir()
    with pytest.raises(StorageError):
        storage.read("ledger")
    with pytest.raises(StorageError):
        storage.replace("ledger", b"x")


def test_a_replacement_that_was_cut_off_is_not_seen(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "data")
    storage.replace("state", b"old")
    (tmp_path / "data" / ".new-state").write_bytes(b"half of a longer")
    assert FileStorage(tmp_path / "data").read("state") == b"old"
    storage.replace("state", b"new")
    assert storage.read("state") == b"new"
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["state"]
