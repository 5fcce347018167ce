"""The provisioning file: read strictly, consumed once, and gone whenever the power is cut."""

import json
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.pairing import provisioning
from firmware.pairing.errors import PairingError
from firmware.pairing.names import PROVISION
from firmware.pairing.provisioning import Provisioning, parse, take
from firmware.vault.identity import Kind
from hal.sim.key_store import SimKeyStore
from hal.sim.storage import PowerCutError
from tests.unit.pairing.rig import CuttingKeys

TOKEN = "tOk3n_" + "x" * 37
GOOD = f"""
[mesh]
url = "https://mesh.example:8443"
ca_fingerprint = "sha256:{"ab" * 32}"
token = "{TOKEN}"
kind = "station"
name = "lobby"
"""


def write(folder: Path, text: str = GOOD) -> Path:
    path = folder / "provision.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


def code_of(call: "object", *arguments: object) -> str:
    with pytest.raises(PairingError) as caught:
        call(*arguments)  # type: ignore[operator]
    assert TOKEN not in str(caught.value)
    return caught.value.code


def test_a_good_file(tmp_path: Path) -> None:
    keys, path = SimKeyStore(), write(tmp_path)
    found = take(path, keys)
    assert found == Provisioning("https://mesh.example:8443", "ab" * 32, TOKEN, Kind.STATION, "lobby")
    assert TOKEN not in repr(found)
    assert not path.exists()
    assert take(path, keys) == found, "until it is used"
    provisioning.used(keys)
    assert take(path, keys) is None


def test_a_client_names_its_people() -> None:
    found = parse(GOOD.replace("station", "client").encode() + b'users = ["ada", "bob"]\n')
    assert found.applicant().users == ("ada", "bob")
    assert found.applicant().token == TOKEN


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("https://", "http://", "mesh.url"),
        ("sha256:", "sha1:", "mesh.ca_fingerprint"),
        ("ab" * 32, "AB" * 32, "mesh.ca_fingerprint"),
        ("xxx", "x", "mesh.token"),
        ('"station"', '"vault"', "mesh.kind"),
        ('"lobby"', '"../lobby"', "mesh.name"),
        ('"lobby"', "7", "mesh.name"),
        ('name = "lobby"', "", "must have"),
        ("[mesh]", "[mash]", "one table"),
        ("[mesh]", "extra = 1\n[mesh]", "one table"),
        ("kind =", "kid =", "must have"),
        ('name = "lobby"', 'name = "lobby"\nusers = [1]', "mesh.users"),
        ('name = "lobby"', 'name = "lobby"\nusers = "ada"', "mesh.users"),
        ("[mesh]", "[[[", "not TOML"),
        ("[mesh]", "#" * provisioning.MOST_BYTES + "\n[mesh]", "too long"),
    ],
)
def test_what_can_be_wrong_is_named(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(PairingError, match="provisioning file") as caught:
        take(path, SimKeyStore())
    assert caught.value.code == "provisioning-malformed"
    assert told in caught.value.detail
    assert "x" * 30 not in str(caught.value)
    assert caught.value.__cause__ is None or "x" * 30 not in str(caught.value.__cause__)
    assert path.exists(), "for somebody to put right"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o620])
def test_one_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path, keys = write(tmp_path), SimKeyStore()
    path.chmod(mode)
    assert code_of(take, path, keys) == "provisioning-exposed"
    assert path.read_text() == GOOD


def test_a_link_is_refused(tmp_path: Path) -> None:
    path, keys = write(tmp_path), SimKeyStore()
    (tmp_path / "soft").symlink_to(path)
    assert code_of(take, tmp_path / "soft", keys) == "provisioning-exposed"
    (tmp_path / "hard").hardlink_to(path)
    assert code_of(take, path, keys) == "provisioning-exposed"
    (tmp_path / "pipe").touch()
    os.mkfifo(tmp_path / "fifo", 0o600)
    assert code_of(take, tmp_path / "fifo", keys) == "provisioning-exposed"
    assert code_of(take, tmp_path, keys) == "provisioning-exposed"


def test_it_is_overwritten_before_it_is_unlinked(tmp_path: Path) -> None:
    path = write(tmp_path)
    with path.open("rb") as still_open:
        take(path, SimKeyStore())
        assert still_open.read() == bytes(len(GOOD))


@pytest.mark.parametrize("done_first", [False, True])
def test_a_power_cut_while_it_is_moved_loses_nothing(tmp_path: Path, done_first: bool) -> None:
    keys = CuttingKeys()
    keys.cut_at, keys.done_first = 1, done_first
    path = write(tmp_path)
    with pytest.raises(PowerCutError):
        take(path, keys)
    assert path.read_text() == GOOD, "until it is safe elsewhere"
    assert take(path, keys) == parse(GOOD.encode())
    assert not path.exists()


@pytest.mark.parametrize("step", ["write", "fsync", "unlink"])
def test_a_power_cut_while_it_is_destroyed_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def cut(*_arguments: object) -> None:
        raise PowerCutError

    keys, path = SimKeyStore(), write(tmp_path)
    with monkeypatch.context() as patch:
        if step == "unlink":
            patch.setattr(Path, "unlink", cut)
        else:
            patch.setattr(os, "fsync" if step == "fsync" else "fdopen", cut)
        if step == "write":
            patch.undo()
            path.write_bytes(bytes(100) + GOOD.encode()[100:])  # half of it was overwritten
            keys.store(PROVISION, GOOD.encode())
        else:
            with pytest.raises(PowerCutError):
                take(path, keys)
    assert take(path, keys) == parse(GOOD.encode())
    assert not path.exists()


def test_a_newer_file_counts_more_than_an_older_one(tmp_path: Path) -> None:
    keys = SimKeyStore()
    take(write(tmp_path), keys)
    newer = take(write(tmp_path, GOOD.replace("lobby", "attic")), keys)
    assert newer is not None
    assert newer.name == "attic"
    assert take(None, keys) == newer


def parsed_or_refused(raw: bytes) -> None:
    """No other error comes out."""
    with suppress(PairingError):
        parse(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    parsed_or_refused(raw)


@given(
    st.dictionaries(
        st.sampled_from(["url", "ca_fingerprint", "token", "kind", "name", "users", "more"]),
        st.one_of(st.integers(), st.booleans(), st.text(st.characters(codec="ascii", exclude_categories=["C"]))),
    )
)
def test_any_table_is_parsed_or_refused(table: dict[str, object]) -> None:
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items())
    parsed_or_refused(b"[mesh]\n" + lines.encode())


def test_where_it_cannot_be_destroyed_it_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(30, "Read-only file system")

    path = write(tmp_path)
    monkeypatch.setattr(Path, "unlink", refuse)
    assert code_of(take, path, SimKeyStore()) == "provisioning-exposed"
