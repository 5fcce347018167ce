"""Who gets which bundle, and when that is over: pure decisions over plain values."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from firmware.updates.states import Phase, Version


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that the mesh keeps: `digest` is the SHA-256 of its bytes in hex, `size` in bytes; the rest is what its
    signer says."""

    digest: str
    version: Version
    compatible: str
    size: int


@dataclass(frozen=True, slots=True)
class Stage:
    """`percent` of all stations, always the same ones of a bundle, and those named. More than `most_failures` of them
    that end badly halt the rollout."""

    percent: int = 0
    stations: tuple[str, ...] = ()
    most_failures: int = 0


@dataclass(frozen=True, slots=True)
class Rollout:
    """The stages that have begun, the newest last; `halted` says why nobody gets the bundle, empty: some do."""

    digest: str
    stages: tuple[Stage, ...] = ()
    halted: str = ""

    def has(self, station: str) -> bool:
        """Whether a stage that has begun is for this station."""
        place = place_of(self.digest, station)
        return any(station in stage.stations or place < stage.percent for stage in self.stages)


@dataclass(frozen=True, slots=True)
class Seen:
    """A station as it told of itself, and when (RFC 3339, UTC). The rest as in `firmware.updates.source.Standing`."""

    station: str
    at: str
    version: str
    compatible: str
    slot: str
    phase: str
    digest: str = ""
    code: str = ""
    faults: tuple[str, ...] = ()

    def failed(self, digest: str) -> bool:
        """Whether that bundle ended badly there."""
        return self.digest == digest and self.phase == Phase.ENDED and self.code != ""


def place_of(digest: str, station: str) -> int:
    """0 to 99: another order of the stations for each bundle, so that it is not always the same one that goes first."""
    return int.from_bytes(hashlib.sha256(f"{digest}/{station}".encode()).digest()[:8], "big") % 100


def offered(
    station: str, compatible: str, bundles: Mapping[str, Bundle], rollouts: Mapping[str, Rollout]
) -> Bundle | None:
    """The newest bundle there is for a station now."""
    found = [
        bundles[digest]
        for digest, rollout in rollouts.items()
        if not rollout.halted and digest in bundles and rollout.has(station)
    ]
    fitting = [bundle for bundle in found if bundle.compatible == compatible]
    return max(fitting, key=lambda bundle: bundle.version, default=None)


def failures(rollout: Rollout, seen: Iterable[Seen]) -> tuple[str, ...]:
    """The stations where it ended badly."""
    return tuple(sorted(one.station for one in seen if rollout.has(one.station) and one.failed(rollout.digest)))


def is_over_limit(rollout: Rollout, seen: Iterable[Seen]) -> bool:
    """Whether more stations failed than the newest stage allows."""
    return bool(rollout.stages) and len(failures(rollout, seen)) > rollout.stages[-1].most_failures
