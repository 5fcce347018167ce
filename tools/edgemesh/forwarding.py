"""Sends the records of a process's roles to the site's syslog server."""

import json
import sys
from collections.abc import Coroutine, Mapping
from typing import Any

from firmware.audit.forward import Forwarder
from firmware.audit.syslog_tls import SyslogAddress, TlsTransport
from hal.ports.clock import Clock
from tools.edgemesh.audits import KeptAudit, RoleAudit


def forwarders(url: str, audits: Mapping[str, RoleAudit], clock: Clock) -> list[Coroutine[Any, Any, None]]:
    """A duty for each record; none without a `url`. Raises `SyslogError`."""
    if not url:
        return []
    server = TlsTransport(SyslogAddress.parse(url))
    kept = {role: audit for role, audit in audits.items() if isinstance(audit, KeptAudit)}
    return [_forwarder(role, audit, server, clock).run() for role, audit in kept.items()]


def _forwarder(role: str, audit: KeptAudit, server: TlsTransport, clock: Clock) -> Forwarder:
    def told(code: str) -> None:
        """A line for the process's log, beside what its journal says."""
        state = f"{code}: the record is sent later" if code else "all is sent"
        print(json.dumps({"syslog": role, "state": state}), file=sys.stderr, flush=True)

    return Forwarder(
        audit.log,
        holder=audit.key.holder,
        org_id=audit.key.org_id,
        storage=audit.storage,
        transport=server,
        clock=clock,
        workers=audit.workers,
        told=told,
    )
