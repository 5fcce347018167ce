"""Reading stories: what is right becomes values, and whatever is wrong is told with its place."""

from pathlib import Path

import pytest

from hal.sim.commands import Plain, Wait
from hal.sim.commands_person import TapBadge
from tools.bench.site import PEOPLE
from tools.bench.story import StoryError, load

GOOD = """
name = "A story"
seed = 7
[site]
auto_release = false
idle_seconds = 20
[people]
zoe = "04778899"
[[step]]
do = "tap 04778899"
journal = ["one", "two"]
shows = []
sheets = 0
[[step]]
do = "wait 31s"
"""


def loaded(tmp_path: Path, text: str) -> object:
    path = tmp_path / "story.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_a_story_in_full(tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text(GOOD, encoding="utf-8")
    story = load(tmp_path / "story.toml")
    assert (story.name, story.seed, len(story.steps)) == ("A story", 7, 2)
    assert (story.setting.auto_release, story.setting.idle_seconds) == (False, 20)
    assert story.setting.people == {"zoe": "04778899"}
    tap, wait = story.steps
    assert (tap.command, tap.journal, tap.shows, tap.counts) == (
        TapBadge("04778899"),
        ("one", "two"),
        (),
        {"sheets": 0},
    )
    assert (wait.command, wait.journal, wait.shows, wait.remarks) == (Wait(31), None, None, ())


def test_what_a_story_need_not_say(tmp_path: Path) -> None:
    (tmp_path / "story.toml").write_text('name = "x"\n[[step]]\ndo = "jam"\n[[step]]\ndo = "cancel"', encoding="utf-8")
    story = load(tmp_path / "story.toml")
    assert (story.seed, story.setting.people, story.setting.auto_release) == (1, PEOPLE, True)
    assert story.steps[1].command is Plain.CANCEL


STEP = '[[step]]\ndo = "cancel"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "not TOML"),
        ('seed = 1\n[[step]]\ndo = "cancel"', "name is missing"),
        ('name = "x"', "it has no [[step]]"),
        ('name = "x"\nstep = ["tap"]', "step 1: write it as [[step]]"),
        (f'name = "x"\ncolour = 1\n{STEP}', "no such key: colour; there is name, people, seed, site, step"),
        (f'name = "x"\nseed = "one"\n{STEP}', "seed must be a whole number"),
        (f'name = "x"\nseed = true\n{STEP}', "seed must be a whole number"),
        (f'name = "x"\nseed = -1\n{STEP}', "seed must not be negative"),
        (f'name = "x"\n[site]\nauto_release = "yes"\n{STEP}', "[site]: auto_release must be true or false"),
        (f'name = "x"\n[site]\nidle_seconds = 0\n{STEP}', "idle_seconds must be 1 to 3600"),
        (f'name = "x"\n[people]\nada = 4\n{STEP}', "[people]: write a badge for each name"),
        (f'name = "x"\n{STEP}journal = "one"', "step 1: journal must be a list"),
        (f'name = "x"\n{STEP}{STEP}shows = [1]', "step 2: shows must be a list of texts"),
        (f'name = "x"\n{STEP}held = 1.5', "held must be a whole number"),
        (f'name = "x"\n{STEP}[[step]]\njournal = []', "step 2: do is missing"),
        ('name = "x"\n[[step]]\ndo = "tap"', "step 1: 'tap': did you mean tap <text>"),
        ('name = "x"\n[[step]]\ndo = "wait 31"', "did you mean wait <duration>"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(StoryError) as caught:
        loaded(tmp_path, text)
    assert str(caught.value).startswith(f"story-invalid: {tmp_path / 'story.toml'}")
    assert says in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StoryError, match="No such file"):
        load(tmp_path / "nowhere.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(StoryError, match="not TOML"):
        load(tmp_path / "binary.toml")
