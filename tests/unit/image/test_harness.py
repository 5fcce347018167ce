"""The virtual board: its arguments, the firmware's part of a try, and the probe's answers."""

from pathlib import Path

import pytest

from tools.image.errors import ImageError
from tools.image.firmware_twin import wants_try
from tools.image.machine import Board, Kernel, arguments
from tools.image.probe import END, split, words
from tools.image.workplace import INSIDE_WORK, Workplace, default_folder


def test_the_cache_is_beside_other_caches() -> None:
    assert default_folder({"XDG_CACHE_HOME": "/x"}) == Path("/x/lockgate/image")
    assert default_folder({}).is_relative_to(Path.home())


def test_the_tools_see_the_work_and_nothing_else(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    assert place.inside(tmp_path / "out" / "a") == f"{INSIDE_WORK}/out/a"
    with pytest.raises(ValueError, match="not in the subpath"):
        place.inside(Path("/etc/passwd"))


def test_a_try_is_what_the_kernel_said_last() -> None:
    usual, tried = "reboot: Restarting system\n", "reboot: Restarting system with command '0 tryboot'\n"
    assert not wants_try("")
    assert not wants_try(usual)
    assert wants_try(usual + tried)
    assert not wants_try(tried + usual)


def test_a_board_gets_its_card_its_network_and_a_watchdog(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    kernel = Kernel(tmp_path / "vmlinuz", tmp_path / "initrd.img", "a b", tmp_path / "x.dtb")
    made = arguments(place, Board(forwards=((18631, 8631),)), kernel, tmp_path / "card.img", tmp_path / "run")
    assert made[made.index("-append") + 1] == "a b"
    assert made[made.index("-dtb") + 1] == f"{INSIDE_WORK}/x.dtb"
    assert "user,hostfwd=tcp:127.0.0.1:18631-:8631,id=net" in made
    assert "i6300esb" in made
    beside = " ".join(arguments(place, Board(tap="beside"), kernel, tmp_path / "card.img", tmp_path / "run"))
    assert "-netdev tap,id=tap,ifname=beside,script=no,downscript=no " in beside
    assert "-netdev hubport,id=net,hubid=0 -device virtio-net-pci,netdev=net," in beside
    card = arguments(place, Board(machine="raspi3b"), kernel, tmp_path / "card.img", tmp_path / "run")
    assert f"if=sd,file={INSIDE_WORK}/card.img,format=raw,cache=unsafe" in card
    assert "i6300esb" not in card
    assert card[card.index("-serial") + 1] == "null"
    assert made.count("-serial") == 1


def test_the_probe_fits_the_kernels_command_line() -> None:
    """COMMAND_LINE_SIZE of arm64 is 2048, and the image's own words take 420 of them."""
    assert len(words()) < 1600


def test_answers_are_found_between_other_lines() -> None:
    serial = f"boot\r\nprobe: one\r\na\r\nb\r\nprobe: two\r\n{END}\r\nmore\n"
    assert split(serial) == {"one": "a\nb\n", "two": ""}
    said = "[  246.423126] lockgate[348]: paired: station hall of acme.example\r\n"
    assert split(serial.replace("a\r\nb", f"{said}\x1b[1ma{said}\x1b[0m\r\nb")) == {"one": "a\nb\n", "two": ""}
    reset = "\x1b[!p\x1b]104\x07\x1b[?7h"
    assert split(serial.replace("boot\r\n", f"boot\r\n{reset}{said}")) == {"one": "a\nb\n", "two": ""}
    with pytest.raises(ImageError, match="not answered"):
        split("boot\n")
