"""What a site's file becomes on the data partition: one file for each reader of it, by relative path."""

from firmware.provisioning import printing
from firmware.provisioning.network import supplicant, unit
from firmware.provisioning.site_file import Mesh, SiteFile
from firmware.provisioning.toml_text import written

STATION = "station.toml"
"""The site's part of the station's configuration, without secrets."""
PAIRING = "pairing/provision.toml"
"""For firmware.pairing.provisioning, which takes and destroys it: the one file here that the station itself changes."""
SYSTEM = "system/"
OWN = "station"
"""The folder of what the configuration names: certificates and, for the station's user alone, `SECRETS`."""
SECRETS = tuple(f"{OWN}/{name}" for name in printing.SECRETS)
TECHNICIAN = "unix:/run/lockgate/technician.sock"
"""The technician's page, for whoever comes by SSH: docs/technician.md says how."""


def files(site: SiteFile, place: str) -> dict[str, str]:
    """Each file's content. `place` is where they will be found, an absolute path."""
    found = {STATION: written(_station(site, place))}
    found |= {f"{OWN}/{name}": text for name, text in (site.printing.files() | site.audit.files()).items()}
    found[f"{SYSTEM}10-site.network"] = unit(site.network, site.wifi)
    if site.wifi:
        found[f"{SYSTEM}wpa_supplicant.conf"] = supplicant(site.wifi)
    if site.hostname:
        found[f"{SYSTEM}hostname"] = f"{site.hostname}\n"
    if site.timezone:
        found[f"{SYSTEM}timezone"] = f"{site.timezone}\n"
    if site.ssh_keys:
        found[f"{SYSTEM}authorized_keys"] = "".join(f"{key}\n" for key in site.ssh_keys)
    if site.network.reach:
        found[f"{SYSTEM}reach"] = "".join(f"{network}\n" for network in site.network.reach)
    if site.readable.readers:
        found[f"{SYSTEM}metrics"] = "".join(f"{reader}\n" for reader in site.readable.readers)
    if site.mesh and site.mesh.token:
        found[PAIRING] = written({"mesh": _pairing(site.mesh)})
    return found


def _station(site: SiteFile, place: str) -> dict[str, object]:
    """As firmware/settings.py names it; empty tables are left out."""
    mesh = site.mesh
    box, own = site.box.tables(), f"{place}/{OWN}"
    tables: dict[str, dict[str, object]] = (
        box
        | site.readable.tables()
        | site.printing.tables(own)
        | site.audit.tables(own)
        | {
            "station": box["station"] | ({"name": mesh.name} if mesh else {}),
            "mesh": {"url": mesh.url, "ca_fingerprint": mesh.ca_fingerprint} if mesh else {},
            "pairing": {"slip": site.slip, "provision": f"{place}/{PAIRING}" if mesh and mesh.token else ""},
            "technician": {"listen": TECHNICIAN} if site.ssh_keys else {},
            "panel": _panel(site),
            "badges": _badges(site),
        }
    )
    said = {
        name: {key: value for key, value in table.items() if value or value is False} for name, table in tables.items()
    }
    top: dict[str, object] = {"readers": list(site.readers)} if site.readers else {}
    return top | {name: table for name, table in said.items() if table}


def _panel(site: SiteFile) -> dict[str, object]:
    return {
        "language": site.language,
        "timezone": site.timezone,
        "contact": site.contact,
        "reader": site.reader_side,
    }


def _badges(site: SiteFile) -> dict[str, object]:
    readers = {name: list(steps) for name, steps in site.reader_rules.items()}
    return {"rules": list(site.rules or ()), "readers": readers, "proof": site.proof}


def _pairing(mesh: Mesh) -> dict[str, str]:
    return {
        "url": mesh.url,
        "ca_fingerprint": mesh.ca_fingerprint,
        "token": mesh.token,
        "kind": "station",
        "name": mesh.name,
    }
