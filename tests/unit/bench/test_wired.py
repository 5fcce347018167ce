"""An emulated reader held badges to by lines, and the command that reads it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tools.bench.__main__ import main
from tools.bench.wired import Typing, WordError, hold, obey, typed_until_end
from tools.peers.hid import hid_reader
from tools.peers.spoken import spoken_reader
from tools.peers.wires import pty_reader

WATCH = ["badge", "watch", "--json", "--show", "--count"]
LOOK, LOOKS = "wait 0.2", 100
"""How often a test looks whether something was read, as readers have no other end that could be waited for."""


class Screen:
    """What the command has said so far."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "out", folder / "err"
        self.numbers = tuple(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600) for path in self._files)

    @property
    def out(self) -> str:
        return self._files[0].read_text()

    @property
    def err(self) -> str:
        return self._files[1].read_text()

    def hold(self, kind: str, words: list[str], typing: Typing, options: str = "") -> int:
        out, err = self.numbers
        return hold(kind, words, typing, options, (out, err))

    def close(self) -> None:
        for number in self.numbers:
            os.close(number)


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")  # what the command prints is here when it prints it
    made = Screen(tmp_path)
    yield made
    made.close()


def looks(until: Callable[[], bool]) -> Iterator[str]:
    """Nothing, until that is so."""
    for _ in range(LOOKS):
        if until():
            return
        yield LOOK
    raise AssertionError("it never came")


def shown(kind: str, screen: Screen, word: str, options: str = "", before: str = "") -> dict[str, object]:
    """What the command tells after a person has said `word`. `before` is said, with another number each
    time, until that is read: from then on its reader is open."""

    def lines(_child: subprocess.Popen[bytes]) -> Iterator[str]:
        yield from looks(lambda: "watching" in screen.err)
        for number in range(LOOKS if before else 0):
            if any("read-torn" not in line for line in screen.out.splitlines()):  # as what comes as it opens is
                break
            yield from (before.format(number), LOOK)
        told = len(screen.out.splitlines())
        yield word
        yield from looks(lambda: len(screen.out.splitlines()) > told)
        yield "quit"

    assert screen.hold(kind, [*WATCH, "2" if before else "1"], lines, options) == 0
    said: dict[str, object] = json.loads(screen.out.splitlines()[-1])
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
def test_a_reader_sends_what_it_is_told(options: str, before: str, word: str, text: str, screen: Screen) -> None:
    said = shown("serial", screen, word, options, before)
    assert (said["reader"], said["raw"]) == ("front", text)


@pytest.mark.parametrize("kind", ["tcp", "tcp-listen", "serial"])
def test_a_line_is_torn(kind: str, screen: Screen) -> None:
    assert shown(kind, screen, "tear 04A1", before="tap 04A1{:04}")["code"] == "read-torn"


@pytest.mark.parametrize(
    ("word", "told"), [("send %B1^a?", {"raw": "B1^a"}), ("tear 04A1", {"code": "read-torn"})], ids=["typed", "torn"]
)
def test_keys_are_typed_and_torn(word: str, told: dict[str, str], screen: Screen) -> None:
    assert told.items() <= shown("hid", screen, word, before="tap 04A1{:04}").items()


def test_a_keyboard_has_no_other_keys() -> None:
    with hid_reader() as reader, pytest.raises(WordError):
        obey(reader, "send é")


@pytest.mark.parametrize("kind", ["pn532", "pcsc"])
def test_a_tag_says_its_text(kind: str, screen: Screen) -> None:
    assert shown(kind, screen, "tag ada 1", "read=ndef-text")["raw"] == "ada 1"


@pytest.mark.parametrize(
    ("word", "told"), [("two", {"code": "card-several"}), ("hold 04D4E5F6", {"raw": "04d4e5f6"})], ids=["two", "one"]
)
def test_cards_are_held_and_two_are_too_many(word: str, told: dict[str, str], screen: Screen) -> None:
    assert told.items() <= shown("pn532", screen, word).items()


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


def tapping(until: Callable[[], bool]) -> Iterator[str]:
    """A card, until that is so."""
    for line in looks(until):
        yield from (line, "tap 946EBD28", "wait 1.2")  # longer than a card counts as held


def test_solve_is_answered(screen: Screen) -> None:
    def lines(child: subprocess.Popen[bytes]) -> Iterator[str]:
        yield from looks(lambda: "Tap a card" in screen.err)
        yield from tapping(lambda: "printed on the card" in screen.err)
        yield from ("> 683503252", "> ")
        yield from looks(lambda: child.poll() is not None)

    assert screen.hold("serial", ["badge", "solve"], lines) == 0
    assert "reverse-bytes" in screen.out


def test_a_search_without_result_is_told_after_quit_too(screen: Screen) -> None:
    def lines(child: subprocess.Popen[bytes]) -> Iterator[str]:
        yield from looks(lambda: "Tap a card" in screen.err)
        yield from tapping(lambda: "badge-unsolved" in screen.err)
        child.wait()
        yield "quit"

    assert screen.hold("serial", ["badge", "solve", "--number", "5550123", "--yes"], lines) == 1


def test_a_kind_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reader", "crystal-ball"]) == 2
    assert "twn4" in capsys.readouterr().err
    helped = subprocess.run([sys.executable, "-m", "tools.bench", "reader", "--help"], capture_output=True, text=True)
    assert "desfire" in helped.stdout


def test_options_and_words_of_lockgate_stand_in_either_order() -> None:
    arguments = ["reader", "serial", "--options", "protocol=none", "--", "badge", "watch", "--show"]
    done = subprocess.run([sys.executable, "-m", "tools.bench", *arguments], capture_output=True, text=True, input="")
    assert (done.returncode, "device-config" in done.stderr) == (78, True)
