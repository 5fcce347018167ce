"""`tools/dev panel`: the station's panel for a browser on this machine, and badges, jams and more by typing."""

import argparse
import shlex
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tools.demo.processes import DemoError, Talker
from tools.panel.cast import CAST, PIN, Paper, Person
from tools.panel.rig import Rig, rig

A_DAY = 86_400.0
QUIT = ("quit", "exit", "stop")
DESCRIPTION = """\
A station on simulated hardware, a real mesh, and people whose jobs it holds. Open the address that it prints in a
browser, 800 by 480 points large, and type what happens before it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Until `quit` is typed. The exit code: 0 then, 1 where a part did not come up, 130 interrupted."""
    options = _parser().parse_args(arguments)
    if options.screens:
        from tools.panel.screens import draw  # noqa: PLC0415 - wants a browser, which the demonstration does not

        return draw(options.screens)
    try:
        with tempfile.TemporaryDirectory(prefix="lockgate-panel-") as directory, rig(Path(directory)) as made:
            print(_help(made), flush=True)
            _relating(made.station)
            obey(made, sys.stdin, print)
    except DemoError as exc:
        print(f"panel: {exc}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tools/dev panel", description=DESCRIPTION)
    parser.add_argument("--screens", type=Path, metavar="DIR", help="instead, take a picture of each screen into DIR")
    return parser


def obey(made: Rig, lines: Iterable[str], tell: Callable[[str], object]) -> None:
    """Carry out what is typed, until it ends or says so. `tap NAME`, `code NAME` and `send NAME PAGES TITLE` are
    about the cast; the station knows the rest."""
    for line in lines:
        words = line.split()
        if words and words[0] in QUIT:
            return
        try:
            _do(made, words, line, tell)
        except (DemoError, ValueError, KeyError):
            tell("not done: `help` says what can be typed")


def _do(made: Rig, words: list[str], line: str, tell: Callable[[str], object]) -> None:
    match words:
        case []:
            return
        case ["tap", name] if name in made.badges:
            made.tap(name)
        case ["code", name]:
            tell(f"{name}'s one-time code: {made.office.code(_person(name))}")
        case ["send", name, pages, *_]:
            made.office.submit(_person(name), Paper(" ".join(shlex.split(line)[3:]) or "Untitled", int(pages)))
        case ["help"]:
            tell(_help(made))
            made.say("help")
        case _:
            made.say(line.rstrip("\n"))


def _person(name: str) -> Person:
    return {person.name: person for person in CAST}[name]


def _help(made: Rig) -> str:
    return f"""
the panel is at {made.url}

  tap NAME                 {", ".join(made.badges)}
  code NAME                a one-time code, for a badge that is nobody's yet
  send NAME PAGES TITLE    another job of theirs
  help                     all that can happen to reader and printer, such as: jam, paper out, printer behaves
  quit

ben's PIN is {PIN}; he lets ada print what he has sent. chloe has sent nothing; a tap of diego's prints everything.
"""


def _relating(station: Talker) -> None:
    """Say what the station says, for as long as it lives."""
    threading.Thread(target=_relate, args=(station,), daemon=True).start()


def _relate(station: Talker) -> None:
    try:
        while True:
            said = station.wait_for(lambda _line: True, A_DAY)
            print(f"  station: {said.get('text', said)}", flush=True)
    except DemoError:
        return


if __name__ == "__main__":
    sys.exit(main())
