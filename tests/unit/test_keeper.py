"""Time and deny list kept true: against a mesh that is late, falls silent or comes back, and a medium that fails."""

import asyncio
from datetime import datetime, timedelta

import pytest

from firmware.audit.events import AuditEvent
from firmware.audit.records import parse_entry
from firmware.errors import LockgateError
from firmware.mesh.port import MeshError, MeshUnreachableError, MeshUntrustedError
from firmware.trust.keeper import HOUR
from firmware.trust.trust import forget
from firmware.vault.identity import Kind
from firmware.vault.timing import AuditHead
from hal.sim.storage import StorageFault
from tests.support.pki import NOW
from tests.unit.delivery.world import World
from tests.unit.trusting import CARD, TEN_YEARS, UNREACHABLE, Station, check, old_pki, told


@pytest.mark.parametrize("calendar", [NOW - TEN_YEARS, NOW, NOW + TEN_YEARS])
def test_whatever_the_board_thinks_it_takes_the_signed_time(calendar: datetime) -> None:
    async def story(station: Station) -> None:
        await station.keep(5)
        assert station.trust.clock.known
        assert station.off() < timedelta(milliseconds=2)

    assert told(story, calendar=calendar) == []


@pytest.mark.parametrize("jump", [-TEN_YEARS, TEN_YEARS])
def test_a_calendar_that_jumps_is_a_reason_to_ask_and_no_more(jump: timedelta) -> None:
    async def story(station: Station) -> None:
        keeping = asyncio.ensure_future(station.keep(300))
        await asyncio.sleep(100)
        asked = len(station.world.truth.asked)
        station.board_clock.jump(jump.total_seconds())
        assert station.off() < timedelta(milliseconds=2)
        await asyncio.sleep(70)
        assert len(station.world.truth.asked) == asked + 1
        await keeping
        assert station.off() < timedelta(milliseconds=2)

    assert told(story) == []


def test_it_asks_each_hour_and_when_the_mesh_is_back() -> None:
    async def story(station: Station) -> None:
        truth = station.world.truth
        keeping = asyncio.ensure_future(station.keep(5 * HOUR))
        await asyncio.sleep(2 * HOUR + 100)
        assert len(truth.asked) == 3
        station.keeper.reconnected()
        station.keeper.reconnected()
        await asyncio.sleep(1)
        assert len(truth.asked) == 4
        station.keeper.reconnected()
        await asyncio.sleep(1)
        assert len(truth.asked) == 4, "just now is soon enough"
        await keeping

    assert told(story) == []


def test_no_session_without_the_time_and_one_as_soon_as_it_is_known() -> None:
    async def story(station: Station) -> None:
        station.mesh.fail("signed_time", UNREACHABLE, MeshError("store-failed", status=503))
        for code in ("mesh-unreachable", "store-failed"):
            with pytest.raises(LockgateError, match=code):
                await station.asked.open_session(CARD)
        assert (await station.asked.open_session(CARD)).user == "ada"

    assert told(story) == []


def test_no_release_on_a_stale_list() -> None:
    async def story(station: Station) -> None:
        job = station.world.submit(b"%PDF-1.7\n/Type /Page")
        await station.asked.open_session(CARD)
        station.mesh.fail("denials", MeshError("deny-list-stale", status=503))
        with pytest.raises(MeshError, match="deny-list-stale"):
            await station.asked.ask_release("s-1", job.job_id)
        await station.asked.ask_release("s-1", job.job_id)
        await asyncio.sleep(24 * HOUR + 60)
        station.mesh.fail("denials", UNREACHABLE)
        with pytest.raises(MeshUnreachableError):
            await station.asked.ask_release("s-1", job.job_id)

    assert told(story) == []


def test_a_list_that_stays_the_same_grows_stale() -> None:
    async def story(station: Station) -> None:
        station.world.truth.reissues = False
        await station.keep(5)
        await asyncio.sleep(24 * HOUR)
        with pytest.raises(MeshUntrustedError, match="deny-list-stale"):
            await station.asked.ask_release("s-1", "job-1")

    assert told(story) == []


