"""Sends the station's record to the syslog server that is configured."""

import ssl
from collections.abc import Callable, Coroutine
from typing import Any

from firmware.audit.forward import Forwarder
from firmware.audit.syslog_tls import SyslogAddress, TlsTransport
from firmware.config import Config
from firmware.mesh.tls import load_identity
from firmware.pairing.names import CHAIN, KEY
from firmware.recording import Record
from hal.board import Board

LOOK_SECONDS = 60.0
"""How often it is looked whether there is a record by now, where a medium let none be taken up."""


def transport(board: Board, config: Config) -> TlsTransport:
    """Connections to the server. Raises `SyslogError` for an address or files that are no good."""

    def show_ourselves(context: ssl.SSLContext) -> None:
        load_identity(context, board.keys.load(CHAIN), board.keys.load(KEY))

    identify = show_ourselves if config.syslog_identity else None
    return TlsTransport(SyslogAddress.parse(config.syslog), identify)


def forward(board: Board, config: Config, record: Record, tell: Callable[[str], None]) -> Coroutine[Any, Any, None]:
    """The duty that does it; `tell` writes a line of the journal. Raises as `transport`."""
    return _forward(board, transport(board, config), record, tell)


async def _forward(board: Board, server: TlsTransport, record: Record, tell: Callable[[str], None]) -> None:
    while record.log is None:
        await board.clock.sleep(LOOK_SECONDS)
    forwarder = Forwarder(
        record.log,
        holder=record.key.holder,
        org_id=record.key.org_id,
        storage=board.storage,
        transport=server,
        clock=record.clock,
        workers=board.workers,
        told=lambda code: tell(f"syslog: {code}: the record is sent later" if code else "syslog: all is sent"),
    )
    await forwarder.run()
