"""What every store of receipts promises, whatever its engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.support.mesh_records import LATER, NOW
from tools.edgemesh.storage.records import KeptReceipt
from tools.edgemesh.storage.stores import ReceiptStore

Open = Callable[[], ReceiptStore]
ONE = KeptReceipt("r-1", 7, "job-1", "ada", NOW, b"a file\x00\xff")


def test_an_empty_store_has_none(open_receipts: Open) -> None:
    store = open_receipts()
    assert (store.get("r-1", 7), list(store.of_job("job-1"))) == (None, [])
    store.forget_owner("ada")
    store.drop(LATER)


def test_what_was_put_is_there_after_a_restart_in_its_order(open_receipts: Open) -> None:
    later, other = replace(ONE, sequence=8, since=LATER), replace(ONE, release_id="r-2", job_id="job-2")
    store = open_receipts()
    for one in (ONE, later, other):
        store.put(one)
    store = open_receipts()
    assert (store.get("r-1", 7), store.get("r-1", 8), store.get("r-1", 9)) == (ONE, later, None)
    assert (list(store.of_job("job-1")), list(store.of_job("job-2"))) == ([ONE, later], [other])


def test_the_first_of_a_report_stays(open_receipts: Open) -> None:
    store = open_receipts()
    store.put(ONE)
    store.put(replace(ONE, file=b"another", since=LATER))
    assert list(open_receipts().of_job("job-1")) == [ONE]


def test_a_persons_go_and_nobody_elses(open_receipts: Open) -> None:
    bobs = replace(ONE, release_id="r-2", owner="bob")
    store = open_receipts()
    store.put(ONE)
    store.put(bobs)
    store.forget_owner("ada")
    assert list(open_receipts().of_job("job-1")) == [bobs]


def test_what_is_old_goes(open_receipts: Open) -> None:
    store = open_receipts()
    store.put(ONE)
    store.drop(NOW)
    assert store.get("r-1", 7) == ONE
    store.drop(NOW + timedelta(microseconds=1))
    assert open_receipts().get("r-1", 7) is None
