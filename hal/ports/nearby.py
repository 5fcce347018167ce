"""The port to what is near in the network: services that say where they are, and anybody can say anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Service:
    """One service as it advertises itself (RFC 6763). `kind` is its type with the domain, such as
    `_ipps._tcp.local.`; `name` its own, without that; `host` and `port` where it says that it answers, `address` of the
    host, empty where none was said; `txt` by key. All of it is a stranger's word."""

    kind: str
    name: str
    host: str
    port: int
    txt: Mapping[bytes, bytes | None] = field(default_factory=dict)
    address: str = ""


class Nearby(Protocol):
    """The network around this box."""

    async def services(self, kinds: Sequence[str], seconds: float) -> tuple[Service, ...]:
        """Those that answer within `seconds`, each once. Raises `OSError` where there is no network to ask on."""
        ...
