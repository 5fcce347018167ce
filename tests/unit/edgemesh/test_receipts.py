"""Receipts at the vault: which are taken, what becomes of them, and who is shown them."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from firmware.audit.events import AuditEvent
from firmware.vault.identity import Kind
from firmware.vault.receipt import Outcome
from firmware.vault.receipt_form import MAX_BYTES, pack, parse_file, verify
from firmware.vault.signing import Signer, new_identity_key
from hal.sim.virtual_time import DAY, run
from tests.support.mesh_http import Json
from tests.support.mesh_people import ClientDouble
from tests.support.mesh_receipts import LAST, Signing
from tests.support.mesh_site import BADGE, ORG, MemorySite
from tests.support.octets import unbase64
from tools.edgemesh import leases
from tools.edgemesh.ca import Ca
from tools.edgemesh.keys import RoleKeys, issue
from tools.edgemesh.receipts import MEMORY, digest
from tools.edgemesh.storage.records import KeptReceipt, Phase, User

DOCUMENT = b"%PDF-1.7 for your eyes only\n" * 10
STOPPED: Json = {"outcome": Outcome.STOPPED, "pages": 2, "impressions": 4}


async def signing(site: MemorySite, title: str = "Payroll") -> Signing:
    """A job of ada's that is being released at station-1."""
    job = await site.client.submit(DOCUMENT, title=title)
    (await site.station.tap(BADGE)).expect(201)
    return await Signing.of(site.station, job, ORG, site.clock.now)


async def shown(client: ClientDouble, job: str) -> Json:
    return (await client.wire.send("GET", f"/v1/jobs/{job}/receipts")).expect(200)


def test_a_receipt_is_kept_told_to_its_owner_and_named_in_the_record() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        told = (await here.end("stopped", pages=2, impressions=4)).expect(200)
        assert told["state"] == "held"
        found = await shown(site.client, here.good.job_id)
        assert (found["state"], found["pages_out"], len(found["receipts"])) == ("held", 2, 1)
        file = unbase64(found["receipts"][0]["receipt"])
        receipt = verify(file, site.mesh.roles.verifier.anchor)
        assert (receipt.pages, receipt.release_id) == (2, here.grant["release"])
        entry = site.mesh.audits["vault"].entries[-1]
        expected = {"digest": digest(file), "pages": 2, "impressions": 4, "release": here.grant["release"]}
        assert (entry.event, expected.items() <= dict(entry.fields).items()) == (AuditEvent.STOPPED, True)

    run(story())


def test_neither_title_nor_person_is_in_a_receipt() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        raw = parse_file(here.file()).raw
        assert all(word not in raw for word in (b"Payroll", b'"ada"', BADGE.encode()))

    run(story())


def test_a_report_told_again_with_the_same_receipt_is_fine_and_with_another_refused() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        first = (await here.end("printed", pages=3)).expect(200)
        assert first["state"] == "printed"
        site.mesh.restart()
        again = (await here.end("printed", pages=3)).expect(200)
        assert again["state"] == "printed"
        other = here.file(outcome=Outcome.PRINTED, pages=3, sheets=9)
        assert (await here.end("printed", other, pages=3)).refusal == (409, "receipt-differs", "")
        assert (await here.end("printed", b"", pages=3)).status == 200  # an older program, after a step back
        assert len((await shown(site.client, here.good.job_id))["receipts"]) == 1

    run(story())


def test_a_renewed_certificate_makes_no_other_receipt() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        (await here.end("stopped")).expect(200)
        keys = here.station.keys
        renewed = RoleKeys(keys.id, keys.identity_key, keys.box_key, certified(site, keys.signer, site.clock.now()))
        assert renewed.chain != keys.chain
        (await here.end("stopped", here.file(by=renewed))).expect(200)
        (one,) = (await shown(site.client, here.good.job_id))["receipts"]
        assert parse_file(unbase64(one["receipt"])).chain == keys.chain

    run(story())


