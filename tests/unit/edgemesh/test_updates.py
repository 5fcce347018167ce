"""Bundles to stages of stations: who gets what, what halts it, and what outlives a restart."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.audit.events import AuditEvent
from firmware.updates.states import Version
from hal.sim.virtual_time import run
from tests.support.mesh_http import Json, send_json
from tests.support.mesh_site import MemorySite
from tools.edgemesh.updates.bundles import FileBundles
from tools.edgemesh.updates.fleet import MOST_OUTCOMES
from tools.edgemesh.updates.kept import Kept, KeptError, encode_bundle, read_bundle, read_rollouts, read_seen
from tools.edgemesh.updates.rollout import Bundle, Rollout, Seen, Stage, is_over_limit, offered, place_of

OLD, NEW = "a" * 64, "b" * 64
COMPATIBLE = "lockgate-arm64"
BUNDLES = {
    OLD: Bundle(OLD, Version("0.9.1"), COMPATIBLE, 4),
    NEW: Bundle(NEW, Version("0.10.0"), COMPATIBLE, 4),
}
STATIONS = [f"station-{number}" for number in range(500)]


def test_the_newest_of_the_stages_that_a_station_is_in() -> None:
    rollouts = {OLD: Rollout(OLD, (Stage(100),)), NEW: Rollout(NEW, (Stage(stations=("lobby",)),))}
    assert offered("lobby", COMPATIBLE, BUNDLES, rollouts) == BUNDLES[NEW]
    assert offered("cellar", COMPATIBLE, BUNDLES, rollouts) == BUNDLES[OLD]
    assert offered("lobby", "toaster", BUNDLES, rollouts) is None
    assert offered("lobby", COMPATIBLE, {}, rollouts) is None
    halted = {NEW: Rollout(NEW, (Stage(100),), "by-hand")}
    assert offered("lobby", COMPATIBLE, BUNDLES, halted) is None


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_larger_stage_has_all_of_a_smaller_one(one: int, other: int) -> None:
    smaller, larger = sorted((one, other))
    first, second = Rollout(NEW, (Stage(smaller),)), Rollout(NEW, (Stage(larger),))
    assert {name for name in STATIONS if first.has(name)} <= {name for name in STATIONS if second.has(name)}
    assert all(second.has(name) for name in STATIONS) or larger < 100


def test_each_bundle_begins_with_other_stations() -> None:
    first = [{name for name in STATIONS if place_of(digest, name) < 10} for digest in (OLD, NEW)]
    assert all(20 <= len(names) <= 90 for names in first)
    assert first[0] != first[1]


def _seen(station: str, code: str = "", digest: str = NEW, phase: str = "ended") -> Seen:
    return Seen(station, "2026-03-02T02:00:00Z", "0.9.1", COMPATIBLE, "A", phase, digest, code)


def test_more_failures_than_the_newest_stage_allows() -> None:
    rollout = Rollout(NEW, (Stage(stations=("a", "b", "c"), most_failures=1),))
    assert not is_over_limit(rollout, [_seen("a", "self-test-failed"), _seen("b")])
    assert not is_over_limit(rollout, [_seen("a", "x"), _seen("z", "x"), _seen("b", "x", OLD)])
    assert not is_over_limit(rollout, [_seen("a", "x"), _seen("b", "x", phase="ready")])
    assert is_over_limit(rollout, [_seen("a", "x"), _seen("b", "x")])


class Site(MemorySite):
    """A mesh that has both bundles."""

    def __init__(self) -> None:
        super().__init__()
        for digest, bundle in BUNDLES.items():
            self.mesh.bundles.put(bundle, digest[:4].encode())
        self.admin = self.wire(self.mesh.add_admin("admin-1"))

    async def check(self, **told: object) -> Json:
        standing = {"version": "0.9.0", "compatible": COMPATIBLE, "slot": "A", "phase": "none", "faults": []}
        return (await send_json(self.station.wire, "POST", "/v1/updates/check", standing | told)).expect(200)

    async def act(self, verb: str, body: Json | None = None, digest: str = NEW) -> Json:
        return (await send_json(self.admin, "POST", f"/v1/admin/updates/{digest}/{verb}", body or {})).expect(200)

    async def stage(self, percent: int = 100, *stations: str, most_failures: int = 0, digest: str = NEW) -> Json:
        wanted = {"percent": percent, "stations": list(stations), "most_failures": most_failures}
        return await self.act("stage", wanted, digest)

    def recorded(self, event: AuditEvent) -> int:
        return sum(one.event is event for one in self.mesh.audits["vault"].entries)


def test_a_station_gets_what_is_staged_for_it_and_the_bytes_in_ranges() -> None:
    async def story() -> None:
        site = Site()
        assert await site.check() == {}
        refused = await site.station.wire.send("GET", f"/v1/updates/{NEW}")
        assert refused.refusal == (404, "bundle-unknown", "")
        await site.stage(0, "station-1")
        offer = {"bundle": NEW, "version": "0.10.0", "compatible": COMPATIBLE, "size": 4}
        assert await site.check() == {"offer": offer}
        part = await site.station.wire.send("GET", f"/v1/updates/{NEW}", headers={"Range": "bytes=1-2"})
        assert (part.status, part.headers["content-range"]) == (206, "bytes 1-2/4")
        assert site.recorded(AuditEvent.UPDATE_STAGED) == 1

    run(story())


def test_failures_halt_a_rollout_and_a_person_may_go_on() -> None:
    async def story() -> None:
        site = Site()
        await site.stage()
        failed = {"phase": "ended", "bundle": NEW, "code": "self-test-failed"}
        assert await site.check(**failed) == {}
        assert await site.check(**failed) == {}
        assert (await site.station.wire.send("GET", f"/v1/updates/{NEW}")).refusal[1] == "bundle-unknown"
        listed = (await site.admin.send("GET", "/v1/admin/updates")).expect(200)["updates"]
        line = next(one for one in listed if one["bundle"] == NEW)
        assert (line["halted"], line["failed"], line["wanted"], line["running"]) == ("failures", ["station-1"], 1, 0)
        assert (site.recorded(AuditEvent.UPDATE_HALTED), site.recorded(AuditEvent.UPDATE_ENDED)) == (1, 1)
        await site.act("resume")
        assert (await site.check(**failed))["offer"]["version"] == "0.10.0"
        await site.act("halt")
        assert await site.check() == {}

    run(story())


def test_a_station_that_lies_about_how_it_went_does_not_fill_the_record() -> None:
    async def story() -> None:
        site = Site()
        for number in range(20):  # of bundles that nobody has staged for it
            await site.check(phase="ended", bundle=f"{number:064x}")
        await site.check(phase="ended", bundle=NEW)
        await site.stage(0, "station-2", digest=OLD)
        await site.check(phase="ended", bundle=OLD)
        assert site.recorded(AuditEvent.UPDATE_ENDED) == 0
        for stage in (1, 2):
            await site.stage(most_failures=9)
            for _ in range(3):  # one and the same again and again, with something else between
                for told in ({"phase": "installing"}, {"phase": "ended"}, {"phase": "ended", "code": "update-older"}):
                    await site.check(**told, bundle=NEW)
            assert site.recorded(AuditEvent.UPDATE_ENDED) == stage * MOST_OUTCOMES - 2
            for number in range(20):
                await site.check(phase="ended", bundle=NEW, code=f"made-up-{number}")
            assert site.recorded(AuditEvent.UPDATE_ENDED) == stage * MOST_OUTCOMES
            site.mesh.restart()

    run(story())


def test_a_station_that_is_updated_after_all_is_in_the_record() -> None:
    async def story() -> None:
        site = Site()
        await site.stage(most_failures=1)
        await site.check(phase="ended", bundle=NEW, code="bundle-unreadable")
        await site.check(phase="installing", bundle=NEW)
        await site.check(phase="ended", bundle=NEW)
        told = [one for one in site.mesh.audits["vault"].entries if one.event is AuditEvent.UPDATE_ENDED]
        assert [one.fields.get("code", "") for one in told] == ["bundle-unreadable", ""]

    run(story())


def test_what_stations_told_and_what_was_staged_outlives_a_restart() -> None:
    async def story() -> None:
        site = Site()
        await site.stage()
        await site.check(faults=["printer-unreachable"])
        site.mesh.restart()
        fleet = site.mesh.roles.vault.fleet
        assert fleet.kept.rollouts[NEW].stages == (Stage(100),)
        assert fleet.kept.stations["station-1"].faults == ("printer-unreachable",)
        assert "offer" in await site.check()

    run(story())


@pytest.mark.parametrize(
    "told",
    [
        {"phase": "great"},
        {"bundle": "x"},
        {"code": "Ada's badge"},
        {"faults": ["no space here"]},
        {"faults": ["x"] * 17},
        {"version": ""},
    ],
)
def test_a_standing_that_is_none_is_refused(told: Json) -> None:
    async def story() -> None:
        site = Site()
        standing = {"version": "0.9.0", "compatible": COMPATIBLE, "slot": "A", "phase": "none", "faults": []}
        answer = await send_json(site.station.wire, "POST", "/v1/updates/check", standing | told)
        assert answer.refusal == (400, "json-malformed", "")
        assert not site.mesh.roles.vault.fleet.kept.stations

    run(story())


@pytest.mark.parametrize("stage", [{"percent": 101}, {"percent": 0}, {"stations": [""]}])
def test_a_stage_of_nobody_or_too_many_is_refused(stage: Json) -> None:
    async def story() -> None:
        site = Site()
        wanted = {"percent": 0, "stations": [], "most_failures": 0} | stage
        answer = await send_json(site.admin, "POST", f"/v1/admin/updates/{NEW}/stage", wanted)
        assert answer.refusal == (400, "json-malformed", "")

    run(story())


def test_bundles_on_disk_are_whole_or_not_there(tmp_path: Path) -> None:
    bundles, source = FileBundles(tmp_path / "bundles"), tmp_path / "x.raucb"
    assert bundles.all() == {}
    source.write_bytes(b"bundle")
    added = bundles.add(source, Bundle("", Version("1.0"), COMPATIBLE, 1))
    assert bundles.add(source, Bundle("", Version("1.0"), COMPATIBLE, 1)) == added
    assert bundles.all() == {added.digest: added}
    body = bundles.open(added.digest)
    assert body is not None
    assert (body.size, body.read(2, 2)) == (6, b"nd")
    body.close()
    assert bundles.open("0" * 64) is None
    (tmp_path / "bundles" / "torn.json").write_bytes(b"{")
    assert bundles.all() == {added.digest: added}


def test_damaged_files_are_as_if_they_were_not_there() -> None:
    site = Site()
    site.mesh.update_files.files = {"rollouts": b"{", "stations": b"s-1\n\xff", "s-1": b"[]"}
    kept = Kept(site.mesh.update_files)
    assert (dict(kept.rollouts), dict(kept.stations)) == ({}, {})
    for read in (read_rollouts, read_seen, read_bundle):
        with pytest.raises(KeptError):
            read(b"{}")
    assert read_bundle(encode_bundle(BUNDLES[NEW])) == BUNDLES[NEW]
