"""An emulated reader held badges to by lines, and the command that reads it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from itertools import repeat
from pathlib import Path

import pytest

from tools.bench.__main__ import main
from tools.bench.wired import WordError, hold, obey, typed_until_end
from tools.peers.hid import hid_reader
from tools.peers.spoken import spoken_reader
from tools.peers.wires import pty_reader

WATCH = ["badge", "watch", "--json", "--show", "--count"]
LOOK, LOOKS = "wait 0.2", 50
"""How often a test looks whether something was read, as readers have no other end that could be waited for."""
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command prints is here when it prints it."""
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")


def listening(capfd: Capture, word: str) -> Iterator[str]:
    """Nothing, until the command has said the word: a badge shown before its reader is open counts for nothing."""
    said = ""
    while word not in said:
        said += capfd.readouterr().err
        yield ""


def shown(kind: str, capfd: Capture, word: str, options: str = "", before: str = "") -> dict[str, object]:
    """What the command tells after a person has said `word`. `before` is said, with another number each
    time, until that is read: from then on its reader is open."""
    out = ""

    def lines(child: subprocess.Popen[bytes]) -> Iterator[str]:
        nonlocal out
        yield from listening(capfd, "watching")
        for number in range(LOOKS if before else 0):
            if out:
                break
            yield from (before.format(number), LOOK)
            out += capfd.readouterr().out
        yield word
        yield from repeat(LOOK, LOOKS)
        yield "quit"

    assert hold(kind, [*WATCH, "2" if before else "1"], lines, options) == 0
    said: dict[str, object] = json.loads((out + capfd.readouterr().out).splitlines()[-1])
    return said


@pytest.mark.parametrize(
    ("options", "before", "word", "text"),
    [
        ("", "tap 04A1{:04}", "tap 04A1B2C3", "04A1B2C3"),
        ("", "tap 04A1{:04}", "send ;123453=292929=1221?", ";123453=292929=1221?"),
        ("", "tap 04A1{:04}", "tap ;12=34?", ";12=34?"),
        ("protocol=twn3", "send 1A80{:04}C0", "send 1A808001C0", "2020007"),
        ("protocol=rfideas&delimiter=:", "send 123:{:05}", "send 123:45678", "123:45678"),
    ],
)
def test_a_reader_sends_what_it_is_told(options: str, before: str, word: str, text: str, capfd: Capture) -> None:
    said = shown("serial", capfd, word, options, before)
    assert (said["reader"], said["raw"]) == ("front", text)


@pytest.mark.parametrize("kind", ["tcp", "tcp-listen", "serial"])
def test_a_line_is_torn(kind: str, capfd: Capture) -> None:
    assert shown(kind, capfd, "tear 04A1", before="tap 04A1{:04}")["code"] == "read-torn"


def test_keys_are_typed_and_torn(capfd: Capture) -> None:
    assert shown("hid", capfd, "send %B1^a?", before="tap 04A1{:04}")["raw"] == "B1^a"
    assert shown("hid", capfd, "tear 04A1", before="tap 04A1{:04}")["code"] == "read-torn"
    with hid_reader() as reader, pytest.raises(WordError):
        obey(reader, "send é")


@pytest.mark.parametrize("kind", ["pn532", "pcsc"])
def test_a_tag_says_its_text(kind: str, capfd: Capture) -> None:
    assert shown(kind, capfd, "tag ada 1", "read=ndef-text")["raw"] == "ada 1"


def test_cards_are_held_and_two_are_too_many(capfd: Capture) -> None:
    assert shown("pn532", capfd, "two")["code"] == "card-several"
    assert shown("pn532", capfd, "hold 04D4E5F6")["raw"] == "04d4e5f6"


def test_what_a_field_cannot_take_is_told() -> None:
    with spoken_reader("pn532") as reader:
        for line in ("tap xyz", "hold 04A", "send 04A1", "tear 04A1", "two 2", "jump"):
            with pytest.raises(WordError):
                obey(reader, line)


def test_words_that_are_none_are_told() -> None:
    with pty_reader() as reader:
        for line in ("tap", "send", "wait long", "jump", "lift", "two", "hold 04A1B2C3", "tag text"):
            with pytest.raises(WordError):
                obey(reader, line)
        obey(reader, "")
        obey(reader, "unplug")
        with pytest.raises(OSError, match=r".+"):
            obey(reader, "tap 04A1B2C3")


def test_quit_ends_the_command() -> None:
    assert hold("serial", [], lambda _: ["quit", "tap 04A1B2C3"]) == 0


def test_what_lockgate_ends_with_is_told_also_while_a_person_could_still_type() -> None:
    source, person = os.pipe()
    try:
        assert hold("serial", ["badge", "watch", "--reader", "side"], partial(typed_until_end, source)) != 0
    finally:
        os.close(source)
        os.close(person)


def test_the_lines_end_with_the_input(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes("tap 1\nsend é\xa0\nquit".encode())
    with (tmp_path / "lines").open("rb") as file, subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        assert list(typed_until_end(file.fileno(), child)) == ["tap 1", "send é\xa0", "quit"]


def tapping(capfd: Capture, word: str) -> Iterator[str]:
    """A card, until the command has said the word."""
    for line in listening(capfd, word):
        yield from (line, "tap 946EBD28", "wait 1.2")  # longer than a card counts as held


def test_solve_is_answered(capfd: Capture) -> None:
    def lines(_child: subprocess.Popen[bytes]) -> Iterator[str]:
        yield from listening(capfd, "Tap a card")
        yield from tapping(capfd, "printed on the card")
        yield from ("> 683503252", "> ")
        yield from repeat(LOOK, LOOKS)

    assert hold("serial", ["badge", "solve"], lines) == 0
    assert "reverse-bytes" in capfd.readouterr().out


def test_a_search_without_result_is_told_after_quit_too(capfd: Capture) -> None:
    def lines(child: subprocess.Popen[bytes]) -> Iterator[str]:
        yield from listening(capfd, "Tap a card")
        yield from tapping(capfd, "badge-unsolved")
        child.wait()
        yield "quit"

    assert hold("serial", ["badge", "solve", "--number", "5550123", "--yes"], lines) == 1


def test_a_kind_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reader", "crystal-ball"]) == 2
    assert "twn4" in capsys.readouterr().err
    helped = subprocess.run([sys.executable, "-m", "tools.bench", "reader", "--help"], capture_output=True, text=True)
    assert "desfire" in helped.stdout


def test_options_and_words_of_lockgate_stand_in_either_order() -> None:
    arguments = ["reader", "serial", "--options", "protocol=none", "--", "badge", "watch", "--show"]
    done = subprocess.run([sys.executable, "-m", "tools.bench", *arguments], capture_output=True, text=True, input="")
    assert (done.returncode, "device-config" in done.stderr) == (78, True)
