"""Playing stories: what goes otherwise is told so that a person sees where and how; what was recorded replays."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from hal.sim import virtual_time
from hal.sim.words import parse
from tools.bench import junit, record
from tools.bench.play import Result, play
from tools.bench.record import Recording
from tools.bench.site import Setting
from tools.bench.story import load, read
from tools.bench.world import World

TAP = 'do = "tap 04ffffff"\njournal = ["badge read at reader-1 -> authenticating", "refused badge-unknown -> idle"]'
WRONG = f"""
name = "It goes otherwise"
seed = 5
[[step]]
do = "wait 1s"
[[step]]
{TAP.replace("-> idle", "-> fault")}
shows = ["reading"]
held = 2
"""


def played(tmp_path: Path, text: str) -> Result:
    path = tmp_path / "story.toml"
    path.write_text(text, encoding="utf-8")
    return play(load(path))


def test_a_story_that_goes_as_written(tmp_path: Path) -> None:
    result = played(tmp_path, f'name = "x"\n[[step]]\n{TAP}\nheld = 0')
    assert result.passed
    assert result.report() == f"passed  {tmp_path / 'story.toml'}: x"


def test_a_failure_says_where_what_and_how_to_see_it_again(tmp_path: Path) -> None:
    result = played(tmp_path, WRONG)
    assert not result.passed
    path = tmp_path / "story.toml"
    assert result.report().splitlines() == [
        f"FAILED  {path}: It goes otherwise",
        "  step 2 of 2, at 08:00:02.000: tap 04ffffff",
        "    journal:",
        "      badge read at reader-1 -> authenticating",
        "    - refused badge-unknown -> fault",
        "    + refused badge-unknown -> idle",
        "    shows:",
        "      reading",
        "    + unknown-badge",
        "    held:",
        "    - 2",
        "    + 0",
        "    (- as written, + as it happened)",
        f"  to see it again: lockgate-bench run --seed 5 {path}",
    ]


def test_what_the_world_remarks_must_be_expected() -> None:
    surprising = {"name": "x", "step": [{"do": "choose 1"}]}
    assert not play(read(surprising, "here")).passed
    expected = {"name": "x", "step": [{"do": "choose 1", "remarks": ["there is no list to choose from"]}]}
    assert play(read(expected, "here")).passed


def test_the_same_story_leaves_the_same_trace() -> None:
    words = (
        "submit 2 pages as ada",
        "jam at page 2",
        "tap 04a1b2c3",
        "cut network",
        "wait 1m",
        "cut power",
        "start station",
    )
    story = read({"name": "x", "seed": 3, "step": [{"do": line} for line in words]}, "here")
    first, second = play(story), play(story)
    assert first.trace == second.trace
    assert len(first.trace) > 20


def test_what_was_recorded_replays(tmp_path: Path) -> None:
    setting = Setting({'o"neil': "0411223344"}, auto_release=False, idle_seconds=12)
    recording = Recording(9, setting)

    async def session() -> None:
        world = World(9, setting)
        await world.begin()
        for words in ('submit 2 pages as o"neil', "tap  0411223344", "choose 7", "choose 1", "wait 20s"):
            recording.add(words, await world.do(parse(words)))
        await world.aclose()

    virtual_time.run(session())
    path = tmp_path / "recorded.toml"
    path.write_text(recording.toml("by hand"), encoding="utf-8")
    story = load(path)
    assert (story.name, story.seed, story.setting) == ("by hand", 9, setting)
    assert story.steps[1].do == "tap 0411223344"
    assert story.steps[-1].counts == {"sheets": 2, "held": 0, "unknown": 0, "printed": 1}
    result = play(story)
    assert result.passed, result.report()


def test_a_story_is_rewritten_to_what_happens_and_keeps_its_head(tmp_path: Path) -> None:
    path = tmp_path / "story.toml"
    head = '# Why this is told.\nname = "x"\nseed = 2\n'
    path.write_text(f'{head}\n[[step]]\ndo = "tap 04ffffff"\njournal = ["nonsense"]\n', encoding="utf-8")
    record.rewrite(path, load(path))
    assert path.read_text(encoding="utf-8").startswith(f"{head}\n[[step]]\ndo")
    assert play(load(path)).passed


def test_junit_counts_and_quotes(tmp_path: Path) -> None:
    good = play(read({"name": "good", "step": [{"do": "wait 1s"}]}, "here"))
    bad = played(tmp_path, WRONG)
    junit.write(tmp_path / "out.xml", [(good, 0.5), (bad, 0.25)])
    suites = ET.parse(tmp_path / "out.xml").getroot()  # noqa: S314 (our own output)
    assert suites.attrib == {"tests": "2", "failures": "1", "errors": "0", "time": "0.750"}
    first, second = suites.iter("testcase")
    assert first.find("failure") is None
    failure = second.find("failure")
    assert failure is not None
    assert failure.get("message") == "step 2: tap 04ffffff"
    assert failure.text == bad.report()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_chance_changes_no_story_of_this_kind(seed: int) -> None:
    steps = [{"do": "submit 1 page as ada"}, {"do": "tap 04a1b2c3"}, {"do": "wait 10s", "sheets": 1, "printed": 1}]
    assert play(read({"name": "x", "seed": seed, "step": steps}, "here")).passed
