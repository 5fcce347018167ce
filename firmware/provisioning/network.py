"""How a station is to reach its network, and the files by which systemd-networkd and wpa_supplicant are told."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface

from firmware.provisioning import firewall
from firmware.provisioning.section import Section, malformed

_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.I | re.A
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PSK = re.compile(r"[0-9A-Fa-f]{64}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SSID_BYTES = 32  # IEEE 802.11-2020 9.4.2.2
_PASSPHRASE = range(8, 64)  # IEEE 802.11-2020 J.4.1
DHCP, STATIC = "dhcp", "static"
WIRED, RADIO = "en* eth*", "wl*"
_QUIET = ("LLMNR=no", "MulticastDNS=no", "LinkLocalAddressing=ipv6", "IPv6PrivacyExtensions=yes")
"""A box tells its name to nobody who did not ask for it."""
_LEASE = ("", "[DHCPv4]", "SendHostname=no", "UseDomains=yes")


@dataclass(frozen=True, slots=True)
class Network:
    """`address` with its prefix and `gateway` are empty with DHCP; `ntp` are hosts; `reach` are the networks that the
    station may open connections to, all where there are none."""

    method: str = DHCP
    address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    ntp: tuple[str, ...] = ()
    hostname: str = ""
    reach: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wifi:
    """The radio network. `psk` is a passphrase (8 to 63 of ASCII), or the key itself in 64 digits of hex."""

    ssid: str
    psk: str = field(repr=False)
    country: str


def network(table: object) -> Network:
    """The table `network`. Raises `ProvisioningError`."""
    section = Section(table, "network")
    method = section.text("method", "dhcp or static", lambda text: text in (DHCP, STATIC)) or DHCP
    static = method == STATIC
    address = section.text("address", "an address with its prefix, such as 192.0.2.7/24", _interface, required=static)
    gateway = section.text("gateway", "an address, such as 192.0.2.1", _address)
    found = Network(
        method,
        address,
        gateway,
        section.texts("dns", "addresses of name servers", _address),
        section.texts(
            "ntp", "names or addresses of time servers", lambda text: _HOST.fullmatch(text) or _address(text)
        ),
        section.text("hostname", "a host's name, such as lobby", _LABEL.fullmatch),
        firewall.distinct(section.texts("reach", "addresses or networks, such as 192.0.2.64/28", firewall.parse)),
    )
    section.end()
    if not static and (address or gateway):
        raise malformed('network.address and network.gateway go with method = "static" only')
    if gateway and ip_address(gateway) not in ip_interface(address).network:
        raise malformed("network.gateway is not in the network of network.address")
    return found


def wifi(table: object) -> Wifi:
    """The table `wifi`. Raises `ProvisioningError`."""
    section = Section(table, "wifi")
    found = Wifi(
        section.text("ssid", "1 to 32 bytes", lambda text: len(text.encode()) <= _SSID_BYTES, required=True),
        section.text("psk", "8 to 63 characters of ASCII, or 64 digits in hex", _is_psk, required=True),
        section.text("country", "two letters, such as AT: radios keep to its rules", _COUNTRY.fullmatch, required=True),
    )
    section.end()
    return found


def unit(wanted: Network, radio: Wifi | None) -> str:
    """The file for systemd-networkd (systemd.network(5)). The address is the radio's where there is one; a cable then
    goes by the image's own file, and so by DHCP."""
    lines = ["[Match]", f"Name={RADIO if radio else WIRED}", "", "[Network]", *_QUIET]
    lines += ["DHCP=yes"] if wanted.method == DHCP else ["DHCP=no", f"Address={wanted.address}"]
    lines += [f"Gateway={wanted.gateway}"] if wanted.gateway else []
    lines += [f"DNS={server}" for server in wanted.dns]
    lines += [f"NTP={server}" for server in wanted.ntp]
    lines += _LEASE if wanted.method == DHCP else ()
    return "\n".join(lines) + "\n"


def supplicant(radio: Wifi) -> str:
    """wpa_supplicant.conf(5). The network's name is in hex and a passphrase between quotes, so neither can be a
    directive; it stays a passphrase, for WPA3 has no other key."""
    psk = radio.psk if _PSK.fullmatch(radio.psk) else f'"{radio.psk}"'
    ways = "WPA-PSK" if _PSK.fullmatch(radio.psk) else "WPA-PSK SAE"
    lines = (
        f"country={radio.country}",
        "update_config=0",
        "network={",
        f"\tssid={radio.ssid.encode().hex()}",
        "\tscan_ssid=1",
        f"\tkey_mgmt={ways}",
        "\tieee80211w=1",
        f"\tpsk={psk}",
        "}",
    )
    return "\n".join(lines) + "\n"


def _interface(text: str) -> bool:
    address, _, prefix = text.partition("/")
    try:
        return _address(address) and prefix.isdecimal() and ip_interface(text) is not None
    except ValueError:
        return False


def _address(text: str) -> bool:
    """Without a zone (RFC 4007 11): what a box calls its networks is for nobody to know."""
    try:
        return "%" not in text and ip_address(text) is not None
    except ValueError:
        return False


def _is_psk(text: str) -> bool:
    return text.isascii() and (len(text) in _PASSPHRASE or _PSK.fullmatch(text) is not None)
