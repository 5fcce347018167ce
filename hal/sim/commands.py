"""What a tester can do to a simulated station and the world around it, as values; `words` says them in words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from hal.sim.commands_mesh import MeshAdds, MeshCuts, MeshFlips, SlowMesh
from hal.sim.commands_office import (
    Delegate,
    EndDelegations,
    IssueCode,
    Restore,
    RestorePart,
    Revoke,
    SetCardPolicy,
    SetPin,
    WithdrawPart,
)
from hal.sim.commands_person import Associate, CameOut, Choose, EnterPin, HoldCard, Submit, TapBadge
from hal.sim.commands_printer import PrinterCommand


class Plain(StrEnum):
    """Commands without a parameter; the value is the command in words."""

    GARBLE_TAP = "garble tap"
    UNPLUG_READER = "unplug reader"
    PLUG_READER = "plug reader"
    CLEAR_JAM = "clear jam"
    PAPER_OUT = "paper out"
    PAPER_IN = "paper in"
    COVER_OPEN = "cover open"
    COVER_CLOSED = "cover closed"
    TONER_OUT = "toner out"
    TONER_IN = "toner in"
    MEDIA_IN = "media in"
    OUTPUT_FULL = "output full"
    OUTPUT_EMPTIED = "output emptied"
    PRINTER_OFF = "printer off"
    PRINTER_ON = "printer on"
    PRINTER_LIES_COMPLETED = "printer lies completed"
    PRINTER_DROPS_DOCUMENT = "printer drops document"
    PRINTER_CHANGES_CERTIFICATE = "printer changes certificate"
    PRINTER_MALFORMED = "printer malformed"
    PRINTER_OVERSIZED = "printer oversized"
    PRINTER_ENDLESS = "printer endless"
    PRINTER_HTML = "printer html"
    PRINTER_SILENT = "printer silent"
    PRINTER_HANGS_UP = "printer hangs up"
    PRINTER_SILENT_AT_END = "printer silent after document"
    PRINTER_HANGS_UP_AT_END = "printer hangs up after document"
    PRINTER_STUCK_INCOMING = "printer stuck incoming"
    PRINTER_IGNORES_CANCEL = "printer ignores cancel"
    PRINTER_IGNORES_PAGE_RANGES = "printer ignores page-ranges"
    PRINTER_LOSES_JAMMED_PAGES = "printer loses jammed pages"
    PRINTER_BEHAVES = "printer behaves"
    CUT_NETWORK = "cut network"
    RESTORE_NETWORK = "restore network"
    MESH_SILENT = "mesh silent"
    MESH_HTML = "mesh html"
    MESH_FOREIGN_CERTIFICATE = "mesh foreign certificate"
    MESH_BEHAVES = "mesh behaves"
    DISK_FULL = "disk full"
    DISK_FAILING = "disk failing"
    DISK_READ_ONLY = "disk read-only"
    DISK_OK = "disk ok"
    CUT_POWER = "cut power"
    KILL_STATION = "kill station"
    START_STATION = "start station"
    KILL_MESH = "kill mesh"
    START_MESH = "start mesh"
    START_MESH_ANYWAY = "start mesh anyway"
    """With the administrator's word that its clock is right."""
    CLOCK_RIGHT = "clock right"
    MESH_CLOCK_RIGHT = "mesh clock right"
    CANCEL = "cancel"
    LOG_OUT = "log out"
    YES = "yes"
    """To what the station asks: also whether it shall be printed without what the printer lacks."""
    NO = "no"
    CANCEL_ENTRY = "cancel entry"


class Computer(StrEnum):
    """Whose clock."""

    STATION = "station"
    MESH = "mesh"


@dataclass(frozen=True, slots=True)
class JumpClock:
    """Somebody sets a computer's clock by so many seconds, back when negative."""

    computer: Computer
    seconds: float


@dataclass(frozen=True, slots=True)
class Wait:
    """So many seconds pass."""

    seconds: float


Command: TypeAlias = (
    Plain
    | TapBadge
    | HoldCard
    | SetCardPolicy
    | PrinterCommand
    | MeshCuts
    | MeshFlips
    | MeshAdds
    | SlowMesh
    | JumpClock
    | WithdrawPart
    | RestorePart
    | Revoke
    | Restore
    | EnterPin
    | Associate
    | SetPin
    | IssueCode
    | Delegate
    | EndDelegations
    | Submit
    | Choose
    | CameOut
    | Wait
)
