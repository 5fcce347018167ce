"""What a visit asks of the deliveries."""

from collections.abc import Mapping
from typing import Protocol

from firmware.core.wishes import Wishes


class Printing(Protocol):
    """Where released jobs go."""

    def add(self, session_ref: int, session_id: str, first_pages: Mapping[str, int], wishes: Wishes) -> None:
        """Queue jobs of one visit, each at most once and from its first page on."""
        ...

    def has_job(self, job_id: str) -> bool:
        """Whether the job is queued or running already."""
        ...

    def has_session(self, session_ref: int) -> bool:
        """Whether any delivery of that visit has not ended."""
        ...

    def asks(self, session_ref: int) -> bool:
        """Whether the person of that visit is asked something now."""
        ...

    def wait_longer(self, session_ref: int) -> None:
        """Whoever is asked something needs more time for it."""
        ...
