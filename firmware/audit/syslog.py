"""The record's entries as syslog messages: RFC 5424, framed by octet counting (RFC 5425 4.3.1, RFC 6587 3.4.1)."""

from datetime import datetime

from firmware.audit.events import Value
from firmware.audit.records import Entry
from firmware.vault.fields import encode_time

FACILITY = 13
"""Log audit (RFC 5424 6.2.1)."""
ENTERPRISE = 32473
"""The private enterprise number set aside for documentation (RFC 5612); an integrator puts their own here."""
SD_ID = f"lockgate@{ENTERPRISE}"
GAP = "gap"
"""The MSGID of what is sent for entries that were pruned before they could be."""
_NAMES = {"sequence": "of-sequence"}  # an entry's field may be called as one of the message's own parameters
_BOM = b"\xef\xbb\xbf"
_WARNING, _NOTICE, _INFORMATIONAL = 4, 5, 6
_WARNED = ("refused", "failed", "locked-out", "revoked", "blocked", "damage", "repaired", "suspended", GAP)
_NOTED = ("enrolled", "paired", "rotated", "admin", "pruned", "lifted", "added", "set", "removed", "shredded")
_ESCAPED = str.maketrans({'"': '\\"', "\\": "\\\\", "]": "\\]"})


def message(holder: str, org_id: str, line: bytes, entry: Entry) -> bytes:
    """The message for one entry. Its structured data has the event's fields (a certificate chain excepted); its text
    is the signed line itself, so that what a server keeps can be verified like the record."""
    fields = {name: value for name, value in entry.fields.items() if name not in ("chain", "org_id")}
    parameters = {
        "org": org_id,
        "sequence": entry.sequence,
        **{_NAMES.get(name, name): fields[name] for name in fields},
    }
    return _message(holder, entry.at, entry.event, parameters, line)


def gap(holder: str, org_id: str, now: datetime, first: int, last: int) -> bytes:
    """The message that entries `first` to `last` will never be sent: the quota took them while no server answered."""
    text = f"entries {first} to {last} were pruned before they could be sent"
    return _message(holder, now, GAP, {"org": org_id, "first": first, "last": last}, text.encode())


def frame(content: bytes) -> bytes:
    """MSG-LEN SP SYSLOG-MSG."""
    return b"%d %s" % (len(content), content)


def severity(event: str) -> int:
    """RFC 5424 6.2.1: warning for what was refused or looks wrong, notice for what changes the organisation."""
    if any(word in event for word in _WARNED):
        return _WARNING
    return _NOTICE if any(word in event for word in _NOTED) else _INFORMATIONAL


def _message(holder: str, at: datetime, event: str, parameters: dict[str, Value], text: bytes) -> bytes:
    kind, _, name = holder.partition("/")
    data = "".join(f' {key}="{str(value).translate(_ESCAPED)}"' for key, value in parameters.items())
    priority = FACILITY * 8 + severity(event)
    header = f"<{priority}>1 {encode_time(at)} {name} lockgate {kind} {event} [{SD_ID}{data}] "
    return header.encode() + _BOM + text
