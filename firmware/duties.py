"""What a station does as long as it runs, besides its dispatcher: a list of coroutines for each of its parts."""

from firmware.config import Config
from firmware.delivery.means import Means
from firmware.delivery.settle import settle
from firmware.effects import Effects
from firmware.handsfree import Duties as Duties  # noqa: PLC0414 - of the same kind
from firmware.handsfree import handsfree_duties
from firmware.inside import Inside, Technician
from firmware.journal import Journal
from firmware.numbers import Numbers
from firmware.panel.desk import Desk
from firmware.panel.lobby import Lobby
from firmware.panel.site import speeches
from firmware.proving import Proving
from firmware.reader_health import HealthBook
from firmware.readers import ReaderWatch
from firmware.station import Station
from firmware.watchers import watch_printer
from hal.board import Board


def delivery_duties(board: Board, means: Means, station: Station, effects: Effects, journal: Journal) -> Duties:
    """What an earlier life left open is settled, reports are handed in, the printer is watched."""
    return [
        settle(means.ledger.unsettled(), means, journal.write),
        means.reports.keep_on(),
        watch_printer(board.printer, board.clock, lambda: effects.is_delivering, station.post),
    ]


def reader_duties(
    board: Board, numbers: Numbers, proving: Proving | None, health: HealthBook, station: Station
) -> Duties:
    """Every reader of the board is listened to, and its health kept."""
    post = health.hearing(station.post)
    watches = (
        ReaderWatch(reader, board.clock, numbers.number, post, proving, sound=board.indicator.acknowledge)
        for reader in board.readers
    )
    return [health.keep_on(), *(watch.run() for watch in watches)]


def panel_duties(desk: Desk | None, board: Board, config: Config, lobby: Lobby | None) -> Duties:
    """A desk's own time, and whoever works it without a screen; where there is a lobby it has these."""
    if desk is None:
        return []
    by_hand = [] if lobby else handsfree_duties(desk, board, speeches(config.panel_language))
    return [desk.keep_on(), *by_hand]


def technician_duties(technician: Technician | None, inside: Inside) -> Duties:
    """None where nobody looks."""
    return [technician.duty(inside)] if technician is not None else []