def certified(site: MemorySite, signer: Signer, now: datetime) -> tuple[bytes, ...]:
    """Another certificate of station-1, for that key."""
    issued = site.mesh.ca.issue(
        signer.public_key_pem, kind=Kind.STATION, holder_id="station-1", now=now, lifetime=timedelta(hours=9)
    )
    return tuple(issued)


def test_what_was_unknown_and_is_known_later_has_two_receipts() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        (await here.end("unknown")).expect(200)
        (await here.end("printed", sequence=LAST + 1, pages=3)).expect(200)
        (await here.end("unknown")).expect(200)  # told late, and again
        found = (await shown(site.client, here.good.job_id))["receipts"]
        assert [one["sequence"] for one in found] == [LAST, LAST + 1]

    run(story())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pages": 3}, "receipt-foreign"),
        ({"impressions": None}, "receipt-foreign"),
        ({"outcome": Outcome.PRINTED}, "receipt-foreign"),
        ({"sequence": 1}, "receipt-foreign"),
        ({"fence": 9}, "receipt-foreign"),
        ({"release_id": f"r-{'0' * 32}"}, "receipt-foreign"),
        ({"job_id": "01900000-0000-7000-8000-000000000000"}, "receipt-foreign"),
        ({"manifest": "0" * 64}, "receipt-foreign"),
        ({"org_id": "other.example"}, "receipt-foreign"),
        ({"station_id": "station-2"}, "receipt-foreign"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_one_that_says_something_else_is_refused_with_its_report(changes: Json, code: str) -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        await refused(site, here, here.file(**STOPPED | changes), code)

    run(story())


async def refused(site: MemorySite, here: Signing, file: bytes, code: str) -> None:
    """Nothing of the report is taken in; told without the receipt, it is."""
    answer = await here.end("stopped", file, pages=2, impressions=4)
    assert (answer.status, answer.code) == (422, code)
    state = site.mesh.job_store.state(here.good.job_id)
    assert state is not None
    assert (state.phase, state.pages_out) == (Phase.RELEASED, None)
    assert not site.mesh.receipt_store.of_job(here.good.job_id)
    assert (await here.end("stopped", b"", pages=2, impressions=4)).expect(200)["state"] == "held"


def spoilt(file: bytes) -> bytes:
    """With a signature that is one of something else."""
    shown = parse_file(file)
    return pack(replace(shown, signature=shown.signature[:-1] + bytes([shown.signature[-1] ^ 1])))


def of_a_stranger(_site: MemorySite, here: Signing) -> bytes:
    """By a station of that name, of an organisation that only has our name."""
    stranger = issue(Ca.create(ORG, now=here.good.ended), Kind.STATION, "station-1", here.good.ended)
    return here.file(by=stranger, **STOPPED)


def of_another_key(site: MemorySite, here: Signing) -> bytes:
    """By whoever had the station's name before, or will have it after."""
    keys = RoleKeys("station-1", new_identity_key(), bytes(32), ())
    keys.chain = certified(site, keys.signer, here.good.ended)
    return here.file(by=keys, **STOPPED)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda _site, here: spoilt(here.file(**STOPPED)), "receipt-forged"),
        (lambda _site, here: here.file(**STOPPED)[:-1], "receipt-malformed"),
        (lambda _site, _here: b"{}", "receipt-malformed"),
        (lambda site, here: here.file(by=site.mesh.add_station("station-9"), **STOPPED), "receipt-foreign"),
        (lambda _site, here: here.file(ended=here.good.ended + timedelta(days=4000), **STOPPED), "receipt-untrusted"),
        (of_another_key, "receipt-foreign"),
        (of_a_stranger, "receipt-untrusted"),
    ],
    ids=["forged", "cut", "empty", "another-station", "at-another-time", "another-key", "a-stranger"],
)
def test_one_that_is_not_true_is_refused_with_its_report(
    make: Callable[[MemorySite, Signing], bytes], code: str
) -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        await refused(site, here, make(site, here), code)

    run(story())


