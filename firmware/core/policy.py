"""The bounds of the core: how long it waits for whom, and how much it keeps."""

from dataclasses import dataclass

LEAST_IDLE_SECONDS = 30
"""However little a site lets its people stand there: some listen to their list first, and everybody has 20 s between
the warning and the end (WCAG 2.2, criterion 2.2.1)."""
MAX_IDLE_SECONDS = 600
"""However long a site lets its people stand there, every visit ends."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in seconds. `readers` are the names of the readers that must not all be gone (empty: not watched)."""

    auth_seconds: float = 10.0
    list_seconds: float = 10.0
    news_seconds: float = 2.0
    """After the mesh announced a job, its list is asked for again so much later: whatever else it announces meanwhile
    comes with it."""
    entry_seconds: float = 30.0
    """How long a person may take to type a PIN, or a name and a code."""
    max_stays: int = 10
    """How often a person may ask for more time without doing anything else (WCAG 2.2, criterion 2.2.1: ten times)."""
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
    """The mesh's `idle_seconds` within what the station lets pass: `LEAST_IDLE_SECONDS` to `MAX_IDLE_SECONDS`."""
    return float(min(max(seconds, LEAST_IDLE_SECONDS), MAX_IDLE_SECONDS))
