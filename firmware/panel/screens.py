"""Which page is on the screen, and how far the print is: read from where the core stands, for whoever stands here."""

from firmware.core.effects import Tell
from firmware.core.machine import Core
from firmware.core.signs import Notice
from firmware.core.states import DeliveryState, ServiceState, SessionState
from firmware.panel.listed import ListedJob
from firmware.panel.view import Progress, Said, Screen

_SERVICE = {
    ServiceState.STARTING: Screen.STARTING,
    ServiceState.OFFLINE: Screen.NOT_CONNECTED,
    ServiceState.BLOCKED: Screen.PRINTER_NEEDS_YOU,
    ServiceState.FAULT: Screen.OUT_OF_SERVICE,
    ServiceState.STOPPING: Screen.STOPPED,
    ServiceState.STOPPED: Screen.STOPPED,
}
_CLOSED = (ServiceState.STARTING, ServiceState.FAULT, ServiceState.STOPPING, ServiceState.STOPPED)
_SESSION = {
    SessionState.AUTHENTICATING: Screen.READING,
    SessionState.LISTING: Screen.READING,
    SessionState.ASKING_PIN: Screen.PIN,
    SessionState.ASSOCIATING: Screen.WHO,
}
_STANDING = frozenset(
    {Notice.READY, Notice.READING, Notice.PRINTING, Notice.QUESTION, Notice.PIN_ASKED, Notice.WHO_ARE_YOU}
)
"""Said by the screen itself."""


def visit_of(core: Core) -> int:
    """The number of whoever stands here, 0: nobody."""
    return core.visit if core.session is not SessionState.IDLE else 0


def screen_of(core: Core, *, updating: bool = False) -> Screen:
    """Whoever just tapped comes first; then what is asked, what waits, what prints. That the box is being updated is
    told while nobody is here: whoever taps is served."""
    if core.service in _CLOSED:
        return _SERVICE[core.service]
    if core.question is not None:
        return Screen.QUESTION
    if core.session in _SESSION:
        return _SESSION[core.session]
    if core.session is SessionState.CHOOSING and not _is_all_theirs(core):
        return Screen.JOBS
    if core.delivery is not None:
        return Screen.PRINTER_NEEDS_YOU if core.delivery is DeliveryState.WAITING else Screen.PRINTING
    is_updating = updating and core.session is SessionState.IDLE
    return Screen.UPDATING if is_updating else _SERVICE.get(core.service, Screen.READY)


def said_of(told: Tell, before: Said | None, visit: int) -> Said | None:
    """What passes over the screen from now on. How another's print ended is nothing to whoever stands here."""
    if told.visit and visit and told.visit != visit:
        return before
    if told.notice in _STANDING:
        return None
    return Said(told.notice, told.pages, told.lacks, told.needs, told.code)


def _is_all_theirs(core: Core) -> bool:
    """Whether their own print is all that there is to see: nothing is left to choose, or the printer waits for them."""
    printing = core.printing
    if printing is None or printing.visit != visit_of(core):
        return not core.offered and core.queued_of(visit_of(core)) > 0
    return core.delivery is DeliveryState.WAITING or not core.offered


def progress_of(core: Core, jobs: tuple[ListedJob, ...]) -> Progress | None:
    """`jobs` are those of whoever stands here: of another's print nothing is told but that it goes on."""
    printing = core.printing
    if printing is None:
        return None
    if printing.visit != visit_of(core):
        return Progress(is_theirs=False, queued=core.queued_of(visit_of(core)))
    known = next((job for job in jobs if job.job_id == printing.job_id), None)
    return Progress(
        is_theirs=True,
        page=printing.page,
        pages=known.pages if known else None,
        queued=core.queued_of(printing.visit),
        stage=printing.stage,
    )
