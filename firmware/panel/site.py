"""How the panel speaks at one site: in its languages and its time, as configured. Nothing is imported for it before."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from firmware.panel.place import Place
from firmware.panel.speech import EnglishOnly, Speeches

if TYPE_CHECKING:
    from firmware.panel.render import Renderer


def speeches(usual: str) -> Speeches:
    """All languages, `usual` for whoever has none of them; English alone where Babel is not installed, which belongs to
    `lockgate[panel]`: a box that has a voice and no screen need not have it."""
    try:
        from firmware.panel.languages import Languages  # noqa: PLC0415 - what a box without a panel does not load
    except ImportError:
        return EnglishOnly()
    return Languages(usual)


def renderer(spoken: Speeches, zone: str, place: Place | None = None) -> "Renderer":
    """What draws the screens: with the times of `zone` (IANA), of the system's own where it is empty."""
    from firmware.panel.render import Renderer  # noqa: PLC0415 - as above

    return Renderer(spoken, place, today=today_in(zone))


def today_in(zone: str) -> Callable[[], datetime]:
    """The wall time there."""
    return partial(datetime.now, ZoneInfo(zone)) if zone else lambda: datetime.now(UTC).astimezone()
