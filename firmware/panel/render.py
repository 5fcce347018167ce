"""A view as HTML: the whole page once, then only what changes. What is said stands in the templates and in words.py."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment
from markupsafe import Markup

from firmware.panel import words
from firmware.panel.listed import ListedJob
from firmware.panel.page import Page
from firmware.panel.place import Place as Place  # noqa: PLC0414 - whoever renders needs it
from firmware.panel.speech import EnglishOnly, Speeches
from firmware.panel.templating import Spoken, environment, names
from firmware.panel.view import Screen, View

HERE: Final = Path(__file__).parent
TEMPLATES: Final = HERE / "templates"
_PICTURES: Final = HERE / "static" / "pictures"


class Renderer:
    """Templates are read once, for all languages. `now` is the monotonic second that deadlines are counted from,
    `today` tells the wall time, in the zone that times are shown in."""

    def __init__(
        self, speeches: Speeches | None = None, place: Place | None = None, today: Callable[[], datetime] | None = None
    ) -> None:
        self._speeches = speeches or EnglishOnly()
        self._place = place or Place()
        self._today = today or _local_now
        self._spoken = Spoken()
        self._templates = _templates(self._spoken)
        self._warm()

    def _warm(self) -> None:
        """Compiling templates and reading a locale's data take longer than anybody waits, so nobody's list is drawn
        before the first person taps."""
        for name in names(TEMPLATES):
            self._templates.get_template(name)
        today = self._today()
        ages = (timedelta(minutes=9), timedelta(hours=9), timedelta(days=1), timedelta(days=9))
        jobs = tuple(ListedJob(f"{age}", today - age, 10**6, "", pages=2) for age in ages)
        self.screen(View(Screen.JOBS, jobs=jobs), 0.0)

    def page(self, view: View, now: float) -> str:
        """The whole page."""
        return self._rendered("page.html", view, now)

    def screen(self, view: View, now: float) -> str:
        """What stands in its `main`."""
        return self._rendered("screen.html", view, now)

    def _rendered(self, name: str, view: View, now: float) -> str:
        speech = self._speeches.of(view.prefs.language, view.language, view.languages)
        self._spoken.now = speech.translations
        template = self._templates.get_template(name)
        page = Page(view, now, self._today())
        offered = self._speeches.offered(view.languages)
        return template.render(view=view, page=page, place=self._place, speech=speech, fmt=speech.fmt, offered=offered)


def _templates(spoken: Spoken) -> Environment:
    made = environment(TEMPLATES, spoken)
    made.globals.update(picture=picture, qr=_qr, words=words)
    return made


@cache
def picture(name: str) -> Markup:
    """A drawing to stand in the page itself, where it takes the colours of its theme."""
    return Markup((_PICTURES / f"{name}.svg").read_text(encoding="utf-8").strip())  # noqa: S704 - our own file


def _qr(address: str) -> Markup:
    """A QR code (ISO/IEC 18004) for a telephone's camera."""
    import segno  # noqa: PLC0415 - loaded when the first code is drawn, not at each start

    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704 - lines only


def _local_now() -> datetime:
    return datetime.now(UTC).astimezone()
