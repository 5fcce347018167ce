"""Who we are to a printer: a password from a file that only we may use, said when asked and as asked."""

import os
import re
from itertools import count
from pathlib import Path

import pytest

from hal.drivers.http_digest import Login
from hal.drivers.printer_login import MAX_PASSWORD, PrinterLogin, read_login, read_secret
from hal.ports.errors import DeviceConfigError

DIGEST = 'Digest realm="r", nonce="n", qop="auth", algorithm=MD5'
FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^,]+))')


def written(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def made(*, encrypted: bool = True, login: Login | None = Login("u", "p")) -> PrinterLogin:  # noqa: B008 - frozen
    numbers = count(1)
    return PrinterLogin(login, encrypted=encrypted, fresh=lambda: f"c{next(numbers)}")


@pytest.mark.parametrize(
    ("content", "password"), [(b"a b", "a b"), (b"p\n", "p"), (b"p\r\n", "p"), ("ß".encode(), "ß")]
)
def test_a_password_is_a_line(tmp_path: Path, content: bytes, password: str) -> None:
    assert read_login("u", written(tmp_path / "p", content), "printer") == Login("u", password)


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb", b"a\0b", b"\xff", b"x" * 1025])
def test_what_is_no_password(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DeviceConfigError) as caught:
        read_login("u", written(tmp_path / "p", content), "printer")
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_use_is_not_used(tmp_path: Path, mode: int) -> None:
    with pytest.raises(DeviceConfigError, match="chmod 600"):
        read_secret(written(tmp_path / "p", b"x", mode), "printer")


def test_links_directories_pipes_and_nothing_are_no_files_of_ours(tmp_path: Path) -> None:
    written(tmp_path / "p", b"x")
    (tmp_path / "link").symlink_to(tmp_path / "p")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", ".", "pipe", "missing"):
        with pytest.raises(DeviceConfigError):
            read_secret(str(tmp_path / name), "printer")


def test_nothing_is_said_unasked() -> None:
    login = made()
    assert login.known
    assert login.authorization("/") is None


def test_digest_counts_its_requests() -> None:
    login = made()
    assert login.challenged([DIGEST])
    said = [login.authorization("/ipp/print") or "" for _ in range(3)]
    assert [one[-8:] for one in said] == ["00000001", "00000002", "00000003"]
    assert 'cnonce="c3"' in said[2]
    assert login.challenged([DIGEST.replace('"n"', '"m"')])
    assert (login.authorization("/") or "").endswith("00000001")


def said(login: PrinterLogin) -> dict[str, str]:
    """The fields of the next Authorization."""
    return {name: quoted or bare for name, quoted, bare in FIELD.findall(login.authorization("/") or "")}


def test_the_next_nonce_is_used_and_counted_from_one() -> None:
    login = made()
    login.challenged([DIGEST])
    assert (said(login)["nonce"], said(login)["nc"]) == ("n", "00000002")
    login.informed(['nextnonce="m"'])
    first = said(login)
    assert (first["nonce"], first["nc"], first["realm"]) == ("m", "00000001", "r")
    for same in (['nextnonce="m"'], ["qop=auth"], []):
        login.informed(same)
    assert (said(login)["nonce"], said(login)["nc"]) == ("m", "00000003")


@pytest.mark.parametrize("asked", ["Basic realm=x", ""])
def test_a_next_nonce_that_nobody_waits_for_says_nothing(asked: str) -> None:
    login = made()
    login.challenged([asked])
    before = login.authorization("/")
    login.informed(['nextnonce="m"'])
    assert login.authorization("/") == before


def test_a_session_has_one_cnonce_and_the_next_challenge_begins_another() -> None:
    session = DIGEST.replace("MD5", "MD5-sess")
    login = made()
    login.challenged([session])
    assert [said(login)["cnonce"] for _ in range(3)] == ["c1"] * 3
    login.informed(['nextnonce="m"'])
    assert said(login)["cnonce"] == "c1"
    login.challenged([session])
    assert [said(login)["cnonce"] for _ in range(2)] == ["c2"] * 2


@pytest.mark.parametrize(
    ("encrypted", "asked", "said"),
    [(True, "Basic realm=x", "Basic dTpw"), (False, "Basic realm=x", None), (True, "NTLM", None), (True, "", None)],
)
def test_basic_over_tls_alone(encrypted: bool, asked: str, said: str | None) -> None:
    login = made(encrypted=encrypted)
    assert login.challenged([asked]) == (said is not None)
    assert login.authorization("/") == said


def test_digest_goes_before_basic() -> None:
    login = made()
    assert login.challenged(["Basic realm=x", DIGEST])
    assert (login.authorization("/") or "").startswith("Digest")


def test_without_a_password_no_answer_helps() -> None:
    login = made(login=None)
    assert not login.known
    assert not login.challenged([DIGEST])
    assert login.authorization("/") is None


def test_it_does_not_print_itself() -> None:
    login = made(login=Login("u", "secret-word"))
    login.challenged([DIGEST])
    assert "secret-word" not in repr(login) + repr(vars(login))


def test_the_longest_password(tmp_path: Path) -> None:
    assert read_secret(written(tmp_path / "p", b"x" * MAX_PASSWORD), "printer") == b"x" * MAX_PASSWORD
    with pytest.raises(DeviceConfigError, match="larger"):
        read_secret(written(tmp_path / "p", b"x" * (MAX_PASSWORD + 1)), "printer")


def test_a_strangers_file_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "p", b"x")
    true = os.fstat

    def strangers(fd: int) -> os.stat_result:
        found = list(true(fd))
        found[4] = os.geteuid() + 1
        return os.stat_result(found)

    assert read_secret(path, "printer") == b"x"
    monkeypatch.setattr(os, "fstat", strangers)
    with pytest.raises(DeviceConfigError, match="not a file of ours"):
        read_secret(path, "printer")
