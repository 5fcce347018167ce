"""The directory of a holding node on a machine of its own: what its pairing writes, and `serve --role node` reads."""

from collections.abc import Mapping
from pathlib import Path

from hal.drivers.file_key_store import FileKeyStore, open_directory
from tools.edgemesh.ca import chain_pem
from tools.edgemesh.settings import Settings
from tools.edgemesh.site import REGISTRAR, Site, write_site

NAMES = ("identity.key", "box.key")
"""What a pairing leaves in its key store beside the chain."""


def write_remote_node(
    directory: Path,
    org_id: str,
    node_id: str,
    keys: FileKeyStore,
    *,
    chain: tuple[bytes, ...],
    ca_pem: bytes,
    hosts: tuple[str, ...],
    urls: Mapping[str, str],
    settings: Settings | None = None,
) -> Site:
    """Make a site of this one node out of what its pairing brought: `keys` holds the keys that were made here, `chain`
    (DER) and `ca_pem` are what was issued, `urls` where the mesh's roles answer (`registrar`, `vault`, …). Doing it
    again after a power cut completes it. Raises `OSError`, `DeviceError`."""
    known = {REGISTRAR if role == "registrar" else role: url for role, url in urls.items() if role != node_id}
    site = Site(directory, org_id, (node_id,), hosts, settings or Settings(), tuple(sorted(known.items())))
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    site.ca_file.write_bytes(ca_pem)
    own = open_directory(site.path(node_id))
    for name in NAMES:
        own.store(name, keys.load(name))
    own.store("identity.chain", chain_pem(chain))
    write_site(site)
    return site
