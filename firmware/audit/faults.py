"""What can be wrong with a record, each with a stable code, and where it was found first."""

from dataclasses import dataclass
from enum import StrEnum


class FaultCode(StrEnum):
    """The codes; docs/audit.md says what each means."""

    EMPTY = "audit-empty"
    UNREADABLE = "audit-unreadable"
    HEAD_MISSING = "audit-head-missing"
    HEAD_CHANGED = "audit-head-changed"
    CHANGED = "audit-changed"
    REMOVED = "audit-removed"
    REORDERED = "audit-reordered"
    TRUNCATED = "audit-truncated"
    FOREIGN_KEY = "audit-foreign-key"
    FORKED = "audit-forked"
    GAP = "audit-gap"
    TORN_TAIL = "audit-torn-tail"
    DAMAGE_TOLD = "audit-damage-told"
    WITNESS = "audit-witness-contradicted"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first fault: its code, the file and line (from 1; 0: the file as a whole), the number of the entry that was
    expected there (0: none), and a sentence."""

    code: FaultCode
    file: str
    line: int
    sequence: int
    detail: str


class FaultFoundError(Exception):
    """Ends a verification; never leaves the package."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault
