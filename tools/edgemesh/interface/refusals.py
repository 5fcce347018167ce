"""How many refusals of one holder the audit record takes: a flood must not push out what came before it."""

from collections import OrderedDict

REFUSALS = 20
"""Refusals of one holder that are recorded within a minute: more of them would only push out what came before."""
_MINUTE = 60.0
_HOLDERS = 1024


class RefusalRate:
    """Counts each holder's refusals by the minute."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def may(self, holder: str, now: float) -> bool:
        """Whether one more is to be recorded; `now` in the clock's monotonic seconds."""
        since, count = self._counts.pop(holder, (now, 0))
        if now - since >= _MINUTE:
            since, count = now, 0
        self._counts[holder] = since, count + 1
        while len(self._counts) > _HOLDERS:
            self._counts.popitem(last=False)
        return count < REFUSALS
