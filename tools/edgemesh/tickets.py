"""Tickets: what a station says again for somebody who stands there, once, at that station, within some seconds."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.interface.problems import Problem

T = TypeVar("T")
MOST_TICKETS = 1000
"""Over all stations; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class _Ticket(Generic[T]):
    station_id: str
    what: T = field(repr=False)
    until: float


class Tickets(Generic[T]):
    """Each stands for one thing at one station, for one attempt. In memory only: after a restart people begin anew."""

    def __init__(self, clock: Clock, random: RandomSource, seconds: float) -> None:
        self._clock, self._random, self._seconds = clock, random, seconds
        self._tickets: OrderedDict[str, _Ticket[T]] = OrderedDict()

    def issue(self, station_id: str, what: T) -> str:
        """A ticket of 32 hexadecimal digits."""
        while len(self._tickets) >= MOST_TICKETS:
            self._tickets.popitem(last=False)
        ticket = self._random.token(16).hex()
        self._tickets[ticket] = _Ticket(station_id, what, self._clock.monotonic() + self._seconds)
        return ticket

    def take(self, station_id: str, ticket: str) -> T:
        """What it stands for; the ticket is gone. One of another station stays: it is that station's. Raises `Problem`
        ticket-expired."""
        found = self._tickets.get(ticket)
        if found is None or found.station_id != station_id:
            raise Problem("ticket-expired")
        del self._tickets[ticket]
        if found.until <= self._clock.monotonic():
            raise Problem("ticket-expired")
        return found.what
