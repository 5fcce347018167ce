"""Tags of languages (BCP 47) and names of zones as people, sites and fingers give them: which there are."""

import re
from typing import Final
from zoneinfo import ZoneInfo

ENGLISH: Final = "en"
"""The language that the messages are written in: it has no catalogue."""
TOLD: Final = {
    ENGLISH: ("English", "ltr"),
    "de": ("Deutsch", "ltr"),
    "fr": ("français", "ltr"),
    "es": ("español", "ltr"),
    "ja": ("日本語", "ltr"),
    "ar": ("العربية", "rtl"),
}
"""Their names in themselves and the directions that they are written in, as CLDR has them: so that no page has to read
the data of a language that nobody speaks there."""
TAGS: Final = tuple(TOLD)
"""The panel's languages, in the order that they are offered."""
_TAG: Final = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{1,8}){0,8})", re.ASCII)
_REGION: Final = re.compile(r"[-_]([A-Za-z]{2}|[0-9]{3})(?![A-Za-z0-9])", re.ASCII)
_SINGLETON: Final = re.compile(r"[-_][A-Za-z0-9](?![A-Za-z0-9]).*", re.ASCII)
_LONGEST: Final = 35  # RFC 5646 4.4.1


def language_of(tag: str) -> str:
    """The primary language of a tag (RFC 5646 2.2.1), in lower case; empty where it is no tag, or longer than any."""
    found = _TAG.fullmatch(tag) if len(tag) <= _LONGEST else None
    return found[1].lower() if found else ""


def region_of(tag: str) -> str:
    """Its region (RFC 5646 2.2.4), in upper case; empty where there is none. What follows a singleton is no region."""
    if not language_of(tag):
        return ""
    found = _REGION.search(_SINGLETON.sub("", tag))
    return found[1].upper() if found else ""


def is_offered(tag: str) -> bool:
    """Whether the panel speaks the language of this tag."""
    return language_of(tag) in TAGS


def is_zone(name: str) -> bool:
    """Whether this is a time zone that the machine knows (IANA), such as `Europe/Vienna`."""
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # no name of a zone, none that there is, a directory of zones
        return False
    return True
