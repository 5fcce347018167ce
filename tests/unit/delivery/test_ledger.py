"""The ledger: order of steps, durability, repair; and that no power cut loses what was acknowledged."""

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.events import Outcome
from firmware.delivery.ledger import FILE, KEPT, LINES, Ledger, LedgerError
from firmware.delivery.records import Entry, Step, encode, read
from hal.ports.errors import StorageError, StorageFullError
from hal.sim.random_source import stream
from hal.sim.storage import PowerCutError, SimStorage, StorageFault

STEPS = tuple(Step)


def storage(seed: int = 1) -> SimStorage:
    return SimStorage(stream(seed, "storage"))


def taken_to(ledger: Ledger, step: Step, release: str = "r-1") -> None:
    """Through every step up to `step`."""
    ledger.intend(Entry(release, "job-1", 1))
    for one in STEPS[1 : STEPS.index(step) + 1]:
        ledger.advance(release, one)


entries = st.builds(
    Entry,
    release=st.text(max_size=8),
    job=st.text(max_size=8),
    fence=st.integers(0, 2**40),
    step=st.sampled_from(STEPS),
    printer_job=st.none() | st.integers(1, 2**31),
    outcome=st.none() | st.sampled_from(Outcome),
    code=st.text(max_size=8),
    impressions=st.none() | st.integers(0, 10**6),
    printer_uuid=st.text(max_size=8),
    first_page=st.integers(1, 5000),
    copies=st.integers(0, 99),
    pages=st.none() | st.integers(0, 5000),
    told=st.booleans(),
)


@given(st.lists(entries, max_size=6))
def test_what_is_written_is_read(written: list[Entry]) -> None:
    reading = read(b"".join(map(encode, written)))
    assert reading.entries == {entry.release: entry for entry in written}
    assert (reading.torn, reading.damaged) == (False, 0)


@given(st.lists(entries, min_size=1, max_size=4), st.data())
def test_a_torn_end_costs_only_the_last_line(written: list[Entry], data: st.DataObject) -> None:
    whole, last = b"".join(map(encode, written[:-1])), encode(written[-1])
    reading = read(whole + last[: data.draw(st.integers(1, len(last) - 1))])
    assert reading.entries == {entry.release: entry for entry in written[:-1]}
    assert (reading.torn, reading.damaged) == (True, 0)


