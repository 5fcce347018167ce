"""The bounds of the core: how long it waits for whom, and how much it keeps."""

from dataclasses import dataclass

MAX_IDLE_SECONDS = 600
"""However long a site lets its people stand there, every visit ends."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in seconds. `readers` are the names of the readers that must not all be gone (empty: not watched)."""

    auth_seconds: float = 10.0
    list_seconds: float = 10.0
    entry_seconds: float = 30.0
    """How long a person may take to type a PIN, or a name and a code."""
    notice_seconds: float = 3.0
    """How long a passing notice such as `done` is shown before the standing one comes back."""
    wait_seconds: float = 900.0
    """How long a printer may wait for a person before the rest is held again, lest pages come out unattended."""
    delivery_seconds: float = 4 * 3600.0
    """The longest delivery; 5000 pages at 40 a minute take two hours."""
    cancel_seconds: float = 30.0
    """How long the answer to a cancellation may take before the outcome counts as unknown."""
    question_seconds: float = 60.0
    """How long a person may take to answer a question about their pages; then it counts as unanswered."""
    drain_seconds: float = 30.0
    """How long a running delivery may go on after the station was asked to stop."""
    max_queue: int = 1000
    """Jobs waiting for the printer, and jobs kept of one list."""
    readers: tuple[str, ...] = ()


def idle_bound(seconds: int) -> float:
    """The mesh's `idle_seconds` within what the station lets pass: 1 s to `MAX_IDLE_SECONDS`."""
    return float(min(max(seconds, 1), MAX_IDLE_SECONDS))
