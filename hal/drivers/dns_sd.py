"""DNS-SD over multicast (RFC 6762, RFC 6763): asking what there is, and saying that one is there."""

import asyncio
import errno
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from zeroconf import (
    BadTypeInNameException,
    DNSQuestionType,
    InterfaceChoice,
    IPVersion,
    ServiceStateChange,
    Zeroconf,
)
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from hal.ports.nearby import Service

ANSWER_SECONDS = 3.0
MOST = 256
"""Services of one look; more are not looked at."""
LONGEST = 63
"""Bytes of a label, such as a service's own name (RFC 1035 2.3.4)."""


@dataclass(frozen=True, slots=True)
class DnsSd:
    """Implements Nearby. Asks on all interfaces, or on those with these addresses; answers come by multicast, for that
    is what a firewall can tell from everything else."""

    interfaces: tuple[str, ...] = ()

    async def services(self, kinds: Sequence[str], seconds: float) -> tuple[Service, ...]:
        """As the port says."""
        names: dict[tuple[str, str], None] = {}

        def heard(*, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
            del zeroconf
            if state_change is not ServiceStateChange.Removed and len(names) < MOST:
                names[service_type, name] = None

        async with _speaking(self.interfaces) as asked:
            how = DNSQuestionType.QM
            browser = AsyncServiceBrowser(asked.zeroconf, list(kinds), handlers=[heard], question_type=how)
            await asyncio.sleep(seconds)
            await browser.async_cancel()
            answers = await asyncio.gather(*(_resolved(asked, kind, name) for kind, name in names))
        return tuple(one for one in answers if one is not None)


@asynccontextmanager
async def announced(service: Service, interfaces: Sequence[str] = ()) -> AsyncIterator[None]:
    """Say, while this lasts, that a service is there; on all interfaces, or on those with these addresses. Where
    another one has the name, a number is put behind it. Raises `OSError` where there is no network to say it in."""
    label = service.name.replace(".", "-").encode()[:LONGEST].decode(errors="ignore")
    info = AsyncServiceInfo(
        service.kind,
        f"{label}.{service.kind}",
        port=service.port,
        properties=dict(service.txt),
        parsed_addresses=[service.address],
        server=service.host,
    )
    async with _speaking(interfaces) as speaking:
        await (await speaking.async_register_service(info, allow_name_change=True))
        try:
            yield
        finally:
            await (await speaking.async_unregister_service(info))


def _speaking(interfaces: Sequence[str]) -> AsyncZeroconf:
    try:
        return AsyncZeroconf(interfaces=list(interfaces) or InterfaceChoice.All, ip_version=IPVersion.V4Only)
    except RuntimeError as exc:  # zeroconf's word for it
        raise OSError(errno.ENETDOWN, "no network interface of this machine has an IPv4 address") from exc


async def _resolved(asked: AsyncZeroconf, kind: str, name: str) -> Service | None:
    try:
        info = AsyncServiceInfo(kind, name)
    except BadTypeInNameException:  # control characters, or too long: one such name must not hide all the others
        return None
    if not await info.async_request(asked.zeroconf, ANSWER_SECONDS * 1000, DNSQuestionType.QM):
        return None
    address = next(iter(info.parsed_addresses()), "")
    return Service(kind, name.removesuffix("." + kind), info.server or "", info.port or 0, info.properties, address)


def open() -> DnsSd:
    """All that is near."""
    return DnsSd()