@given(st.lists(entries, min_size=1, max_size=4, unique_by=lambda entry: entry.release), st.data())
def test_a_flipped_bit_is_never_believed(written: list[Entry], data: st.DataObject) -> None:
    good = b"".join(map(encode, written))
    at = data.draw(st.integers(0, len(good) * 8 - 1))
    bad = bytearray(good)
    bad[at // 8] ^= 1 << at % 8
    reading = read(bytes(bad))
    assert reading.damaged or reading.torn
    for release, entry in reading.entries.items():
        (known,) = [one for one in written if one.release == release]
        assert entry == known or (entry.step is Step.STARTED and known.step in (Step.INTENDED, Step.CREATED))


def test_where_a_line_is_damaged_an_open_release_counts_as_started() -> None:
    lines = encode(Entry("r-1", "job-1", 1, Step.CREATED, 7)) + b"00000000 {}\n"
    medium = storage()
    medium.replace(FILE, lines)
    ledger = Ledger(medium)
    assert ledger.damaged == 1
    assert [entry.step for entry in ledger.unsettled()] == [Step.STARTED]
    assert Ledger(medium).damaged == 0  # repaired


def test_lines_from_before_pages_were_kept_are_still_read() -> None:
    fields = {"release": "r-1", "job": "job-1", "fence": 3, "step": "sent", "printer_job": 7}
    text = json.dumps(fields | {"outcome": None, "code": "", "impressions": None}).encode()
    reading = read(b"%08x %s\n" % (zlib.crc32(text), text))
    assert reading.entries == {"r-1": Entry("r-1", "job-1", 3, Step.SENT, 7)}
    assert reading.damaged == 0
    assert reading.entries["r-1"].copies == 0  # unknown: no count of it is taken for pages


@pytest.mark.parametrize("at", STEPS)
@pytest.mark.parametrize("to", STEPS[1:])
def test_steps_come_in_their_order(at: Step, to: Step) -> None:
    ledger = Ledger(storage())
    taken_to(ledger, at)
    allowed = to.rank == at.rank + 1 or (to is Step.ENDED and at.rank < Step.ENDED.rank)
    if allowed:
        assert ledger.advance("r-1", to).step is to
        return
    with pytest.raises(LedgerError, match="ledger-order"):
        ledger.advance("r-1", to)
    assert ledger.entry("r-1").step is at


def test_a_release_that_was_here_before_is_refused_for_ever() -> None:
    medium = storage()
    ledger = Ledger(medium)
    taken_to(ledger, Step.REPORTED)
    for again in (ledger, Ledger(medium)):
        with pytest.raises(LedgerError, match="release-repeated"):
            again.intend(Entry("r-1", "job-1", 2))


def test_a_full_medium_changes_nothing_and_is_mended_later() -> None:
    medium = storage()
    ledger = Ledger(medium)
    taken_to(ledger, Step.CREATED)
    medium.fault = StorageFault.FULL
    with pytest.raises(StorageFullError):
        ledger.advance("r-1", Step.STARTED)
    assert ledger.entry("r-1").step is Step.CREATED
    medium.fault = None
    ledger.advance("r-1", Step.STARTED)
    assert Ledger(medium).entry("r-1").step is Step.STARTED


def test_what_cannot_be_undone_is_remembered_until_it_can_be_written() -> None:
    medium = storage()
    ledger = Ledger(medium)
    taken_to(ledger, Step.STARTED)
    medium.fault = StorageFault.FULL
    ledger.insist("r-1", Step.SENT)
    assert ledger.entry("r-1").step is Step.SENT
    assert Ledger(medium).entry("r-1").step is Step.STARTED
    medium.fault = None
    ledger.intend(Entry("r-2", "job-2", 2))
    assert Ledger(medium).entry("r-1").step is Step.SENT


def test_a_medium_that_fails_for_good_lets_nothing_start() -> None:
    medium = storage()
    ledger = Ledger(medium)
    taken_to(ledger, Step.CREATED)
    medium.fault = StorageFault.TORN
    with pytest.raises(StorageError):
        ledger.advance("r-1", Step.STARTED)
    medium.fault = None
    with pytest.raises(StorageError):  # the sync failed: until the process starts anew nothing tells what is there
        ledger.advance("r-1", Step.STARTED)
    medium.restart()
    assert Ledger(medium).entry("r-1").step in (Step.CREATED, Step.STARTED)


def test_the_file_stays_small_and_forgets_only_what_was_reported() -> None:
    medium = storage()
    ledger = Ledger(medium)
    ledger.intend(Entry("r-open", "job-0", 1))
    for number in range(LINES):
        taken_to(ledger, Step.REPORTED, f"r-{number}")
    reading = read(medium.read(FILE) or b"")
    assert len(reading.entries) <= KEPT + 1 + LINES // len(STEPS)
    assert "r-open" in reading.entries
    assert f"r-{LINES - KEPT}" in reading.entries
    assert [entry.release for entry in Ledger(medium).unsettled()] == ["r-open"]


@given(st.integers(0, 2**32), st.integers(1, 14))
def test_a_power_cut_leaves_each_release_at_the_last_acknowledged_step_or_the_next(seed: int, writes: int) -> None:
    medium = storage(seed)
    acknowledged: dict[str, int] = {}
    ledger = Ledger(medium)
    medium.cut_power_in(writes)
    try:
        for release in ("r-1", "r-2"):
            ledger.intend(Entry(release, "job-1", 1))
            acknowledged[release] = 0
            for step in STEPS[1:]:
                ledger.advance(release, step)
                acknowledged[release] = step.rank
    except PowerCutError:
        pass
    medium.crash()
    after = Ledger(medium)
    known = {entry.release: entry.step.rank for entry in read(medium.read(FILE) or b"").entries.values()}
    assert set(acknowledged) <= set(known)
    for release, rank in acknowledged.items():
        assert known[release] in (rank, rank + 1)
    assert after.damaged == 0
