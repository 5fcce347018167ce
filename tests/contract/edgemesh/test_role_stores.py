"""What every node's and every org key service's store promises, whatever its engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.support.mesh_records import NOW, holding
from tools.edgemesh.storage.records import Epoch, Held, NodeGrant, Place, Rebox
from tools.edgemesh.storage.stores import EpochStore, HoldingStore

OpenHoldings = Callable[[], HoldingStore]
OpenEpochs = Callable[[], EpochStore]
GRANT = NodeGrant("r-1", "job-1", "station-1", "request", NOW)


def test_holdings_are_kept_and_replaced(open_holdings: OpenHoldings) -> None:
    store = open_holdings()
    store.put(holding())
    held = replace(holding(), place=Place.HELD, digest="d" * 64)
    store.put(held)
    store = open_holdings()
    assert (store.get("job-1"), list(store.all()), store.get("job-2")) == (held, [held], None)


def test_holdings_are_found_by_place_and_their_bytes_counted(open_holdings: OpenHoldings) -> None:
    store = open_holdings()
    assert store.reserved() == (0, 0)
    for number, place in enumerate(Place):
        store.put(holding(number, place, size=10**number))
    assert [one.job_id for one in store.in_place(Place.WITHDRAWN)] == ["job-2"]
    assert store.reserved() == (1, 10)


def test_what_is_removed_takes_its_grants_along(open_holdings: OpenHoldings) -> None:
    store = open_holdings()
    store.put(holding())
    store.add_grant(GRANT)
    store.remove("job-1")
    store.remove("job-1")
    assert (store.get("job-1"), store.grant_of("r-1")) == (None, None)


def test_a_request_is_good_for_one_release(open_holdings: OpenHoldings) -> None:
    store = open_holdings()
    assert store.add_grant(GRANT)
    assert store.add_grant(GRANT)
    assert not store.add_grant(replace(GRANT, release_id="r-2"))
    store = open_holdings()
    assert (store.grant_of("r-1"), store.grant_of("r-2")) == (GRANT, None)


def test_old_grants_are_dropped(open_holdings: OpenHoldings) -> None:
    store = open_holdings()
    store.add_grant(GRANT)
    store.drop_grants(NOW)
    assert store.grant_of("r-1") == GRANT
    store.drop_grants(NOW + timedelta(microseconds=1))
    assert store.grant_of("r-1") is None


def test_epochs_are_kept_and_the_latest_is_known(open_epochs: OpenEpochs) -> None:
    first, second = (Epoch(number, b"key", False, b"statement", b"signature") for number in (9, 10))
    store = open_epochs()
    assert store.latest() is None
    store.put(second)
    store.put(first)
    store.put(replace(first, private_key=None, suspended=True))
    store = open_epochs()
    assert (store.latest(), store.get(9)) == (second, replace(first, private_key=None, suspended=True))
    assert store.get(11) is None


def test_epochs_are_put_together_and_listed_in_order(open_epochs: OpenEpochs) -> None:
    first, second = (Epoch(number, b"key", False, b"statement", b"signature") for number in (1, 2))
    store = open_epochs()
    store.put(second, replace(first, held=Held.REBOX))
    store = open_epochs()
    assert list(store.all()) == [replace(first, held=Held.REBOX), second]


def test_what_was_sealed_anew_is_kept_replaced_and_forgotten(open_epochs: OpenEpochs) -> None:
    rebox = Rebox("job-1", b"digest", 2, "suite", b"box", NOW)
    store = open_epochs()
    assert store.rebox("job-1") is None
    store.put_rebox(rebox)
    store.put_rebox(replace(rebox, epoch=3, box=b"other"))
    store = open_epochs()
    assert store.rebox("job-1") == replace(rebox, epoch=3, box=b"other")
    store.drop_reboxes(NOW)
    assert store.rebox("job-1") is not None
    store.drop_reboxes(NOW + timedelta(microseconds=1))
    assert store.rebox("job-1") is None
