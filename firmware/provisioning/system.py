"""What a site's file left for the system, laid where systemd, wpa_supplicant and the SSH server look for it.

Runs as root at each start, before there is a network, and writes to memory only. Each file is checked once more,
against the little that the station itself writes (network.py, rendered.py): what else somebody put onto the data
partition, such as a directive of wpa_supplicant that loads a library, goes nowhere.
"""

import os
import re
import socket
import stat
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firmware.provisioning import firewall

SOURCE, RUN, ZONES = Path("/etc/lockgate/site/system"), Path("/run"), Path("/usr/share/zoneinfo")
OWNER = 0
OWN = "lockgate-site"
"""Of `RUN`: what no service looks for in a place of its own."""
NETWORK, WIFI, HOSTNAME, TIMEZONE, KEYS, METRICS, REACH = (
    *("10-site.network", "wpa_supplicant.conf", "hostname", "timezone"),
    *("authorized_keys", "metrics", "reach"),
)
MOST_BYTES = 128 * 1024
_ADDRESS, _HOST = r"[0-9a-fA-F:.]{2,45}", r"[0-9A-Za-z:.-]{1,253}"
_DIRECTIVES = {
    "[Match]": {"Name": r"en\* eth\*|wl\*"},
    "[Network]": {
        "LLMNR": "no",
        "MulticastDNS": "no",
        "LinkLocalAddressing": "ipv6",
        "IPv6PrivacyExtensions": "yes",
        "DHCP": "yes|no",
        "Address": rf"{_ADDRESS}/\d{{1,3}}",
        "Gateway": _ADDRESS,
        "DNS": _ADDRESS,
        "NTP": _HOST,
    },
    "[DHCPv4]": {"SendHostname": "no", "UseDomains": "yes"},
}
_WIFI = re.compile(
    r"country=[A-Z]{2}\nupdate_config=0\nnetwork=\{\n\tssid=([0-9a-f]{2}){1,32}\n\tscan_ssid=1\n"
    r'\tkey_mgmt=WPA-PSK( SAE)?\n\tieee80211w=1\n\tpsk=("[ -~]{8,63}"|[0-9A-Fa-f]{64})\n\}\n'
)
_LABEL = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)\n")
_ZONE = re.compile(r"([A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2})\n")
_KEY_LINES = re.compile(
    r"((ssh-ed25519|ecdsa-sha2-nistp256|ssh-rsa) [A-Za-z0-9+/]{16,1600}={0,2}( [!-~ ]+)?\n){1,32}", re.ASCII
)
RADIO = """# This site wants Wi-Fi (instead of /usr/lib/modprobe.d/lockgate-radios.conf): Bluetooth stays off.
install bluetooth /usr/bin/false
install hci_uart /usr/bin/false
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be in `RUN`: texts and modes by relative path, links, and the host's name. `refused` are names of
    files that were not what the station writes."""

    files: Mapping[str, tuple[str, int]] = field(repr=False)
    links: Mapping[str, str]
    hostname: str
    refused: tuple[str, ...]


def plan(found: Mapping[str, str], is_zone: Callable[[str], bool]) -> Plan:
    """For the texts that were found, by file name. One that does not fit is left out, and the others count."""
    fits = {name: _FITS[name](text) for name, text in found.items()}
    good = {name: text for name, text in found.items() if fits[name]}
    zone = good.get(TIMEZONE, "").strip()
    if zone and not is_zone(zone):
        fits[TIMEZONE], zone = False, ""
    files: dict[str, tuple[str, int]] = {}
    if NETWORK in good:
        files[f"systemd/network/{NETWORK}"] = good[NETWORK], 0o644
    if WIFI in good:
        files[f"{OWN}/{WIFI}"] = good[WIFI], 0o600
        files["modprobe.d/lockgate-radios.conf"] = RADIO, 0o644
    if KEYS in good:
        files[f"{OWN}/{KEYS}"] = good[KEYS], 0o644
        files[f"{OWN}/ssh.nft"] = firewall.SSH, 0o644
    for name, rules in _RULES.items():
        if name in good:
            files[f"{OWN}/{name}.nft"] = rules(good[name]), 0o644
    links = {f"{OWN}/localtime": str(ZONES / zone)} if zone else {}
    refused = tuple(sorted(name for name, is_good in fits.items() if not is_good))
    return Plan(files, links, good.get(HOSTNAME, "").strip(), refused)


def is_network(text: str) -> bool:
    """Whether it is a file for systemd-networkd that says an address and who tells names and time, and no more."""
    section: Mapping[str, str] = {}
    for line in text.split("\n"):
        if line in _DIRECTIVES:
            section = _DIRECTIVES[line]
        elif line:
            name, _, value = line.partition("=")
            if name not in section or not re.fullmatch(section[name], value, re.ASCII):
                return False
    return text.startswith("[Match]\nName=")


_RULES: Mapping[str, Callable[[str], str]] = {METRICS: firewall.readers, REACH: firewall.reach}
"""What becomes of a file of networks; nothing of one that is none."""
_FITS: Mapping[str, Callable[[str], object]] = {
    NETWORK: is_network,
    WIFI: _WIFI.fullmatch,
    HOSTNAME: _LABEL.fullmatch,
    TIMEZONE: _ZONE.fullmatch,
    KEYS: _KEY_LINES.fullmatch,
    **_RULES,
}


def gather(source: Path, owner: int) -> tuple[dict[str, str], list[str]]:
    """The texts in `source`, and the names of files that belong to somebody else than `owner`, are links, too long, or
    not ASCII."""
    found, bad = {}, []
    for name in _FITS:
        try:
            text = _read(source / name, owner)
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            bad.append(name)
            continue
        found[name] = text
    return found, bad


def _read(path: Path, owner: int) -> str:
    """Raises `OSError`, `UnicodeDecodeError`."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != owner or status.st_mode & 0o022:
            raise PermissionError(f"{path.name} is not the superuser's alone")
        raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise OSError(f"{path.name} is too long")
    return raw.decode("ascii")


def lay(wanted: Plan, run: Path) -> None:
    """Write the files and links below `run`, folders with mode 0755. Raises `OSError`."""
    _folder(run / OWN)
    for name, (text, mode) in wanted.files.items():
        _folder((run / name).parent)
        aside = run / f"{name}.new"
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
        aside.rename(run / name)
    for name, target in wanted.links.items():
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(target)


def _folder(path: Path) -> None:
    for folder in (*reversed(path.parents), path):
        if not folder.is_dir():
            folder.mkdir(mode=0o755)
            folder.chmod(0o755)  # whatever the umask is


def main() -> int:
    """Exit code 1 where a file was refused; its name is told, and nothing of what is in it."""
    found, bad = gather(SOURCE, OWNER)
    wanted = plan(found, lambda zone: (ZONES / zone).is_file())
    lay(wanted, RUN)
    if wanted.hostname:
        socket.sethostname(wanted.hostname)
    refused = sorted({*bad, *wanted.refused})
    for name in refused:
        print(f"lockgate-site: {name} is not what the station writes, and was not applied", file=sys.stderr)  # noqa: T201 - for the log
    return 1 if refused else 0
