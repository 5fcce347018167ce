"""The key store's contract, on the twin and on files."""

from pathlib import Path

import pytest

from hal.drivers.file_key_store import FileKeyStore
from hal.ports.errors import KeyExposedError, KeyMissingError, StorageError, StorageFullError
from hal.ports.key_store import KeyStore
from hal.sim.key_store import SimKeyStore
from hal.sim.storage import StorageFault
from tests.support.storage_rigs import FileRig

SECRET = b"very secret indeed"


@pytest.fixture(params=["twin", "files"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> KeyStore:
    return SimKeyStore() if request.param == "twin" else FileKeyStore(tmp_path / "keys")


def test_a_secret_is_kept_and_replaced(keys: KeyStore) -> None:
    keys.store("box.key", SECRET)
    assert keys.load("box.key") == SECRET
    keys.store("box.key", b"another")
    assert keys.load("box.key") == b"another"


def test_a_missing_secret_says_its_name(keys: KeyStore) -> None:
    with pytest.raises(KeyMissingError, match=r"box\.key") as caught:
        keys.load("box.key")
    assert caught.value.code == "key-missing"


def test_a_destroyed_secret_is_missing(keys: KeyStore) -> None:
    keys.store("box.key", SECRET)
    keys.destroy("box.key")
    keys.destroy("box.key")
    with pytest.raises(KeyMissingError):
        keys.load("box.key")


def test_it_says_honestly_that_nothing_seals_the_secrets(keys: KeyStore) -> None:
    assert "not sealed" in keys.protection


def test_it_does_not_print_its_secrets(keys: KeyStore) -> None:
    keys.store("box.key", SECRET)
    assert "secret" not in repr(keys)


@pytest.mark.parametrize("name", ["", "../identity.key", "a/b", ".hidden"])
def test_names_are_plain(keys: KeyStore, name: str) -> None:
    for call in (keys.load, keys.destroy):
        with pytest.raises(ValueError, match="name of ours"):
            call(name)
    with pytest.raises(ValueError, match="name of ours"):
        keys.store(name, SECRET)


def test_files_no_room_leaves_the_old_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = FileKeyStore(tmp_path / "keys")
    keys.store("box.key", b"old")
    FileRig(tmp_path / "other", monkeypatch).fill()
    with pytest.raises(StorageFullError) as caught:
        keys.store("box.key", SECRET)
    assert "secret" not in str(caught.value)
    assert keys.load("box.key") == b"old"
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["box.key"]


def test_files_a_sync_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = FileKeyStore(tmp_path / "keys")
    keys.store("box.key", SECRET)
    FileRig(tmp_path / "other", monkeypatch).fail_syncs()
    with pytest.raises(StorageError):
        keys.store("box.key", b"new")
    with pytest.raises(StorageError):
        keys.destroy("box.key")


def test_files_a_link_is_not_followed(tmp_path: Path) -> None:
    keys = FileKeyStore(tmp_path / "keys")
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "keys" / "box.key").symlink_to(tmp_path / "theirs")
    with pytest.raises(StorageError):
        keys.load("box.key")
    with pytest.raises(StorageError):
        keys.destroy("box.key")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o620])
def test_files_a_secret_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    keys, path = FileKeyStore(tmp_path / "keys"), tmp_path / "keys" / "box.key"
    keys.store("box.key", SECRET)
    path.chmod(mode)
    with pytest.raises(KeyExposedError, match=f"chmod 600 {path}") as caught:
        keys.load("box.key")
    assert caught.value.code == "key-exposed"
    path.chmod(0o400)
    assert keys.load("box.key") == SECRET
    path.chmod(mode)
    keys.store("box.key", b"another")
    assert keys.load("box.key") == b"another", "what we write is ours alone"


def test_files_a_destroyed_secret_is_overwritten_first(tmp_path: Path) -> None:
    keys = FileKeyStore(tmp_path / "keys")
    keys.store("box.key", SECRET)
    with (tmp_path / "keys" / "box.key").open("rb") as still_open:
        keys.destroy("box.key")
        assert still_open.read() == bytes(len(SECRET))


def test_twin_faults() -> None:
    keys = SimKeyStore({"box.key": SECRET})
    keys.fault = StorageFault.FULL
    with pytest.raises(StorageFullError):
        keys.store("box.key", b"new")
    keys.destroy("other")
    keys.fault = StorageFault.READ_ONLY
    with pytest.raises(StorageError):
        keys.store("box.key", b"new")
    assert keys.load("box.key") == SECRET
    keys.fault = StorageFault.IO_ERROR
    for call in (keys.load, keys.destroy):
        with pytest.raises(StorageError):
            call("box.key")
