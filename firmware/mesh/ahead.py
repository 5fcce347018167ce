"""A body's connection, made while the mesh still decides whether there is to be a body."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult

from firmware.mesh.bulk import BulkConnection
from firmware.mesh.transport import Patience
from hal.ports.workers import Workers

GOOD_SECONDS = 5.0
"""A node closes a connection on which nobody says anything after 10 s."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """One such connection; `taken` or `drop` ends it as such."""

    connection: BulkConnection
    place: tuple[str | None, int | None]
    making: "asyncio.Future[None]"
    expiry: asyncio.TimerHandle

    @classmethod
    def to(cls, base: SplitResult, context: ssl.SSLContext, workers: Workers, patience: Patience) -> Self:
        """Begin to connect."""
        connection = BulkConnection(context, base, patience)
        making = asyncio.ensure_future(workers.run(connection.prepare))
        # One that nobody takes may fail in peace; it is closed in time, too.
        making.add_done_callback(lambda done: None if done.cancelled() else done.exception())
        expiry = asyncio.get_running_loop().call_later(GOOD_SECONDS, connection.abort)
        return cls(connection, (base.hostname, base.port), making, expiry)

    async def taken(self, parts: SplitResult) -> BulkConnection | None:
        """The connection, where it is to there and was made. One that has expired since fails when it is used."""
        if self.place != (parts.hostname, parts.port):
            return None
        self.expiry.cancel()
        await asyncio.wait((self.making,))
        failed = self.making.cancelled() or self.making.exception() is not None
        return None if failed else self.connection

    def drop(self) -> None:
        """It is wanted no more. Never blocks."""
        self.expiry.cancel()
        self.making.cancel()
        self.connection.abort()
