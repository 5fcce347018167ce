"""The stored rules: what is written is read again, what is damaged is told and never half used."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.badges.raw import RawRead
from firmware.config import Config
from firmware.rule_store import (
    FILE,
    LONGEST,
    MOST_READERS,
    RuleStoreError,
    StoredRules,
    numbers,
    read_stored,
    store,
    stored,
)
from hal.sim.storage import SimStorage

STEPS = st.lists(st.sampled_from(["trim", "hex2dec", "reverse-bytes", "pad 10", "last 4"]), max_size=6).map(tuple)
RAW = RawRead(b"946EBD28")


def storage(rules: StoredRules | None = None) -> SimStorage:
    made = SimStorage(Random(1))  # noqa: S311 - the same faults at each run
    if rules is not None:
        store(made, rules)
    return made


def config(*site: str, **readers: tuple[str, ...]) -> Config:
    return Config("data", "", "", "file:keys", ("serial:///dev/x",), badge_rules=site, reader_rules=readers)


def heard(rules: StoredRules | None, settings: Config, reader: str) -> tuple[str, ...]:
    told: list[str] = []
    found = numbers(settings, storage(rules), told.append).rules(reader).steps
    assert told == []
    return found


@given(st.none() | STEPS, st.dictionaries(st.text("abcü-1", min_size=1, max_size=9), STEPS, max_size=5))
def test_what_is_stored_is_read_again(site: tuple[str, ...] | None, readers: dict[str, tuple[str, ...]]) -> None:
    rules = StoredRules(site, readers)
    assert stored(storage(rules)) == rules


def test_nothing_stored_is_no_rules() -> None:
    assert stored(storage()) == StoredRules()


def test_a_rule_goes_in_and_out() -> None:
    rules = StoredRules().having("front", ("trim",)).having(None, ("hex2dec",))
    assert rules == StoredRules(("hex2dec",), {"front": ("trim",)})
    assert rules.without("front") == StoredRules(("hex2dec",))
    assert rules.without(None).without("front") == StoredRules()


@pytest.mark.parametrize(
    ("rules", "settings", "steps"),
    [
        (None, config(), ()),
        (None, config("trim"), ("trim",)),
        (None, config("trim", front=("lower",)), ("lower",)),
        (StoredRules(("hex2dec",)), config("trim"), ("hex2dec",)),
        (StoredRules(()), config("trim"), ()),
        (StoredRules(("hex2dec",)), config("trim", front=("lower",)), ("lower",)),
        (StoredRules(("hex2dec",), {"front": ("upper",)}), config("trim", front=("lower",)), ("upper",)),
        (StoredRules(None, {"back": ("upper",)}), config("trim"), ("trim",)),
    ],
)
def test_a_readers_own_rule_before_the_sites_and_the_stored_one_before_the_configured(
    rules: StoredRules | None, settings: Config, steps: tuple[str, ...]
) -> None:
    assert heard(rules, settings, "front") == steps


GOOD = {"version": 1, "site": ["trim"], "readers": {"front": ["hex2dec"]}}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        json.dumps({**GOOD, "version": 2}).encode(),
        json.dumps({**GOOD, "site": "trim"}).encode(),
        json.dumps({**GOOD, "site": [1]}).encode(),
        json.dumps({**GOOD, "site": ["nonsense"]}).encode(),
        json.dumps({**GOOD, "site": ["trim"] * 33}).encode(),
        json.dumps({**GOOD, "readers": []}).encode(),
        json.dumps({**GOOD, "readers": {"": []}}).encode(),
        json.dumps({**GOOD, "readers": {"a\nb": []}}).encode(),
        json.dumps({**GOOD, "readers": {str(name): [] for name in range(MOST_READERS + 1)}}).encode(),
        json.dumps(GOOD).encode() + b" " * LONGEST,
    ],
)
def test_damaged_rules_are_told_and_the_configuration_stands_alone(data: bytes) -> None:
    with pytest.raises(RuleStoreError) as caught:
        read_stored(data)
    assert caught.value.code == "badge-rules-damaged"
    damaged, told = storage(), list[str]()
    damaged.replace(FILE, data)
    found = numbers(config("hex2dec"), damaged, told.append)
    assert found.rules("front").apply(RAW) == "2490285352"
    assert [line.partition(":")[0] for line in told] == ["badge-rules-damaged"]


def test_too_many_rules_are_not_stored() -> None:
    medium = storage(StoredRules(("trim",)))
    with pytest.raises(RuleStoreError):
        store(medium, StoredRules(readers={str(name): () for name in range(MOST_READERS + 1)}))
    assert stored(medium) == StoredRules(("trim",))
