"""How many sessions a station may have open: people in front of one reader are few, a machine in its place is not."""

from collections import OrderedDict

MOST = 64
"""Open sessions of one station; the oldest ends for a new one. Each ends by itself after ten minutes."""


class Openings:
    """Knows the open sessions by station, in memory only: those of before a restart end by themselves."""

    def __init__(self) -> None:
        self._open: dict[str, OrderedDict[str, None]] = {}

    def opened(self, station_id: str, session_id: str) -> list[str]:
        """One more; the sessions that have to end for it."""
        of_station = self._open.setdefault(station_id, OrderedDict())
        of_station[session_id] = None
        return [of_station.popitem(last=False)[0] for _ in range(len(of_station) - MOST)]

    def closed(self, station_id: str, session_id: str) -> None:
        """One less; no error when it was not known."""
        of_station = self._open.get(station_id, OrderedDict())
        of_station.pop(session_id, None)
        if not of_station:
            self._open.pop(station_id, None)
