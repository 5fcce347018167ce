"""What a site's file becomes on the data partition: one file for each reader of it, by relative path."""

from firmware.provisioning.network import supplicant, unit
from firmware.provisioning.site_file import Mesh, SiteFile
from firmware.provisioning.toml_text import written

STATION = "station.toml"
"""The site's part of the station's configuration, without secrets."""
PAIRING = "pairing/provision.toml"
"""For firmware.pairing.provisioning, which takes and destroys it: the one file here that the station itself changes."""
SYSTEM = "system/"
TECHNICIAN = "unix:/run/lockgate/technician.sock"
"""The technician's page, for whoever comes by SSH: docs/technician.md says how."""


def files(site: SiteFile, pairing: str) -> dict[str, str]:
    """Each file's content. `pairing` is where `PAIRING` will be found, an absolute path."""
    found = {STATION: written(_station(site, pairing))}
    found[f"{SYSTEM}10-site.network"] = unit(site.network, site.wifi)
    if site.wifi:
        found[f"{SYSTEM}wpa_supplicant.conf"] = supplicant(site.wifi)
    if site.hostname:
        found[f"{SYSTEM}hostname"] = f"{site.hostname}\n"
    if site.timezone:
        found[f"{SYSTEM}timezone"] = f"{site.timezone}\n"
    if site.ssh_keys:
        found[f"{SYSTEM}authorized_keys"] = "".join(f"{key}\n" for key in site.ssh_keys)
    if site.readable.readers:
        found[f"{SYSTEM}metrics"] = "".join(f"{reader}\n" for reader in site.readable.readers)
    if site.mesh and site.mesh.token:
        found[PAIRING] = written({"mesh": _pairing(site.mesh)})
    return found


def _station(site: SiteFile, pairing: str) -> dict[str, object]:
    """As firmware/settings.py names it; empty tables are left out."""
    mesh = site.mesh
    box = site.box.tables()
    tables: dict[str, dict[str, object]] = (
        box
        | site.readable.tables()
        | {
            "station": box["station"] | ({"name": mesh.name} if mesh else {}),
            "mesh": {"url": mesh.url, "ca_fingerprint": mesh.ca_fingerprint} if mesh else {},
            "pairing": {"provision": pairing} if mesh and mesh.token else {},
            "printer": {"uri": site.printer},
            "technician": {"listen": TECHNICIAN} if site.ssh_keys else {},
            "panel": {"language": site.language, "timezone": site.timezone, "contact": site.contact},
            "badges": {"rules": list(site.rules or ()), "readers": {n: list(s) for n, s in site.reader_rules.items()}},
        }
    )
    said = {name: {key: value for key, value in table.items() if value} for name, table in tables.items()}
    top: dict[str, object] = {"readers": list(site.readers)} if site.readers else {}
    return top | {name: table for name, table in said.items() if table}


def _pairing(mesh: Mesh) -> dict[str, str]:
    return {
        "url": mesh.url,
        "ca_fingerprint": mesh.ca_fingerprint,
        "token": mesh.token,
        "kind": "station",
        "name": mesh.name,
    }
