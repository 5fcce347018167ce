"""The panel for attacks on it: on the air for one story, with whoever sits at the same machine."""

import tempfile
from collections.abc import Awaitable, Callable
from functools import wraps
from pathlib import Path

from tests.support.aio import run
from tests.support.panel_site import Site, panel
from tests.support.technician_site import Technician, technician
from tests.support.threat_model import Attack


def at_the_panel(story: Callable[[Site], Awaitable[None]]) -> Attack:
    """An attack on the panel's server, which really listens; in real time."""

    @wraps(story)
    def attack() -> None:
        async def main() -> None:
            with tempfile.TemporaryDirectory() as folder:
                async with panel(Path(folder)) as site:
                    await story(site)

        run(main())

    return attack


def at_the_technicians_page(story: Callable[[Technician], Awaitable[None]]) -> Attack:
    """The same of the technician's page, with a technician before it who was at the start address."""

    @wraps(story)
    def attack() -> None:
        async def main() -> None:
            with tempfile.TemporaryDirectory() as folder:
                async with technician(Path(folder)) as somebody:
                    await story(somebody)

        run(main())

    return attack
