"""Every (state, trigger) pair of every machine: legal as the golden table says, or refused without a trace."""

from collections.abc import Iterator
from enum import StrEnum

import pytest
from transitions import MachineError

from firmware.core.delivery import Delivery
from firmware.core.service import Service
from firmware.core.session import Session
from firmware.core.table import DELIVERY, SERVICE, SESSION, TABLES, Table
from tests.unit.core.golden import GOLDEN

MODELS = ((SERVICE, Service), (SESSION, Session), (DELIVERY, Delivery))


class Probe:
    """A model whose conditions hold as told, and which records what it was made to do."""

    def __init__(self, state: StrEnum, holding: str | None) -> None:
        self.state = state
        self.holding = holding
        self.done: list[str] = []

    def __getattr__(self, name: str) -> object:
        if name.startswith(("is_", "was_", "needs_")):
            return lambda _event: name == self.holding
        return lambda _event: self.done.append(name)


def pairs() -> Iterator[tuple[Table, StrEnum, str]]:
    return ((table, state, trigger) for table in TABLES for state in table.states for trigger in table.triggers)


def named(value: object) -> str:
    return value.name if isinstance(value, Table) else str(value)


def golden(table: Table, state: StrEnum, trigger: str) -> list[str]:
    return GOLDEN[table.name][state].get(trigger, "").split()


@pytest.mark.parametrize(("table", "state", "trigger"), list(pairs()), ids=named)
def test_every_pair_is_legal_or_refused_as_written_down(table: Table, state: StrEnum, trigger: str) -> None:
    allowed = golden(table, state, trigger)
    assert [str(line.dest or "stay") for line in table.rows_for(state, trigger)] == allowed
    for line in table.rows_for(state, trigger):
        probe = Probe(state, line.when)
        assert table.fire(probe, trigger, object())
        assert probe.state is (line.dest or state)
        assert probe.done == ([line.do] if line.do else [])
    if not allowed:
        probe = Probe(state, None)
        with pytest.raises(MachineError):
            table.fire(probe, trigger, object())
        assert (probe.state, probe.done) == (state, [])


def guarded() -> Iterator[tuple[Table, StrEnum, str]]:
    for table, state, trigger in pairs():
        rows = table.rows_for(state, trigger)
        if rows and all(line.when for line in rows):
            yield table, state, trigger


@pytest.mark.parametrize(("table", "state", "trigger"), list(guarded()), ids=named)
def test_a_pair_whose_conditions_all_fail_changes_nothing(table: Table, state: StrEnum, trigger: str) -> None:
    probe = Probe(state, None)
    assert not table.fire(probe, trigger, object())
    assert (probe.state, probe.done) == (state, [])


def test_the_golden_table_names_no_trigger_or_state_that_does_not_exist() -> None:
    for table in TABLES:
        assert set(GOLDEN[table.name]) == {str(state) for state in table.states}
        assert {trigger for allowed in GOLDEN[table.name].values() for trigger in allowed} == set(table.triggers)


@pytest.mark.parametrize(("table", "model"), MODELS, ids=named)
def test_each_model_can_do_and_answer_what_its_table_names(table: Table, model: type) -> None:
    names = {name for line in table.rows for name in (line.do, line.when) if name}
    assert {name for name in names if not callable(getattr(model, name, None))} == set()


def test_every_state_can_be_reached() -> None:
    for table in TABLES:
        reached = {table.states[0]} | {line.dest for line in table.rows if line.dest}
        assert reached == set(table.states)
