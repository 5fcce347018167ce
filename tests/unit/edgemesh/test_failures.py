"""What a peer learns when the mesh itself fails: a code, and no more."""

import logging

import pytest

from hal.sim.virtual_time import run
from tests.support.mesh_receipts import Signing
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tools.edgemesh.interface import problems
from tools.edgemesh.interface.problems import Problem
from tools.edgemesh.storage.stores import StoreError


class Broken:
    """A store every call of which fails."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def __getattr__(self, _name: str) -> object:
        raise self._failure


class FailsToChange:
    """A store of jobs that can be read."""

    def __init__(self, store: object) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        if name == "change":
            raise StoreError("the disk is full")
        return getattr(self._store, name)


@pytest.mark.parametrize(
    ("failure", "refusal"),
    [
        (StoreError("disk I/O error at /var/lib/mesh"), (503, "store-failed", "")),
        (ZeroDivisionError("secret 04a1"), (500, "internal", "")),
    ],
)
def test_a_failure_is_logged_here_and_only_named_there(
    failure: Exception, refusal: tuple[int, str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.roles.vault.desk.store = Broken(failure)  # type: ignore[assignment]  # answers nothing
        answer = await site.station.tap(BADGE)
        assert answer.refusal == refusal
        assert b"secret" not in answer.body
        assert b"/var" not in answer.body

    with caplog.at_level(logging.ERROR, "edgemesh"):
        run(story())
    assert "POST /v1/sessions" in caplog.text


def test_a_role_whose_store_fails_does_not_stop_the_others_chores() -> None:
    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        grant = (await site.station.ask(job)).expect(201)
        (await site.station.report(grant, 1, "printed")).expect(200)
        node = site.mesh.roles.node("node-1")
        kept, node.holdings.store = node.holdings.store, Broken(StoreError())  # type: ignore[assignment]
        await site.mesh.roles.round()
        node.holdings.store = kept
        await site.clock.sleep(31)
        await site.mesh.roles.round()
        assert site.mesh.bodies["node-1"].bodies == {}

    run(story())


def test_a_receipt_that_was_kept_alone_is_told_again_with_its_report() -> None:
    """The store fails between the two; nothing of the report was taken in, and the same one mends it."""

    async def story() -> None:
        site = MemorySite()
        job = await site.client.submit(b"document")
        await site.station.tap(BADGE)
        here = await Signing.of(site.station, job, ORG, site.clock.now)
        book = site.mesh.roles.vault.keys.book
        kept, book.store = book.store, FailsToChange(book.store)  # type: ignore[assignment]
        assert (await here.end("stopped", pages=2)).refusal == (503, "store-failed", "")
        book.store = kept
        assert len(site.mesh.receipt_store.of_job(job)) == 1
        assert "pages_out" not in (await site.station.jobs())[0]
        (await here.end("stopped", pages=2)).expect(200)
        assert len(site.mesh.receipt_store.of_job(job)) == 1
        assert (await site.station.jobs())[0]["pages_out"] == 2

    run(story())


def test_an_error_without_a_word_of_ours_is_internal() -> None:
    assert problems.from_error(StoreError()).code == "store-failed"
    assert problems.from_error(type("OddError", (StoreError,), {"code": "odd"})()).code == "internal"
    assert [problems.from_status(status).code for status in (400, 431, 500)] == [
        "request-malformed",
        "headers-too-large",
        "internal",
    ]
    assert Problem("shredded", part="job").document()["part"] == "job"
