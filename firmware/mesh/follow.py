"""Announcements without end: reconnects with patience, misses nothing, and says when the mesh comes and goes."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable

from firmware.mesh.messages import MeshEvent, MeshEventKind
from firmware.mesh.port import Mesh, MeshError, MeshProtocolError, MeshUnreachableError, MeshUntrustedError
from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 30.0
_FAILURES = (MeshError, MeshUnreachableError, MeshUntrustedError, MeshProtocolError)


async def follow(
    mesh: Mesh, clock: Clock, random: RandomSource, changed: Callable[[bool, str], None], after: int = 0
) -> AsyncIterator[MeshEvent]:
    """Every announcement after event `after` (0: from now on), for ever. `changed(reachable, code)` is called at the
    first connection or failure and at each change, of the reason too; `code` says why the mesh is not reachable, else
    it is empty."""
    known: str | None = None
    failures = 0
    while True:
        began = clock.monotonic()
        events = mesh.events(after)
        try:
            async for event in events:
                if known != "":
                    known = ""
                    changed(True, "")
                after = event.event_id
                if event.kind != MeshEventKind.CONNECTED:
                    yield event
        except _FAILURES as exc:
            if known != exc.code:
                known = exc.code
                changed(False, exc.code)
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
        # Only a connection that lasted proves that the mesh is well: one that flaps is asked less and less often.
        failures = 1 if clock.monotonic() - began > LONGEST_SECONDS else failures + 1
        await clock.sleep(pause(failures, random))


def pause(failures: int, random: RandomSource) -> float:
    """Seconds before the next try after `failures` (at least 1) in a row: doubling, half of it by chance so that
    stations which lost one mesh together do not come back together; never over LONGEST_SECONDS."""
    ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures - 1, 16))
    chance = int.from_bytes(random.token(4), "big") / 2**32
    return ceiling * (0.5 + 0.5 * chance)
