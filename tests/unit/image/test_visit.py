"""A visit's parts that need no board: what is typed, what a board calls a printer here, the search of a card."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.image import canary, visit
from tools.image.canary import found_on
from tools.image.errors import ImageError
from tools.image.machine import Machine
from tools.image.probe import RESTART, words
from tools.image.visit import HEARD, tap, typed
from tools.image.workplace import Workplace


class Deaf(Machine):
    """A board whose station hears the badge from the second time on."""

    typed = 0

    def tell(self, command: str, **given: object) -> Any:
        assert command == "send-key"
        Deaf.typed += given["keys"] == [{"type": "qcode", "data": "ret"}]
        (self.folder / "serial.log").write_text(f"{HEARD} front\n" if Deaf.typed > 1 else "ready\n")


@pytest.fixture
def deaf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deaf]:
    monkeypatch.setattr(visit, "TRY_SECONDS", 0.0)
    monkeypatch.setattr(Deaf, "typed", 0)
    (tmp_path / "qemu.log").touch()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        yield Deaf(Workplace(tmp_path), tmp_path, process)


def test_a_badge_is_shown_until_it_was_heard(deaf: Deaf) -> None:
    tap(deaf, "30417")
    assert Deaf.typed == 2


def test_nobody_taps_at_a_board_that_has_ended(deaf: Deaf) -> None:
    deaf.end()
    with pytest.raises(ImageError, match="QEMU ended"):
        tap(deaf, "30417")


def test_a_badge_is_typed_as_its_digits_and_enter() -> None:
    assert typed("30417") == ("3", "0", "4", "1", "7", "ret")


@pytest.mark.parametrize("badge", ["", "04A1", "12 3", "1\n", "٣"])
def test_what_the_keyboard_would_type_otherwise_is_not_typed(badge: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        typed(badge)


def test_a_canary_is_found_wherever_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canary, "BLOCK", 64)
    card = tmp_path / "card.img"
    for at in range(200):
        card.write_bytes(bytes(at) + b"canary" + bytes(100))
        assert found_on(card, [b"canary", b"canaries"]) == {b"canary"}, at


def test_only_the_part_that_was_asked_for_is_searched(tmp_path: Path) -> None:
    card = tmp_path / "card.img"
    card.write_bytes(b"one-two-three")
    assert found_on(card, [b"one", b"two", b"three"], 4, 4) == {b"two"}
    assert found_on(card, [b"one", b"two", b"three"], 4) == {b"two", b"three"}
    assert found_on(card, []) == set()


def test_the_probe_and_the_restart_fit_the_kernels_command_line() -> None:
    """COMMAND_LINE_SIZE of arm64 is 2048, and the image's own words take 420 of them."""
    assert len(words(then=RESTART)) < 1600
