"""The workers port: where blocking and computing calls go, so that the event loop never waits."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Workers(Protocol):
    """A few threads on a real board; run at once, in place, in a simulation."""

    async def run(self, call: Callable[[], T]) -> T:
        """The result of `call()`, made off the event loop. When cancelled, the wait ends at once and
        the call itself runs to its end unseen: whoever cancels must also unblock it (close its socket)."""
        ...
