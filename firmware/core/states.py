"""Where a station, a person's visit and a delivery can stand. The moves between these are in table.py."""

from enum import StrEnum


class ServiceState(StrEnum):
    """The station as a whole: may people tap?"""

    STARTING = "starting"
    READY = "ready"
    OFFLINE = "offline"
    """The mesh is not reachable."""
    BLOCKED = "blocked"
    """The printer needs a person."""
    FAULT = "fault"
    """No reader is left, or the station's own machinery failed."""
    STOPPING = "stopping"
    """Asked to stop: nobody is let in, and the running delivery may finish."""
    STOPPED = "stopped"


class SessionState(StrEnum):
    """One person at the station."""

    IDLE = "idle"
    AUTHENTICATING = "authenticating"
    ASKING_PIN = "asking-pin"
    """The badge is known, and a PIN is wanted with it."""
    ASSOCIATING = "associating"
    """The badge is unknown; the person may say who they are and make it theirs."""
    LISTING = "listing"
    CHOOSING = "choosing"
    RELEASING = "releasing"
    """The site's policy released all jobs; the visit lasts until they have ended."""


class DeliveryState(StrEnum):
    """One job on its way to paper."""

    QUEUED = "queued"
    ASKING = "asking"
    """The mesh is asked for the release."""
    CONVERTING = "converting"
    """Pages are made for a printer that lacks the document's format."""
    SENDING = "sending"
    """The document flows to the printer."""
    PRINTING = "printing"
    """The printer has all of it."""
    WAITING = "waiting"
    """The printer waits for a person."""
    ASKING_PERSON = "asking-person"
    """We wait for a person's word: only they can say."""
    CANCELLING = "cancelling"
    """We asked for an end; what really happened is still to be told."""
    ENDED = "ended"
