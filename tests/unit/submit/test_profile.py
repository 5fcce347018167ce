"""The profile: who this computer is, and clear words when it is nobody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firmware.errors import LockgateError
from firmware.vault.identity import Kind
from tests.support.pki import Holder, Pki
from tools.submit import profile as profiles
from tools.submit.errors import Exit, exit_status
from tools.submit.profile import Profile

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PKI = Pki(now=NOW)
CLIENT = PKI.holder(Kind.CLIENT, "laptop", users=("ada", "ben"))
URL = "https://mesh.example:8443"


def written(directory: Path, holder: Holder = CLIENT, ca: bytes = PKI.ca.certificate_pem) -> Path:
    for name, content in {**holder.files(), "ca.pem": ca}.items():
        (directory / name).write_bytes(content)
        (directory / name).chmod(0o600)
    return directory


def loaded(directory: Path, holder: Holder = CLIENT, now: datetime = NOW) -> Profile:
    return profiles.load(written(directory, holder), URL, now)


def refused(directory: Path, url: str | None = URL, now: datetime = NOW) -> LockgateError:
    with pytest.raises(LockgateError) as caught:
        profiles.load(directory, url, now)
    assert exit_status(caught.value) is Exit.PROFILE
    return caught.value


def test_a_profile_proves_who_this_is(tmp_path: Path) -> None:
    profile = loaded(tmp_path)
    assert (profile.identity.id, profile.identity.users, profile.url) == ("laptop", frozenset(("ada", "ben")), URL)
    assert not profile.exposed
    (tmp_path / "identity.key").chmod(0o640)
    assert profile.exposed


def test_the_url_comes_from_mesh_toml(tmp_path: Path) -> None:
    (tmp_path / "mesh.toml").write_text(f'url = "{URL}"\n')
    assert profiles.load(written(tmp_path), None, NOW).url == URL


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "not there"), ("url = 7", "no url"), ("", "no url"), ("url", "TOML"), ("\udcff", "TOML")],
)
def test_without_a_url_it_says_where_to_put_one(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "mesh.toml").write_bytes(content.encode(errors="surrogateescape"))
    error = refused(written(tmp_path), None)
    assert (error.code, words in error.detail) == ("profile-url", True)


@pytest.mark.parametrize("name", ["identity.key", "identity.chain", "ca.pem"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (written(tmp_path) / name).unlink()
    error = refused(tmp_path)
    assert (error.code, error.detail) == ("profile-missing", f"{tmp_path / name}: No such file or directory")


def test_an_expired_certificate_says_since_when(tmp_path: Path) -> None:
    error = refused(written(tmp_path), now=NOW + timedelta(days=1, minutes=1))
    assert error.code == "identity-expired"
    assert error.detail == "this computer's certificate expired on 2026-11-22 at 09:00 UTC"


def test_a_certificate_of_the_future_points_at_the_clock(tmp_path: Path) -> None:
    error = refused(written(tmp_path), now=NOW - timedelta(days=400))
    assert error.code == "identity-expired"
    assert "is the clock right?" in error.detail


@pytest.mark.parametrize("name", ["identity.key", "identity.chain", "ca.pem"])
def test_a_spoilt_file_is_told(tmp_path: Path, name: str) -> None:
    (written(tmp_path) / name).write_bytes(b"spoilt")
    assert refused(tmp_path).code in {"identity-unusable", "identity-malformed", "signing-key-malformed"}


def test_a_key_of_another_is_told(tmp_path: Path) -> None:
    other = PKI.holder(Kind.CLIENT, "other", users=("ada",))
    (written(tmp_path) / "identity.key").write_bytes(other.key_pem)
    assert refused(tmp_path).code == "identity-unusable"


def test_a_profile_of_another_organisation_or_kind_is_told(tmp_path: Path) -> None:
    written(tmp_path, ca=Pki(now=NOW).ca.certificate_pem)
    assert refused(tmp_path).code == "identity-untrusted"
    written(tmp_path, PKI.holder(Kind.STATION, "lobby"))
    assert "that of a station" in refused(tmp_path).detail


def test_the_owner_is_who_is_wanted_and_certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = loaded(tmp_path)
    assert profile.owner("ben") == "ben"
    for login, wanted, code in (("root", "eve", "owner-refused"), ("root", None, "owner-unclear")):
        monkeypatch.setattr("getpass.getuser", lambda login=login: login)
        with pytest.raises(LockgateError, match="may submit for ada, ben") as caught:
            profile.owner(wanted)
        assert caught.value.code == code
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    assert profile.owner(None) == "ada"


def test_one_person_alone_need_not_be_named(tmp_path: Path) -> None:
    assert loaded(tmp_path, PKI.holder(Kind.CLIENT, "one", users=("cleo",))).owner(None) == "cleo"


def test_a_client_for_nobody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("no such person")

    monkeypatch.setattr("getpass.getuser", nobody)
    with pytest.raises(LockgateError, match="for nobody"):
        loaded(tmp_path, PKI.holder(Kind.CLIENT, "one")).owner(None)


@pytest.mark.parametrize(
    ("environment", "directory"),
    [
        ({"LOCKGATE_PROFILE": "/p", "XDG_CONFIG_HOME": "/c"}, Path("/p")),
        ({"XDG_CONFIG_HOME": "/c"}, Path("/c/lockgate")),
        ({"XDG_CONFIG_HOME": "relative"}, Path.home() / ".config/lockgate"),
        ({}, Path.home() / ".config/lockgate"),
    ],
)
def test_where_the_profile_is_by_default(environment: dict[str, str], directory: Path) -> None:
    assert profiles.default_directory(environment) == directory
