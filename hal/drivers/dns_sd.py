"""Printers that advertise themselves by DNS-SD over multicast (RFC 6762, RFC 6763, PWG 5100.14 section 4.2).

What is heard here is a hint for a person and nothing else: anybody in the network can say anything. No printer is ever
used because it was heard; it is used because somebody wrote its URI, with the pin of its key, into the configuration.
"""

import asyncio
import errno
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from zeroconf import BadTypeInNameException, IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

ENCRYPTED, PLAIN = "_ipps._tcp.local.", "_ipp._tcp.local."
ANSWER_SECONDS = 3.0
MOST = 256
"""Printers of one look; more are not looked at."""
LONGEST = 255
"""Characters of a text; a TXT string has no more (RFC 6763 6.1)."""


@dataclass(frozen=True, slots=True, order=True)
class Advertised:
    """One printer as it calls itself. `uri` is without a pin; `encrypted`, whether that is ipps; `by_address` has its
    address instead of its name, for machines that do not look up `.local` names; `note` is where it stands, in its
    owner's words; `formats` are media types (TXT key `pdl`)."""

    name: str
    uri: str
    encrypted: bool
    by_address: str = ""
    model: str = ""
    note: str = ""
    uuid: str = ""
    formats: tuple[str, ...] = ()


def read_advertised(
    service: str, name: str, *, host: str, port: int, txt: Mapping[bytes, bytes | None], address: str = ""
) -> Advertised | None:
    """One answer as a printer; None for what is no printer's or cannot be reached as one says. Texts are a stranger's:
    cut short, and without control characters."""
    host, path = host.rstrip("."), "/" + _text(txt.get(b"rp")).lstrip("/")
    if not _is_host(host) or not 0 < port < 65536 or not _is_path(path):
        return None
    encrypted = service == ENCRYPTED
    scheme, rest = "ipps" if encrypted else "ipp", f":{port}{path}"
    return Advertised(
        name=_plain(name.removesuffix("." + service)),
        uri=f"{scheme}://{_bracketed(host)}{rest}",
        encrypted=encrypted,
        by_address=f"{scheme}://{_bracketed(address)}{rest}" if _is_host(address) else "",
        model=_text(txt.get(b"ty")),
        note=_text(txt.get(b"note")),
        uuid=_text(txt.get(b"UUID")),
        formats=tuple(dict.fromkeys(filter(None, (part.strip() for part in _text(txt.get(b"pdl")).split(","))))),
    )


def distinct(found: list[Advertised]) -> tuple[Advertised, ...]:
    """Sorted by name; one that is there encrypted and in the clear, the encrypted one alone."""
    secure = {(one.uuid or one.name) for one in found if one.encrypted}
    kept = {one for one in found if one.encrypted or (one.uuid or one.name) not in secure}
    return tuple(sorted(kept))


async def browse(seconds: float, interfaces: list[str] | None = None) -> tuple[Advertised, ...]:
    """The printers that answer within `seconds`; asked on all interfaces, or on those with these addresses. Raises
    `OSError` where there is no network to ask on."""
    names: dict[tuple[str, str], None] = {}

    def heard(*, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        del zeroconf
        if state_change is not ServiceStateChange.Removed and len(names) < MOST:
            names[service_type, name] = None

    async with _asking(interfaces) as asked:
        browser = AsyncServiceBrowser(asked.zeroconf, [ENCRYPTED, PLAIN], handlers=[heard])
        await asyncio.sleep(seconds)
        await browser.async_cancel()
        answers = await asyncio.gather(*(_resolved(asked, service, name) for service, name in names))
    return distinct([one for one in answers if one is not None])


def _asking(interfaces: list[str] | None) -> AsyncZeroconf:
    if interfaces is not None:
        return AsyncZeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)
    try:
        return AsyncZeroconf(ip_version=IPVersion.V4Only)
    except RuntimeError as exc:  # zeroconf's word for it
        raise OSError(errno.ENETDOWN, "no network interface of this machine has an IPv4 address") from exc


async def _resolved(asked: AsyncZeroconf, service: str, name: str) -> Advertised | None:
    try:
        info = AsyncServiceInfo(service, name)
    except BadTypeInNameException:  # control characters, or too long: one such name must not hide all the others
        return None
    if not await info.async_request(asked.zeroconf, ANSWER_SECONDS * 1000):
        return None
    address = next(iter(info.parsed_addresses()), "")
    host, port = info.server or "", info.port or 0
    return read_advertised(service, name, host=host, port=port, txt=info.properties, address=address)


def _text(value: bytes | None) -> str:
    return _plain((value or b"").decode("utf-8", "replace"))


def _plain(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:LONGEST]


def _is_host(host: str) -> bool:
    """A name or an address that may stand in a URI: letters, digits, hyphens and dots, or an IPv6 address."""
    if ":" in host:
        try:
            return "%" not in host and ip_address(host).version == 6
        except ValueError:
            return False
    return 0 < len(host) <= LONGEST and all(c.isascii() and (c.isalnum() or c in "-.") for c in host)


def _is_path(path: str) -> bool:
    return all("!" <= c <= "~" and c not in '?#"' for c in path)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
