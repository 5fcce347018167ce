"""The offline verifier: whatever is done to a record, it is found, and called by its name."""

import argparse
import json
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.audit import command
from firmware.audit.arguments import verify_arguments
from firmware.audit.events import AuditEvent
from firmware.audit.faults import FaultCode
from firmware.audit.records import HEAD, Point, file_name, hash_of, parse_entry
from firmware.audit.verify import verify_export, verify_path
from firmware.vault.identity import Kind
from tests.support.audit_rig import TINY, AuditRig, key_of
from tests.support.pki import NOW, Pki

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@cache
def rig() -> AuditRig:
    """One record of several files, only ever copied."""
    made = AuditRig()
    made.filled(24)
    return made


@cache
def export() -> bytes:
    return rig().open().export(4, 20)


def files() -> dict[str, bytes]:
    return dict(rig().files())


def lines(name: str) -> list[bytes]:
    return files()[name].splitlines(keepends=True)


def code_of(changed: dict[str, bytes]) -> FaultCode | None:
    report = rig().verify(changed)
    return report.fault.code if report.fault else None


def with_lines(name: str, new: list[bytes]) -> dict[str, bytes]:
    return files() | {name: b"".join(new)}


def test_the_record_has_several_files_and_is_whole() -> None:
    report = rig().verify()
    assert report.ok
    assert (report.files, report.holder, report.org_id) == (len(files()) - 1, "station/lobby", "org-1")
    assert report.files > 3


@SLOW
@given(st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(files())))
    content = bytearray(files()[name])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    assert code_of(files() | {name: bytes(content)}) is not None


@SLOW
@given(st.data())
def test_any_line_dropped_doubled_or_swapped_is_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(set(files()) - {HEAD})))
    old = lines(name)
    one, two = data.draw(st.integers(0, len(old) - 1)), data.draw(st.integers(0, len(old) - 1))
    dropped = old[:one] + old[one + 1 :]
    doubled = [*old[:two], old[one], *old[two:]]
    assert code_of(with_lines(name, dropped)) in {FaultCode.REMOVED, FaultCode.TRUNCATED, FaultCode.REORDERED}
    assert code_of(with_lines(name, doubled)) in {FaultCode.REORDERED, FaultCode.REMOVED}
    swapped = list(old)
    swapped[one], swapped[two] = swapped[two], swapped[one]
    assert (code_of(with_lines(name, swapped)) is FaultCode.REORDERED) is (one != two)


@SLOW
@given(st.data())
def test_a_cut_anywhere_is_found(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(files())))
    cut = data.draw(st.integers(0, len(files()[name]) - 1))
    assert code_of(files() | {name: files()[name][:cut]}) is not None


