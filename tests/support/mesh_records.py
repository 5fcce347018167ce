"""Records of the mesh's stores for tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.edgemesh import leases
from tools.edgemesh.storage.records import Holding, Job, JobState, Place, Session

NOW = datetime(2026, 1, 5, 8, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)


def job(number: int = 1, owner: str = "ada") -> Job:
    """A job like no other."""
    return Job(f"job-{number}", owner, 1000 + number, b"manifest\x00\xff", b"signature", (b"leaf", b"issuer"))


def state(**changes: Any) -> JobState:
    """A job that is just arriving."""
    return replace(leases.arriving(b"box", ("node-1",), NOW + timedelta(days=1), NOW), **changes)


def next_state(before: JobState, **changes: Any) -> JobState:
    """The next revision."""
    return replace(before, revision=before.revision + 1, **changes)


def holding(number: int = 1, place: Place = Place.EXPECTED, size: int = 100) -> Holding:
    """A node's record."""
    return Holding(f"job-{number}", place, size, b"manifest", "f" * 64, NOW)


def session(name: str = "s-1", expires: datetime = LATER) -> Session:
    """A session at station-1."""
    return Session(name, "ada", "station-1", expires, b"{}", b"signature")
