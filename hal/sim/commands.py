"""What a tester can do to a simulated station and the world around it, as values; `words` says them in words."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

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


class Part(StrEnum):
    """The three key parts that a release needs."""

    JOB = "job"
    NODE = "node"
    ORG = "org"


class Computer(StrEnum):
    """Whose clock."""

    STATION = "station"
    MESH = "mesh"


class Revocable(StrEnum):
    """What an administrator can revoke."""

    BADGE = "badge"
    USER = "user"
    STATION = "station"
    NODE = "node"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class TapBadge:
    """A badge at the reader; `text` is what the reader sends."""

    text: str = field(repr=False)


class Hand(StrEnum):
    """Which card somebody holds to the reader, and how."""

    CARD = "card"
    """One of the site's, until the beep."""
    BRUSHED = "brushed"
    """One of the site's, lifted too soon."""
    CLONE = "clone"
    """A copy with the number and the application, by somebody who does not have the key."""
    BLANK = "blank"
    """A copy with the number alone."""


@dataclass(frozen=True, slots=True)
class HoldCard:
    """A card that can be spoken to, at the reader."""

    uid: bytes = field(repr=False)
    hand: Hand = Hand.CARD


@dataclass(frozen=True, slots=True)
class SetCardPolicy:
    """The administrator says what is taken for a badge: `uid`, `uid-pin` or `proof`."""

    policy: str


@dataclass(frozen=True, slots=True)
class MeshCuts:
    """The next body that the mesh sends breaks off after so many bytes of the sealed document, once."""

    after: int


@dataclass(frozen=True, slots=True)
class MeshFlips:
    """One bit of this byte (from 0) of the next body that the mesh sends is flipped, once."""

    byte: int


@dataclass(frozen=True, slots=True)
class MeshAdds:
    """The next body that the mesh sends goes on for so many bytes after its end, once."""

    extra: int


@dataclass(frozen=True, slots=True)
class SlowMesh:
    """The mesh answers each request so many seconds late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class JumpClock:
    """Somebody sets a computer's clock by so many seconds, back when negative."""

    computer: Computer
    seconds: float


@dataclass(frozen=True, slots=True)
class WithdrawPart:
    """The holder of a part refuses to give it for the newest held job."""

    part: Part


@dataclass(frozen=True, slots=True)
class RestorePart:
    """The holder gives the part again."""

    part: Part


@dataclass(frozen=True, slots=True)
class Revoke:
    """An administrator revokes; `name` is empty for the station and the node of the story."""

    kind: Revocable
    name: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Restore:
    """An administrator lets a person or badge in again."""

    kind: Revocable
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnterPin:
    """The person types a PIN."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Associate:
    """The person types their name and a one-time code; without one, that which an administrator issued last."""

    user: str = field(repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SetPin:
    """An administrator sets a person's PIN."""

    user: str = field(repr=False)
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class IssueCode:
    """An administrator issues a one-time code for a person."""

    user: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delegate:
    """`owner` says on their computer that `delegate` may release their jobs for so many seconds."""

    owner: str = field(repr=False)
    delegate: str = field(repr=False)
    seconds: float


@dataclass(frozen=True, slots=True)
class EndDelegations:
    """`owner` ends all that they gave."""

    owner: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Submit:
    """`user` prints a document of so many pages; `sides` as IPP says it, empty where they do not care."""

    pages: int
    user: str
    sides: str = ""


@dataclass(frozen=True, slots=True)
class Choose:
    """The person chooses jobs on the panel, by their places from 1 in the list shown; None means all. `rest`: of what
    came out in part, only the pages that did not."""

    places: tuple[int, ...] | None
    rest: bool = False


@dataclass(frozen=True, slots=True)
class CameOut:
    """The person says to the station's question that so many pages came out, and no more."""

    pages: int


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
