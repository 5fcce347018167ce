"""The record on its medium: order, rotation, quota, full and failing media, new keys, exports."""

from datetime import timedelta

import pytest

from firmware.audit.events import AuditEvent
from firmware.audit.log import AuditLog, Limits
from firmware.audit.port import AuditError
from firmware.audit.records import HEAD, NOTHING, Point, file_name, hash_of, parse_entry, parse_extent
from firmware.audit.verify import verify_export
from firmware.vault.identity import Kind
from firmware.vault.signing import SignatureError
from hal.ports.errors import StorageFullError
from hal.sim.storage import StorageFault
from tests.support.audit_rig import SMALL, TINY, AuditRig, key_of
from tests.support.pki import NOW, Holder, Pki


def test_an_entry_says_what_when_and_what_it_continues() -> None:
    rig = AuditRig()
    log = rig.open()
    point = log.append(AuditEvent.RELEASE_REFUSED, job="j-1", user="ada", code="part-withdrawn", part="node")
    header, line = (rig.storage.read(file_name(1)) or b"").splitlines()
    entry = parse_entry(line)
    assert (entry.sequence, entry.at, entry.event) == (2, NOW, AuditEvent.RELEASE_REFUSED)
    assert entry.fields == {"job": "j-1", "user": "ada", "code": "part-withdrawn", "part": "node"}
    assert parse_entry(header).prev == NOTHING
    assert entry.prev == hash_of(header)
    assert point == log.point == Point(2, hash_of(line))


def test_the_record_goes_on_after_a_restart() -> None:
    rig = AuditRig()
    before = rig.filled(3).point
    log = rig.open()
    assert log.point == before
    log.append(AuditEvent.STARTED, version="1.2")
    report = rig.verify()
    assert (report.fault, report.entries, report.files, report.unconfirmed) == (None, 5, 1, 0)


def test_an_empty_record_verifies() -> None:
    rig = AuditRig()
    rig.open()
    report = rig.verify()
    assert (report.ok, report.entries, report.last) == (True, 0, 0)


def test_files_are_rotated_and_the_oldest_go_after_it_is_said() -> None:
    rig = AuditRig(TINY)
    log = rig.filled(60)
    report = rig.verify()
    assert report.fault is None
    assert report.first == log.first > 1
    assert report.strays == 0
    assert sum(map(len, rig.files().values())) < TINY.quota + 3000  # the statement, and one batch
    lines = [parse_entry(line) for line in log.read_after(0, 1000)]
    assert [entry.sequence for entry in lines] == list(range(log.first, log.point.sequence + 1))
    pruned = [entry for entry in lines if entry.event is AuditEvent.PRUNED]
    head = parse_extent(rig.files()[HEAD][:-1])
    assert (pruned[-1].fields["sequence"], pruned[-1].fields["digest"]) == (head.first, head.after)
    assert rig.open().point == log.point


def test_reading_gives_exactly_what_is_asked_for() -> None:
    rig = AuditRig()
    log = rig.filled(40)
    everything = log.read_after(0, 1000)
    assert [parse_entry(line).sequence for line in everything] == list(range(1, log.point.sequence + 1))
    for after in range(0, log.point.sequence + 1, 3):
        assert log.read_after(after, 5) == everything[after : after + 5]
    assert log.read_after(log.point.sequence) == []
    assert rig.open().read_after(7, 9) == everything[7:16]


@pytest.mark.parametrize("fault", [StorageFault.FULL, StorageFault.READ_ONLY])
def test_a_full_medium_is_reported_and_leaves_the_record_whole(fault: StorageFault) -> None:
    rig = AuditRig()
    log = rig.filled(3)
    rig.storage.fault = fault
    with pytest.raises(AuditError, match="audit-failed"):
        log.append(AuditEvent.STOPPED)
    assert rig.verify().entries == 4
    rig.storage.fault = None
    log.append(AuditEvent.STOPPED)
    report = rig.verify()
    assert (report.fault, report.entries) == (None, 5)


