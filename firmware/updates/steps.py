"""What happens to an update, and what is to be done about it: the events and effects of machine.py, values only."""

from dataclasses import dataclass

from firmware.updates.states import Offer, Record, Version


@dataclass(frozen=True, slots=True)
class Began:
    """The station has started, in this slot and version; the next usual start takes the slot `primary`."""

    slot: str
    primary: str
    version: Version
    compatible: str

    @property
    def is_trial(self) -> bool:
        """Whether the next usual start takes the other slot."""
        return self.slot != self.primary


@dataclass(frozen=True, slots=True)
class Polled:
    """The mesh was told how things stand, and answered with what it has for this station."""

    offer: Offer | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A moment later: whether it is the quiet hour, whether nobody is here and nothing prints, and where that was
    asked, what is not well now."""

    is_quiet: bool
    is_calm: bool
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wished:
    """A person wants it now, whatever the hour, even if it failed before."""


@dataclass(frozen=True, slots=True)
class Installed:
    """The other slot is whole."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The step that was asked for failed."""

    code: str


@dataclass(frozen=True, slots=True)
class Marked:
    """The slot that runs is marked good: it is the usual one from now on."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The new version was looked at: what is still not well."""

    faults: tuple[str, ...]


Event = Began | Polled | Looked | Wished | Installed | Failed | Marked | Examined


@dataclass(frozen=True, slots=True)
class Keep:
    """Durably, before the next effect."""

    record: Record


@dataclass(frozen=True, slots=True)
class Install:
    """Answered with `Installed` or `Failed`."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Restart:
    """Answered with `Failed`, or not at all."""

    trial: bool


@dataclass(frozen=True, slots=True)
class Examine:
    """Answered with `Examined`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The slot that runs is good: answered with `Marked` or `Failed`. Or bad: it goes back by itself whatever comes."""

    good: bool


@dataclass(frozen=True, slots=True)
class Tell:
    """The mesh is to know soon."""


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the journal."""

    line: str


Effect = Keep | Install | Restart | Examine | Mark | Tell | Note
