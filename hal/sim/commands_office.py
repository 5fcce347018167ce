"""What those who look after a simulated site do: an administrator, the holders of key parts, the owners of jobs."""

from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """The three key parts that a release needs."""

    JOB = "job"
    NODE = "node"
    ORG = "org"


@dataclass(frozen=True, slots=True)
class WithdrawPart:
    """The holder of a part refuses to give it for the newest held job."""

    part: Part


@dataclass(frozen=True, slots=True)
class RestorePart:
    """The holder gives the part again."""

    part: Part


class Revocable(StrEnum):
    """What an administrator can revoke."""

    BADGE = "badge"
    USER = "user"
    STATION = "station"
    NODE = "node"
    CLIENT = "client"


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
class SetCardPolicy:
    """The administrator says what is taken for a badge: `uid`, `uid-pin` or `proof`."""

    policy: str


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
