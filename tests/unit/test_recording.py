"""The station's record of itself: what stands in it, what must stand in it first, and a medium that takes nothing."""

import asyncio
import tomllib
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from firmware.app import open_record
from firmware.audit.events import AuditEvent
from firmware.audit.log import Limits
from firmware.audit.material import Material, from_storage
from firmware.audit.records import HEAD, Entry, Point, file_name, parse_entry
from firmware.audit.verify import Report, verify
from firmware.mesh.port import MeshError
from firmware.recorded import RecordedMesh
from firmware.recording import VERSION, Record
from firmware.trust.trust import open_trust
from firmware.vault.identity import Kind
from hal.sim import virtual_time
from hal.sim.storage import PowerCutError, StorageFault
from tests.unit.delivery.world import World, pdf
from tests.unit.test_app import CARD, LASTING, Station


def entries(station: Station) -> list[Entry]:
    files = from_storage(station.box.storage, 1, 1)
    return [parse_entry(line) for number in sorted(files) for line in files[number].splitlines()]


def events(station: Station) -> list[str]:
    return [str(entry.event) for entry in entries(station)]


def verified(station: Station, *witnesses: Point) -> Report:
    storage = station.box.storage
    head = (storage.read(HEAD) or b"").removesuffix(b"\n")
    return verify(Material(HEAD, head, from_storage(storage, 1, 1)), station.world.pki.anchor, witnesses=witnesses)


def opened(station: Station, limits: Limits | None = None) -> Record:
    board = station.box.board()
    return Record(board, open_trust(board, station.config), station.lines.append, limits)


def renewed_chain(station: Station) -> tuple[bytes, ...]:
    """Another certificate for the station's own key."""
    own = station.world.station
    return tuple(
        station.world.pki.ca.issue(
            own.signer.public_key_pem,
            kind=Kind.STATION,
            holder_id="station-1",
            now=station.world.clock.now(),
            lifetime=LASTING,
            box_key=own.box_key,
        )
    )


