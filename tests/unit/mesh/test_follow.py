"""Announcements without end, in virtual time: patience between tries, nothing missed, changes told once."""

from collections.abc import AsyncIterator, Callable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.errors import LockgateError
from firmware.mesh.follow import FIRST_SECONDS, LONGEST_SECONDS, follow, pause
from firmware.mesh.messages import MeshEvent, MeshEventKind
from firmware.mesh.port import MeshError, MeshUnreachableError, MeshUntrustedError
from hal.sim import virtual_time
from hal.sim.clock import VirtualClock
from hal.sim.random_source import SeededRandom

CONNECTED = MeshEventKind.CONNECTED


class DoneError(Exception):
    """The script has no more connections."""


class ScriptedEvents:
    """Only the announcements of a mesh: each connection gives its events, lasts its seconds, ends with its error."""

    def __init__(self, clock: VirtualClock, *connections: tuple[list[int], float, LockgateError]) -> None:
        self.asked: list[tuple[float, int]] = []
        self._clock = clock
        self._connections = iter(connections)

    async def events(self, after: int) -> AsyncIterator[MeshEvent]:
        self.asked.append((self._clock.monotonic(), after))
        try:
            event_ids, seconds, error = next(self._connections)
        except StopIteration as exc:
            raise DoneError from exc
        if event_ids:
            yield MeshEvent(after, CONNECTED)
        for event_id in event_ids[1:]:
            yield MeshEvent(event_id, "job-held")
        await self._clock.sleep(seconds)
        raise error


def followed(
    *connections: tuple[list[int], float, LockgateError],
) -> tuple[list[int], list[str], list[tuple[float, int]]]:
    """The ids that came, the changes that were told, and when the mesh was asked after which event."""
    changes: list[str] = []

    async def main() -> tuple[list[int], list[tuple[float, int]]]:
        clock, seen = VirtualClock(), list[int]()
        mesh = ScriptedEvents(clock, *connections)
        told: Callable[[bool, str], None] = lambda reachable, code: changes.append(code or str(reachable))  # noqa: E731
        try:
            async for event in follow(mesh, clock, SeededRandom(1), told):  # type: ignore[arg-type]
                seen.append(event.event_id)
        except DoneError:
            return seen, mesh.asked
        raise AssertionError

    seen, asked = virtual_time.run(main())
    return seen, changes, asked


def test_it_goes_on_after_the_last_event_seen() -> None:
    lost = MeshUnreachableError("reset")
    seen, changes, asked = followed(([0, 5, 6], 1, lost), ([6], 1, lost), ([6, 7], 1, lost))
    assert seen == [5, 6, 7]
    assert [after for _, after in asked] == [0, 6, 6, 7]
    assert changes == ["True", "mesh-unreachable"] * 3


def test_a_mesh_that_stays_away_is_told_once_and_asked_less_and_less() -> None:
    away: tuple[list[int], float, LockgateError] = ([], 0.0, MeshUnreachableError("refused"))
    seen, changes, asked = followed(*[away] * 12, ([0], 1, MeshError("locked")))
    assert (seen, changes) == ([], ["mesh-unreachable", "True", "locked"])
    pauses = [later - sooner for (sooner, _), (later, _) in pairwise(asked)][:12]
    for number, seconds in enumerate(pauses):
        ceiling = min(LONGEST_SECONDS, FIRST_SECONDS * 2**number)
        assert ceiling / 2 <= seconds <= ceiling


def test_another_reason_for_being_away_is_told_too() -> None:
    away, revoked = MeshUnreachableError("reset"), MeshError("identity-revoked")
    _, changes, _ = followed(([0], 1, away), ([], 0, away), ([], 0, revoked), ([], 0, revoked), ([], 0, away))
    assert changes == ["True", "mesh-unreachable", "identity-revoked", "mesh-unreachable"]


def test_only_a_connection_that_lasted_makes_it_quick_again() -> None:
    flap, long = ([0], 0.1, MeshUntrustedError("x")), ([0], LONGEST_SECONDS + 1, MeshUnreachableError("x"))
    *_, asked = followed(*[flap] * 8, long)
    times = [time for time, _ in asked]
    assert times[8] - times[7] > LONGEST_SECONDS / 2
    assert times[9] - times[8] < LONGEST_SECONDS + 1 + FIRST_SECONDS


@settings(deadline=None)
@given(failures=st.integers(1, 10**6), seed=st.integers())
def test_every_pause_is_bounded(failures: int, seed: int) -> None:
    assert FIRST_SECONDS / 2 <= pause(failures, SeededRandom(seed)) <= LONGEST_SECONDS
