"""Drive a simulated station by hand: one command a line, and everything that came of it with its time."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TextIO

from hal.sim.virtual_time import DAY, VirtualLoop
from hal.sim.words import WordsError, choices, parse, vocabulary
from tools.bench.record import Recording
from tools.bench.site import STATION, Setting
from tools.bench.trace import Line, Of
from tools.bench.world import World

PROMPT = "bench> "
HORIZON = 10 * 365 * DAY
HELP = """\
Say what happens, one thing a line. Time stands still between the lines: `wait 31s` lets it pass, at once.
Each command is given a second or so; what takes longer, such as printing, goes on with the next `wait`.

{words}

where {choices}.

And about the bench itself:
  help            this text
  state           where everything stands now
  journal         all that the station told so far
  save FILE.toml  what was done so far, as a story: `lockgate-bench run FILE.toml` replays it
  quit            leave"""


class Shell:
    """One session: a world, and a person who types. A context manager; the loop belongs to it."""

    def __init__(self, seed: int, setting: Setting, out: TextIO) -> None:
        self._seed = seed
        self._setting = setting
        self._out = out
        self._recording = Recording(seed, setting)
        self._runner = asyncio.Runner(loop_factory=lambda: VirtualLoop(HORIZON))
        self._over = False
        self._own: dict[str, Callable[[str], None]] = {
            "help": lambda _: self._say(HELP.format(words=_columns(vocabulary()), choices=_choices())),
            "state": lambda _: self._say(_state(self._world)),
            "journal": lambda _: self._show([line for line in self._world.trace.lines if line.of is Of.JOURNAL]),
            "save": self._save,
            "quit": self._quit,
            "exit": self._quit,
        }

    def run(self, lines: Iterator[str]) -> int:
        """Obey every line until `quit` or the end. The exit code: 0."""
        with self._runner as runner:
            self._world = runner.run(_world(self._seed, self._setting))
            try:
                self._greet()
                for line in lines:
                    self._obey(line.strip())
                    if self._over:
                        break
            finally:
                runner.run(self._world.aclose())
        return 0

    def _greet(self) -> None:
        people = ", ".join(f"{name} has badge {badge}" for name, badge in self._setting.people.items())
        policy = "releases all jobs at a tap" if self._setting.auto_release else "lets people choose"
        self._say(f"a station, its mesh and its printer, in virtual time, from seed {self._seed}; the site {policy}")
        self._say(f"{people}; `help` lists what you can do")
        self._show(self._world.trace.lines)

    def _obey(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            return
        if word in self._own and (not rest or word == "save"):
            self._own[word](rest.strip())
            return
        try:
            command = parse(line)
        except WordsError as exc:
            unlike = exc.hint.startswith("say one of")
            self._say("? nothing of that kind; `help` lists what you can say" if unlike else f"? {exc.hint}")
            return
        since = len(self._world.trace.lines)
        happened = self._runner.run(self._world.do(command))
        self._recording.add(line, happened)
        self._show(self._world.trace.lines[since:])

    def _save(self, name: str) -> None:
        path = Path(name)
        if path.suffix != ".toml":
            self._say("? say where: save FILE.toml")
            return
        try:
            path.write_text(self._recording.toml(path.stem.replace("_", " ")), encoding="utf-8")
        except OSError as exc:
            self._say(f"? {path}: {exc.strerror}")
        else:
            self._say(f"saved; replay it with: lockgate-bench run {quote(str(path))}")

    def _quit(self, _rest: str) -> None:
        self._over = True

    def _show(self, lines: list[Line]) -> None:
        for line in lines:
            self._say(str(line))

    def _say(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def typed(source: TextIO, out: TextIO) -> Iterator[str]:
    """Lines from a terminal, with a prompt and history; from anything else, as they come, each shown again."""
    if not source.isatty():
        for line in source:
            print(f"{PROMPT}{line.rstrip()}", file=out, flush=True)
            yield line
        return
    with suppress(ImportError):  # a Python without it takes lines all the same
        import readline  # noqa: F401, PLC0415 - gives input() its history; only a terminal needs it
    while True:
        try:
            yield input(PROMPT)
        except (EOFError, KeyboardInterrupt):
            print(file=out)
            return


async def _world(seed: int, setting: Setting) -> World:
    world = World(seed, setting)
    await world.begin()
    return world


def _choices() -> str:
    """What may stand for each slot that is one of a few words."""
    return ";\n      ".join(f"<{slot}> is {', '.join(words)}" for slot, words in choices().items())


def _columns(words: tuple[str, ...]) -> str:
    half = -(-len(words) // 2)
    width = max(map(len, words[:half])) + 2
    right = (*words[half:], "")
    return "\n".join(f"  {left:<{width}}{other}".rstrip() for left, other in zip(words[:half], right, strict=False))


def _state(world: World) -> str:
    """Where everything stands, a line each."""
    faults = sorted(condition.value for condition in world.printer.engine.conditions)
    jobs = [f"{world.job_name(job_id)} {state.phase}" for job_id, state in world.site.states().items()]
    network = "cut" if world.network.cut else world.network.manners.value
    lit = world.box.indicator.lit
    return "\n".join(
        [
            f"time      {world.clock.now():%Y-%m-%d %H:%M:%S}",
            f"station   {STATION} {'runs' if world.life else 'is off'}, light: {lit or 'dark'}",
            f"mesh      {'runs' if world.site.serving else 'is off'}; network: {network}",
            f"printer   {'on' if world.printer.on else 'off'}{', ' + ', '.join(faults) if faults else ''}; "
            f"{len(world.printer.sheets())} sheets came out",
            f"jobs      {'; '.join(jobs) or 'none'}",
        ]
    )
