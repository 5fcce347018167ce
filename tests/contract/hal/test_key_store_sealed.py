"""What sealed key stores promise beyond: nothing in the clear, plain files adopted, no power cut that loses any."""

import base64
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from hal.ports.errors import DeviceConfigError, DeviceError, KeyDamagedError, KeyMissingError, KeySealedError
from tests.support.key_rigs import KEK, SEALED, KeyRig, power_cuts

SECRET = b"canary-5f2c very secret indeed"
OTHER = bytes(reversed(KEK))


@pytest.fixture(params=SEALED)
def rig(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyRig]:
    with ExitStack() as stack:
        yield KeyRig(request.param, tmp_path, monkeypatch, stack)


@pytest.fixture
def file_rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyRig]:
    with ExitStack() as stack:
        yield KeyRig("sealed", tmp_path, monkeypatch, stack)


def in_the_clear(rig: KeyRig) -> bool:
    forms = (SECRET, SECRET[:12], base64.b64encode(SECRET)[:32], SECRET.hex().encode(), KEK)
    return any(form in rig.content() for form in forms)


def test_no_file_holds_a_secret_in_the_clear(rig: KeyRig) -> None:
    rig.plant("plain", SECRET)
    assert in_the_clear(rig), "the search must find what is there"
    rig.keys.store("box.key", SECRET)
    rig.keys.load("plain")
    assert not in_the_clear(rig)
    assert rig.keys.load("box.key") == rig.keys.load("plain") == SECRET


def test_a_plain_secret_is_sealed_when_read_and_overwritten(rig: KeyRig) -> None:
    rig.plant("box.key", SECRET)
    with (rig.directory / "box.key").open("rb") as still_open:
        assert rig.keys.load("box.key") == SECRET
        assert still_open.read() == bytes(len(SECRET))
    assert not (rig.directory / "box.key").exists()
    assert rig.reopen().load("box.key") == SECRET


def test_a_plain_secret_beside_a_sealed_one_is_old_and_goes(rig: KeyRig) -> None:
    rig.keys.store("box.key", b"the one")
    rig.plant("box.key", SECRET)
    assert rig.keys.load("box.key") == b"the one"
    assert not in_the_clear(rig)


def test_storing_over_a_plain_secret_overwrites_it(rig: KeyRig) -> None:
    rig.plant("box.key", SECRET)
    rig.keys.store("box.key", b"new")
    assert rig.keys.load("box.key") == b"new"
    assert not in_the_clear(rig)


def test_destroying_takes_the_plain_one_too(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    rig.plant("box.key", SECRET)
    rig.keys.destroy("box.key")
    with pytest.raises(KeyMissingError):
        rig.keys.load("box.key")


def test_one_secret_sealed_twice_looks_different(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    first = rig.file("box.key").read_bytes()
    rig.keys.store("box.key", SECRET)
    assert rig.file("box.key").read_bytes() != first


def test_every_changed_byte_is_found(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    path = rig.file("box.key")
    whole = path.read_bytes()
    codes = []
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DeviceError) as caught:
            rig.keys.load("box.key")
        codes.append(caught.value.code)
    assert codes.count("key-sealed") == 8, "the eight bytes that say which key"
    assert codes.count("key-damaged") == len(whole) - 8


def test_every_cut_is_found(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    path = rig.file("box.key")
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(KeyDamagedError, match=r"box\.key"):
            rig.keys.load("box.key")
    path.write_bytes(whole)
    assert rig.keys.load("box.key") == SECRET


def test_a_sealed_file_opens_under_no_other_name(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    rig.keys.store("ca.pem", b"the real one")
    rig.file("ca.pem").write_bytes(rig.file("box.key").read_bytes())
    with pytest.raises(KeyDamagedError) as caught:
        rig.keys.load("ca.pem")
    assert caught.value.code == "key-damaged"


def test_no_power_cut_loses_a_first_secret_or_leaves_half_of_one(rig: KeyRig) -> None:
    for _ in power_cuts(lambda: rig.reopen().store("box.key", SECRET)):
        keys = rig.reopen()
        with suppress(KeyMissingError):  # it was not acknowledged
            assert keys.load("box.key") == SECRET
        keys.destroy("box.key")
    assert rig.reopen().load("box.key") == SECRET


def test_no_power_cut_while_adopting_loses_a_plain_secret(rig: KeyRig) -> None:
    rig.plant("box.key", SECRET)
    cuts = 0
    for _ in power_cuts(lambda: rig.reopen().load("box.key")):
        cuts += 1
        assert rig.reopen().load("box.key") == SECRET
        assert not in_the_clear(rig)
        rig.keys.destroy("box.key")
        rig.plant("box.key", SECRET)
    assert cuts >= 6  # written, synced, renamed, synced, overwritten, synced, removed
    assert rig.reopen().load("box.key") == SECRET


def test_without_its_credential_it_says_what_is_missing(file_rig: KeyRig) -> None:
    file_rig.keys.store("box.key", SECRET)
    file_rig.withhold()
    keys = file_rig.reopen()
    assert "not sealed" in keys.protection
    for call in (lambda: keys.load("box.key"), lambda: keys.store("box.key", b"plain")):
        with pytest.raises(KeySealedError, match=r"lockgate\.kek") as caught:
            call()
        assert caught.value.code == "key-sealed"
    assert not (file_rig.directory / "box.key").exists(), "what was sealed does not become plain unasked"
    file_rig.give(KEK)
    assert file_rig.reopen().load("box.key") == SECRET


def test_a_plain_file_put_beside_does_not_stand_in_for_a_sealed_one(file_rig: KeyRig) -> None:
    file_rig.keys.store("box.key", SECRET)
    file_rig.withhold()
    file_rig.plant("box.key", b"planted")
    with pytest.raises(KeySealedError):
        file_rig.reopen().load("box.key")


def test_another_credential_does_not_open_it(file_rig: KeyRig) -> None:
    file_rig.keys.store("box.key", SECRET)
    file_rig.give(OTHER)
    with pytest.raises(KeySealedError, match="another key"):
        file_rig.reopen().load("box.key")


@pytest.mark.parametrize("form", [base64.b64encode(KEK), base64.b64encode(KEK) + b"\n", b" " + base64.b64encode(KEK)])
def test_the_credential_may_be_base64(file_rig: KeyRig, form: bytes) -> None:
    file_rig.keys.store("box.key", SECRET)
    file_rig.give(form)
    assert file_rig.reopen().load("box.key") == SECRET


@pytest.mark.parametrize("form", [b"", KEK[:31], KEK + b"\n", KEK.hex().encode(), b"passphrase", bytes(10_000)])
def test_a_credential_that_is_no_key_is_said_and_not_shown(file_rig: KeyRig, form: bytes) -> None:
    file_rig.give(form)
    with pytest.raises(DeviceConfigError, match=r"lockgate\.kek: not 32 bytes") as caught:
        file_rig.reopen()
    assert "passphrase" not in str(caught.value)


def test_a_credential_that_cannot_be_read_is_said(file_rig: KeyRig) -> None:
    file_rig.withhold()
    (file_rig.directory.parent / "credentials" / "lockgate.kek").mkdir()
    with pytest.raises(DeviceConfigError, match="credential"):
        file_rig.reopen()
