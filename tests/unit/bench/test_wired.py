"""An emulated reader held badges to by lines, and the command that reads it."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tools.bench.__main__ import main
from tools.bench.wired import WordError, hold, obey
from tools.peers.wires import pty_reader


def test_a_badge_is_watched_through_its_wire(capfd: pytest.CaptureFixture[str]) -> None:
    watch = ["badge", "watch", "--json", "--count", "1"]

    def lines() -> Iterator[str]:
        said = ""
        while "watching" not in said:  # a badge shown before the reader is open counts for nothing
            said += capfd.readouterr().err
            yield ""
        while True:
            yield "tap 04A1B2C3"
            if out := capfd.readouterr().out:
                assert json.loads(out)["reader"] == "front"
                return

    assert hold("serial", watch, lines()) == 0


def test_words_that_are_none_are_told() -> None:
    with pty_reader() as reader:
        for line in ("tap", "tap xyz", "tap 04A", "wait long", "jump"):
            with pytest.raises(WordError):
                obey(reader, line)
        obey(reader, "")
        obey(reader, "unplug")
        with pytest.raises(OSError, match=r".+"):
            obey(reader, "tap 04A1B2C3")


def test_quit_ends_the_command() -> None:
    assert hold("serial", [], ["quit", "tap 04A1B2C3"]) == 0


def test_what_lockgate_ends_with_is_told() -> None:
    assert hold("serial", ["badge", "watch", "--reader", "side"], []) != 0


def test_a_kind_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reader", "crystal-ball"]) == 2
    assert "twn4" in capsys.readouterr().err
    shown = subprocess.run([sys.executable, "-m", "tools.bench", "reader", "--help"], capture_output=True, text=True)
    assert "pcsc" in shown.stdout