def told(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    virtual_time.run(story())


def test_a_life_with_a_print_is_in_it() -> None:
    world = World()
    station = Station(world)
    job = world.submit(pdf())
    virtual_time.run(station.live((1, lambda: station.box.reader.tap(CARD))))
    arrival = ["segment-begun", "started", "paired", "deny-list-taken", "clock-synced", "session-opened"]
    release = ["release-asked", "release-granted", "printed"]
    assert Counter(events(station)) == Counter([*arrival, *release, "session-closed", "ended"])
    found = {str(entry.event): entry.fields for entry in entries(station)}
    named = {"release": world.mesh.jobs[job.job_id].release, "job": job.job_id, "fence": 1}
    assert found["release-asked"] == {"job": job.job_id}
    assert found["release-granted"] == named
    assert found["printed"] == {**named, "impressions": 2}
    assert found["started"] == found["ended"] == {"version": VERSION}
    assert verified(station).ok


def test_the_version_is_the_packages() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION


def test_the_next_life_goes_on_and_was_not_paired_again() -> None:
    station = Station(World())

    async def story() -> None:
        assert [await station.live(), await station.live()] == [0, 0]

    told(story)
    assert events(station).count("paired") == 1
    assert events(station).count("started") == events(station).count("ended") == 2
    assert events(station).count("segment-begun") == 1
    assert verified(station).ok


def test_a_renewal_begins_a_file_signed_by_the_new_certificate() -> None:
    station = Station(World())

    async def story() -> None:
        record = opened(station)
        keeping = asyncio.ensure_future(record.keep_on())
        await asyncio.sleep(1)
        await record.renewed(renewed_chain(station))
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    told(story)
    assert events(station) == ["segment-begun", "paired", "segment-begun", "renewed"]
    assert verified(station).ok


def test_nothing_is_asked_for_that_is_not_recorded() -> None:
    world = World()
    station = Station(world)
    world.submit(pdf())

    def fill() -> None:
        station.box.storage.fault = StorageFault.FULL

    def empty() -> None:
        station.box.storage.fault = None

    tap = station.box.reader.tap
    virtual_time.run(station.live((1, fill), (2, lambda: tap(CARD)), (20, empty), (25, lambda: tap(CARD)), seconds=60))
    assert "delivery 1 held: audit-failed" in station.lines
    assert [line for line in station.lines if line.startswith("not recorded")] == [
        "not recorded: audit-failed: nothing is released until it can be"
    ]
    assert world.mesh.asked == 1
    assert world.delivered() == [pdf()]
    assert events(station).count("release-asked") == 1
    assert verified(station).ok


@pytest.mark.parametrize("fault", [StorageFault.FULL, StorageFault.READ_ONLY, StorageFault.IO_ERROR])
def test_a_station_starts_without_a_record_and_takes_it_up_later(fault: StorageFault) -> None:
    station = Station(World())
    station.box.storage.fault = fault

    async def story() -> None:
        record = opened(station)
        assert record.point.sequence == 0
        station.box.storage.fault = None
        if fault is StorageFault.IO_ERROR:
            station.box.storage.restart()
        await record.record(AuditEvent.STARTED, version=VERSION)
        assert record.point.sequence == 2

    told(story)
    assert station.lines == ["not recorded: audit-failed: nothing is released until it can be"]
    assert verified(station).ok


def test_damage_is_said_and_the_record_goes_on() -> None:
    station = Station(World())

    async def story() -> None:
        await station.live()
        data = station.box.storage.read(file_name(1)) or b""
        station.box.storage.replace(file_name(1), data.replace(b'"started"', b'"ended"'))
        assert await station.live() == 0

    told(story)
    assert "the audit record was damaged: audit-changed; it goes on in a new part" in station.lines
    assert events(station).count("damage-found") == 1
    assert not verified(station).ok


def test_the_order_is_that_of_the_calls_whether_somebody_waits_or_not() -> None:
    station = Station(World())

    async def story() -> None:
        record = opened(station)
        record.note(AuditEvent.SESSION_OPENED, source="badge")
        await record.record(AuditEvent.RELEASE_ASKED, job="job-1")
        record.note(AuditEvent.SESSION_CLOSED)
        await record.begin(AuditEvent.PRINTED, job="job-1")

    told(story)
    assert events(station)[1:] == ["session-opened", "release-asked", "session-closed", "printed"]


def test_what_a_stranger_made_up_is_left_out() -> None:
    station = Station(World())

    async def story() -> None:
        record = opened(station)
        record.note(AuditEvent.SESSION_REFUSED, code="No such\nthing", source="badge")
        await record.begin(AuditEvent.PRINTED, release="../../etc", job="job-1", impressions=-4)

    told(story)
    assert [entry.fields for entry in entries(station)[1:]] == [
        {"code": "unreadable", "source": "badge"},
        {"job": "job-1"},
    ]


def test_the_quota_is_the_configurations() -> None:
    station = Station(World())

    async def story() -> None:
        record = opened(station, Limits(segment=4000, quota=12_000))
        for number in range(100):
            await record.record(AuditEvent.RELEASE_ASKED, job=f"job-{number}")

    told(story)
    assert sum(map(len, from_storage(station.box.storage, 1, 99).values())) <= 12_000
    assert entries_kept(station) < 100


def entries_kept(station: Station) -> int:
    found = [station.box.storage.read(file_name(number)) or b"" for number in range(1, 99)]
    return sum(data.count(b"\n") for data in found)


def test_the_record_of_a_configured_station() -> None:
    station = Station(World())
    board = station.box.board()
    assert open_record(board, station.config, open_trust(board, station.config), station.write).point.sequence == 0


@pytest.mark.parametrize("write", range(1, 30))
def test_the_power_may_go_at_any_write(write: int) -> None:
    world = World(seed=write)
    station = Station(world)
    world.submit(pdf())

    def cut() -> None:
        station.box.storage.cut_power_in(write)

    async def story() -> None:
        try:
            await station.live((0, cut), (1, lambda: station.box.reader.tap(CARD)))
        except* PowerCutError:
            station.box.storage.crash()
        station.post = None
        await asyncio.sleep(90)  # for the lease, and what the cut life had still to come
        assert await station.live((1, lambda: station.box.reader.tap(CARD)), seconds=200) == 0

    told(story)
    assert verified(station).ok, verified(station).fault
    granted = {entry.fields["release"] for entry in entries(station) if entry.event is AuditEvent.RELEASE_GRANTED}
    assert {delivery.job_name.removeprefix("lockgate-") for delivery in world.printer.deliveries} <= granted


def test_refused_proofs_are_recorded_and_cards_of_others_are_not() -> None:
    station = Station(World())

    async def story() -> None:
        record = opened(station)
        mesh = RecordedMesh(station.world.mesh, record)
        with pytest.raises(MeshError, match="card-unproven"):
            await mesh.begin_proof(b"\x04\xa1\xb2\xc3", b"")
        with pytest.raises(MeshError, match="proof-unknown"):
            await mesh.answer_proof("p-1", b"\x91\x00")
        await record.end()

    told(story)
    assert [(str(entry.event), dict(entry.fields)) for entry in entries(station)[1:-1]] == [
        ("session-refused", {"code": "proof-unknown", "method": "proof", "source": "badge"}),
    ]


def test_visits_and_refusals_name_nobody() -> None:
    station = Station(World())

    async def story() -> None:
        record = opened(station)
        mesh = RecordedMesh(station.world.mesh, record)
        with pytest.raises(Exception, match="badge-unknown"):
            await mesh.open_session("04ffffff")
        session = await mesh.open_session("04a1b2c3")
        with pytest.raises(Exception, match="ticket-expired"):
            await mesh.associate("ticket", "ada", "483920")
        await mesh.close_session(session.session_id)
        await record.end()

    told(story)
    assert [(str(entry.event), dict(entry.fields)) for entry in entries(station)[1:-1]] == [
        ("session-refused", {"code": "badge-unknown", "source": "badge"}),
        ("session-opened", {"source": "badge"}),
        ("session-refused", {"code": "ticket-expired", "source": "association"}),
        ("session-closed", {}),
    ]


@pytest.mark.parametrize(
    ("part", "named"), [("org", {"part": "org"}), ("", {}), ("a stranger's", {})], ids=["named", "none", "strange"]
)
def test_a_refused_release_names_the_part_that_was_missing(part: str, named: dict[str, str]) -> None:
    world = World()
    station = Station(world)
    job = world.submit(pdf())
    world.mesh.fail("ask_release", MeshError("part-withdrawn", status=403, part=part))
    virtual_time.run(station.live((1, lambda: station.box.reader.tap(CARD))))
    (refused,) = [entry.fields for entry in entries(station) if entry.event is AuditEvent.RELEASE_REFUSED]
    assert refused == {"job": job.job_id, "code": "part-withdrawn", **named}
