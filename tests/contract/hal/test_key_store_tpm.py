"""The TPM key store against a software TPM: another, none, a cleared, locked or hanging one; starts at once."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from hal.drivers import tpm_key_store
from hal.drivers.key_files import KeyFiles
from hal.drivers.tpm import Tpm
from hal.drivers.tpm_key_store import TpmKek, decode
from hal.ports.errors import DeviceConfigError, DeviceError, KeyDamagedError, KeyMissingError, KeySealedError
from tests.support.key_rigs import CONTEXT, KeyRig
from tests.support.swtpm import SoftTpm

SECRET = b"very secret indeed"
REPOSITORY = Path(__file__).parents[3]
LOCKED_OUT = b"(0x921)"

WRITER = """
import sys
from hal.drivers import tpm_key_store
keys = tpm_key_store.open(sys.argv[1], None)
print("ready", flush=True)
sys.stdin.readline()
keys.store(sys.argv[2], sys.argv[2].encode())
print(keys.load(sys.argv[2]).decode(), flush=True)
"""


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyRig]:
    with ExitStack() as stack:
        yield KeyRig("tpm", tmp_path, monkeypatch, stack)


@pytest.fixture
def tpm(rig: KeyRig) -> SoftTpm:
    assert rig.tpm is not None
    return rig.tpm


def refused(rig: KeyRig, reason: str) -> None:
    with pytest.raises(KeySealedError, match=reason) as caught:
        rig.reopen().load("box.key")
    assert caught.value.code == "key-sealed"


def test_it_opens_again_after_the_tpm_was_off(rig: KeyRig, tpm: SoftTpm) -> None:
    rig.keys.store("box.key", SECRET)
    tpm.__exit__()
    tpm.__enter__()
    assert rig.reopen().load("box.key") == SECRET


def test_another_tpm_cannot_open_it(rig: KeyRig, tpm: SoftTpm, tmp_path: Path) -> None:
    rig.keys.store("box.key", SECRET)
    with SoftTpm(tmp_path / "another") as rig.tpm:
        refused(rig, "another TPM made this")
    rig.tpm = tpm
    assert rig.reopen().load("box.key") == SECRET


def test_a_cleared_tpm_cannot_open_it(rig: KeyRig, tpm: SoftTpm) -> None:
    rig.keys.store("box.key", SECRET)
    assert tpm.tool("clear", "-c", "p").returncode == 0
    refused(rig, "it was cleared since: pair the box again")


def test_no_tpm_is_said_and_nothing_is_lost(rig: KeyRig, tpm: SoftTpm) -> None:
    rig.keys.store("box.key", SECRET)
    tpm.__exit__()
    refused(rig, f"no TPM answers at {tpm.tcti}")
    keys = rig.reopen()
    with pytest.raises(KeySealedError):
        keys.store("other", SECRET)
    assert b"other" not in rig.content()
    tpm.__enter__()
    assert keys.load("box.key") == SECRET, "it asks again"


def test_a_tpm_that_hangs_is_not_waited_for(rig: KeyRig, tpm: SoftTpm) -> None:
    rig.keys.store("box.key", SECRET)
    tpm.hang()
    with pytest.raises(KeySealedError, match=r"no answer in 0\.2 s"):
        Tpm(tpm.tcti, timeout=0.2).unwrap(decode((rig.directory / "kek.tpm").read_bytes()))


def test_an_owner_password_is_said(rig: KeyRig, tpm: SoftTpm) -> None:
    assert tpm.tool("changeauth", "-c", "owner", "theirs").returncode == 0
    rig.plant("box.key", SECRET)
    refused(rig, "its owner has a password")
    assert (rig.directory / "box.key").read_bytes() == SECRET, "it stays plain until it is sealed"


def test_a_tpm_locked_out_by_somebody_else_still_opens_it(rig: KeyRig, tpm: SoftTpm) -> None:
    rig.keys.store("box.key", SECRET)
    tpm.tool("dictionarylockout", "-s", "-n", "1", "-t", "1000", "-l", "1000")
    tpm.tool("createprimary", "-C", "o", "-c", "p")
    tpm.tool("create", "-C", "p", "-p", "right", "-i", "-", "-u", "u", "-r", "r", stdin=b"theirs")
    tpm.tool("load", "-C", "p", "-u", "u", "-r", "r", "-c", "o")
    tpm.tool("unseal", "-c", "o", "-p", "wrong")
    assert LOCKED_OUT in tpm.tool("unseal", "-c", "o", "-p", "right").stderr
    assert rig.reopen().load("box.key") == SECRET


def test_a_wrapped_key_that_is_missing_is_not_made_anew_to_open_old_files(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    wrapped = (rig.directory / "kek.tpm").read_bytes()
    (rig.directory / "kek.tpm").unlink()
    refused(rig, r"kek\.tpm is missing")
    assert not (rig.directory / "kek.tpm").exists()
    rig.plant("kek.tpm", wrapped)
    assert rig.reopen().load("box.key") == SECRET


def test_a_changed_or_cut_wrapped_key_is_found(rig: KeyRig) -> None:
    rig.keys.store("box.key", SECRET)
    path = rig.directory / "kek.tpm"
    whole = path.read_bytes()
    for at in range(0, len(whole), 9):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DeviceError) as caught:
            rig.reopen().load("box.key")
        assert caught.value.code in ("key-sealed", "key-damaged")
        path.write_bytes(whole[:at])
        with pytest.raises(KeyDamagedError, match=r"kek\.tpm"):
            rig.reopen().load("box.key")
    path.write_bytes(whole)
    assert rig.reopen().load("box.key") == SECRET


def test_power_cut_between_the_wrapped_key_and_the_first_secret(rig: KeyRig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.plant("box.key", SECRET)
    store = KeyFiles.store

    def cut(files: KeyFiles, name: str, content: bytes) -> None:
        store(files, name, content)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(KeyFiles, "store", cut)
        with pytest.raises(KeyboardInterrupt):
            rig.keys.load("box.key")
    assert {path.name for path in rig.directory.iterdir()} == {".lock", "box.key", "kek.tpm"}
    before = (rig.directory / "kek.tpm").read_bytes()
    assert rig.reopen().load("box.key") == SECRET
    assert (rig.directory / "kek.tpm").read_bytes() == before
    assert rig.reopen().load("box.key") == SECRET


def test_processes_that_start_at_once_make_one_key(rig: KeyRig, tpm: SoftTpm) -> None:
    names = [f"secret-{number}" for number in range(4)]
    with ExitStack() as stack:
        writers = [stack.enter_context(_started(f"tpm:{rig.directory}?tcti={tpm.tcti}", name)) for name in names]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        said = [writer.communicate()[0] for writer in _told(writers)]
    assert said == [f"{name}\n" for name in names]
    keys = rig.reopen()
    assert [keys.load(name).decode() for name in names] == names


def _started(uri: str, name: str) -> "subprocess.Popen[str]":
    line = [sys.executable, "-c", WRITER, uri, name]
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)


def _told(writers: "list[subprocess.Popen[str]]") -> "list[subprocess.Popen[str]]":
    """All of them, set going before the first is waited for."""
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    return writers


def test_threads_ask_the_tpm_once(rig: KeyRig, tpm: SoftTpm) -> None:
    rig.keys.store("box.key", SECRET)
    asked = []

    class Counting(Tpm):
        def unwrap(self, wrapped: Any) -> bytes:
            asked.append(wrapped)
            return super().unwrap(wrapped)

    kek, files = TpmKek(Counting(tpm.tcti)), KeyFiles(rig.directory)
    with ThreadPoolExecutor(4) as pool:
        sealers = list(pool.map(lambda _: kek.sealer(files, make=False), range(8)))
    assert len(asked) == 1
    assert all(sealer is sealers[0] for sealer in sealers)


def test_no_secret_is_an_argument_or_a_file(rig: KeyRig, tpm: SoftTpm, monkeypatch: pytest.MonkeyPatch) -> None:
    run, lines, given = subprocess.run, [], []

    def watched(line: list[str], **options: Any) -> Any:
        lines.append(" ".join(line))
        given.append(options["input"])
        return run(line, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    rig.keys.store("box.key", SECRET)
    key = Tpm(tpm.tcti).unwrap(decode((rig.directory / "kek.tpm").read_bytes()))
    assert len(key) == 32
    assert [text for text in given if text] == [key], "once, through the pipe"
    for form in (key.hex(), repr(key)[2:-1], SECRET.decode()):
        assert form not in "".join(lines)
    for kept in (key, key.hex().encode(), SECRET):
        assert kept not in rig.content()


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("tpm:", "no directory"),
        ("tpm:{}?tcti=cmd:reboot", "tcti must be"),
        ("tpm:{}?tcti=", "tcti must be"),
        ("tpm:{}?tcti=device:/dev/../etc/passwd", "tcti must be"),
        ("tpm:{}?pcr=7", "unknown option"),
        ("tpm://host/{}", "no host"),
    ],
)
def test_a_wrong_uri_is_said_at_once(tmp_path: Path, uri: str, reason: str) -> None:
    with pytest.raises(DeviceConfigError, match=reason):
        tpm_key_store.open(uri.format(tmp_path / "keys"), CONTEXT)


def test_a_directory_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(DeviceConfigError, match="chmod 700"):
        tpm_key_store.open(f"tpm:{tmp_path}", CONTEXT)


def test_missing_tools_are_said_with_their_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("tpm2") is None
    with pytest.raises(DeviceConfigError, match="apt-get install tpm2-tools"):
        tpm_key_store.open(f"tpm:{tmp_path}/keys", CONTEXT)


def test_a_tool_that_cannot_run_is_said(tmp_path: Path, rig: KeyRig, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bin" / "tpm2"
    fake.parent.mkdir()
    fake.write_bytes(os.urandom(4) + b"no program")
    fake.chmod(0o700)
    monkeypatch.setenv("PATH", str(fake.parent))
    keys = rig.reopen()
    with pytest.raises(KeySealedError, match="bin/tpm2"):
        keys.store("box.key", SECRET)
    with pytest.raises(KeyMissingError):
        keys.load("box.key")
