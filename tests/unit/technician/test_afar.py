"""Commands that a technician has run over a socket: those that are offered, and no others."""

import contextlib
import io
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.technician.afar import (
    INTERRUPTED,
    LONGEST,
    OFFERED,
    UNAVAILABLE,
    USAGE,
    answer,
    ask,
    called,
    relay,
    wanted,
)

OFFERED_LINES = [json.dumps(words).encode() for words in sorted(OFFERED)]


def main(words: Sequence[str]) -> int:
    print(*words, "was run")
    return 3


def answered(line: bytes) -> tuple[str, int]:
    """What was said, and the exit code."""
    said, out = io.StringIO(), io.BytesIO()
    with contextlib.redirect_stdout(said):
        answer(io.BytesIO(line), said, main)
    code = relay(io.BufferedReader(io.BytesIO(said.getvalue().encode())), out)
    return out.getvalue().decode(), code


def test_what_is_offered_is_run_and_its_exit_code_comes_back() -> None:
    assert answered(b'["doctor", "--json"]\n') == ("doctor --json was run\n", 3)
    assert answered(b'["update", "install"]\n') == ("update install was run\n", 3)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"doctor\n",
        b'["doctor"',
        b'["doctor", "--config", "/tmp/mine"]\n',
        b'["reset", "--yes"]\n',
        b'["unpair", "--yes"]\n',
        b'["status", 1]\n',
        b'[["status"]]\n',
        b'{"status": 1}\n',
        b"[" * 100_000,
        b"\xff\n",
    ],
)
def test_nothing_else_is_run(line: bytes) -> None:
    said, code = answered(line)
    assert "was run" not in said
    assert "over SSH there are: audit verify, " in said
    assert code == USAGE


@given(st.binary(max_size=2 * LONGEST) | st.sampled_from(OFFERED_LINES))
def test_whatever_comes_is_a_command_that_is_offered_or_none(line: bytes) -> None:
    found = wanted(line)
    assert found is None or found in OFFERED
    assert found is not None or line not in OFFERED_LINES


@pytest.mark.parametrize("said", [b"", b"half of it", b"all of it\0", b"all\0no", b"all\0" + b"1" * 9])
def test_an_answer_without_an_exit_code_is_broken_off(said: bytes) -> None:
    out = io.BytesIO()
    with pytest.raises(OSError, match="broke off"):
        relay(io.BufferedReader(io.BytesIO(said)), out)
    assert out.getvalue() == said.partition(b"\0")[0]


def test_an_answer_in_pieces() -> None:
    class Pieces(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            del size
            return self.read(1)

    out = io.BytesIO()
    assert relay(Pieces(b"two words\n\x00130"), out) == 130
    assert out.getvalue() == b"two words\n"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Path]:
    """A socket that answers once, as systemd's would have it answered."""
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()

        def once() -> None:
            end, _ = listening.accept()
            with end, end.makefile("rb") as asked, end.makefile("w") as told, contextlib.redirect_stdout(told):
                answer(asked, told, main)

        thread = threading.Thread(target=once)
        thread.start()
        yield place
        thread.join(30)


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [(("status",), b"status was run\n", 3), (("x" * 999,), b"over SSH", USAGE)],
)
def test_over_a_socket(there: Path, words: Sequence[str], said: bytes, code: int) -> None:
    out = io.BytesIO()
    assert ask(str(there), words, out) == code
    assert out.getvalue().startswith(said)


@pytest.fixture
def refusing(tmp_path: Path) -> Iterator[Path]:
    """A socket that hangs up, as systemd's does where too many ask."""
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen()

        def refuse() -> None:
            listening.accept()[0].close()

        thread = threading.Thread(target=refuse)
        thread.start()
        yield place
        thread.join(30)


def test_where_too_many_ask_it_says_so(refusing: Path) -> None:
    err = io.StringIO()
    assert called(str(refusing), ("status",), io.BytesIO(), err) == UNAVAILABLE
    assert "Two commands at a time" in err.getvalue()


def test_where_nobody_answers_it_says_so(tmp_path: Path) -> None:
    err = io.StringIO()
    assert called(str(tmp_path / "none"), ("status",), io.BytesIO(), err) == UNAVAILABLE
    assert "No such file" in err.getvalue()


def test_somebody_who_has_enough_of_it_leaves_without_a_word(there: Path) -> None:
    class Enough(io.BytesIO):
        def write(self, said: object, /) -> int:
            raise KeyboardInterrupt

    err = io.StringIO()
    assert called(str(there), ("status",), Enough(), err) == INTERRUPTED
    assert err.getvalue() == ""
