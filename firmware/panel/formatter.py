"""Numbers, sizes, times and sums as a person's language and region write them: by the data of CLDR.

Digits are Western ones in every language: those that the keys beside them have.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from babel import Locale, dates, numbers, units

from firmware.panel.speech import Translations
from firmware.panel.words import N_

_UNITS: Final = (("digital-gigabyte", 10**9), ("digital-megabyte", 10**6), ("digital-kilobyte", 10**3))
_CODE_BEFORE_DIGIT: Final = re.compile(r"(?<=[A-Z])(?=\d)")
"""Where CLDR wants a blank (currencySpacing, UTS #35 part 3), which Babel leaves out."""
_MINUTE: Final = 60
_HOUR: Final = 3600
_AHEAD: Final = 300
"""So far may the clock of whoever sent a document be ahead of ours, in seconds, before we say when it shows."""
_JUST_NOW: Final = N_("just now")
_YESTERDAY: Final = N_("yesterday, %(time)s")


class CldrFormatter:
    """One locale's. Times are shown in the zone of the `now` that they are told with, or in their own."""

    def __init__(self, locale: Locale, translations: Translations) -> None:
        self._locale = locale
        self._translations = translations

    def number(self, value: int) -> str:
        """With the separators of the locale."""
        return numbers.format_decimal(value, locale=self._locale)

    def size(self, size: int) -> str:
        """Bytes in decimal units (IEC 80000-13), two digits of it at least, from 1 kB up: a person is told how big it
        is, not how many bytes."""
        size = max(size, _UNITS[-1][1])
        unit, scale = next(found for found in _UNITS if size >= found[1])
        tenths = size * 10 // scale
        amount = Decimal(tenths).scaleb(-1) if tenths < 100 else Decimal(tenths // 10)
        return units.format_unit(amount, unit, "short", locale=self._locale)

    def moment(self, moment: datetime, now: datetime) -> str:
        """When something was: "just now", "10 minutes ago", "14:05", "yesterday, 14:05", "3 Nov", "3 Nov 2025"."""
        passed = (now - moment).total_seconds()
        if -_AHEAD < passed < _MINUTE:
            return self._translations.gettext(_JUST_NOW)
        if 0 < passed < _HOUR:
            return self._ago(int(passed) // _MINUTE)
        local = moment.astimezone(now.tzinfo)
        days = (now.date() - local.date()).days
        if days == 0:
            return self.clock(local)
        if days == 1:
            return self._translations.gettext(_YESTERDAY) % {"time": self.clock(local)}
        return dates.format_skeleton("MMMd" if local.year == now.year else "yMMMd", local, locale=self._locale)

    def _ago(self, minutes: int) -> str:
        passed = timedelta(minutes=-minutes)
        return dates.format_timedelta(passed, "minute", 1.0, add_direction=True, locale=self._locale)

    def clock(self, moment: datetime) -> str:
        """Hours and minutes, of twelve or twenty-four hours as the region counts them."""
        return dates.format_time(moment, "short", locale=self._locale)

    def money(self, minor: int, currency: str) -> str:
        """Minor units of an ISO 4217 currency; what is none has two decimals."""
        amount = Decimal(minor).scaleb(-numbers.get_currency_precision(currency))
        said = numbers.format_currency(amount, currency, locale=self._locale)
        return _CODE_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", said)