def test_a_larger_one_than_there_may_be_is_not_looked_at() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        assert (await here.end("stopped", bytes(MAX_BYTES + 1))).refusal == (400, "json-malformed", "")

    run(story())


def test_a_sign_of_life_has_no_receipt() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        assert (await here.end("progress", here.file(), sequence=LAST)).refusal == (422, "receipt-foreign", "")

    run(story())


def test_a_station_without_a_trusted_clock_signs_when_it_likes() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        long_ago = here.good.ended - timedelta(days=4000)
        (await here.end("stopped", here.file(ended=long_ago, clock_trusted=False))).expect(200)

    run(story())


def test_one_of_a_release_that_was_superseded_is_not_kept() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        (await site.station.ask(here.good.job_id)).expect(201)
        assert (await here.end("stopped")).refusal == (409, "fence-stale", "")
        assert not site.mesh.receipt_store.of_job(here.good.job_id)

    run(story())


def test_only_the_owners_computers_and_administrators_see_it() -> None:
    async def story() -> None:
        site = MemorySite()
        site.mesh.add_user(User("bob"))
        here = await signing(site)
        (await here.end("stopped")).expect(200)
        path = f"/v1/jobs/{here.good.job_id}/receipts"
        assert len((await shown(site.new_client("client-2", "bob", "ada"), here.good.job_id))["receipts"]) == 1
        assert (await site.new_client("client-3", "bob").wire.send("GET", path)).refusal == (404, "job-unknown", "")
        assert (await site.station.wire.send("GET", path)).refusal == (403, "not-allowed", "")
        admin = site.wire(site.mesh.add_admin("admin-1"))
        assert len((await admin.send("GET", f"/v1/admin{path.removeprefix('/v1')}")).expect(200)["receipts"]) == 1
        assert (await admin.send("GET", path)).refusal == (403, "not-allowed", "")
        site.mesh.roles.registrar.denybook.deny("user/ada")
        assert (await site.client.wire.send("GET", path)).refusal == (423, "locked-out", "")

    run(story())


def test_it_outlives_its_job_and_goes_after_a_quarter_of_a_year() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        (await here.end("printed", pages=3)).expect(200)
        job, now = here.good.job_id, site.clock.now()
        await site.mesh.roles.round()
        await asyncio.sleep((leases.MEMORY + timedelta(seconds=1)).total_seconds())
        await site.mesh.roles.round()
        assert site.mesh.job_store.job(job) is None
        found = await shown(site.client, job)
        assert (found.get("state"), len(found["receipts"])) == (None, 1)
        await asyncio.sleep((now + MEMORY - site.clock.now()).total_seconds())
        await site.mesh.roles.round()
        assert site.mesh.receipt_store.of_job(job)
        await asyncio.sleep(1)
        await site.mesh.roles.round()
        assert not site.mesh.receipt_store.of_job(job)

    run(story(), timeout=100 * DAY)


def test_a_removed_persons_receipts_are_nobodys() -> None:
    async def story() -> None:
        site = MemorySite()
        here = await signing(site)
        (await here.end("printed", pages=3)).expect(200)
        admin, job = site.wire(site.mesh.add_admin("admin-1")), here.good.job_id
        (await admin.send("DELETE", "/v1/admin/users?user=ada")).expect(204)
        assert not site.mesh.receipt_store.of_job(job)
        site.mesh.roles.vault.keys.receipts.keep(KeptReceipt("r-1", 1, job, "ada", site.clock.now(), here.file()))
        assert (await site.client.wire.send("GET", f"/v1/jobs/{job}/receipts")).code == "job-unknown"
        site.mesh.add_user(User("ada", since=site.clock.now() + timedelta(seconds=1)))  # another one of that name
        assert (await site.client.wire.send("GET", f"/v1/jobs/{job}/receipts")).code == "job-unknown"

    run(story())
