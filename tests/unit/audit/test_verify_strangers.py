"""The offline verifier before other keys and other histories: strangers, insiders, forks, records put back."""

from datetime import timedelta

import pytest

from firmware.audit.events import AuditEvent
from firmware.audit.faults import FaultCode
from firmware.audit.records import HEAD, Point, file_name, hash_of
from firmware.audit.verify import verify_export
from firmware.vault.identity import Kind
from tests.support.audit_rig import TINY, AuditRig, key_of
from tests.support.pki import NOW, Pki
from tests.unit.audit.whole_record import code_of, export, files, impostor, rig


@pytest.mark.parametrize("name", [HEAD, file_name(1)])
def test_what_a_stranger_signed_is_foreign(name: str) -> None:
    assert code_of(files() | {name: impostor(Pki()).files()[name]}) is FaultCode.FOREIGN_KEY


@pytest.mark.parametrize("name", [file_name(1), file_name(2)])
def test_what_another_holder_of_the_organisation_signed_is_foreign(name: str) -> None:
    other = impostor(rig().pki, "attic").files()
    replaced = {old: other[old] if old >= name else data for old, data in files().items()}
    replaced[HEAD] = files()[HEAD]
    assert code_of(replaced) in {FaultCode.FOREIGN_KEY, FaultCode.FORKED}
    assert code_of(other) is None
    report = rig().verify(other, holder="station/lobby")
    assert report.fault is not None
    assert report.fault.code is FaultCode.FOREIGN_KEY


def test_a_line_signed_anew_with_another_key_is_foreign_when_the_rest_was_made_to_fit() -> None:
    """The insider's attack: rewrite the past and the chain after it, with a key of one's own."""
    thief = rig().pki.holder(Kind.STATION, "attic")
    made = AuditRig()
    made.pki, made.holder = rig().pki, rig().holder
    made.filled(2)
    first = made.files()[file_name(1)].splitlines(keepends=True)
    log = made.open()
    log._key = type(log._key)("org-1", "station/lobby", log._key.chain, thief.signer)
    log.append(AuditEvent.STOPPED)
    log.append(AuditEvent.PRINTED)
    log._key = key_of(rig().pki, rig().holder)
    log._write_head()
    report = made.verify()
    assert report.fault is not None
    assert (report.fault.code, report.fault.line) == (FaultCode.FOREIGN_KEY, len(first) + 1)


def test_a_second_history_of_the_same_holder_is_a_fork() -> None:
    """A copy of the medium is put back, the box goes on, and the pieces are put together."""
    made = AuditRig()
    log = made.filled(3)
    copy = made.files()
    log.append(AuditEvent.PRINTED, job="j-told")
    first = made.files()
    made.storage.replace(file_name(1), copy[file_name(1)])
    made.storage.replace(HEAD, copy[HEAD])
    again = made.open()
    again.append(AuditEvent.PRINTED, job="j-other")
    again.append(AuditEvent.PRINTED)
    second = made.files()
    spliced = first[file_name(1)] + second[file_name(1)].splitlines(keepends=True)[-1]
    assert made.verify().ok
    report = made.verify(second | {file_name(1): spliced})
    assert report.fault is not None
    assert report.fault.code is FaultCode.FORKED


def test_a_record_rolled_back_with_its_head_is_found_by_a_witness_alone() -> None:
    made = AuditRig()
    log = made.filled(3)
    copy, early = made.files(), log.point
    log.append(AuditEvent.RELEASE_GRANTED)
    witness = log.point
    made.storage.replace(file_name(1), copy[file_name(1)])
    made.storage.replace(HEAD, copy[HEAD])
    assert made.verify().ok
    assert made.verify(witnesses=(early,)).ok
    for entry in range(3):  # later the record is longer than the witness again, and another one
        report = made.verify(witnesses=(early, witness))
        assert report.fault is not None
        assert report.fault.code is FaultCode.WITNESS
        made.open().append(AuditEvent.PRINTED, impressions=entry)


def test_a_witness_of_what_has_been_pruned_cannot_judge() -> None:
    made = AuditRig(TINY)
    log = made.filled(1)
    old = log.point
    made.filled(60)
    report = made.verify(witnesses=(old, made.open().point))
    assert (report.ok, report.unjudged) == (True, 1)


def test_an_export_of_another_holder_context_is_foreign() -> None:
    old = export().splitlines(keepends=True)
    for stranger, code in ((impostor(Pki()), "audit-foreign-key"), (impostor(rig().pki, "attic"), "audit-foreign-key")):
        header = stranger.files()[file_name(1)].splitlines(keepends=True)[0]
        report = verify_export(b"".join([old[0], header, *old[2:]]), rig().pki.anchor)
        assert report.fault is not None
        assert report.fault.code == code


def test_a_witness_is_read_strictly() -> None:
    digest = hash_of(b"")
    assert Point.parse(f"7:{digest}") == Point(7, digest)
    assert str(Point(7, digest)) == f"7:{digest}"
    for text in ("", "7", f"x:{digest}", f"7:{digest[:-1]}", f"7:{digest.upper()}", f"-1:{digest}", f"²:{digest}"):
        with pytest.raises(ValueError, match="sequence:hash"):
            Point.parse(text)


def test_a_certificate_renewed_on_the_way_stays_provable_for_years() -> None:
    made = AuditRig()
    log = made.filled(2)
    for day in range(1, 6):
        made.clock.jump(24 * 3600)
        log.take_key(key_of(made.pki, made.pki.holder(Kind.STATION, "lobby", now=NOW + timedelta(days=day))))
        log.append(AuditEvent.RENEWED)
    assert made.verify().ok