@SLOW
@given(st.data())
def test_an_export_that_was_touched_anywhere_is_found(data: st.DataObject) -> None:
    old = export().splitlines(keepends=True)
    one, two = data.draw(st.integers(0, len(old) - 1)), data.draw(st.integers(0, len(old) - 1))
    place, bit = data.draw(st.integers(0, len(export()) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(export())
    flipped[place] ^= 1 << bit
    hostile = [bytes(flipped), export()[:place], b"".join(old[:one] + old[one + 1 :])]
    hostile.append(b"".join([*old[:two], old[one], *old[two:]]))
    if one != two:
        old[one], old[two] = old[two], old[one]
        hostile.append(b"".join(old))
    assert verify_export(export(), rig().pki.anchor).ok
    assert [verify_export(content, rig().pki.anchor).ok for content in hostile] == [False] * len(hostile)


@SLOW
@given(st.dictionaries(st.sampled_from([HEAD, file_name(1), file_name(2)]), st.binary(max_size=300)))
def test_any_bytes_give_a_report(content: dict[str, bytes]) -> None:
    assert not rig().verify(content).ok


@SLOW
@given(st.data())
def test_pieces_of_a_record_put_together_at_will_give_a_report(data: st.DataObject) -> None:
    pieces = st.sampled_from([line for name in sorted(files()) for line in lines(name)] + [b"\n", b"{}\n", b"[" * 5000])
    content = {name: b"".join(data.draw(st.lists(pieces, max_size=6))) for name in (file_name(1), file_name(2))}
    report = rig().verify(content | {HEAD: files()[HEAD]})
    assert not report.ok
    assert not verify_export(b"".join(content.values()), rig().pki.anchor).ok


def test_a_changed_line_is_named() -> None:
    old = lines(file_name(2))
    old[2] = old[2].replace(b'"impressions":', b'"impressions":1')
    report = rig().verify(with_lines(file_name(2), old))
    assert report.fault is not None
    assert (report.fault.code, report.fault.file, report.fault.line) == (FaultCode.CHANGED, file_name(2), 3)
    assert report.fault.sequence == report.entries + 1 == parse_entry(lines(file_name(2))[2][:-1]).sequence


def test_a_removed_line_is_named() -> None:
    old = lines(file_name(2))
    assert code_of(with_lines(file_name(2), old[:2] + old[3:])) is FaultCode.REMOVED


def test_a_missing_file_is_a_gap() -> None:
    assert code_of({name: data for name, data in files().items() if name != file_name(2)}) is FaultCode.GAP


def test_a_missing_end_is_truncation() -> None:
    last = max(set(files()) - {HEAD})
    whole = {name: data for name, data in files().items() if name != last}
    assert code_of(whole) is FaultCode.TRUNCATED
    assert code_of(with_lines(last, lines(last)[:-1])) is FaultCode.TRUNCATED
    assert code_of(files() | {last: files()[last][:-1]}) is FaultCode.TRUNCATED


def test_a_missing_head_and_a_missing_record_are_told_apart() -> None:
    assert code_of({name: data for name, data in files().items() if name != HEAD}) is FaultCode.HEAD_MISSING
    assert code_of({}) is FaultCode.EMPTY


def test_half_a_line_after_the_end_is_a_torn_tail() -> None:
    last = max(set(files()) - {HEAD})
    assert code_of(files() | {last: files()[last] + b'{"v":1,'}) is FaultCode.TORN_TAIL


def test_whole_lines_after_the_stated_end_are_counted() -> None:
    made = AuditRig()
    log = made.filled(3)
    head = made.files()[HEAD]
    log.append(AuditEvent.STOPPED)
    report = made.verify(made.files() | {HEAD: head})
    assert (report.ok, report.unconfirmed) == (True, 1)


def impostor(pki: Pki, holder_id: str = "lobby") -> AuditRig:
    """Somebody who writes a record of its own with a certificate of `pki`."""
    made = AuditRig()
    made.pki, made.holder = pki, pki.holder(Kind.STATION, holder_id)
    made.filled(24)
    return made


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


def test_files_outside_the_chain_are_counted() -> None:
    report = rig().verify(files() | {file_name(99): b"anything"})
    assert (report.ok, report.strays) == (True, 1)


def test_a_shorter_record_needs_its_holders_word() -> None:
    """Leaving out the oldest file is found: the statement says where the record begins."""
    assert code_of({name: data for name, data in files().items() if name != file_name(1)}) is FaultCode.REMOVED


def test_an_export_is_no_head_and_a_head_no_export() -> None:
    statement = export().split(b"\n")[0] + b"\n"
    assert code_of(files() | {HEAD: statement}) is FaultCode.HEAD_CHANGED
    report = verify_export(files()[HEAD] + files()[file_name(1)], rig().pki.anchor)
    assert report.fault is not None
    assert report.fault.code is FaultCode.HEAD_CHANGED


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


def cli(tmp_path: Path, *options: str, path: Path | None = None) -> int:
    parser = argparse.ArgumentParser()
    verify_arguments(parser)
    place = path or rig().save(tmp_path / "audit")
    return command.run(place, rig().pki.ca.certificate_pem, parser.parse_args(options))


def test_the_command_says_that_all_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(tmp_path, "--holder", "station/lobby") == command.WHOLE
    said = capsys.readouterr().out
    assert "station/lobby of org-1" in said
    assert f"to remember as a witness: {rig().verify().last}:{rig().verify().hash}" in said
    assert cli(tmp_path, "--json") == command.WHOLE
    assert json.loads(capsys.readouterr().out)["ok"] is True


def test_the_command_names_the_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(tmp_path, "--witness", f"5:{hash_of(b'')}") == command.FAULTY
    assert "audit-witness-contradicted" in capsys.readouterr().out
    directory = rig().save(tmp_path / "cut", files() | {file_name(2): b""})
    assert cli(tmp_path, "--json", path=directory) == command.FAULTY
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["fault"]["code"], said["fault"]["line"]) == (False, "audit-removed", 1)


def test_the_command_takes_an_export(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lobby.jsonl"
    path.write_bytes(export())
    assert cli(tmp_path, path=path) == command.WHOLE
    assert "whole, from entry 4 to 20" in capsys.readouterr().out


def test_the_command_refuses_to_guess(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(tmp_path, "--witness", "nonsense") == command.USAGE
    assert "sequence:hash" in capsys.readouterr().err
    assert cli(tmp_path, path=tmp_path / "nowhere") == command.FAULTY
    assert "audit-unreadable" in capsys.readouterr().out


def test_what_is_no_file_is_unreadable(tmp_path: Path) -> None:
    directory = rig().save(tmp_path / "audit")
    (directory / file_name(3)).unlink()
    (directory / file_name(3)).mkdir()
    report = verify_path(directory, rig().pki.anchor)
    assert report.fault is not None
    assert report.fault.code is FaultCode.UNREADABLE


def test_a_certificate_renewed_on_the_way_stays_provable_for_years() -> None:
    made = AuditRig()
    log = made.filled(2)
    for day in range(1, 6):
        made.clock.jump(24 * 3600)
        log.take_key(key_of(made.pki, made.pki.holder(Kind.STATION, "lobby", now=NOW + timedelta(days=day))))
        log.append(AuditEvent.RENEWED)
    assert made.verify().ok
