"""Plays stories in virtual time, and says readably where one went otherwise than it was written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import ndiff

from hal.sim import virtual_time
from tools.bench.story import COUNTS, Step, Story
from tools.bench.trace import Line, Of, stamp
from tools.bench.world import Happened, World

HORIZON = 90 * virtual_time.DAY
"""No story is longer."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The first step that went otherwise: its number from 1, its words, when it began, and each difference in lines
    marked `-` (written in the story) and `+` (what happened)."""

    step: int
    do: str
    at: datetime
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """How a story went."""

    story: Story
    failure: Failure | None
    trace: tuple[Line, ...] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether all went as written."""
        return self.failure is None

    def report(self) -> str:
        """For a person: what failed where, and how to see it again. One line for a story that passed."""
        where = f"{self.story.path}: " if self.story.path else ""
        if self.failure is None:
            return f"passed  {where}{self.story.name}"
        failure, seed = self.failure, self.story.seed
        again = f"lockgate-bench run --seed {seed} {self.story.path or 'STORY.toml'}"
        return "\n".join(
            [
                f"FAILED  {where}{self.story.name}",
                f"  step {failure.step} of {len(self.story.steps)}, at {stamp(failure.at)}: {failure.do}",
                *(f"    {line}" for line in failure.differences),
                "    (- as written, + as it happened)",
                f"  to see it again: {again}",
            ]
        )


def play(story: Story) -> Result:
    """Play it in a world of its own. Raises what the station died of, when nobody foresaw that, and
    `VirtualTimeError` for a world that cannot go on."""
    return virtual_time.run(_play(story), timeout=HORIZON)


async def _play(story: Story) -> Result:
    world = World(story.seed, story.setting)
    failure = None
    try:
        await world.begin()
        for number, step in enumerate(story.steps, start=1):
            at = world.clock.now()
            world.trace.note(Of.COMMAND, step.do)
            found = compare(step, await world.do(step.command))
            if found:
                failure = Failure(number, step.do, at, found)
                break
    finally:
        await world.aclose()
    return Result(story, failure, tuple(world.trace.lines))


def compare(step: Step, happened: Happened) -> tuple[str, ...]:
    """Every difference between what the story says of a step and what happened; none when it went as written."""
    found = _lines("remarks", step.remarks, happened.remarks)
    if step.journal is not None:
        found += _lines("journal", step.journal, happened.journal)
    if step.shows is not None:
        found += _lines("shows", step.shows, happened.shows)
    if step.says is not None:
        found += _lines("says", step.says, happened.says)
    for name in COUNTS:
        is_now = getattr(happened, name)
        if step.counts.get(name, is_now) != is_now:
            found += [f"{name}:", f"- {step.counts[name]}", f"+ {is_now}"]
    return tuple(found)


def _lines(name: str, written: Sequence[str], happened: Sequence[str]) -> list[str]:
    if tuple(written) == tuple(happened):
        return []
    return [f"{name}:", *(line for line in ndiff(written, happened) if not line.startswith("?"))]
