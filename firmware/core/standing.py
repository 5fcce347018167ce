"""What a station shows while nothing passes."""

from firmware.core.signs import Notice
from firmware.core.states import DeliveryState, ServiceState, SessionState

_SILENT = (ServiceState.STARTING, ServiceState.STOPPING, ServiceState.STOPPED)
_TYPING = {SessionState.ASKING_PIN: Notice.PIN_ASKED, SessionState.ASSOCIATING: Notice.WHO_ARE_YOU}
_RUNNING = {
    DeliveryState.WAITING: Notice.PRINTER_NEEDS_YOU,
    DeliveryState.ASKING_PERSON: Notice.QUESTION,
}
_STANDING = {
    ServiceState.READY: Notice.READY,
    ServiceState.OFFLINE: Notice.NOT_CONNECTED,
    ServiceState.BLOCKED: Notice.PRINTER_NEEDS_YOU,
}


def standing(service: ServiceState, session: SessionState, delivery: DeliveryState | None) -> Notice | None:
    """None while it starts and ends. Whoever just tapped comes first."""
    if service in _SILENT:
        return None
    if service is ServiceState.FAULT:
        return Notice.FAULT
    if session in (SessionState.AUTHENTICATING, SessionState.LISTING):
        return Notice.READING
    if session in _TYPING:
        return _TYPING[session]
    if delivery:
        return _RUNNING.get(delivery, Notice.PRINTING)
    return _STANDING[service]
