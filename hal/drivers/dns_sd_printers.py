"""Printers that advertise themselves by DNS-SD over multicast (RFC 6762, RFC 6763, PWG 5100.14 section 4.2).

What is heard here is a hint for a person and nothing else: anybody in the network can say anything. No printer is ever
used because it was heard; it is used because somebody wrote its URI, with the pin of its key, into the configuration.
"""

from dataclasses import dataclass
from ipaddress import ip_address

from hal.drivers.dns_sd import DnsSd
from hal.ports.nearby import Service

ENCRYPTED, PLAIN = "_ipps._tcp.local.", "_ipp._tcp.local."
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


def read_advertised(service: Service) -> Advertised | None:
    """One answer as a printer; None for what is no printer's or cannot be reached as one says. Texts are a stranger's:
    cut short, and without control characters."""
    txt, address = service.txt, service.address
    host, path = service.host.rstrip("."), "/" + _text(txt.get(b"rp")).lstrip("/")
    if not _is_host(host) or not 0 < service.port < 65536 or not _is_path(path):
        return None
    encrypted = service.kind == ENCRYPTED
    scheme, rest = "ipps" if encrypted else "ipp", f":{service.port}{path}"
    return Advertised(
        name=_plain(service.name),
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


async def browse(seconds: float) -> tuple[Advertised, ...]:
    """The printers that answer within `seconds`. Raises `OSError` where there is no network to ask on."""
    found = await DnsSd().services((ENCRYPTED, PLAIN), seconds)
    return distinct([one for one in map(read_advertised, found) if one is not None])


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
