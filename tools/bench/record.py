"""Writes down as a story what happened: a session by hand, or a story anew after the station was changed on purpose."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hal.sim import virtual_time
from tools.bench.play import HORIZON
from tools.bench.site import Setting
from tools.bench.story import COUNTS, Story
from tools.bench.world import Happened, World

FIRST_STEP = "\n[[step]]\n"


class Recording:
    """Commands in words, each with what came of it."""

    def __init__(self, seed: int, setting: Setting) -> None:
        self._seed = seed
        self._setting = setting
        self._steps: list[tuple[str, Happened]] = []

    def add(self, words: str, happened: Happened) -> None:
        """One more step."""
        self._steps.append((" ".join(words.split()), happened))

    def toml(self, name: str) -> str:
        """The story so far."""
        people = "".join(f"{_text(person)} = {_text(badge)}\n" for person, badge in self._setting.people.items())
        head = (
            f"name = {_text(name)}\nseed = {self._seed}\n\n"
            f"[site]\nauto_release = {str(self._setting.auto_release).lower()}\n"
            f"idle_seconds = {self._setting.idle_seconds}\n\n[people]\n{people}"
        )
        return head + self.steps()

    def steps(self) -> str:
        """The steps alone. Counts are written where they changed, and all of them at the end."""
        told: dict[str, int] = {}
        written = []
        for number, (words, happened) in enumerate(self._steps, start=1):
            counts = {name: getattr(happened, name) for name in COUNTS}
            is_last = number == len(self._steps)
            news = {name: count for name, count in counts.items() if is_last or count != told.get(name, 0)}
            written.append(_step(words, happened, news))
            told = counts
        return "".join(written)


def rewrite(path: Path, story: Story) -> None:
    """Put what happens now into the story's file; what stands before its first step stays as it is. Raises `OSError`,
    and what the station died of, when nobody foresaw that."""
    head, _, _ = path.read_text(encoding="utf-8").partition(FIRST_STEP)
    recording = virtual_time.run(_recorded(story), timeout=HORIZON)
    path.write_text(head + recording.steps(), encoding="utf-8")


async def _recorded(story: Story) -> Recording:
    world, recording = World(story.seed, story.setting), Recording(story.seed, story.setting)
    try:
        await world.begin()
        for step in story.steps:
            recording.add(step.do, await world.do(step.command))
    finally:
        await world.aclose()
    return recording


def _step(words: str, happened: Happened, counts: Mapping[str, int]) -> str:
    lines = [f"do = {_text(words)}", f"journal = {_array(happened.journal)}"]
    if happened.journal or happened.shows:
        lines.append(f"shows = {_array(happened.shows)}")
    if happened.says:
        lines.append(f"says = {_array(happened.says)}")
    if happened.remarks:
        lines.append(f"remarks = {_array(happened.remarks)}")
    lines += [f"{name} = {count}" for name, count in counts.items()]
    return FIRST_STEP + "\n".join(lines) + "\n"


def _array(texts: Sequence[str]) -> str:
    """One line when it is short."""
    short = "[" + ", ".join(map(_text, texts)) + "]"
    return short if len(short) <= 100 else "[\n" + "".join(_indented(texts)) + "]"


def _indented(texts: Iterable[str]) -> Iterable[str]:
    return (f"    {_text(text)},\n" for text in texts)


def _text(text: str) -> str:
    """A basic string (TOML 1.0): JSON's escapes are among its own."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
