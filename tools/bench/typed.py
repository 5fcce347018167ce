"""What is typed before a station on a real mesh: which words it knows, and what each does to it."""

import asyncio
import os
import sys
from collections.abc import Callable

from firmware.core.events import Event, StopAsked
from firmware.mesh.port import Mesh
from hal.ports.clock import Clock
from hal.sim import printer_commands
from hal.sim.commands import Command, Plain
from hal.sim.commands_person import TapBadge
from hal.sim.printer import SimPrinter
from hal.sim.reader import SimReader
from hal.sim.words import WordsError, parse
from tools.bench import person
from tools.bench.panel import Panel, Shown
from tools.bench.site import CannotDoError

READER = ("tap <text>", "garble tap", "unplug reader", "plug reader")
PANEL = (
    *("pin <digits>", "associate <user> <digits>", "choose <places>", "rest", "rest of <places>"),
    *("yes", "no", "pages <count>", "cancel", "cancel entry", "log out"),
)
PRINTER = printer_commands.SPOKEN
"""Of the vocabulary (hal/sim/words.py) that part which a person before the station can do; the rest is the bench's."""
QUIT = ("quit", "exit", "stop")
NOT_YET = "not serving yet, so nothing was done: wait for ready"
_ENOUGH = 4096


class Typed:
    """`serving` and `panel` are for `service.serve`; `shown` is what the screen shows. Until the station serves, only
    help and quitting mean anything: `quit_early` ends it then."""

    def __init__(
        self,
        reader: SimReader,
        twin: SimPrinter | None,
        clock: Clock,
        shown: Shown,
        *,
        quit_early: Callable[[], object],
    ) -> None:
        self._shown = shown
        self._reader, self._twin, self._clock, self._quit_early = reader, twin, clock, quit_early
        self._post: Callable[[Event], None] | None = None
        self._panel: Panel | None = None
        self.has_quit = False

    @property
    def help(self) -> str:
        """The words that this station knows; none of the printer where that is a real one."""
        words = (*READER, *PANEL, *(PRINTER if self._twin else ()), "help", "quit")
        return f"type: {', '.join(words)}"

    def serving(self, post: Callable[[Event], None]) -> None:
        """An `app.Control`."""
        self._post = post

    def panel(self, mesh: Mesh) -> Mesh:
        """An `app.Panel`: what the mesh shows to whoever stands here."""
        self._panel = Panel(mesh, self._clock, self._shown)
        return self._panel

    def quit(self) -> None:
        """Stop in order; once is enough."""
        if self.has_quit:
            return
        self.has_quit = True
        if self._post is not None:
            self._post(StopAsked())
        else:
            self._quit_early()

    def obey(self, words: str) -> None:
        """Carry out a line. What cannot be done is said, never with the line itself: it may hold a PIN."""
        said = " ".join(words.split()).lower()
        if said in QUIT:
            self.quit()
        elif said in ("help", "?"):
            _say(self.help)
        elif said:
            self._carry_out(words)

    def _carry_out(self, words: str) -> None:
        try:
            command = parse(words)
        except WordsError:
            _say(f"not understood; {self.help}")
            return
        if self._post is None or self._panel is None:
            _say(NOT_YET)
            return
        try:
            done = self._at_reader(command) or self._at_printer(command)
            done = done or person.obey(self._panel, self._post, command)
        except CannotDoError as exc:
            _say(str(exc))
            return
        if not done:
            _say(f"not at this station; {self.help}")

    def _at_reader(self, command: Command) -> bool:
        match command:
            case TapBadge(text):
                self._reader.tap(text)
            case Plain.GARBLE_TAP:
                self._reader.garble()
            case Plain.UNPLUG_READER:
                self._reader.unplug()
            case Plain.PLUG_READER:
                self._reader.plug()
            case _:
                return False
        return True

    def _at_printer(self, command: Command) -> bool:
        return self._twin is not None and printer_commands.obey(self._twin, command)


class TypedLines:
    """The lines of standard input, each as it comes; `ended` is called at its end."""

    def __init__(self, take: Callable[[str], None], ended: Callable[[], None]) -> None:
        self._take, self._ended = take, ended
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        self._fd = sys.stdin.fileno() if sys.stdin else -1
        self._open = False

    def start(self) -> None:
        """Begin. Nothing is read before the loop's next turn."""
        self._open = True
        try:
            self._loop.add_reader(self._fd, self._readable)
        except PermissionError:  # epoll takes neither a file nor /dev/null: those never keep anybody waiting
            self._loop.call_soon(self._read_on)
        except ValueError:  # there is none
            self._loop.call_soon(self._end)

    def stop(self) -> None:
        """Read no more."""
        if self._open:
            self._open = False
            if self._fd >= 0:
                self._loop.remove_reader(self._fd)

    def _read_on(self) -> None:
        if self._open:
            self._readable()
            self._loop.call_soon(self._read_on)

    def _readable(self) -> None:
        try:
            read = os.read(self._fd, _ENOUGH)
        except BlockingIOError:
            return
        except OSError:  # a terminal that is gone
            read = b""
        *lines, self._rest = (self._rest + read).split(b"\n")
        if not read and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            self._take(line.decode(errors="replace").strip())
        if not read:
            self._end()

    def _end(self) -> None:
        self.stop()
        _say("standard input has ended: the station stops")
        self._ended()


def _say(words: str) -> None:
    print(words, flush=True)
