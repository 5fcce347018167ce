"""A keyboard wedge as umockdev emulates it: the station's real evdev driver opens, grabs and reads it, and loses it."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from tools.peers.hid_nodes import READER, WedgeDevice

WRAPPER = "umockdev-wrapper"
PYTHON = "/usr/bin/python3"
"""Debian's own: its gi bindings are of no other Python."""
EV_SYN, SYN_REPORT, SYN_DROPPED = 0, 0, 3
EV_KEY = 1
LEFT_SHIFT, ENTER = 42, 28
_ROWS = {2: "1234567890-=", 16: "qwertyuiop[]", 30: "asdfghjkl;'", 43: "\\", 44: "zxcvbnm,./", 57: " "}
_SHIFTED = {2: "!@#$%^&*()_+", 16: "QWERTYUIOP{}", 30: 'ASDFGHJKL:"', 43: "|", 44: "ZXCVBNM<>?"}
CODES = {character: first + at for first, row in _ROWS.items() for at, character in enumerate(row)}
SHIFTED = {character: first + at for first, row in _SHIFTED.items() for at, character in enumerate(row)}


def available() -> bool:
    """True when umockdev and the Python bindings of its test bed are installed."""
    asked = [PYTHON, "-c", "import gi; gi.require_version('UMockdev', '1.0')"]
    return shutil.which(WRAPPER) is not None and subprocess.run(asked, capture_output=True, check=False).returncode == 0


class Bed:
    """The test bed's process. It ends with its input, so also when this process is killed."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self._input, self._output = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)

    def say(self, told: Mapping[str, object]) -> None:
        """One line of JSON. Raises `BrokenPipeError` when it has died."""
        self._input.write(json.dumps(told).encode() + b"\n")
        self._input.flush()

    def hear(self) -> dict[str, Any]:
        """One line of JSON. Raises `EOFError` when it has died."""
        line = self._output.readline()
        if not line:
            raise EOFError("the test bed has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Take everything down."""
        self._input.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()


@dataclass
class HidReader:
    """A reader that types. `device` is what it is made of; another may come back in its place."""

    bed: Bed
    root: str
    device: WedgeDevice = READER

    @property
    def uri(self) -> str:
        """Found by its identifiers, as configured for the first reader of a station."""
        return f"evdev:?vid={self.device.vid:04x}&pid={self.device.pid:04x}&name=front"

    @property
    def command(self) -> tuple[str, ...]:
        """Whatever opens the reader runs under the wrapper, in which open and ioctl reach the test bed."""
        return (WRAPPER,)

    @property
    def environment(self) -> Mapping[str, str]:
        """Which test bed."""
        return {"UMOCKDEV_DIR": self.root}

    def tap(self, number: str) -> None:
        """It types the number and Enter, as one keyed to US keyboards does."""
        self.keys(strokes(number), ENTER)

    def keys(self, *codes: int | Sequence[Sequence[int]], node: int = 0, pace: float = 0.0) -> None:
        """Type: a code is a key pressed and let go; other items are events `(type, code, value)` as they are. `pace` is
        how many seconds each press and each release takes."""
        events = [event for code in codes for event in (stroke(code) if isinstance(code, int) else code)]
        self.ask("type", node=node, events=[list(event) for event in events], pace=pace)

    def unplug(self) -> None:
        """ENODEV to whoever reads, then the device files are gone and the monitors hear of it. Its next ones have other
        numbers, as after most re-plugs; the test bed cannot give a number twice."""
        self.ask("unplug")
        self.device = self.device.moved(self.device.first + len(self.device.interfaces))

    def plug(self) -> None:
        """The device files are there, with the numbers that `device` has now."""
        self.ask("plug", nodes=self.device.nodes())

    def hold(self, held: bool) -> None:
        """Another program has grabbed every device file, or lets go of it."""
        self.ask("hold", held=held)

    def grabs(self) -> list[list[int]]:
        """Of each device file: 1 for each grab and 0 for each time it was let go."""
        grabs: list[list[int]] = self.ask("grabs")["grabs"]
        return grabs

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        """One command to the test bed, and its answer. Raises `BrokenPipeError` or `EOFError` when it has died."""
        self.bed.say({"do": do, **more})
        return self.bed.hear()


def stroke(code: int) -> list[tuple[int, int, int]]:
    """One key pressed and let go, as the kernel reports it."""
    return [(EV_KEY, code, 1), (EV_SYN, SYN_REPORT, 0), (EV_KEY, code, 0), (EV_SYN, SYN_REPORT, 0)]


def shifted(code: int) -> list[tuple[int, int, int]]:
    """One key while Shift is held."""
    end = (EV_SYN, SYN_REPORT, 0)
    return [(EV_KEY, LEFT_SHIFT, 1), end, *stroke(code), (EV_KEY, LEFT_SHIFT, 0), end]


def strokes(text: str) -> list[tuple[int, int, int]]:
    """What a reader types for `text` where the host has a US keyboard. Raises `KeyError` for what that has not."""
    each = (stroke(CODES[one]) if one in CODES else shifted(SHIFTED[one]) for one in text)
    return [event for events in each for event in events]


@contextmanager
def hid_reader(device: WedgeDevice = READER) -> Iterator[HidReader]:
    """A reader that is plugged in, until the block ends."""
    bed = Bed([WRAPPER, PYTHON, str(Path(__file__).with_name("hid_bed.py"))])
    try:
        reader = HidReader(bed, bed.hear()["root"], device)
        reader.plug()
        yield reader
    finally:
        bed.end()
