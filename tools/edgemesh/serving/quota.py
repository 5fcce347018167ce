"""How much of the server one holder may take up at once, so that none can keep all others out."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.vault.identity import Identity, Kind

MAX_STREAMS = 4
"""Event streams: a station reads one, and a broken one may not be known to be so yet."""
MAX_CONNECTIONS = 32
LIMITED = (Kind.STATION, Kind.CLIENT)
"""The mesh's own roles speak for everybody behind them."""


class Quota:
    """Counts what is open by the holder's name (`station/lobby`): whoever renews has another certificate, not more."""

    def __init__(self) -> None:
        self._connections: Counter[str] = Counter()
        self._streams: Counter[str] = Counter()

    def connected(self, holder: str) -> bool:
        """One connection more; True when there are more than a station or client may have."""
        self._connections[holder] += 1
        return self._connections[holder] > MAX_CONNECTIONS

    def disconnected(self, holder: str) -> None:
        """One connection less."""
        _less(self._connections, holder)

    def streams_full(self, caller: Identity) -> bool:
        """Whether one event stream more would be one too many."""
        return caller.kind in LIMITED and self._streams[caller.name] >= MAX_STREAMS

    @contextmanager
    def streaming(self, caller: Identity) -> Iterator[None]:
        """One event stream, for as long as the context."""
        self._streams[caller.name] += 1
        try:
            yield
        finally:
            _less(self._streams, caller.name)


def _less(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if counts[name] <= 0:
        del counts[name]
