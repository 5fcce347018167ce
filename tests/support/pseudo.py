"""Languages that nobody speaks, made of the messages themselves: accented, longer and in brackets, so that whatever is
cut off, glued together or not translated at all stands out. One is written from the left, the other from the right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from gettext import NullTranslations
from typing import Final

from babel import Locale

from firmware.panel.formatter import CldrFormatter
from firmware.panel.speech import Formatter, Speech, Translations

GROWTH: Final = 0.4
"""By so much of its length a message is longer: more than German or French make of a sentence."""
_ACCENTS: Final = str.maketrans("aceinosuyACEINOSUYdglrtz", "áçéîñöšüýÁÇÉÎÑÖŠÜÝđğłřťž")
_PLACES: Final = re.compile(r"(%\(\w+\)s)")
_MORE: Final = " ôňé ťŵô ťhřéé ƒôúř ƒíʋé šíẋ šéʋéñ"
_RIGHT_TO_LEFT, _AS_BEFORE = "\u202e", "\u202c"


def pseudo(message: str, *, backwards: bool = False) -> str:
    """A message with its places as they were."""
    parts = [part if part.startswith("%(") else part.translate(_ACCENTS) for part in _PLACES.split(message)]
    wanted = max(1, round(len(_PLACES.sub("", message)) * GROWTH))
    longer = (_MORE * (wanted // len(_MORE) + 1))[:wanted].rstrip()
    if backwards:
        parts = [f"{_RIGHT_TO_LEFT}{part}{_AS_BEFORE}" if part.strip() else part for part in parts]
        longer = f"{_RIGHT_TO_LEFT}{longer}{_AS_BEFORE}"
    return f"[{''.join(parts)}{longer}]"


class PseudoTranslations(NullTranslations):
    """A catalogue of all that there will ever be."""

    def __init__(self, *, backwards: bool) -> None:
        super().__init__()
        self._backwards = backwards

    def gettext(self, message: str) -> str:
        return pseudo(message, backwards=self._backwards)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return self.gettext(message)


class PseudoFormatter:
    """What CLDR has for English, in brackets: `speech.Formatter`."""

    def __init__(self) -> None:
        self._english = CldrFormatter(Locale("en", "GB"), NullTranslations())

    def number(self, value: int) -> str:
        return self._english.number(value)

    def size(self, size: int) -> str:
        return f"[{self._english.size(size)}]"

    def moment(self, moment: datetime, now: datetime) -> str:
        return f"[{self._english.moment(moment, now)}]"

    def clock(self, moment: datetime) -> str:
        return f"[{self._english.clock(moment)}]"

    def money(self, minor: int, currency: str) -> str:
        return f"[{self._english.money(minor, currency)}]"


@dataclass(frozen=True)
class PseudoSpeech:
    """The tags are those that others use for such languages: Latin letters with accents, and a bidirectional one."""

    tag: str
    direction: str
    name: str
    translations: Translations
    fmt: Formatter = field(default_factory=PseudoFormatter)


FORWARDS: Final = PseudoSpeech("en-XA", "ltr", "[Éñğłîšh]", PseudoTranslations(backwards=False))
BACKWARDS: Final = PseudoSpeech("ar-XB", "rtl", "[Åřåƀîç]", PseudoTranslations(backwards=True))


class PseudoSpeeches:
    """Both of them, and no other."""

    def __init__(self, usual: Speech = FORWARDS) -> None:
        self._usual = usual

    def offered(self, site: Sequence[str] = ()) -> Sequence[Speech]:
        return (FORWARDS, BACKWARDS)

    def of(self, touched: str, person: str, site: Sequence[str] = ()) -> Speech:
        known = {speech.tag: speech for speech in self.offered()}
        return known.get(touched) or known.get(person) or self._usual
