"""How often something was tried within the last hour, for names that strangers choose: counted in bounded memory."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

SPAN = timedelta(hours=1)
MAX_KEYS = 4096


class Rate:
    """At most `limit` tries an hour for each key. Of more keys than are kept, those tried longest ago are forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()

    def spent(self, key: str, now: datetime) -> bool:
        """Whether the key has no try left."""
        tries = self._tries.get(key)
        while tries and tries[0] <= now - SPAN:
            tries.popleft()
        return tries is not None and len(tries) >= self._limit

    def count(self, key: str, now: datetime) -> None:
        """One try more."""
        self._tries.setdefault(key, deque(maxlen=self._limit)).append(now)
        self._tries.move_to_end(key)
        while len(self._tries) > MAX_KEYS:
            self._tries.popitem(last=False)
