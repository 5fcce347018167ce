"""The offline verifier: whatever is done to a record, it is found, and called by its name."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware.audit.events import AuditEvent
from firmware.audit.faults import FaultCode
from firmware.audit.records import HEAD, file_name, parse_entry
from firmware.audit.verify import verify_export
from tests.support.audit_rig import AuditRig
from tests.unit.audit.whole_record import code_of, export, files, lines, rig, with_lines

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


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
