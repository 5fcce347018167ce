"""Every story beside this file, played in virtual time: once as written, once more to be sure that it replays."""

from pathlib import Path

import pytest

from tools.bench.play import play
from tools.bench.story import load

STORIES = sorted(Path(__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_story(path: Path) -> None:
    story = load(path)
    first = play(story)
    assert first.passed, first.report()
    assert play(story).trace == first.trace


def test_no_two_stories_have_one_name() -> None:
    names = [load(path).name for path in STORIES]
    assert len(set(names)) == len(names) > 40
