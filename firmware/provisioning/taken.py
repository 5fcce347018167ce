"""What a station starts with of the site's settings that count, where another version has applied them."""

from collections.abc import Mapping
from typing import Any

from firmware.config import understood
from firmware.provisioning.site_file import RequireNamed, SiteFile
from hal.ports.errors import DeviceConfigError


def taken(site: Mapping[str, Any], require_named: RequireNamed) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The tables, and the keys that the station starts without: a later version wrote them, and the box went back to
    this one. They stay where they are kept, for the version that takes them."""
    found, left = understood(site)
    for key in SiteFile().named():
        section, _, name = key.rpartition(".")
        table = found.get(section, {}) if section else found
        if name in table and not _is_named(key, table[name], require_named):
            del table[name]
            left = (*left, key)
    return found, left


def _is_named(key: str, uris: str | list[str], require_named: RequireNamed) -> bool:
    try:
        require_named({key: (uris,) if isinstance(uris, str) else tuple(uris)})
    except DeviceConfigError:
        return False
    return True
