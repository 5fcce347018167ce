"""What of a box others may read, and when it may change, as a site's file says it: metrics, the hour of updates."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from firmware.provisioning import firewall
from firmware.provisioning.section import Section, malformed
from firmware.updates.quiet import is_window

READABLE_SECTIONS = ("metrics", "updates")
METRICS_PORT = 9632
EVERY_ADDRESS = {4: f"tcp:0.0.0.0:{METRICS_PORT}", 6: f"tcp:[::]:{METRICS_PORT}"}
"""Of the box, by the version of IP: who gets through to there is the firewall's to say."""


@dataclass(frozen=True, slots=True)
class Readable:
    """`readers` are the networks from which metrics are read, all of one version of IP; `window` is the hour of
    updates. Empty where the file does not say it."""

    readers: tuple[str, ...] = ()
    window: str = ""

    def tables(self) -> dict[str, dict[str, object]]:
        """As firmware/settings.py names them."""
        listen = EVERY_ADDRESS[ip_network(self.readers[0]).version] if self.readers else ""
        return {"metrics": {"listen": listen}, "updates": {"window": self.window}}


def readable(tables: Mapping[str, Any]) -> Readable:
    """What the file's tables of these names say. Raises `ProvisioningError`."""
    metrics, updates = sections = [Section(tables.get(name, {}), name) for name in READABLE_SECTIONS]
    hint = "addresses or networks of those who read, such as 192.0.2.10 or 192.0.2.64/28"
    found = firewall.distinct(metrics.texts("from", hint, firewall.parse))
    if len({ip_network(one).version for one in found}) > 1:
        raise malformed("metrics.from must be of one kind, IPv4 or IPv6")
    window = updates.text("window", "an hour of the day, such as 02:00-05:00", is_window)
    for section in sections:
        section.end()
    return Readable(found, window)
