"""Tickets by which a station lets in whoever asked with their phone: for that station, once, for half a minute."""

from dataclasses import dataclass, field

from hal.ports.clock import Clock
from hal.ports.random_source import RandomSource
from tools.edgemesh.tickets import Tickets

TICKET_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, and what they proved to the mesh: factors of a session, `phone` first."""

    user: str = field(repr=False)
    factors: tuple[str, ...]


class Handoffs(Tickets[Asker]):
    """Whom to let in."""

    def __init__(self, clock: Clock, random: RandomSource) -> None:
        super().__init__(clock, random, TICKET_SECONDS)
