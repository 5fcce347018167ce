"""Lets phones in: learns from the mesh where their page is, and has the screen show another code in time."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from firmware.core.events import Event
from firmware.delivery.means import Means
from firmware.delivery.reports import FAILURES
from firmware.mesh.port import Mesh
from firmware.pairing.names import KEY
from firmware.panel.phone import PhoneCodes
from firmware.trust.keeper import Keeper
from firmware.trust.trust import Trust
from firmware.vault.signing import Signer
from firmware.watchers import Heard, watch_mesh
from hal.board import Board

AGAIN_SECONDS = 60.0
"""After the mesh did not say where the page is."""


class PhoneDoor:
    """`redraw` is called whenever `codes.url` may have become another."""

    def __init__(self, codes: PhoneCodes, mesh: Mesh, redraw: Callable[[], None]) -> None:
        self.codes = codes
        self._mesh, self._redraw = mesh, redraw
        self._woken = asyncio.Event()
        self._asks = True

    def reconnected(self) -> None:
        """The mesh may be another process by now, which knows nothing of us: ask anew."""
        self._asks = True
        self._woken.set()

    def used(self) -> None:
        """The code that is shown is good no more."""
        self.codes.used()
        self._woken.set()

    async def run(self) -> None:
        """For ever."""
        while True:
            self._woken.clear()
            seconds = AGAIN_SECONDS if self._asks and not await self._ask() else None
            self._redraw()
            if seconds is None and self.codes.page:
                seconds = max(self.codes.seconds_left(), 1.0)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._woken.wait()

    async def _ask(self) -> bool:
        self._asks = False
        try:
            self.codes.page = await self._mesh.phone_page()
        except FAILURES as exc:
            self._asks = True
            return exc.code == "route-unknown"  # an older mesh has no such page
        return True


def phone_door(board: Board, trust: Trust, mesh: Mesh, redraw: Callable[[], None]) -> PhoneDoor:
    """That of this station. Raises `KeyMissingError`, `SignatureError`."""
    own = trust.credentials.identity
    codes = PhoneCodes(
        own.org_id,
        own.id,
        sign=Signer(board.keys.load(KEY)).sign,
        clock=trust.clock,
        random=board.random,
        is_trusted=lambda: trust.clock.known,
    )
    return PhoneDoor(codes, mesh, redraw)


def mesh_duties(
    board: Board, means: Means, post: Callable[[Event], None], keeper: Keeper, door: PhoneDoor | None
) -> list[Coroutine[Any, Any, None]]:
    """Hearing of the mesh, and where there is a screen, of phones."""

    def reconnected() -> None:
        keeper.reconnected()
        means.reports.wake()
        if door is not None:
            door.reconnected()

    heard = Heard(post, reconnected, keeper.wake, door.used if door else lambda: None)
    return [watch_mesh(means.mesh, board.clock, board.random, heard), *([door.run()] if door else [])]
