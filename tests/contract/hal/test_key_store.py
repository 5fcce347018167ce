"""The key store's contract, on the twin, on plain files, on sealed ones, and on those of a TPM."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hal.ports.errors import KeyMissingError, StorageError, StorageFullError
from hal.ports.key_store import KeyStore
from hal.sim.key_store import SimKeyStore
from hal.sim.storage import StorageFault
from tests.support.key_rigs import KeyRig

SECRET = b"very secret indeed"
HONEST = {
    "twin": ["not sealed"],
    "plain": ["not sealed", "whoever has the disk has the keys"],
    "sealed": ["systemd credential", "whoever also has what opens the credential", "in its memory"],
    "tpm": ["TPM 2.0", "board and card and becomes root", "tap on the wires", "in its memory"],
}


@pytest.fixture(params=list(HONEST))
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyRig]:
    with ExitStack() as stack:
        yield KeyRig(request.param, tmp_path, monkeypatch, stack)


@pytest.fixture
def keys(rig: KeyRig) -> KeyStore:
    return rig.keys


def test_a_secret_is_kept_and_replaced(keys: KeyStore) -> None:
    keys.store("box.key", SECRET)
    assert keys.load("box.key") == SECRET
    keys.store("box.key", b"another")
    assert keys.load("box.key") == b"another"


def test_an_empty_and_a_long_secret_are_kept(keys: KeyStore) -> None:
    keys.store("empty", b"")
    keys.store("long", SECRET * 1000)
    assert (keys.load("empty"), keys.load("long")) == (b"", SECRET * 1000)


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


def test_it_says_honestly_what_guards_the_secrets(rig: KeyRig) -> None:
    for words in HONEST[rig.kind]:
        assert words in rig.keys.protection
    assert ("not sealed" in rig.keys.protection) == (rig.kind in ("twin", "plain"))


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
