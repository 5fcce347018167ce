"""Taking a record up again: power cuts leave it whole, and an attacker's work is told and never mended."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.audit.events import AuditEvent
from firmware.audit.faults import FaultCode
from firmware.audit.log import AuditLog
from firmware.audit.port import AuditError
from firmware.audit.records import HEAD, Entry, file_name, parse_entry
from hal.ports.errors import StorageError
from hal.sim.storage import PowerCutError
from tests.support.audit_rig import TINY, AuditRig


def entries(log: AuditLog) -> list[Entry]:
    return [parse_entry(line) for line in log.read_after(0, 10_000)]


def write_until_the_power_goes(rig: AuditRig, number: int) -> list[int]:
    """The numbers, from `number` on, that were acknowledged."""
    acknowledged: list[int] = []
    try:
        log = rig.open()
        while True:
            number += 1
            log.append(AuditEvent.PRINTED, impressions=number)
            acknowledged.append(number)
    except PowerCutError:
        rig.storage.crash()
    return acknowledged


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 60), st.integers(1, 40), st.integers(0, 10_000))
def test_whenever_the_power_goes_nothing_acknowledged_is_lost_and_the_record_is_whole(
    before: int, after: int, seed: int
) -> None:
    rig = AuditRig(TINY, seed)
    rig.storage.cut_power_in(before)
    first = write_until_the_power_goes(rig, 0)
    fault = rig.verify().fault
    assert fault is None or fault.code in {FaultCode.TORN_TAIL, FaultCode.EMPTY}
    rig.storage.cut_power_in(after)
    second = write_until_the_power_goes(rig, 1000)
    log = rig.open()
    assert rig.verify().fault is None
    kept = [entry.fields["impressions"] for entry in entries(log) if entry.event is AuditEvent.PRINTED]
    promised = [*first, *second]
    gone = [number for number in promised if number not in kept]
    assert gone == promised[: len(gone)]  # the oldest, and those only by the quota
    assert log.first > 1 or not gone
    assert AuditEvent.DAMAGE_FOUND not in {entry.event for entry in entries(log)}


def test_half_a_line_is_dropped_and_told() -> None:
    rig = AuditRig()
    rig.filled(2)
    rig.storage.append(file_name(1), b'{"v":1,"seq')
    told = entries(rig.open())[-1]
    assert (told.event, told.fields) == (AuditEvent.TAIL_REPAIRED, {"bytes": 11, "entries": 0})
    assert rig.verify().ok


def test_entries_that_the_statement_does_not_know_are_kept_and_told() -> None:
    rig = AuditRig()
    log = rig.filled(2)
    head = rig.files()[HEAD]
    log.append(AuditEvent.STOPPED)
    rig.storage.replace(HEAD, head)
    told = entries(rig.open())[-1]
    assert (told.event, told.fields) == (AuditEvent.TAIL_REPAIRED, {"bytes": 0, "entries": 1})
    report = rig.verify()
    assert (report.ok, report.entries, report.unconfirmed) == (True, 5, 0)


def damaged(damage: str) -> AuditRig:
    rig = AuditRig()
    rig.filled(14)
    last = file_name(len(rig.files()) - 1)
    match damage:
        case "truncated":
            rig.storage.replace(last, b"".join(rig.files()[last].splitlines(keepends=True)[:-1]))
        case "torn within what was stated":
            rig.storage.replace(last, rig.files()[last][:-9])
        case "changed":
            rig.storage.replace(last, rig.files()[last].replace(b'"impressions":13', b'"impressions":31'))
        case "last file removed":
            rig.storage.remove(last)
        case "all files removed":
            for name in set(rig.files()) - {HEAD}:
                rig.storage.remove(name)
        case "first line garbled":
            rig.storage.replace(last, b"x" + rig.files()[last][1:])
        case "head removed":
            rig.storage.remove(HEAD)
        case "head changed":
            rig.storage.replace(HEAD, rig.files()[HEAD].replace(b'"last":', b'"last":1'))
        case "head and end removed":
            rig.storage.remove(HEAD)
            rig.storage.remove(last)
    return rig


DAMAGES = [
    ("truncated", "audit-truncated"),
    ("torn within what was stated", "audit-truncated"),
    ("changed", "audit-changed"),
    ("last file removed", "audit-truncated"),
    ("all files removed", "audit-truncated"),
    ("first line garbled", "audit-changed"),
    ("head removed", "audit-head-missing"),
    ("head changed", "audit-head-changed"),
    ("head and end removed", "audit-head-missing"),
]


@pytest.mark.parametrize(("damage", "code"), DAMAGES)
def test_damage_is_told_and_the_record_goes_on_but_is_never_whole_again(damage: str, code: str) -> None:
    rig = damaged(damage)
    rig.verify()
    log = rig.open()
    told = [entry for entry in entries(log) if entry.event is AuditEvent.DAMAGE_FOUND]
    assert [entry.fields["code"] for entry in told] == [code]
    log.append(AuditEvent.PRINTED, job="after")
    again = rig.open()
    assert entries(again)[-1].fields == {"job": "after"}
    assert len([entry for entry in entries(again) if entry.event is AuditEvent.DAMAGE_FOUND]) == 1
    assert rig.verify().fault is not None


def test_an_overlooked_damage_in_an_older_file_is_left_for_the_verifier() -> None:
    rig = AuditRig()
    rig.filled(14)
    rig.storage.replace(file_name(1), rig.files()[file_name(1)].replace(b'"job-1"', b'"job-2"'))
    rig.open().append(AuditEvent.PRINTED)
    fault = rig.verify().fault
    assert fault is not None
    assert (fault.code, fault.file) == (FaultCode.CHANGED, file_name(1))


def test_what_only_the_holder_admits_is_a_fault_too() -> None:
    rig = damaged("head removed")
    rig.open()
    fault = rig.verify().fault
    assert fault is not None
    assert fault.code is FaultCode.DAMAGE_TOLD


def test_pruned_files_that_a_power_cut_left_go_later() -> None:
    rig = AuditRig(TINY)
    log = rig.filled(50)
    assert log.first > 1
    stray = min(set(rig.files()) - {HEAD})
    name = file_name(int(stray[6:12]) - 1)
    rig.storage.replace(name, b"pruned already\n")
    assert rig.verify().strays == 1
    rig.open().append(AuditEvent.PRINTED)
    report = rig.verify()
    assert (report.ok, report.strays) == (True, 0)


def test_a_medium_that_cannot_be_read_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = AuditRig()
    rig.filled(2)

    def broken(name: str) -> bytes:
        raise StorageError("storage", name)

    monkeypatch.setattr(rig.storage, "read", broken)
    with pytest.raises(AuditError, match="cannot be read"):
        rig.open()
