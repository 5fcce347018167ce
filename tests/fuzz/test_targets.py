"""Each target for a short while, the same inputs at each run; and that no parser of ours is left out."""

import ast
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import target
from tests.fuzz.mutate import mutated
from tests.fuzz.target import MEMORY_BYTES, Target
from tests.fuzz.targets import REASONS, TARGETS

ROOT = Path(__file__).parents[2]
MUTATIONS = 100
PARSER = re.compile(r"(parse|read|decode)(_\w+)?")

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
"""The library warns of certificates that it will refuse one day, such as those with a negative number; seeds are made
anew for each run, so a mutation comes upon one now and then."""

each_target = pytest.mark.parametrize("tried", TARGETS, ids=lambda one: one.name)


@pytest.fixture(autouse=True)
def measured() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@each_target
def test_the_seeds_and_what_becomes_of_them(tried: Target) -> None:
    random = Random(tried.name)  # noqa: S311 - the same inputs at each run
    for seed in (*tried.seeds, b""):
        tried(seed)
    for _ in range(MUTATIONS):
        tried(mutated(random.choice(tried.seeds or (b"",)), random))


@each_target
def test_any_bytes(tried: Target) -> None:
    @settings(max_examples=25, deadline=None, database=None, derandomize=True)
    @given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda one: one.encode(errors="replace"))))
    def attempt(data: bytes) -> None:
        tried(data)

    attempt()


@each_target
def test_a_target_takes_a_seed(tried: Target) -> None:
    """A corpus of refusals alone would try nothing but the first check."""
    taken = 0
    for seed in tried.seeds:
        try:
            tried.call(seed)
        except tried.raises:
            continue
        taken += 1
    assert taken or not tried.raises


def test_a_target_that_fails_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="bytes kept"):
        Target("hungry", lambda _data: bytes(MEMORY_BYTES), ())(b"")
    with pytest.raises(ZeroDivisionError):
        Target("raises", lambda _data: 1 / 0, (), (ValueError,))(b"")
    monkeypatch.setattr(target, "CPU_SECONDS", -1.0)
    with pytest.raises(AssertionError, match="s for 0 bytes"):
        Target("slow", lambda _data: None, ())(b"")


def parsers() -> set[str]:
    """Every function and public method of ours that parses, by its module's name and its own."""
    found = set()
    for folder in ("firmware", "hal", "tools"):
        for path in (ROOT / folder).rglob("*.py"):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if module.startswith(("hal.sim", "hal.ports", "tools.bench", "tools.measure", "tools.peers", "tools.docs")):
                continue  # simulators, ports without code, and what reads files of this checkout only
            found |= {f"{module}.{name}" for name in _parsers_in(ast.parse(path.read_text("utf-8")).body, "")}
    return found


def _parsers_in(body: list[ast.stmt], inside: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _parsers_in(node.body, f"{inside}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and PARSER.fullmatch(node.name):
            yield inside + node.name


def test_no_parser_is_left_out() -> None:
    covered = {name for one in TARGETS for name in one.covers}
    left_out = parsers() - covered - set(REASONS)
    assert not left_out, f"write a target in tests/fuzz, or a reason in targets.py: {sorted(left_out)}"
    assert not set(REASONS) & covered
    assert all(len(reason) > 10 for reason in REASONS.values())


def test_every_name_is_one_of_ours() -> None:
    for name in [*REASONS, *(name for one in TARGETS for name in one.covers)]:
        parts = name.split(".")
        places = (ROOT.joinpath(*parts[:length]).with_suffix(".py") for length in range(2, len(parts)))
        found = [place for place in places if place.exists()]
        assert found, name
        assert re.search(rf"\b(def|class) {parts[-1]}\b", found[0].read_text("utf-8")), name
