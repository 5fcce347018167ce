"""firmware/docs/badges.md against the code: each example is run, each step has its row."""

import re
import tomllib
from pathlib import Path

import pytest

from firmware.badges.raw import RawRead
from firmware.badges.rules import LONGEST_STEP, MOST_STEPS, Rules
from firmware.badges.steps import KINDS, Kind
from firmware.badges.value import LONGEST_TEXT
from firmware.badges.wiegand import FORMATS
from firmware.settings import KEYS

DOC = (Path(__file__).parents[3] / "firmware" / "docs" / "badges.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^\|(?: [^`|]+ \|)? `([^`]+)` \| `(\[.*\])` \| `([^`]+)` \|$", re.MULTILINE)
FORMAT = re.compile(r"^\| `(\w+)` \| (\d+) \| ([-0-9]+|none) \| (\d+)-(\d+) \| (.+) \|$", re.MULTILINE)


def row(kind: Kind) -> str:
    step, before, after = kind.example
    cells = (f"`{kind.usage}`", kind.meaning, f"`{before}`", f"`{step}`", f"`{after}`")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def raw(text: str) -> RawRead:
    """`0b…` are bits, left-aligned in their bytes."""
    if not text.startswith("0b"):
        return RawRead(text.encode())
    count = len(text) - 2
    return RawRead((int(text, 2) << -count % 8).to_bytes((count + 7) // 8), is_text=False, bits=count)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_step_has_its_row(kind: Kind) -> None:
    assert row(kind) in DOC.splitlines()


@pytest.mark.parametrize("example", [one.groups() for one in EXAMPLE.finditer(DOC)], ids=lambda one: str(one[:2]))
def test_every_example_is_so(example: tuple[str, str, str]) -> None:
    sent, rules, number = example
    steps = tomllib.loads(f"rules = {rules}".replace("\\|", "|"))["rules"]
    assert Rules.parse(steps).apply(raw(sent)) == number


def test_no_example_escapes() -> None:
    assert len(EXAMPLE.findall(DOC)) == len(re.findall(r"^\|.*`\[.*\]` \| `", DOC, re.MULTILINE))


def test_every_format_has_its_row() -> None:
    told = {name: rest for name, *rest in FORMAT.findall(DOC)}
    assert told.keys() == FORMATS.keys()
    for name, (bits, facility, first, last, _) in told.items():
        layout = FORMATS[name]
        assert int(bits) == layout.bits
        assert (int(first), int(last) - int(first) + 1) == (layout.card.first, layout.card.count)
        place = layout.facility
        assert facility == (f"{place.first}-{place.first + place.count - 1}" if place else "none")


@pytest.mark.parametrize("name", FORMATS)
def test_the_parities_are_as_told(name: str) -> None:
    told = next(rest[-1] for first, *rest in FORMAT.findall(DOC) if first == name)
    found = re.findall(r"(even|odd) over ([-0-9, …]+?) at (\d+)", told)
    parities = {(("even", "odd")[one.is_odd], one.at): one.over for one in FORMATS[name].parities}
    assert len(found) == len(parities)
    for kind, places, at in found:
        assert parities[kind, int(at)] == spelt(places)


def spelt(places: str) -> tuple[int, ...]:
    """`1-12`, or `2, 3, 5, 6, … 32, 33`, which leaves out every third."""
    if "-" in places:
        first, last = map(int, places.split("-"))
        return tuple(range(first, last + 1))
    numbers = [int(one) for one in re.findall(r"\d+", places)]
    assert numbers[2] - numbers[0] == 3
    return tuple(place for place in range(numbers[0], numbers[-1] + 1) if (place - numbers[0]) % 3 < 2)


def test_the_limits_and_the_settings_are_as_told() -> None:
    assert f"At most {MOST_STEPS} steps, {LONGEST_STEP} characters each" in DOC
    assert f"most {LONGEST_TEXT} characters" in DOC
    key = next(key for key in KEYS if key.path == "badges.rules")
    assert f"`{key.variable}`" in DOC
    assert f"with `{key.separator}` between" in DOC


def test_the_configuration_shown_can_be_used() -> None:
    shown = tomllib.loads(re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)[0])["badges"]
    assert Rules.parse(shown["rules"]).steps
    assert {name: Rules.parse(steps).steps for name, steps in shown["readers"].items()}["lobby"] == ()
