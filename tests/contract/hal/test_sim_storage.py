"""How the storage twin crashes: whatever is written and whenever the power goes, what was acknowledged stays."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.ports.errors import StorageError
from hal.sim.random_source import stream
from hal.sim.storage import PowerCutError, SimStorage, StorageFault

RECORDS = st.lists(st.binary(min_size=1, max_size=8), max_size=8)


@given(seed=st.integers(0, 2**16), records=RECORDS, cut_at=st.integers(1, 10))
def test_a_power_cut_tears_at_most_the_append_under_way(seed: int, records: list[bytes], cut_at: int) -> None:
    storage = SimStorage(stream(seed, "storage"))
    storage.cut_power_in(cut_at)
    acknowledged, under_way = b"", b""
    with contextlib.suppress(PowerCutError):
        for record in records:
            under_way = record
            storage.append("ledger", record)
            acknowledged, under_way = acknowledged + record, b""
    storage.crash()
    left = storage.read("ledger") or b""
    assert left.startswith(acknowledged)
    assert (acknowledged + under_way).startswith(left)


@given(seed=st.integers(0, 2**16), fault=st.sampled_from([StorageFault.IO_ERROR, StorageFault.TORN]))
def test_after_a_failed_append_a_prefix_may_remain(seed: int, fault: StorageFault) -> None:
    storage = SimStorage(stream(seed, "storage"))
    storage.append("ledger", b"kept,")
    storage.fault = fault
    with pytest.raises(StorageError):
        storage.append("ledger", b"doubtful")
    storage.fault = None
    storage.crash()
    left = storage.read("ledger") or b""
    assert left.startswith(b"kept,")
    assert b"kept,doubtful".startswith(left)


@given(seed=st.integers(0, 2**16))
def test_a_replacement_or_removal_is_whole_or_not_at_all(seed: int) -> None:
    storage = SimStorage(stream(seed, "storage"))
    storage.replace("state", b"old")
    storage.cut_power_in(1)
    with pytest.raises(PowerCutError):
        storage.replace("state", b"new")
    storage.crash()
    before = storage.read("state")
    assert before in (b"old", b"new")
    storage.cut_power_in(1)
    with pytest.raises(PowerCutError):
        storage.remove("state")
    storage.crash()
    assert storage.read("state") in (before, None)


def test_every_outcome_of_a_torn_append_comes_up() -> None:
    def left(seed: int) -> bytes | None:
        storage = SimStorage(stream(seed, "storage"))
        storage.cut_power_in(1)
        with pytest.raises(PowerCutError):
            storage.append("ledger", b"ab")
        storage.crash()
        return storage.read("ledger")

    assert {left(seed) for seed in range(50)} == {b"", b"a", b"ab"}


def test_a_box_without_power_does_nothing_until_it_is_back() -> None:
    storage = SimStorage(stream(1, "storage"))
    storage.cut_power_in(1)
    with pytest.raises(PowerCutError):
        storage.append("ledger", b"x")
    with pytest.raises(PowerCutError):
        storage.read("ledger")
    storage.crash()
    storage.append("other", b"x")


def test_a_killed_process_loses_nothing_that_the_kernel_has() -> None:
    storage = SimStorage(stream(1, "storage"))
    storage.fault = StorageFault.IO_ERROR
    with pytest.raises(StorageError):
        storage.append("ledger", b"doubtful")
    storage.fault = None
    storage.restart()
    assert storage.read("ledger") == b"doubtful"


def test_everything_ever_written_can_be_searched() -> None:
    storage = SimStorage(stream(1, "storage"))
    storage.replace("a", b"canary")
    storage.replace("a", b"clean")
    storage.remove("a")
    assert any(b"canary" in piece for piece in storage.ever_written)
