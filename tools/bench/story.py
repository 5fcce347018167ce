"""Stories in TOML: what somebody does to a station, and exactly what the station then tells. Read strictly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hal.sim.commands import Command
from hal.sim.words import WordsError, parse
from tools.bench.site import PEOPLE, Setting

MAX_IDLE_SECONDS = 3600
LISTS = ("journal", "shows", "says", "remarks")
_SITE = {"auto_release", "idle_seconds", "factors", "association", "cards"}
_POLICIES = ("", "uid", "uid-pin", "proof")
COUNTS = ("sheets", "held", "unknown", "printed")


class StoryError(Exception):
    """A story that cannot be read; the text says where, and what would be right."""

    code = "story-invalid"

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{self.code}: {where}: {what}")


@dataclass(frozen=True, slots=True)
class Step:
    """One command, in words and as a value, and what is to come of it. None: the story does not say. `remarks` are
    what the world itself answers when something cannot be done; none are expected unless the story says so."""

    do: str
    command: Command
    journal: tuple[str, ...] | None = None
    shows: tuple[str, ...] | None = None
    says: tuple[str, ...] | None = None
    remarks: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """A name for people, the seed of all chance, the world it begins in, and what happens."""

    name: str
    seed: int
    setting: Setting
    steps: tuple[Step, ...]
    path: Path | None = None


def load(path: Path) -> Story:
    """The story in a file. Raises `StoryError`."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise StoryError(str(path), exc.strerror or "cannot be read") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise StoryError(str(path), f"not TOML: {exc}") from exc
    return read(table, str(path), path)


def read(table: Mapping[str, Any], where: str, path: Path | None = None) -> Story:
    """The story in a table that TOML gave. Raises `StoryError`, which begins with `where`."""
    story = _Table(table, where, {"name", "seed", "site", "people", "step"})
    steps = story.get("step", list, [])
    if not steps:
        raise StoryError(where, "it has no [[step]]")
    return Story(
        name=story.get("name", str),
        seed=story.number("seed", 1),
        setting=_setting(story),
        steps=tuple(_step(step, f"{where}: step {number}") for number, step in enumerate(steps, start=1)),
        path=path,
    )


def _setting(story: "_Table") -> Setting:
    site = _Table(story.get("site", dict, {}), f"{story.where}: [site]", _SITE)
    idle = site.number("idle_seconds", 30)
    if not 0 < idle <= MAX_IDLE_SECONDS:
        raise StoryError(site.where, f"idle_seconds must be 1 to {MAX_IDLE_SECONDS}")
    people = story.get("people", dict, PEOPLE)
    if not people or not all(isinstance(badge, str) and badge for badge in people.values()):
        raise StoryError(f"{story.where}: [people]", 'write a badge for each name, such as ada = "04a1b2c3"')
    factors, association = site.lines("factors") or ("card",), site.get("association", str, "")
    if not {"card"} <= set(factors) <= {"card", "pin"} or association not in ("", "code"):
        raise StoryError(site.where, 'factors are "card" or "card" and "pin"; association is "" or "code"')
    cards = site.get("cards", str, "")
    if cards not in _POLICIES:
        raise StoryError(site.where, f"cards is one of {', '.join(_POLICIES[1:])}, or empty")
    return Setting(dict(people), site.get("auto_release", bool, True), idle, factors, association, cards)


def _step(value: object, where: str) -> Step:
    if not isinstance(value, dict):
        raise StoryError(where, "write it as [[step]]")
    step = _Table(value, where, {"do", *LISTS, *COUNTS})
    words = step.get("do", str)
    try:
        command = parse(words)
    except WordsError as exc:
        raise StoryError(where, f"{words!r}: {exc.hint}") from exc
    counts = {name: step.number(name) for name in COUNTS if name in value}
    journal, shows, says, remarks = (step.lines(name) for name in LISTS)
    return Step(words, command, journal, shows, says, remarks or (), counts)


class _Table:
    """One table of the file. Every method raises `StoryError`."""

    def __init__(self, values: Mapping[str, Any], where: str, known: set[str]) -> None:
        self.where = where
        self._values = values
        for name in values:
            if name not in known:
                raise StoryError(where, f"no such key: {name}; there is {', '.join(sorted(known))}")

    def get(self, name: str, kind: type, default: Any = None) -> Any:
        """The value of that type; without a default it must be there."""
        value = self._values.get(name, default)
        if value is None:
            raise StoryError(self.where, f"{name} is missing")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise StoryError(self.where, f"{name} must be {_KINDS[kind]}")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number from 0."""
        value: int = self.get(name, int, default)
        if value < 0:
            raise StoryError(self.where, f"{name} must not be negative")
        return value

    def lines(self, name: str) -> tuple[str, ...] | None:
        """A list of texts, None where there is none."""
        if name not in self._values:
            return None
        value = self.get(name, list)
        if not all(isinstance(line, str) for line in value):
            raise StoryError(self.where, f"{name} must be a list of texts")
        return tuple(value)


_KINDS = {str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}
