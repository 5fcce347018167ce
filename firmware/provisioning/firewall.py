"""What a site's file changes of the box's firewall: who may come in, and where the station may go. In nftables' words.

Addresses are checked here once more as they stand in the files that the station wrote, for a rule is the superuser's.
"""

import re
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

KINDS = {"ip": ("ipv4", 4), "ip6": ("ipv6", 6)}
"""nftables' words for the versions of IP: of an address, of a packet."""
MOST = 32
SSH = """# This site has a key for SSH.
add rule inet lockgate input tcp dport 22 ct state new limit rate 10/minute burst 10 packets accept
"""
_METRICS = """# This site has these read the metrics.
add rule inet lockgate input {kind} saddr {{ {networks} }} tcp dport 9632 ct state new limit rate 10/second accept
"""
_REACH = "# What this site has the station reach, and nothing else.\n"
_OUTWARD = 'insert rule inet lockgate output oif != "lo" meta skuid "lockgate" ct state new'
_REFUSED = "reject with tcp reset\n"
_LINE = re.compile(r"[0-9a-f.:]{2,39}/\d{1,3}", re.ASCII)

IpNetwork = IPv4Network | IPv6Network


def parse(text: str) -> IpNetwork | None:
    """A network, or a host as a network of one; None for what has bits behind its prefix, a zone or a netmask."""
    mask = text.partition("/")[2]
    try:
        return None if "%" in text or not (mask.isdecimal() or "/" not in text) else ip_network(text)
    except ValueError:
        return None


def distinct(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Networks of which none holds another, as a set of nftables wants them; those of IPv4 first."""
    found = [network for network in map(parse, texts) if network]
    fourth = collapse_addresses(one for one in found if isinstance(one, IPv4Network))
    sixth = collapse_addresses(one for one in found if isinstance(one, IPv6Network))
    return (*map(str, fourth), *map(str, sixth))


def listed(text: str) -> tuple[IpNetwork, ...]:
    """The networks of a file with one on each line; none where it is another file."""
    lines = text.split("\n")
    found = [parse(line) if _LINE.fullmatch(line) else None for line in lines[:-1]]
    good = [network for network in found if network]
    return tuple(good) if lines[-1] == "" and 0 < len(good) == len(found) <= MOST else ()


def readers(text: str) -> str:
    """The rule for those who read the metrics, who are of one version of IP; empty for a file of something else."""
    networks = listed(text)
    kinds = [kind for kind, (_, version) in KINDS.items() if {one.version for one in networks} == {version}]
    return _METRICS.format(kind=kinds[0], networks=_set(networks)) if kinds else ""


def reach(text: str) -> str:
    """The rules that keep the station from all other networks but the box itself; empty as above."""
    networks = listed(text)
    rules = [_elsewhere(kind, networks) for kind in KINDS] if networks else []
    return "".join((_REACH, *rules)) if rules else ""


def _elsewhere(kind: str, networks: tuple[IpNetwork, ...]) -> str:
    packet, version = KINDS[kind]
    said = _set(tuple(one for one in networks if one.version == version))
    but = f" {kind} daddr != {{ {said} }}" if said else ""
    return f"{_OUTWARD} meta nfproto {packet} meta l4proto tcp{but} {_REFUSED}"


def _set(networks: tuple[IpNetwork, ...]) -> str:
    return ", ".join(map(str, networks))
