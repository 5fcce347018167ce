"""The vocabulary: every event has its fields, and nothing that is not an id, a code or a number fits in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.audit.events import FIELDS, NUMBERS, TEXTS, AuditEvent, check
from firmware.audit.memory import MemoryAudit, Recorded
from firmware.audit.port import AuditError
from firmware.audit.records import RecordError, parse_entry, parse_extent
from tests.support.aio import run
from tests.support.audit_rig import AuditRig

GOOD = {
    "action": "shred-job",
    "badge": "b-7f3a",
    "by": "admin/grace",
    "card": "staff",
    "chain": "MIIB MIIC",
    "client": "laptop-7",
    "code": "part-withdrawn",
    "delegate": "Ada Lovelace",
    "delegation": "d-1",
    "digest": "0" * 64,
    "enrolment": "e-0123",
    "fingerprint": "a" * 64,
    "holder": "station/lobby",
    "job": "0193e1c2-7d5e-7b3a-9b1f-2f6f3b1f9a10",
    "method": "proof",
    "node": "node-1",
    "org_id": "org-1",
    "part": "org",
    "policy": "shred",
    "release": "r-1",
    "source": "token",
    "station": "lobby",
    "user": "grüße@example.org",
    "version": "1.2.0",
}


def test_every_event_has_its_fields_and_every_field_an_event() -> None:
    assert set(FIELDS) == set(AuditEvent)
    assert set().union(*FIELDS.values()) == set(TEXTS) | NUMBERS == set(GOOD) | NUMBERS


def test_names_fit_where_they_go() -> None:
    assert [event for event in AuditEvent if len(event) > 32 or not event.isascii()] == []  # RFC 5424, MSGID
    assert [name for name in GOOD if len(name) > 32] == []


@pytest.mark.parametrize("event", AuditEvent)
def test_an_event_takes_its_fields_and_no_other(event: AuditEvent) -> None:
    fields = {name: GOOD.get(name, 7) for name in FIELDS[event]}
    check(event, fields)
    for name in (set(TEXTS) | NUMBERS) - FIELDS[event] | {"title", "number_of_badge", "pin"}:
        with pytest.raises(ValueError, match=name):
            check(event, {name: GOOD.get(name, 7)})


BAD = [
    ("badge", "04A1B2C3D4"),
    ("badge", "b-"),
    ("code", "Quarterly results.pdf"),
    ("code", "x" * 49),
    ("digest", "0" * 63 + "G"),
    ("holder", "lobby"),
    ("holder", "wizard/lobby"),
    ("holder", "station/../x"),
    ("job", "a b"),
    ("job", "x" * 64),
    ("part", "body"),
    ("user", "two\nlines"),
    ("user", "x" * 129),
    ("user", "\ud800"),
    ("user", 7),
    ("impressions", "7"),
    ("impressions", True),
    ("impressions", -1),
    ("impressions", 2**53),
    ("offset", -(2**53)),
    ("user", None),
    ("chain", "<chain>"),
    ("chain", "A" * 70_000),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_what_is_not_of_the_fields_kind_is_refused_and_not_repeated(name: str, value: object) -> None:
    event = next(event for event in AuditEvent if name in FIELDS[event])
    with pytest.raises(ValueError, match=name) as refused:
        check(event, {name: value})
    assert len(str(value)) < 3 or str(value) not in str(refused.value)


def test_the_record_refuses_at_once_and_stays_as_it_was() -> None:
    rig = AuditRig()
    log = rig.filled(1)
    with pytest.raises(ValueError, match="title"):
        log.append(AuditEvent.PRINTED, title="Quarterly results")
    assert rig.verify().entries == 2


@given(st.binary(max_size=400))
def test_any_bytes_are_an_entry_or_refused(data: bytes) -> None:
    for parse in (parse_entry, parse_extent):
        with pytest.raises(RecordError):
            parse(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v": 1'),
        (b'"impressions":0', b'"impressions":0.0'),
        (b'"impressions":0', b'"impressions":[]'),
        (b'"fields":{', b'"fields":{"user":"ada",'),
        (b'"fields":{', b'"fields":{"title":"x",'),
        (b'"event":"printed"', b'"event":"prynted"'),
        (b'"job-0"', b'"job\\u002d0"'),
        (b'"at":"2026-', b'"at":"+026-'),
        (b'"signature":"', b'"signature":"A'),
        (b'"signature":"', b'"extra":1,"signature":"'),
    ],
)
def test_an_entry_has_one_spelling(old: bytes, new: bytes) -> None:
    rig = AuditRig()
    (line,) = rig.filled(1).read_after(1)
    assert parse_entry(line).line == line
    assert old in line
    with pytest.raises(RecordError):
        parse_entry(line.replace(old, new))


def test_the_record_in_memory_checks_as_the_real_one() -> None:
    async def record() -> None:
        audit = MemoryAudit(room=2)
        with pytest.raises(ValueError, match="pin"):
            await audit.record(AuditEvent.PIN_SET, pin="1234")
        for number in range(3):
            await audit.record(AuditEvent.PRINTED, impressions=number)
        assert audit.entries == [Recorded(AuditEvent.PRINTED, {"impressions": number}) for number in (1, 2)]
        assert audit.of(AuditEvent.PRINTED) == [{"impressions": 1}, {"impressions": 2}]
        audit.failing = True
        with pytest.raises(AuditError):
            await audit.record(AuditEvent.PRINTED)

    run(record())
