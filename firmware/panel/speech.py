"""How the panel speaks a language: what the renderer asks of one, and English, which needs no catalog."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from gettext import NullTranslations
from typing import Final, Protocol

_MINOR: Final = {"JPY": 0, "KRW": 0}
_SIGNS: Final = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}


class Translations(Protocol):
    """What `gettext.NullTranslations` and Babel's `Translations` both are."""

    def gettext(self, message: str) -> str: ...
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str: ...
    def pgettext(self, context: str, message: str) -> str: ...
    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str: ...


class Formatter(Protocol):
    """Numbers, sizes and times as a language writes them."""

    def number(self, value: int) -> str:
        """1234 as "1,234"."""
        ...

    def size(self, size: int) -> str:
        """Bytes, as "1.2 MB", and "1 kB" where there are fewer."""
        ...

    def moment(self, moment: datetime, now: datetime) -> str:
        """When something was, as short as it can be understood: "14:05", "yesterday, 14:05", "3 Nov"."""
        ...

    def clock(self, moment: datetime) -> str:
        """The time of day, "14:05"."""
        ...

    def money(self, minor: int, currency: str) -> str:
        """Minor units of an ISO 4217 currency, "€1.20"."""
        ...


class Speech(Protocol):
    """One language. `tag` is its BCP 47 tag, `direction` `ltr` or `rtl`, `name` what it calls itself."""

    @property
    def tag(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def translations(self) -> Translations: ...
    @property
    def fmt(self) -> Formatter: ...


class Speeches(Protocol):
    """The languages of a station."""

    def offered(self, site: Sequence[str] = ()) -> Sequence[Speech]:
        """Those that may be chosen on the screen, in their order: where the site's mesh names languages (`site`, tags),
        these, else all; always at least the usual one."""
        ...

    def of(self, touched: str, person: str, site: Sequence[str] = ()) -> Speech:
        """The one for who touched `touched` or, where nothing was touched, comes with `person`; of those offered, and
        never none."""
        ...


class EnglishFormatter:
    """English, with the 24-hour clock. Times are shown in the zone of `now`."""

    def number(self, value: int) -> str:
        """With commas."""
        return f"{value:,}"

    def size(self, size: int) -> str:
        """In decimal units (IEC 80000-13), from 1 kB up: a person is told how big it is, not how many bytes."""
        size = max(size, 1000)
        unit, scale = next(found for found in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)) if size >= found[1])
        return f"{size / scale:.1f} {unit}" if size < 10 * scale else f"{size // scale} {unit}"

    def moment(self, moment: datetime, now: datetime) -> str:
        """Of today the time alone."""
        local = moment.astimezone(now.tzinfo)
        days = (now.date() - local.date()).days
        if days == 0:
            return self.clock(local)
        return f"yesterday, {self.clock(local)}" if days == 1 else f"{local.day} {local:%b}, {self.clock(local)}"

    def clock(self, moment: datetime) -> str:
        """Hours and minutes."""
        return f"{moment:%H:%M}"

    def money(self, minor: int, currency: str) -> str:
        """With the sign before the amount where there is one."""
        digits = _MINOR.get(currency, 2)
        sign = _SIGNS.get(currency, f"{currency} ")
        return f"{sign}{minor / 10**digits:,.{digits}f}"


@dataclass(frozen=True, slots=True)
class English:
    """The language that the messages are written in."""

    tag: str = "en"
    direction: str = "ltr"
    name: str = "English"
    translations: Translations = field(default_factory=NullTranslations)
    fmt: Formatter = field(default_factory=EnglishFormatter)


class EnglishOnly:
    """A station without catalogs."""

    def __init__(self) -> None:
        self._english = English()

    def offered(self, site: Sequence[str] = ()) -> Sequence[Speech]:  # noqa: ARG002 - there is one for all
        """There is nothing to choose."""
        return (self._english,)

    def of(self, touched: str, person: str, site: Sequence[str] = ()) -> Speech:  # noqa: ARG002 - likewise
        """English."""
        return self._english
