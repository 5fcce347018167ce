"""The panel's languages: catalogues, read when they are first asked for, and which of them a person gets."""

import logging
from collections.abc import Callable, Sequence
from functools import cache, cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, localedata
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from firmware.panel.formatter import CldrFormatter
from firmware.panel.speech import Formatter, Translations
from firmware.panel.tags import ENGLISH, TAGS, TOLD, language_of, region_of

LOG = logging.getLogger(__name__)
LOCALES: Final = Path(__file__).parent / "locales"
_USUAL_REGION: Final = {ENGLISH: "GB"}  # the messages are in British spelling, so are dates and times
_KEPT: Final = 32
"""Languages with a region that are kept ready: more than a station meets in a day."""


def catalogue(tag: str, locales: Path = LOCALES, name: str = "panel") -> NullTranslations:
    """The translations of one language; English ones, that is none, where its file cannot be used. `name` is that of
    its file: other pages than the panel's have catalogues of their own."""
    if tag == ENGLISH:
        return NullTranslations()
    try:
        with (locales / tag / "LC_MESSAGES" / f"{name}.po").open("rb") as file:
            messages = read_po(file, tag, abort_invalid=True)
        compiled = BytesIO()
        write_mo(compiled, messages)
    except (OSError, ValueError, PoFileError) as exc:
        LOG.warning("the catalogue of %s cannot be used, it is shown in English: %s", tag, exc)
        return NullTranslations()
    compiled.seek(0)
    return _Catalogue(compiled)


class _Catalogue(GNUTranslations):
    """Nothing stays nothing: under the empty message a catalogue keeps its own header, which is for nobody to see."""

    def gettext(self, message: str) -> str:
        return super().gettext(message) if message else ""


class Language:
    """A `firmware.panel.speech.Speech`. Its catalogue is read when something is first said in it. People of one
    language and several regions read the same `translations`, and have numbers and times each as at home."""

    def __init__(self, tag: str, region: str, load: Callable[[str], Translations]) -> None:
        self._locale = f"{tag}_{region}" if region else tag
        self._load = load
        self.tag = tag
        self.name, self.direction = TOLD[tag]

    @property
    def translations(self) -> Translations:
        """English where there is no catalogue that can be used."""
        return self._load(self.tag)

    @cached_property
    def fmt(self) -> Formatter:
        """Numbers and times, by CLDR."""
        return CldrFormatter(Locale.parse(self._locale), self.translations)


class Languages:
    """Those of a station. `usual` is the site's own tag (`[panel] language`): for whoever has no language that is
    offered. `tags` are offered, in their order."""

    def __init__(
        self, usual: str = ENGLISH, tags: Sequence[str] = TAGS, load: Callable[[str], Translations] = catalogue
    ) -> None:
        self._usual = usual if language_of(usual) in tags else tags[0]
        self._tags = tuple(tags)
        self._load = cache(load)
        self._language = lru_cache(_KEPT)(self._made)

    def offered(self, site: Sequence[str] = ()) -> tuple[Language, ...]:
        """What may be chosen on the screen: all, or those that the site's mesh names and that there are; the station's
        usual one where there is none of these."""
        return tuple(self.of(tag, "", site) for tag in self._of_site(site))

    def of(self, touched: str, person: str, site: Sequence[str] = ()) -> Language:
        """What was touched on the screen, else the person's own, else the station's, else the first that the site's
        mesh names. A tag may be anything at all: what is none, or not offered, is passed over."""
        offered = self._of_site(site)
        tags = (touched, person, self._usual, *offered)
        language = next(found for tag in tags if (found := language_of(tag)) in offered)
        regions = (region_of(tag) for tag in tags if language_of(tag) == language)
        usual = _USUAL_REGION.get(language, "")
        known = (region for region in regions if region and localedata.exists(f"{language}_{region}"))
        return self._language(language, next(known, usual))

    def _of_site(self, site: Sequence[str]) -> tuple[str, ...]:
        named = dict.fromkeys(map(language_of, site))
        return tuple(tag for tag in named if tag in self._tags) or ((language_of(self._usual),) if site else self._tags)

    def _made(self, language: str, region: str) -> Language:
        return Language(language, region, self._load)
