"""The record on a real directory: however often a station starts and however much happens, it stays and stays small."""

from pathlib import Path

from firmware.audit.events import AuditEvent
from firmware.audit.log import AuditLog, Limits
from firmware.audit.records import parse_entry
from hal.drivers.file_storage import FileStorage
from tests.support.audit_rig import AuditRig, key_of

LIMITS = Limits(segment=4000, quota=16_000)
BATCH = 40


def opened(rig: AuditRig, directory: Path) -> AuditLog:
    """As after a restart: nothing is known but what lies on the medium."""
    return AuditLog(FileStorage(directory), rig.clock, rig.pki.anchor, key_of(rig.pki, rig.holder), LIMITS)


def test_however_often_a_station_starts_its_record_goes_on_and_fills_nothing(tmp_path: Path) -> None:
    rig, most, before = AuditRig(), 0, None
    for start in range(12):
        log = opened(rig, tmp_path)
        assert log.found == (), "a start in good order mends nothing"
        assert before in (None, log.point), "it goes on where it was"
        log.append(AuditEvent.STARTED, version=f"1.{start}")
        log.append_all([(AuditEvent.PRINTED, {"job": f"job-{start}-{one}", "impressions": 1}) for one in range(BATCH)])
        before = log.point
        most = max(most, sum(file.stat().st_size for file in tmp_path.glob("audit*")))
    whole = sum(len(line) for line in log.read_after(0, 10_000))
    assert log.point.sequence > 12 * BATCH
    batch = whole // (log.point.sequence - log.first + 1) * (BATCH + 1)
    assert most <= LIMITS.quota + batch + 2 * LIMITS.segment, "never more than the quota, a batch and the statement"
    report = rig.verify({file.name: file.read_bytes() for file in tmp_path.glob("audit*") if file.name != "audit.lock"})
    assert (report.fault, report.last) == (None, log.point.sequence)
    told = [parse_entry(line) for line in log.read_after(0, 10_000)]
    pruned = [entry for entry in told if entry.event is AuditEvent.PRUNED]
    assert pruned, "what went is told"
    assert log.first > 1