def test_who_is_denied_is_refused_at_once() -> None:
    async def story(station: Station) -> None:
        node = station.world.pki.holder(Kind.NODE, "node-1")
        await station.keep(5)
        assert check(station.trust, node) == "trusted"
        station.world.truth.deny("node/node-1")
        station.keeper.wake()
        await station.keep(1)
        assert check(station.trust, node) == "identity-revoked"
        again = station.world.pki.holder(Kind.NODE, "node-1", now=NOW + timedelta(minutes=10))
        assert check(station.trust, again) == "identity-expired", "not valid yet"

    assert told(story) == []


def test_who_may_answer() -> None:
    async def story(station: Station) -> None:
        pki = station.world.pki
        for known in (False, True):
            for kind in Kind:
                expected = "trusted" if kind in (Kind.VAULT, Kind.NODE, Kind.REGISTRAR) else "identity-untrusted"
                assert check(station.trust, pki.holder(kind, "one")) == expected
            past = pki.holder(Kind.VAULT, "one", now=NOW - timedelta(days=2))
            future = pki.holder(Kind.VAULT, "one", now=NOW + timedelta(days=2))
            assert check(station.trust, past) == "identity-expired"
            assert check(station.trust, future) == ("identity-expired" if known else "trusted")
            await station.keep(5)

    assert told(story, world=World(pki=old_pki())) == []


def test_a_medium_that_fails_is_told_and_nothing_else_suffers() -> None:
    async def story(station: Station) -> None:
        station.box.storage.fault = StorageFault.IO_ERROR
        await station.keep(5)
        assert (await station.asked.open_session(CARD)).session_id

    assert told(story) == ["deny list not kept: storage-failed", "time not kept: storage-failed"]


def test_what_is_damaged_is_told() -> None:
    async def story(station: Station) -> None:
        station.box.storage.replace("clock", b"never")
        station.box.storage.replace("deny-list", b"nobody")
        station.begin()
        await station.keep(5)
        station.begin()
        await station.keep(5)

    assert told(story) == [
        "last good time damaged: the image's age counts until the mesh is asked",
        "deny list damaged: it is fetched anew",
    ]


def test_an_unpaired_box_forgets() -> None:
    async def story(station: Station) -> None:
        await station.keep(5)
        station.box.storage.replace("clock", b"2036-01-01T00:00:00Z")
        forget(station.box.storage)
        station.begin()
        assert station.trust.clock.floor < NOW
        assert station.trust.denials.current is None

    assert told(story) == []


def test_each_is_told_where_the_others_record_stands_and_remembers_it_once_an_hour() -> None:
    stood: list[tuple[int, str]] = []

    async def story(station: Station) -> None:
        truth = station.world.truth
        recording = asyncio.ensure_future(station.record.keep_on())
        for hour in range(3):
            truth.own = AuditHead(10 * (hour + 1), f"{hour}" * 64)
            await station.keep(600)
            await station.keep(2950)
            point = station.record.point
            stood.append((point.sequence, point.hash))
        recording.cancel()
        await asyncio.gather(recording, return_exceptions=True)
        log = station.record.log
        assert log is not None
        lines = map(parse_entry, log.read_after(0, 1000))
        found = [dict(entry.fields) for entry in lines if entry.event is AuditEvent.WITNESSED]
        assert found == [
            {"holder": "vault/vault-1", "sequence": 10 * (hour + 1), "digest": f"{hour}" * 64} for hour in range(3)
        ]
        assert set(stood[:-1]) < set(truth.asked)

    told(story)


def test_what_is_refused_is_recorded_once() -> None:
    async def story(station: Station) -> None:
        await station.keep(10)
        station.world.truth.ahead = -timedelta(hours=3)
        await station.keep(4000)
        await station.record.end()
        assert station.record.log is not None
        entries = [parse_entry(line) for line in station.record.log.read_after(0, 1000)]
        refused = [dict(entry.fields) for entry in entries if entry.event is AuditEvent.CLOCK_REFUSED]
        assert refused == [{"code": "time-refused"}]

    told(story)
