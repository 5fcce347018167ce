"""The technician's pages as HTML, in the language of whoever looks: the templates, and what findings say."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from firmware.panel.speech import Speech
from firmware.panel.templating import Spoken, environment
from firmware.technician.told import said

HERE: Final = Path(__file__).parent


class Drawing:
    """The templates, read once for all languages."""

    def __init__(self) -> None:
        self._spoken = Spoken()
        self._templates = environment(HERE / "templates", self._spoken)
        self._templates.globals["said"] = self._said

    def page(self, part: str, speech: Speech, values: Mapping[str, Any]) -> str:
        """A whole page."""
        return self._drawn(f"{part}.html", speech, values)

    def live(self, part: str, speech: Speech, values: Mapping[str, Any]) -> str:
        """What of it changes by itself."""
        return self._drawn(f"{part}-live.html", speech, values)

    def _drawn(self, name: str, speech: Speech, values: Mapping[str, Any]) -> str:
        self._spoken.now = speech.translations
        return self._templates.get_template(name).render(**values, speech=speech)

    def _said(self, words: str) -> str:
        return said(words, self._spoken.gettext)
