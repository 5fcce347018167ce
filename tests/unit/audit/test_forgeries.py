"""Forgeries by people who have a key of the organisation, or the holder's own: what no mutation of bytes would try."""

from dataclasses import replace

from firmware.audit.events import AuditEvent
from firmware.audit.faults import FaultCode
from firmware.audit.log import AuditLog
from firmware.audit.records import HEAD, AuditKey, Extent, file_name, parse_entry, parse_extent
from firmware.audit.verify import Report, verify_export
from firmware.vault.identity import Kind
from tests.support.audit_rig import SMALL, AuditRig, key_of


def code_of(report: Report) -> FaultCode | None:
    return report.fault.code if report.fault else None


def stated(rig: AuditRig, key: AuditKey, **changes: object) -> bytes:
    """The record's head with these changes, signed by `key`."""
    head: Extent = replace(parse_extent(rig.files()[HEAD][:-1]), **changes)  # type: ignore[arg-type]
    return replace(head, signature=key.sign(head.body)).line + b"\n"


def written_by(rig: AuditRig, key: AuditKey) -> None:
    log = AuditLog(rig.storage, rig.clock, rig.pki.anchor, key, SMALL)
    for number in range(3):
        log.append(AuditEvent.PRINTED, job=f"job-{number}")


def test_a_colleague_who_claims_to_be_the_holder_is_foreign() -> None:
    rig = AuditRig()
    attic = rig.pki.holder(Kind.STATION, "attic")
    written_by(rig, AuditKey("org-1", "station/lobby", attic.chain, attic.signer))
    assert code_of(rig.verify()) is FaultCode.FOREIGN_KEY
    lobby = key_of(rig.pki, rig.holder)
    head = stated(rig, lobby, chain=lobby.chain)
    assert code_of(rig.verify(rig.files() | {HEAD: head})) is FaultCode.FOREIGN_KEY


def test_even_an_empty_record_is_somebodys() -> None:
    rig = AuditRig()
    attic = rig.pki.holder(Kind.STATION, "attic")
    AuditLog(
        rig.storage, rig.clock, rig.pki.anchor, AuditKey("org-1", "station/lobby", attic.chain, attic.signer), SMALL
    )
    assert code_of(rig.verify()) is FaultCode.FOREIGN_KEY


def test_the_holders_head_over_a_colleagues_record_is_foreign() -> None:
    rig = AuditRig()
    written_by(rig, key_of(rig.pki, rig.pki.holder(Kind.STATION, "attic")))
    lobby = key_of(rig.pki, rig.holder)
    head = stated(rig, lobby, chain=lobby.chain, holder="station/lobby")
    assert code_of(rig.verify(rig.files() | {HEAD: head})) is FaultCode.FOREIGN_KEY


def test_a_chain_without_its_key_proves_nothing() -> None:
    rig = AuditRig()
    attic = rig.pki.holder(Kind.STATION, "attic")
    written_by(rig, AuditKey("org-1", "station/lobby", rig.holder.chain, attic.signer))
    assert code_of(rig.verify()) is FaultCode.HEAD_CHANGED
    head = stated(rig, key_of(rig.pki, rig.holder))
    assert code_of(rig.verify(rig.files() | {HEAD: head})) is FaultCode.CHANGED


def test_a_head_of_another_history_is_a_fork() -> None:
    rig = AuditRig()
    log = rig.filled(3)
    copy = rig.files()
    log.append(AuditEvent.PRINTED, job="told")
    head = rig.files()[HEAD]
    for name, data in copy.items():
        rig.storage.replace(name, data)
    rig.open().append(AuditEvent.PRINTED, job="other")
    assert code_of(rig.verify()) is None
    assert code_of(rig.verify(rig.files() | {HEAD: head})) is FaultCode.FORKED


def test_a_record_that_begins_late_has_to_say_why() -> None:
    rig = AuditRig()
    rig.filled(14)
    second = parse_entry(rig.files()[file_name(2)].split(b"\n")[0])
    head = stated(rig, key_of(rig.pki, rig.holder), segment=2, first=second.sequence, after=second.prev)
    assert code_of(rig.verify(rig.files() | {HEAD: head})) is FaultCode.GAP


def test_a_line_moved_over_the_border_of_two_files_is_reordered() -> None:
    rig = AuditRig()
    rig.filled(14)
    first, *rest = rig.files()[file_name(2)].splitlines(keepends=True)
    moved = {file_name(1): rig.files()[file_name(1)] + first, file_name(2): b"".join(rest)}
    assert code_of(rig.verify(rig.files() | moved)) is FaultCode.REORDERED


def test_an_export_ends_where_it_says() -> None:
    rig = AuditRig()
    log = rig.filled(14)
    longer = log.export(3, 7) + log.read_after(7, 1)[0] + b"\n"
    assert code_of(verify_export(longer, rig.pki.anchor)) is FaultCode.CHANGED


def test_a_colleagues_header_does_not_stand_before_an_export() -> None:
    rig = AuditRig()
    other = AuditRig()
    other.pki, other.holder = rig.pki, rig.pki.holder(Kind.STATION, "annex")
    statement, _own, *lines = rig.filled(14).export(3, 7).splitlines(keepends=True)
    _statement, others, *_lines = other.filled(14).export(3, 7).splitlines(keepends=True)
    assert code_of(verify_export(b"".join([statement, others, *lines]), rig.pki.anchor)) is FaultCode.FOREIGN_KEY


def test_a_colleagues_key_does_not_take_the_record_up_in_silence() -> None:
    rig = AuditRig()
    rig.filled(2)
    log = rig.open(rig.pki.holder(Kind.STATION, "attic"))
    told = parse_entry(log.read_after(0)[-1])
    assert (told.event, told.fields["code"]) == (AuditEvent.DAMAGE_FOUND, "audit-foreign-key")


def test_garbage_after_unconfirmed_entries_does_not_make_the_record_repeat_their_numbers() -> None:
    rig = AuditRig()
    log = rig.filled(2)
    head = rig.files()[HEAD]
    end = log.append(AuditEvent.STOPPED).sequence
    rig.storage.append(file_name(1), b"garbage\n")
    rig.storage.replace(HEAD, head)
    rig.open()
    begun = parse_entry(rig.files()[file_name(2)].split(b"\n")[0])
    assert begun.sequence == end + 1