def test_half_a_line_that_a_full_medium_left_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = AuditRig()
    log = rig.filled(3)
    append = rig.storage.append

    def half(name: str, data: bytes) -> None:
        append(name, data[: len(data) // 2])
        raise StorageFullError("storage", name)

    with monkeypatch.context() as patch:
        patch.setattr(rig.storage, "append", half)
        with pytest.raises(AuditError):
            log.append(AuditEvent.STOPPED)
    log.take_key(key_of(rig.pki, rig.pki.holder(Kind.STATION, "lobby")))  # the next entry goes into another file
    log.append(AuditEvent.PRINTED)
    report = rig.verify()
    assert (report.fault, report.entries, report.files) == (None, 6, 2)


def test_half_a_first_line_that_a_full_medium_left_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = AuditRig()
    log = rig.open()
    append = rig.storage.append

    def half(name: str, data: bytes) -> None:
        append(name, data[: len(data) // 2])
        raise StorageFullError("storage", name)

    with monkeypatch.context() as patch:
        patch.setattr(rig.storage, "append", half)
        with pytest.raises(AuditError):
            log.append(AuditEvent.STOPPED)
    log.append(AuditEvent.PRINTED)
    assert rig.verify().entries == 2


def test_a_failed_sync_fails_until_the_restart_and_then_the_record_goes_on() -> None:
    rig = AuditRig()
    log = rig.filled(3)
    rig.storage.fault = StorageFault.TORN
    with pytest.raises(AuditError):
        log.append(AuditEvent.STOPPED)
    rig.storage.fault = None
    with pytest.raises(AuditError):
        log.append(AuditEvent.PRINTED)
    rig.storage.restart()
    rig.open().append(AuditEvent.PRINTED)
    assert rig.verify().fault is None


def test_a_statement_that_could_not_be_written_is_written_with_the_next_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = AuditRig()
    log = rig.filled(3)

    def full(name: str, data: bytes) -> None:
        raise StorageFullError("storage", name)

    with monkeypatch.context() as patch:
        patch.setattr(rig.storage, "replace", full)
        with pytest.raises(AuditError):
            log.append(AuditEvent.STOPPED)
    assert rig.verify().unconfirmed == 1
    log.append(AuditEvent.PRINTED)
    report = rig.verify()
    assert (report.fault, report.unconfirmed, report.entries) == (None, 0, 6)


def renewed(rig: AuditRig) -> Holder:
    return rig.pki.holder(Kind.STATION, "lobby", now=NOW + timedelta(hours=16))


def test_a_new_key_signs_in_a_new_file() -> None:
    rig = AuditRig()
    log = rig.filled(2)
    log.take_key(key_of(rig.pki, renewed(rig)))
    log.append(AuditEvent.RENEWED)
    log.append(AuditEvent.PRINTED)
    report = rig.verify()
    assert (report.fault, report.files, report.entries) == (None, 2, 6)


def test_a_new_key_after_a_restart_signs_in_a_new_file() -> None:
    rig = AuditRig()
    rig.filled(2)
    rig.open(renewed(rig)).append(AuditEvent.PAIRED)
    report = rig.verify()
    assert (report.fault, report.files, report.entries) == (None, 2, 5)


def test_a_record_has_one_holder() -> None:
    rig = AuditRig()
    with pytest.raises(ValueError, match="one holder"):
        rig.open().take_key(key_of(rig.pki, rig.pki.holder(Kind.STATION, "attic")))


def test_a_key_that_is_not_the_chains_is_refused() -> None:
    rig = AuditRig()
    other = rig.pki.holder(Kind.STATION, "lobby")
    mixed = Holder(Kind.STATION, "lobby", other.key_pem, rig.holder.chain, b"", b"")
    with pytest.raises(SignatureError):
        key_of(rig.pki, mixed)


def test_a_box_that_was_off_for_a_month_records_with_the_chain_it_has() -> None:
    rig = AuditRig()
    rig.filled(1)
    rig.clock.jump(31 * 24 * 3600)
    rig.limits = Limits(1, 1_000_000)  # every entry begins a file, so a chain that has lapsed is judged
    rig.open().append(AuditEvent.STARTED)
    report = rig.verify()
    assert (report.fault, report.files) == (None, 2)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (1, 5), (3, 4), (7, 23), (23, 0), (9, 9)])
def test_any_range_can_be_exported_and_proves_itself(first: int, last: int) -> None:
    rig = AuditRig()
    log = rig.filled(25)
    report = verify_export(log.export(first, last), rig.pki.anchor, holder="station/lobby")
    assert report.fault is None
    assert (report.first, report.last) == (first or 1, last or log.point.sequence)
    assert report.entries == report.last - report.first + 1


@pytest.mark.parametrize(("first", "last"), [(9, 8), (1, 100), (100, 0)])
def test_a_range_that_is_not_kept_is_refused(first: int, last: int) -> None:
    log = AuditRig().filled(10)
    with pytest.raises(ValueError, match="are kept"):
        log.export(first, last)


def test_the_quota_must_hold_two_files() -> None:
    with pytest.raises(ValueError, match="two files"):
        Limits(segment=1000, quota=1999)


def test_another_organisations_record_is_not_continued_in_silence() -> None:
    rig = AuditRig()
    rig.filled(2)
    pki = Pki("org-2")
    stranger = pki.holder(Kind.STATION, "lobby")
    log = AuditLog(rig.storage, rig.clock, pki.anchor, key_of(pki, stranger), SMALL)
    told = parse_entry(log.read_after(0)[-1])
    assert told.event is AuditEvent.DAMAGE_FOUND
    assert told.fields["code"] == "audit-head-changed"
