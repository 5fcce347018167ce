"""The duties that last as long as the station: printer and mesh, each told to the core when it changes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from firmware.core.events import Event, JobHeld, MeshChanged, PhoneArrived, PrinterChanged
from firmware.delivery.obstacles import blocking
from firmware.mesh.follow import follow
from firmware.mesh.messages import MeshEventKind
from firmware.mesh.port import Mesh
from hal.ports.clock import Clock
from hal.ports.errors import DeviceError
from hal.ports.printer import Printer
from hal.ports.random_source import RandomSource

LOG = logging.getLogger("lockgate.watchers")

PRINTER_SECONDS = 5.0
REFUSED = "identity-"
"""So begin the codes of a mesh that refuses this station itself."""

Post = Callable[[Event], None]


async def watch_printer(printer: Printer, clock: Clock, is_delivering: Callable[[], bool], post: Post) -> None:
    """Ask the printer about itself while no delivery does; what keeps it from printing is told when it changes. Of a
    printer that gives no proper answer that is the error's code."""
    known: tuple[str, ...] = ()
    while True:
        if not is_delivering():
            reasons = await _reasons(printer)
            if reasons != known and not is_delivering():
                known = reasons
                post(PrinterChanged(reasons))
            await printer.next_change(PRINTER_SECONDS)  # at once where the printer tells
        else:
            await clock.sleep(PRINTER_SECONDS)


@dataclass(frozen=True, slots=True)
class Heard:
    """Who is told what of the mesh: the core, whoever waits for it to be back, whoever keeps the deny list, whoever
    shows codes to phones."""

    post: Post
    on_reachable: Callable[[], None]
    on_denials: Callable[[], None]
    on_code_used: Callable[[], None] = lambda: None


async def watch_mesh(mesh: Mesh, clock: Clock, random: RandomSource, heard: Heard) -> None:
    """Whether the mesh is there, whether it has a new deny list or another job, and who asks with their phone to be let
    in. Its other announcements change nothing here."""

    told: MeshChanged | None = None

    def changed(reachable: bool, code: str) -> None:
        nonlocal told
        # Why there is no way to the mesh is for the log; that it does not want us any more is for whoever stands here.
        news = MeshChanged(reachable, code if code.startswith(REFUSED) else "")
        if news != told:
            told = news
            heard.post(news)
        if reachable:
            heard.on_reachable()
        else:
            LOG.warning("the mesh is not reachable: %s", code)

    async for announced in follow(mesh, clock, random, changed):
        match announced.kind:
            case MeshEventKind.DENY_LIST_CHANGED:
                heard.on_denials()
            case MeshEventKind.JOB_HELD:
                heard.post(JobHeld(announced.job_id))
            case MeshEventKind.CODE_USED:
                heard.on_code_used()
            case MeshEventKind.RELEASE_ASKED if announced.ticket:
                heard.on_code_used()
                heard.post(PhoneArrived(announced.ticket))


async def _reasons(printer: Printer) -> tuple[str, ...]:
    try:
        return blocking(await printer.status())
    except DeviceError as exc:
        return (exc.code,)
