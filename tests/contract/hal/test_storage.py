"""The durable storage's contract, on the twin and on files."""

from pathlib import Path

import pytest

from hal.ports.errors import StorageError, StorageFullError
from tests.support.storage_rigs import FileRig, TwinRig

Rig = TwinRig | FileRig


@pytest.fixture(params=["twin", "files"])
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    return TwinRig() if request.param == "twin" else FileRig(tmp_path / "data", monkeypatch)


def test_what_was_never_written_is_none(rig: Rig) -> None:
    assert rig.storage.read("ledger") is None


def test_replace_append_and_remove(rig: Rig) -> None:
    rig.storage.replace("ledger", b"one\n")
    rig.storage.append("ledger", b"two\n")
    assert rig.storage.read("ledger") == b"one\ntwo\n"
    rig.storage.replace("ledger", b"")
    assert rig.storage.read("ledger") == b""
    rig.storage.remove("ledger")
    rig.storage.remove("ledger")
    assert rig.storage.read("ledger") is None


def test_an_append_makes_the_file(rig: Rig) -> None:
    rig.storage.append("ledger", b"one\n")
    assert rig.storage.read("ledger") == b"one\n"


def test_what_was_acknowledged_survives(rig: Rig) -> None:
    rig.storage.replace("a", b"whole")
    rig.storage.append("b", b"one")
    rig.storage.replace("gone", b"x")
    rig.storage.remove("gone")
    rig.restart()
    assert [rig.storage.read(name) for name in ("a", "b", "gone")] == [b"whole", b"one", None]


def test_nothing_of_a_write_without_room_is_seen(rig: Rig) -> None:
    rig.storage.replace("ledger", b"old")
    rig.fill()
    with pytest.raises(StorageFullError) as caught:
        rig.storage.append("ledger", b"new record")
    assert caught.value.code == "storage-full"
    with pytest.raises(StorageFullError):
        rig.storage.replace("ledger", b"something else")
    assert rig.storage.read("ledger") == b"old"
    rig.heal()
    rig.storage.append("ledger", b", new")
    rig.restart()
    assert rig.storage.read("ledger") == b"old, new"


def test_a_name_whose_sync_failed_stays_failed_until_a_restart(rig: Rig) -> None:
    rig.storage.append("ledger", b"kept,")
    rig.fail_syncs()
    with pytest.raises(StorageError) as caught:
        rig.storage.append("ledger", b"doubtful")
    assert caught.value.code == "storage-failed"
    rig.heal()
    for write in (rig.storage.append, rig.storage.replace):
        with pytest.raises(StorageError, match="earlier sync"):
            write("ledger", b"x")
    with pytest.raises(StorageError, match="earlier sync"):
        rig.storage.read("ledger")
    rig.storage.append("other", b"fine")
    rig.restart()
    left = rig.storage.read("ledger")
    assert left is not None
    assert left.startswith(b"kept,")
    assert b"kept,doubtful".startswith(left)


def test_a_failed_replacement_leaves_the_old_content(rig: Rig) -> None:
    rig.storage.replace("ledger", b"old")
    rig.fail_syncs()
    with pytest.raises(StorageError):
        rig.storage.replace("ledger", b"new")
    rig.heal()
    assert rig.storage.read("ledger") == b"old"


def test_a_read_only_medium_can_be_read(rig: Rig) -> None:
    rig.storage.replace("ledger", b"old")
    rig.forbid_writing()
    for write in (rig.storage.append, rig.storage.replace):
        with pytest.raises(StorageError) as caught:
            write("ledger", b"new")
        assert caught.value.code == "storage-failed"
    assert rig.storage.read("ledger") == b"old"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", ".hidden", "Upper", "a b", "ä", "a\0", "a\n", "x" * 201]
)
def test_names_are_plain(rig: Rig, name: str) -> None:
    for call in (rig.storage.read, rig.storage.remove):
        with pytest.raises(ValueError, match="not a file name"):
            call(name)
    for write in (rig.storage.replace, rig.storage.append):
        with pytest.raises(ValueError, match="not a file name"):
            write(name, b"x")
