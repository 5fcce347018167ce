"""Tells one station something at once, over the event stream that it reads: what it does not hear now it never does."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MOST_WAITING = 16
"""Of one stream; the oldest makes room."""


class Doorbells:
    """Knows the open streams by station. `wake` has every stream look."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._streams: dict[str, list[deque[bytes]]] = {}

    @contextmanager
    def listening(self, station_id: str) -> Iterator[deque[bytes]]:
        """What is rung at the station while the context lasts, as blocks of its stream."""
        waiting: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._streams.setdefault(station_id, []).append(waiting)
        try:
            yield waiting
        finally:
            kept = [one for one in self._streams[station_id] if one is not waiting]
            if kept:
                self._streams[station_id] = kept
            else:
                del self._streams[station_id]

    def ring(self, station_id: str, kind: str, **about: str) -> bool:
        """Tell a station; False when it reads no stream. The event has no id: a later reader does not get it again."""
        streams = self._streams.get(station_id, [])
        data = json.dumps(about, separators=(",", ":"))
        for waiting in streams:
            waiting.append(f"event: {kind}\ndata: {data}\n\n".encode())
        if streams:
            self._wake()
        return bool(streams)
