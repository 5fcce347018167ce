"""Syslog messages, read back by a reader of RFC 5424 that shares nothing with the writer."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.audit import syslog
from firmware.audit.events import AuditEvent
from firmware.audit.forward import SyslogError
from firmware.audit.records import parse_entry
from firmware.audit.syslog_tls import SyslogAddress
from tests.support.audit_rig import AuditRig
from tests.support.pki import NOW
from tests.support.rfc5424 import read, unframe


def sent(event: AuditEvent, **fields: str | int) -> tuple[bytes, bytes]:
    """The line of an entry, and the message for it."""
    log = AuditRig().open()
    log.append(event, **fields)
    (line,) = log.read_after(1)
    return line, syslog.message("station/lobby", "org-1", line, parse_entry(line))


def test_an_entry_becomes_a_message() -> None:
    line, message = sent(AuditEvent.RELEASE_REFUSED, user="ada", job="j-1", code="part-withdrawn", part="node")
    found = read(message)
    assert (found.facility, found.severity, found.timestamp) == (13, 4, "2026-11-21T09:00:00Z")
    assert (found.host, found.app, found.process, found.id) == ("lobby", "lockgate", "station", "release-refused")
    assert found.data == {
        "org": "org-1",
        "sequence": "2",
        "user": "ada",
        "job": "j-1",
        "code": "part-withdrawn",
        "part": "node",
    }
    assert found.text == line.decode()


@given(st.text(min_size=1, max_size=128).filter(str.isprintable))
def test_any_name_survives_the_escaping(user: str) -> None:
    line, message = sent(AuditEvent.USER_CHANGED, user=user)
    found = read(message)
    assert found.data["user"] == user
    assert found.text == line.decode()


def test_what_ends_a_value_is_escaped() -> None:
    """RFC 5424 6.3.3."""
    _, message = sent(AuditEvent.USER_CHANGED, user='a"b\\c]d')
    assert b' user="a\\"b\\\\c\\]d"]' in message
    assert read(message).data["user"] == 'a"b\\c]d'


def test_the_names_of_the_message_and_of_the_entry_do_not_meet() -> None:
    _, message = sent(AuditEvent.WITNESSED, holder="vault/vault", sequence=41)
    assert (read(message).data["sequence"], read(message).data["of-sequence"]) == ("2", "41")


def test_a_gap_is_a_message() -> None:
    found = read(syslog.gap("station/lobby", "org-1", NOW, 3, 9))
    assert (found.id, found.severity) == ("gap", 4)
    assert found.data == {"org": "org-1", "first": "3", "last": "9"}


@pytest.mark.parametrize("event", AuditEvent)
def test_every_event_can_be_sent(event: AuditEvent) -> None:
    _, message = sent(event)
    assert read(message).id == event
    assert read(message).severity in {4, 5, 6}


def test_the_first_entry_of_a_file_fits_what_every_receiver_must_take() -> None:
    """RFC 5425 4.3.1: 2048 octets must, 8192 should be processed."""
    log = AuditRig().filled(1)
    (line,) = log.read_after(0, 1)
    message = syslog.message("station/lobby", "org-1", line, parse_entry(line))
    assert "chain" not in read(message).data
    assert len(message) < 2048


def test_frames_follow_each_other() -> None:
    contents = [b"", b"<110>1 - - - - - -", "ü\n".encode()]
    assert list(unframe(b"".join(map(syslog.frame, contents)))) == contents


def test_an_address_is_read() -> None:
    address = SyslogAddress.parse("tls://log.example.org?ca=/etc/ca.pem")
    assert (address.host, address.port, str(address.ca), address.cert) == ("log.example.org", 6514, "/etc/ca.pem", None)
    address = SyslogAddress.parse("tls://[::1]:7000?ca=ca.pem&cert=me.pem&key=me.key")
    assert (address.host, address.port, str(address.cert), str(address.key)) == ("::1", 7000, "me.pem", "me.key")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tcp://log?ca=x",
        "tls://?ca=x",
        "tls://log",
        "tls://log?ca=",
        "tls://log?ca=x&ca=y",
        "tls://log?ca=x&cert=y",
        "tls://log?ca=x&verify=no",
        "tls://log:99999?ca=x",
        "tls://log:port?ca=x",
        "tls://me:pass@log?ca=x",
        "tls://log/path?ca=x",
        "tls://[::1?ca=x",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SyslogError, match="syslog-address"):
        SyslogAddress.parse(url)


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for url in (text, f"tls://{text}", f"tls://log?ca=x{text}"):
        assert host_of(url) != ""


def host_of(url: str) -> str | None:
    try:
        return SyslogAddress.parse(url).host
    except SyslogError:
        return None


def test_files_that_are_no_certificates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SyslogError, match="syslog-address"):
        SyslogAddress.parse(f"tls://log?ca={tmp_path}/none.pem").context()
