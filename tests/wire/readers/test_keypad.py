"""A numeric keypad as umockdev emulates it, under the real driver: grabbed, read, held elsewhere, unplugged."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tools.peers.hid import ENTER, HidReader, hid_reader

ROOT = Path(__file__).parents[3]
BACKSPACE, PLUS, MINUS, PAD_4, PAD_7, LETTER = 14, 78, 74, 75, 71, 30


class Pressed:
    """Whoever waits for presses, in a process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", asks: IO[str], says: IO[str]) -> None:
        self.process, self._asks, self._says = process, asks, says

    def ask(self) -> None:
        """Wait for one press; the device is open when this returns, or cannot be opened."""
        self._asks.write("next\n")
        self._asks.flush()
        assert self.line() == "listening"

    def line(self) -> str:
        return self._says.readline().rstrip()

    def next(self) -> str:
        self.ask()
        return self.line()


@contextmanager
def pressed(peer: HidReader) -> Iterator[Pressed]:
    process = subprocess.Popen(
        [*peer.command, sys.executable, "-m", "tests.support.buttons_child", peer.uri],
        cwd=ROOT, env={**os.environ, **peer.environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        yield Pressed(process, process.stdin, process.stdout)
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture
def peer() -> Iterator[HidReader]:
    with hid_reader() as made:
        yield made


def test_keys_are_presses_in_their_order_and_others_are_none(peer: HidReader) -> None:
    with pressed(peer) as keypad:
        keypad.ask()
        peer.keys(PAD_4, LETTER, PAD_7, ENTER, BACKSPACE, PLUS, MINUS)
        assert [keypad.line(), *(keypad.next() for _ in range(5))] == ["4", "7", "ok", "cancel", "next", "previous"]


def test_it_is_grabbed_for_as_long_as_it_is_open(peer: HidReader) -> None:
    with pressed(peer) as keypad:
        keypad.ask()
        assert peer.grabs() == [[1]]
        peer.keys(ENTER)
        assert keypad.line() == "ok"
    assert peer.grabs() == [[1, 0]]


def test_what_another_program_holds_is_lost_until_it_lets_go(peer: HidReader) -> None:
    peer.hold(True)
    with pressed(peer) as keypad:
        assert keypad.next() == "device-lost"
        peer.hold(False)
        keypad.ask()
        peer.keys(PAD_4)
        assert keypad.line() == "4"


def test_unplugged_it_is_lost_and_back_it_presses_again(peer: HidReader) -> None:
    with pressed(peer) as keypad:
        keypad.ask()
        peer.unplug()
        assert keypad.line() == "device-lost"
        peer.plug()
        keypad.ask()
        peer.keys(PAD_7)
        assert keypad.line() == "7"
