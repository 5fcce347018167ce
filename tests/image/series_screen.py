"""The image with a screen: the panel stands on a display that QEMU has, whatever happens to the browser, and no key
leads away from it."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PIL import Image

from tests.image import boxes
from tools.image import probe
from tools.image.firmware_twin import FirmwareTwin
from tools.image.machine import Board, Machine
from tools.image.rig import JOINED, LONGEST, PATIENT, READY, free_port, new_card
from tools.image.site import Site

PLACE = boxes.PLACE.with_screen()
DISPLAY = ("-device", "virtio-gpu-pci,xres=800,yres=480", "-device", "qemu-xhci", "-device", "usb-kbd")
SOFTWARE = "systemd.setenv=WLR_RENDERER=pixman systemd.setenv=LIBGL_ALWAYS_SOFTWARE=1"
"""For compositor and browser: QEMU's display shows what was drawn and draws nothing itself, unlike a board's."""
GROUND, INK = (0xF6, 0xF2, 0xE9), (0x14, 0x26, 0x2C)
"""Of the panel (firmware/panel/static/panel.css)."""
LEAST_GROUND = 0.2
LOOK_SECONDS = 2.0
SHORTCUTS = (
    *(("ctrl", "alt", f"f{number}") for number in (2, 3)),
    *(("alt", "f4"), ("alt", "tab"), ("alt", "esc"), ("ctrl", "q"), ("ctrl", "w"), ("ctrl", "l"), ("ctrl", "n")),
    *(("ctrl", "shift", "i"), ("f12",), ("f11",), ("f1",), ("ctrl", "alt", "backspace"), ("meta_l",), ("menu",)),
    *(("alt", "left"), ("ctrl", "o"), ("ctrl", "p"), ("ctrl", "s"), ("ctrl", "r"), ("alt", "sysrq", "k")),
)
UNIT = "/sys/fs/cgroup/system.slice/lockgate-kiosk.service"
PSS = (
    f"for p in $(cat {UNIT}/cgroup.procs); do "
    "echo $(cat /proc/$p/comm) $(awk '/^Pss:/ {print $2}' /proc/$p/smaps_rollup); done"
)
QUESTIONS = {
    "failed": probe.QUESTIONS["failed"],
    "sockets": probe.QUESTIONS["sockets"],
    "before": PSS,
    "stat": f"cat {UNIT}/memory.current; grep -E '^(anon|file|shmem) ' {UNIT}/memory.stat; cat /proc/meminfo",
    "user": f"for p in $(cat {UNIT}/cgroup.procs); do stat -c %U /proc/$p; grep ^CapEff /proc/$p/status; done",
    "secrets": "journalctl -q --no-pager | grep -cE '/start/[A-Za-z0-9_-]'",
    "state": "cat /sys/class/tty/tty0/active; systemctl is-active lockgate-kiosk",
}
KILL = (
    "until grep -q Tablet /proc/bus/input/devices; do sleep 1; done; "
    f"echo probe: after; cat /sys/class/tty/tty0/active; {PSS}; "
    f"kill -KILL $(head -n 1 {UNIT}/cgroup.procs); "
    "until test $(systemctl show -P NRestarts lockgate-kiosk) -gt 0; do sleep 1; done; "
    "until pgrep -f WPEWebProcess >/dev/null || pidof WPEWebProcess >/dev/null; do sleep 1; done; "
    "echo probe: killed; systemctl show -P NRestarts lockgate-kiosk; echo kiosk: again"
)
"""The browser is killed when a tablet comes, and is awaited."""
AWAIT = f"until test -e {UNIT}/cgroup.procs && pidof WPEWebProcess >/dev/null; do sleep 2; done; sleep 20; "


@dataclass(frozen=True)
class Show:
    """What stood on the display at first, after every shortcut, and after the browser had died; what the probe saw."""

    first: Image.Image
    pressed: Image.Image
    again: Image.Image
    said: dict[str, str]


def picture(machine: Machine, name: str) -> Image.Image:
    """What stands on the display now."""
    file = machine.folder / f"{name}.png"
    machine.tell("screendump", filename=machine.place.inside(file), format="png")
    return Image.open(file).convert("RGB").copy()


def share(image: Image.Image, colour: tuple[int, int, int]) -> float:
    """Of all its points."""
    points = image.width * image.height
    found = {colours: count for count, colours in image.getcolors(points) or ()}
    return found.get(colour, 0) / points


def panel_on(machine: Machine, name: str) -> Image.Image:
    """The picture, as soon as the panel stands there."""
    until = time.monotonic() + LONGEST
    while share(found := picture(machine, name), GROUND) < LEAST_GROUND:
        assert time.monotonic() < until, f"no panel on the display: {machine.tail()}"
        assert machine.process.poll() is None, machine.tail()
        time.sleep(LOOK_SECONDS)
    return found


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    with Site(tmp_path_factory.mktemp("site"), free_port()) as site:
        card = new_card(PLACE, site.file("hall"), "screen.img")
        site.serve(for_guests=True)
        disk, words = probe.on_disk(PLACE, "screen", AWAIT + probe.script(QUESTIONS, KILL))
        twin = FirmwareTwin(PLACE, card, Board(devices=(*DISPLAY, *disk)))
        with twin.boot("screen", words=f"{PATIENT} {SOFTWARE} {words}") as machine:
            yield _shown(machine)
    card.unlink()


def _shown(machine: Machine) -> Show:
    machine.wait(READY, LONGEST)
    machine.wait(JOINED, LONGEST)
    first = panel_on(machine, "first")
    machine.wait(rf"^{probe.END}", LONGEST)
    first = panel_on(machine, "first")
    for keys in SHORTCUTS:
        machine.tell("send-key", keys=[{"type": "qcode", "data": key} for key in keys])
    pressed = panel_on(machine, "pressed")
    machine.tell("device_add", driver=probe.TABLET)
    machine.wait(r"^kiosk: again", LONGEST)
    again = panel_on(machine, "again")
    return Show(first, pressed, again, probe.split(machine.serial))


def test_the_panel_stands_on_the_display(show: Show) -> None:
    assert show.first.size == (800, 480)
    assert share(show.first, GROUND) >= LEAST_GROUND
    assert share(show.first, INK) > 0, "somebody can read it"


def test_no_key_leads_away_from_it(show: Show) -> None:
    assert share(show.pressed, GROUND) >= LEAST_GROUND
    assert show.said["state"].split() == ["tty1", "active"], "no other console"
    assert show.said["after"].split()[0] == "tty1"


def test_a_browser_that_dies_is_there_again(show: Show) -> None:
    assert re.search(r"^[1-9]", show.said["killed"].strip())
    assert share(show.again, GROUND) >= LEAST_GROUND


def test_it_is_nobody_of_weight(show: Show) -> None:
    said = show.said["user"].split()
    assert "lockgate-kiosk" in said
    assert "root" not in said
    assert set(re.findall(r"CapEff:\s+(\w+)", show.said["user"])) == {"0" * 16}
    assert show.said["failed"].strip() == ""


def test_the_secret_of_the_start_address_is_not_in_the_log(show: Show) -> None:
    assert show.said["secrets"].strip() == "0"
