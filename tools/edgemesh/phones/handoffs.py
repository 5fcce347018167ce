"""Tickets by which a station lets in whoever asked with their phone: for that station, once, for half a minute."""

from collections import OrderedDict
from dataclasses import dataclass, field

from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.interface.problems import Problem

TICKET_SECONDS = 30.0
MOST_TICKETS = 1000
"""Over all stations; the oldest makes room."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, and what they proved to the mesh: factors of a session, `phone` first."""

    user: str = field(repr=False)
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Ticket:
    station_id: str
    asker: Asker
    until: float


class Handoffs:
    """In memory only: after a restart people ask again."""

    def __init__(self, clock: Clock, random: RandomSource) -> None:
        self._clock, self._random = clock, random
        self._tickets: OrderedDict[str, _Ticket] = OrderedDict()

    def issue(self, station_id: str, asker: Asker) -> str:
        """A ticket of 32 hexadecimal digits."""
        while len(self._tickets) >= MOST_TICKETS:
            self._tickets.popitem(last=False)
        ticket = self._random.token(16).hex()
        self._tickets[ticket] = _Ticket(station_id, asker, self._clock.monotonic() + TICKET_SECONDS)
        return ticket

    def take(self, station_id: str, ticket: str) -> Asker:
        """Whom to let in; the ticket is gone. One at another station stays: it is that station's. Raises `Problem`
        ticket-expired."""
        found = self._tickets.get(ticket)
        if found is None or found.station_id != station_id:
            raise Problem("ticket-expired")
        del self._tickets[ticket]
        if found.until <= self._clock.monotonic():
            raise Problem("ticket-expired")
        return found.asker
