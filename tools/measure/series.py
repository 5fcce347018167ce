"""Repeated figures: paired runs, medians, ratios."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Series:
    """Figures of one thing in one unit."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def low(self) -> float:
        return min(self.values)

    @property
    def high(self) -> float:
        return max(self.values)


@dataclass(frozen=True)
class Row:
    """One line of the report: ours, the peer's, the ratio pair by pair, and where it must land."""

    name: str
    unit: str
    ours: Series
    peer_name: str = ""
    peer: Series | None = None
    ratio: Series | None = None
    goal: str = ""
    met: bool | None = None


def interleaved(runs: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, Series]:
    """Each contender in turn, `runs` rounds, so that a machine that drifts drifts for all of them."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, run in contenders.items():
            found[name].append(run())
    return {name: Series(tuple(values)) for name, values in found.items()}


def ratios(above: Series, below: Series) -> Series:
    """Pair by pair, in the order they were run."""
    return Series(tuple(a / b for a, b in zip(above.values, below.values, strict=True)))


Peer = tuple[str, Series | None]
"""A peer's name and its figures."""


def below(name: str, unit: str, values: Series, most: float | None, peer: Peer = ("", None)) -> Row:
    """A row with a bound on its median, where there is one, and a peer, where there is one."""
    ratio = None if peer[1] is None else ratios(peer[1], values)
    goal, met = ("", None) if most is None else (f"<= {most:g} {unit}", values.median <= most)
    return Row(name, unit, values, *peer, ratio, goal, met)
