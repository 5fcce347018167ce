"""What every key store on a disk promises: no room, failing syncs, links, modes, restarts, names of its own."""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import pytest

from hal.ports.errors import KeyExposedError, StorageError, StorageFullError
from tests.support.key_rigs import ON_DISK, KeyRig
from tests.support.storage_rigs import FileRig

SECRET = b"very secret indeed"


@pytest.fixture(params=ON_DISK)
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyRig]:
    with ExitStack() as stack:
        yield KeyRig(request.param, tmp_path, monkeypatch, stack)


def names(rig: KeyRig) -> set[str]:
    return {path.name for path in rig.directory.iterdir()} - {"kek.tpm", ".lock"}


def test_secrets_outlive_a_restart(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    assert rig.reopen().load("box.key") == SECRET


def test_files_are_ours_alone(rig: KeyRig) -> None:
    before = os.umask(0)
    try:
        rig.keys.store("box.key", SECRET)
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in rig.directory.iterdir()}
    assert (modes, rig.directory.stat().st_mode & 0o777) == ({0o600}, 0o700)


def test_no_room_leaves_the_old_secret(rig: KeyRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.keys.store("box.key", b"old")
    with monkeypatch.context() as patch:
        FileRig(tmp_path / "other", patch).fill()
        with pytest.raises(StorageFullError) as caught:
            rig.keys.store("box.key", SECRET)
    assert "secret" not in str(caught.value)
    assert rig.keys.load("box.key") == b"old"
    assert names(rig) == {rig.file("box.key").name}


def test_a_sync_that_fails_is_said(rig: KeyRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.keys.store("box.key", SECRET)
    FileRig(tmp_path / "other", monkeypatch).fail_syncs()
    with pytest.raises(StorageError):
        rig.keys.store("box.key", b"new")
    with pytest.raises(StorageError):
        rig.keys.destroy("box.key")


def test_a_medium_that_became_read_only_still_gives_its_secrets(
    rig: KeyRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.keys.store("box.key", SECRET)
    rig.reopen()
    FileRig(tmp_path / "other", monkeypatch).forbid_writing()
    monkeypatch.setattr(os, "unlink", _read_only)  # as the kernel does, also for what is not there
    assert rig.keys.load("box.key") == SECRET
    with pytest.raises(StorageError):
        rig.keys.store("box.key", b"new")
    with pytest.raises(StorageError):
        rig.keys.destroy("box.key")


def _read_only(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_a_link_is_not_followed(rig: KeyRig, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    rig.file("box.key").symlink_to(tmp_path / "theirs")
    with pytest.raises(StorageError):
        rig.keys.load("box.key")
    with pytest.raises(StorageError):
        rig.keys.destroy("box.key")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o620])
def test_a_secret_that_others_may_use_is_refused(rig: KeyRig, mode: int) -> None:
    rig.keys.store("box.key", SECRET)
    path = rig.file("box.key")
    path.chmod(mode)
    with pytest.raises(KeyExposedError, match=f"chmod 600 {path}") as caught:
        rig.keys.load("box.key")
    assert caught.value.code == "key-exposed"
    path.chmod(0o400)
    assert rig.keys.load("box.key") == SECRET
    path.chmod(0o600)
    rig.keys.store("box.key", b"another")
    assert rig.keys.load("box.key") == b"another"
    assert path.stat().st_mode & 0o777 == 0o600, "what we write is ours alone"


def test_a_destroyed_secret_is_overwritten_first(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    size = rig.file("box.key").stat().st_size
    with rig.file("box.key").open("rb") as still_open:
        rig.keys.destroy("box.key")
        assert still_open.read() == bytes(size)


def test_what_a_crash_left_of_a_secret_is_overwritten_too(rig: KeyRig) -> None:
    rig.plant(".new-box.key", SECRET)
    with (rig.directory / ".new-box.key").open("rb") as still_open:
        rig.keys.destroy("box.key")
        assert still_open.read() == bytes(len(SECRET))
    assert names(rig) == set()


@pytest.mark.parametrize("name", ["kek.tpm", "box.key.sealed", "a" * 194])
def test_names_of_the_stores_own_files_are_refused(rig: KeyRig, name: str) -> None:
    rig.keys.store("box.key", SECRET)
    before = rig.content()
    for call in (rig.keys.load, rig.keys.destroy):
        with pytest.raises(ValueError, match="name of ours"):
            call(name)
    with pytest.raises(ValueError, match="name of ours"):
        rig.keys.store(name, b"x")
    assert rig.content() == before
