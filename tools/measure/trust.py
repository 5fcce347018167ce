"""The measurements of trust: what verification adds to a release, many stations at one mesh, pairing."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.measure import load, pairings, verifying
from tools.measure.crowd import Crowd, Tapped, make_crowd
from tools.measure.load import PERCENTILES, Stations, percentile, served, stations
from tools.measure.series import Row, Series, below

RELEASES = 200
STATIONS = 200
STEADY_SECONDS = 30.0
"""Two taps a minute at each station, once round."""
MOST_BURSTS = 3
MOST_PAIRINGS = 5
QUIET_SECONDS = 1.0
"""For the mesh to clear up behind the submissions before the next taps."""
CHECKS_MS = 10.0
PAIRING_SECONDS = 2.0
STEADY_MS = 250.0
BURST_MS = 2000.0


def verification(directory: Path, releases: int = RELEASES) -> Iterator[Row]:
    """One release's verifications by vault, node and org, against the bare signatures, and against the whole."""
    found = asyncio.run(verifying.verified(directory / "verified", releases))
    checks, bare = Series(found.checks), Series(tuple(verifying.bare_verifications() for _ in range(releases)))
    name, peer = "a release's three verifications", (f"{verifying.SIGNATURES} bare ECDSA P-256 verifications", bare)
    yield below(name, "ms", checks, CHECKS_MS, peer)
    yield below(f"{name}, every chain proven anew", "ms", Series(found.anew), CHECKS_MS, peer)
    share = Series(tuple(100 * one / whole for one, whole in zip(found.checks, found.whole, strict=True)))
    yield Row("a whole release, asked and granted", "ms", Series(found.whole))
    yield Row("of which verification", "%", share)
    yield Row("one signature made", "ms", Series(tuple(verifying.signing_ms() for _ in range(20))))


@dataclass(frozen=True)
class Loaded:
    """Milliseconds by tap: of the taps spread over time, of each burst, and of each round of bare handshakes."""

    steady: list[Tapped]
    bursts: list[list[Tapped]]
    floors: list[list[float]]


def crowded(runs: int, directory: Path, count: int = STATIONS, seconds: float = STEADY_SECONDS) -> Iterator[Row]:
    """A mesh on one core, with so many stations: taps at two a minute each, then all at once."""
    crowd = make_crowd(directory / "crowd", count)
    with served(crowd) as url:
        found = asyncio.run(_loaded(crowd, url, min(runs, MOST_BURSTS), seconds))
    yield from _steady_rows(found, count)
    yield from _burst_rows(found, count)


async def _loaded(crowd: Crowd, url: str, bursts: int, seconds: float) -> Loaded:
    found = Loaded([], [], [])
    async with stations(crowd, url) as everybody:
        await _held(everybody)
        found.steady.extend(await everybody.taps(seconds))
        for _ in range(bursts):
            await _held(everybody)
            found.bursts.append(await everybody.taps(0.0))
            await asyncio.sleep(QUIET_SECONDS)
            found.floors.append(await everybody.greet())
    return found


async def _held(everybody: Stations) -> None:
    await everybody.submit()
    await asyncio.sleep(QUIET_SECONDS)


def _steady_rows(found: Loaded, count: int) -> Iterator[Row]:
    name = f"{count} stations, 2 taps a minute each"
    for what, values in (("list", [one.list_ms for one in found.steady]), ("grant", _grants(found.steady))):
        for percent in PERCENTILES:
            series = Series((percentile(values, percent),))
            goal = STEADY_MS if percent == 95 else None
            yield below(f"{name}: tap to {what}, p{percent}", "ms", series, goal)


def _burst_rows(found: Loaded, count: int) -> Iterator[Row]:
    name = f"{count} taps at once"
    for percent in (*PERCENTILES, 100):
        lists = _over([[one.list_ms for one in burst] for burst in found.bursts], percent)
        floor = _over(found.floors, percent)
        goal = BURST_MS if percent == 95 else None
        peer = "TLS handshakes and health", floor
        yield below(f"{name}: tap to list, {_named(percent)}", "ms", lists, goal, peer)
    for percent in (*PERCENTILES, 100):
        grants = _over([_grants(burst) for burst in found.bursts], percent)
        yield below(f"{name}: tap to grant, {_named(percent)}", "ms", grants, None)


def _grants(taps: Sequence[Tapped]) -> list[float]:
    return [one.grant_ms for one in taps]


def _over(rounds: Sequence[Sequence[float]], percent: int) -> Series:
    return Series(tuple(percentile(one, percent) for one in rounds))


def _named(percent: int) -> str:
    return "the last" if percent == 100 else f"p{percent}"


def pairing(runs: int, directory: Path) -> Iterator[Row]:
    """A box's way into the mesh, approved at once."""
    crowd = make_crowd(directory / "paired", 0)
    with load.served(crowd) as url:
        attended, unattended = asyncio.run(pairings.pairings(crowd, url, directory, min(runs, MOST_PAIRINGS)))
    yield below("pairing, approved at once", "s", Series(tuple(attended)), PAIRING_SECONDS)
    yield below("pairing by a token", "s", Series(tuple(unattended)), PAIRING_SECONDS)
